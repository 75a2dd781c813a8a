"""A model server for tests that keeps vLLM's contract, answers from the pixels, and fails on command.

As a process: ``python tests/vllm_double.py --port 0 --slots 32``; its first line on stdout is JSON with
``url``, ``port``, ``control_port`` and ``pid``. In a thread: ``with Double(slots=8) as double: double.url``.
As a child: ``with DoubleProcess("--slots", "8") as double``.

What it answers is a function of the decoded pixels, so a test knows from the text alone which image was
asked: ``layout_of`` and ``reply_to`` are the same functions for the test to call. ``/_stats`` counts all.
``POST /_control`` (also on the control port, which stays up while the main one refuses) takes any of::

    faults: [{kind, p=1, match="", count=None, seconds=None, retry_after=None, bytes=None}]   replaces all
    seed: N · refuse: S (nobody listens, connections reset; hold=true leaves them hanging as SIGTERM does)
    dead: true (as refuse, for good; false comes back) · die: true (os._exit)
    stuck: BOOL (health stays 200) · health: "ok"|"503"|"hang" · metrics: BOOL · slots: N · models: [...]
    close_idle: true · reset_stats: true · images: BOOL (false: the model takes none) · proof_seconds: S

``match`` is a kind of request ("layout", "block", "page") or the start of an image's hash. Kinds of faults:
reset hang stale cut slow die · 500 502 408 429 503busy 503html 400 401 404model 404route 501 redirect ·
html notjson nochoices nullcontent huge · abort length repetition prose silent (an empty text).
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import gc
import hashlib
import io
import json
import os
import random
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
import urllib.request
import zlib
from asyncio.selector_events import _SelectorTransport
from collections import Counter, deque
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from aiohttp import web
from PIL import Image

STATUS = {
    "500": (500, "InternalServerError", "EngineCore encountered an issue."),
    "408": (408, "RequestTimeout", "Request Timeout"),
    "429": (429, "RateLimitError", "Too many requests"),
    "503busy": (503, "Service Unavailable", "The server is at capacity: the queue is full."),
    "400": (400, "BadRequestError", "Failed to load image: cannot identify image file <_io.BytesIO object>"),
    "404model": (404, "NotFoundError", "The model `mineru` does not exist."),
    "501": (501, "NotImplementedError", "The model does not support Chat Completions API"),
}
GATEWAY = "<html><head><title>{0}</title></head><body><h1>{0}</h1>no backend</body></html>"
FINISH = ("abort", "length", "repetition")
REFERENCES = ("text", "table", "equation", "image")


def pixel_hash(image: bytes) -> str:
    """Sixteen hex digits of the decoded pixels: the same for every lossless encoding, grey or RGB."""
    with Image.open(io.BytesIO(image)) as opened:
        rgb = opened.convert("RGB")
    digest = hashlib.blake2b(b"%dx%d" % rgb.size, digest_size=8)
    digest.update(rgb.tobytes())
    return digest.hexdigest()


def kind_of(prompt: str) -> str:
    """What a request is, by its prompt: layout, block, page, or the proof that images are taken."""
    if prompt == "Is this an image?":
        return "proof"
    if "Layout Detection" in prompt:
        return "layout"
    return "block" if "Recognition:" in prompt or "Image Analysis:" in prompt else "page"


def layout_of(digest: str, blocks: int = 0) -> list[tuple[str, tuple[int, int, int, int]]]:
    """Type and box (0-1000) of each block of a page: one title, then texts, in two columns."""
    count = blocks or 2 + int(digest[:2], 16) % 7
    rows = (count + 1) // 2
    height = 900 // rows
    boxes = []
    for i in range(count):
        column, row = divmod(i, rows)
        left, top = 60 + column * 460, 50 + row * height
        boxes.append(("text" if i else "title", (left, top, left + 420, top + max(height - 12, 8))))
    return boxes


def reply_to(prompt: str, digest: str, blocks: int = 0) -> str:
    """The model's text for an image with this hash."""
    if kind_of(prompt) == "layout":
        return "\n".join(
            f"<|box_start|>{' '.join(f'{side:03d}' for side in box)}<|box_end|>"
            f"<|ref_start|>{kind}<|ref_end|><|rotate_up|>"
            for kind, box in layout_of(digest, blocks)
        )
    if "Table Recognition" in prompt:
        return f"<fcel>table<fcel>{digest}<nl><fcel>one<fcel>two<nl>"
    if "Formula Recognition" in prompt:
        return f"\\[ x_{{{digest}}} = 1 \\]"
    if "QwenVL HTML" in prompt:
        return (
            f'<html><body><h1 data-bbox="60 50 900 120">Page {digest}</h1>'
            f'<p data-bbox="60 140 900 900">Read {digest} as HTML.</p></body></html>'
        )
    return (
        f"Read {digest} here." if kind_of(prompt) == "block" else f"# Page {digest}\n\nRead {digest} as text."
    )


@dataclass
class Options:
    """How the server is set up; every field is also a flag (``layout_seconds`` is ``--layout-seconds``)."""

    host: str = "127.0.0.1"
    port: int = 0
    slots: int = 256
    layout_seconds: float = 0.0
    block_seconds: float = 0.0
    model: str = "mineru"
    api_key: str = ""
    blocks: int = 0
    queue_cap: int = 0
    hash: str = "pixels"
    keep_alive: float = 5.0
    start_after: float = 0.0
    warmup: float = 0.0
    seed: int = 1
    max_model_len: int = 16384
    version: str = "0.28.0"
    tls: str = ""  # PEM file with a key and its certificate

    @property
    def scheme(self) -> str:
        return "https" if self.tls else "http"


@dataclass
class Fault:
    """One line of misbehaviour, see the module's text."""

    kind: str
    p: float = 1.0
    match: str = ""
    count: int | None = None
    seconds: float | None = None
    retry_after: str | None = None
    bytes: int | None = None
    born: float = field(default_factory=time.monotonic)

    def strikes(self, kind: str, digest: str, draw: float) -> bool:
        """Whether this request is hit; a fault with a count is used up by it."""
        expired = (
            self.kind != "slow" and self.seconds is not None and time.monotonic() - self.born > self.seconds
        )
        wanted = not self.match or self.match == kind or digest.startswith(self.match)
        if expired or not wanted or self.count == 0 or draw >= self.p:
            return False
        if self.count is not None:
            self.count -= 1
        return True


class Slots:
    """Continuous batching in its plainest form: N at a time, first come first served, busy time summed."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.running = 0
        self.queue: deque[asyncio.Future[None]] = deque()
        self.flowing = asyncio.Event()
        self.flowing.set()
        self.busy = self.moving = 0.0
        self.max_running = 0
        self.first: float | None = None
        self.mark = self.last = time.monotonic()

    def tick(self) -> None:
        now = time.monotonic()
        self.busy += self.running * (now - self.mark)
        if self.running and self.flowing.is_set():
            self.moving += now - self.mark
        self.mark = now

    def resize(self, count: int) -> None:
        self.count = count
        self._admit()

    async def serve(self, seconds: float) -> None:
        """Hold a slot for ``seconds``; longer while the engine is stuck."""
        self.first = self.first or time.monotonic()
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.queue.append(turn)
        self._admit()
        try:
            await turn
            if seconds:
                await asyncio.sleep(seconds)
            await self.flowing.wait()
        finally:
            if turn.done() and not turn.cancelled():
                self.tick()
                self.running -= 1
                self.last = self.mark
            else:
                with contextlib.suppress(ValueError):
                    self.queue.remove(turn)
            self._admit()

    def _admit(self) -> None:
        while self.queue and self.running < self.count:
            turn = self.queue.popleft()
            if turn.cancelled():
                continue
            self.tick()
            self.running += 1
            self.max_running = max(self.max_running, self.running)
            turn.set_result(None)

    def reset(self) -> None:
        self.busy, self.first, self.max_running = 0.0, None, self.running
        self.mark = self.last = time.monotonic()


class Counts:
    """What was asked and what was answered."""

    def __init__(self) -> None:
        self.requests = self.answered = self.cancelled = self.in_flight = self.max_in_flight = 0
        self.by_kind: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        self.replied: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.paths: Counter[str] = Counter()
        self.hosts: Counter[str] = Counter()
        self.finished: Counter[str] = Counter()
        self.tokens = [0, 0]
        self.proofs = 0
        self.traceparents: list[str] = []


class Server:
    """The server's life: listening, refusing, answering. Lives in one event loop."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.slots = Slots(options.slots)
        self.counts = Counts()
        self.random = random.Random(options.seed)
        self.faults: list[Fault] = []
        self.health = "ok"
        self.with_metrics = True
        self.models = [options.model]
        self.images = True
        self.proof_seconds = 0.0
        self.port = options.port
        self.control_port = 0
        self.born = time.monotonic()
        self.peers: set[Any] = set()
        self._tls = _tls_of(options.tls)
        self._never = asyncio.Event()
        self._listener: web.BaseSite | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Open the control port, then the main one (after ``start_after``)."""
        self.runner = await self._runner(self._routes())
        self.control = await self._runner(
            [web.post("/_control", self._control), web.get("/_stats", self._stats)]
        )
        site = web.TCPSite(self.control, self.options.host, 0)
        await site.start()
        self.control_port = self.control.addresses[0][1]
        if not self.port:
            with socket.socket() as probe:
                probe.bind((self.options.host, 0))
                self.port = probe.getsockname()[1]
        if self.options.start_after:
            self._later(self._reopen(self.options.start_after))
        else:
            await self._listen()

    async def stop(self) -> None:
        """Close everything at once."""
        for task in self._tasks:
            task.cancel()
        self._abort_connections()
        for runner in (self.runner, self.control):
            with contextlib.suppress(asyncio.CancelledError):  # of a request that hung to the end
                await runner.cleanup()
        # Connections that hung up within their TLS handshake are known to nobody else.
        # Those that were being accepted meanwhile get their transport a few turns later.
        for _ in range(5):
            for transport in list(getattr(asyncio.get_running_loop(), "_transports", {}).values()):
                transport.abort()
            await asyncio.sleep(0)

    async def _runner(self, routes: list[web.RouteDef]) -> web.AppRunner:
        app = web.Application(client_max_size=256 * 2**20)
        app.add_routes(routes)
        runner = web.AppRunner(
            app,
            access_log=None,
            handler_cancellation=True,
            keepalive_timeout=self.options.keep_alive,
            shutdown_timeout=0.1,
        )
        await runner.setup()
        return runner

    def _routes(self) -> list[web.RouteDef]:
        return [
            web.post("/v1/chat/completions", self._chat),
            web.get("/v1/models", self._models),
            web.get("/health", self._health),
            web.get("/version", self._version),
            web.get("/metrics", self._metrics),
            web.get("/_stats", self._stats),
            web.post("/_control", self._control),
            web.route("*", "/{path:.*}", self._unknown),
        ]

    async def _listen(self) -> None:
        self._listener = web.TCPSite(
            self.runner, self.options.host, self.port, backlog=2048, ssl_context=self._tls
        )
        await self._listener.start()

    def _later(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _close(self, *, hold: bool) -> None:
        if self._listener is not None:
            server = self._listener._server  # TCPSite.stop() would wait for the open connections
            if server is not None:
                server.close()
            self.runner._unreg_site(self._listener)
            self._listener = None
        if hold:
            self.slots.tick()
            self.slots.flowing.clear()
        else:
            self._abort_connections()

    async def _reopen(self, after: float) -> None:
        await asyncio.sleep(after)
        if not self.slots.flowing.is_set():
            self._abort_connections()
            self.slots.tick()
            self.slots.flowing.set()
        if self._listener is None:
            await self._listen()

    def _abort_connections(self) -> None:
        server = self.runner.server
        for connection in list(server.connections) if server else []:
            if connection.transport is not None:
                connection.transport.abort()

    # --- control -------------------------------------------------------------------------------------------

    async def _control(self, request: web.Request) -> web.Response:
        order = await request.json()
        if order.get("reset_stats"):
            in_flight = self.counts.in_flight
            self.counts = Counts()
            self.counts.in_flight = self.counts.max_in_flight = in_flight
            self.slots.reset()
        if "seed" in order:
            self.random = random.Random(order["seed"])
        if "faults" in order:
            self.faults = [Fault(**fault) for fault in order["faults"]]
        self.health = order.get("health", self.health)
        self.with_metrics = order.get("metrics", self.with_metrics)
        self.models = order.get("models", self.models)
        self.images = order.get("images", self.images)
        self.proof_seconds = order.get("proof_seconds", self.proof_seconds)
        if "slots" in order:
            self.slots.resize(order["slots"])
        if "stuck" in order:
            self.slots.tick()
            (self.slots.flowing.clear if order["stuck"] else self.slots.flowing.set)()
        if order.get("close_idle"):
            self._abort_connections()
        await self._life(order)
        return web.json_response({"ok": True})

    async def _life(self, order: dict[str, Any]) -> None:
        if order.get("die"):
            os._exit(9)
        if order.get("refuse"):
            await self._close(hold=bool(order.get("hold")))
            self._later(self._reopen(order["refuse"]))
        if order.get("dead"):
            await self._close(hold=bool(order.get("hold")))
        if order.get("dead") is False:
            await self._reopen(0)

    async def _stats(self, request: web.Request) -> web.Response:
        return web.json_response(self.stats())

    def stats(self) -> dict[str, Any]:
        """Everything counted since the start or the last ``reset_stats``."""
        self.slots.tick()
        counts, slots = self.counts, self.slots
        span = (slots.last - slots.first) if slots.first is not None else 0.0
        return {
            "requests": counts.requests,
            "answered": counts.answered,
            "cancelled": counts.cancelled,
            "in_flight": counts.in_flight,
            "max_in_flight": counts.max_in_flight,
            "max_running": slots.max_running,
            "running": slots.running,
            "waiting": len(slots.queue),
            "by_kind": counts.by_kind,
            "asked_by_image": counts.asked,
            "answered_by_image": counts.replied,
            "faults": counts.faults,
            "paths": counts.paths,
            "hosts": counts.hosts,
            "proofs": counts.proofs,
            "traceparents": counts.traceparents,
            "finished": counts.finished,
            "busy_slot_seconds": slots.busy,
            "span_seconds": span,
            "busy_share": slots.busy / (span * slots.count) if span > 0 else 0.0,
        }

    # --- what vLLM has -------------------------------------------------------------------------------------

    def _locked(self, request: web.Request) -> web.Response | None:
        self.counts.paths[request.path] += 1
        key = self.options.api_key
        if key and request.headers.get("Authorization") != f"Bearer {key}":
            return web.json_response({"error": "Unauthorized"}, status=401)
        return None

    async def _health(self, request: web.Request) -> web.Response:
        self.counts.paths["/health"] += 1
        if self.health == "hang":
            await self._never.wait()
        cold = time.monotonic() - self.born < self.options.start_after + self.options.warmup
        return web.Response(status=503 if cold or self.health == "503" else 200)

    async def _models(self, request: web.Request) -> web.Response:
        if refused := self._locked(request):
            return refused
        cards = [
            {
                "id": model,
                "object": "model",
                "created": 1795430857,
                "owned_by": "vllm",
                "root": f"./{model}",
                "parent": None,
                "max_model_len": self.options.max_model_len,
            }
            for model in self.models
        ]
        return web.json_response({"object": "list", "data": cards})

    async def _version(self, request: web.Request) -> web.Response:
        return web.json_response({"version": self.options.version})

    async def _unknown(self, request: web.Request) -> web.Response:
        self.counts.paths[request.path] += 1
        return web.json_response({"detail": "Not Found"}, status=404)

    async def _metrics(self, request: web.Request) -> web.Response:
        self.counts.paths["/metrics"] += 1
        if not self.with_metrics:
            return await self._unknown(request)
        self.slots.tick()
        label = f'engine="0",model_name="{self.models[0]}"'
        values = {
            "num_requests_running": self.slots.running,
            "num_requests_waiting": len(self.slots.queue),
            "kv_cache_usage_perc": min(1.0, self.slots.running / max(self.slots.count, 1)),
            "num_preemptions_total": 0,
            "prompt_tokens_total": self.counts.tokens[0],
            "generation_tokens_total": self.counts.tokens[1],
            "iteration_tokens_total_count": int(self.slots.moving * 50) + self.counts.answered,
            "time_to_first_token_seconds_sum": self.slots.busy / 2,
            "time_to_first_token_seconds_count": self.counts.answered,
        }
        lines = [f"vllm:{name}{{{label}}} {float(value)}" for name, value in values.items()]
        for reason in ("stop", "length", "abort", "error", "repetition"):
            count = float(self.counts.finished[reason])
            lines.append(f'vllm:request_success_total{{finished_reason="{reason}",{label}}} {count}')
        return web.Response(text="\n".join(lines) + "\n")

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        if refused := self._locked(request):
            return refused
        peer = request.transport.get_extra_info("peername") if request.transport else None
        reused = peer in self.peers
        self.peers.add(peer)
        counts = self.counts
        counts.hosts[request.host] += 1
        counts.in_flight += 1
        counts.max_in_flight = max(counts.max_in_flight, counts.in_flight)
        try:
            return await self._answer(request, reused)
        except asyncio.CancelledError:
            counts.cancelled += 1
            raise
        finally:
            counts.in_flight -= 1

    async def _answer(self, request: web.Request, reused: bool) -> web.StreamResponse:
        try:
            prompt, image, model = _question(json.loads(await request.read()))
            digest = f"{zlib.crc32(image):016x}" if self.options.hash == "crc" else pixel_hash(image)
        except Exception as error:
            return _error(400, "BadRequestError", f"Failed to load image: {error}")
        if model not in self.models:
            names = ", ".join(self.models)
            text = f"The model `{model}` does not exist. Valid aliases: {names}."
            return _error(404, "NotFoundError", text, param="model")
        if not self.images:
            return _error(400, "BadRequestError", "At most 0 image(s) may be provided in one prompt.")
        kind = kind_of(prompt)
        if kind == "proof":  # no page of a test: counted apart, and no fault is spent on it
            self.counts.proofs += 1
            await asyncio.sleep(self.proof_seconds)
            return web.json_response(_completion(model, "Yes", "length", 1))
        fault = self._struck(kind, digest)
        if fault == "stale":
            if reused:
                self.counts.faults["stale"] += 1
                return _drop(request)
            fault = ""
        self.counts.requests += 1
        self.counts.traceparents += request.headers.getall("traceparent", [])
        self.counts.by_kind[kind] += 1
        self.counts.asked[digest] += 1
        if fault:
            self.counts.faults[fault] += 1
        if self.options.queue_cap and len(self.slots.queue) >= self.options.queue_cap:
            return _error(*STATUS["503busy"])
        refusal = await self._refusal(request, fault)
        if refusal is not None:
            return refusal
        await self.slots.serve(
            self.options.layout_seconds if kind == "layout" else self.options.block_seconds
        )
        text = (
            "The page shows a table and some prose."
            if fault == "prose"
            else ""
            if fault == "silent"
            else reply_to(prompt, digest, self.options.blocks)
        )
        return await self._reply(request, text, fault, digest)

    def _struck(self, kind: str, digest: str) -> str:
        for fault in self.faults:
            if fault.strikes(kind, digest, self.random.random()):
                self.fault = fault
                return fault.kind
        return ""

    async def _refusal(self, request: web.Request, fault: str) -> web.StreamResponse | None:
        """The answer to a request that never reaches the model."""
        if fault == "die":
            os._exit(9)
        if fault == "hang":
            await self._never.wait()
        if fault == "slow":
            await asyncio.sleep(self.fault.seconds or 1.0)
        if fault == "reset":
            return _drop(request, reset=True)
        if fault == "401":
            return web.json_response({"error": "Unauthorized"}, status=401)
        if fault == "404route":
            return web.json_response({"detail": "Not Found"}, status=404)
        if fault == "redirect":
            return web.Response(status=307, headers={"Location": "http://127.0.0.1:9/v1/chat/completions"})
        if fault in ("503html", "502"):
            name = "503 Service Unavailable" if fault == "503html" else "502 Bad Gateway"
            return web.Response(status=int(fault[:3]), text=GATEWAY.format(name), content_type="text/html")
        if fault in STATUS:
            param = "model" if fault == "404model" else None
            return _error(*STATUS[fault], param=param, retry_after=self.fault.retry_after)
        return None

    async def _reply(self, request: web.Request, text: str, fault: str, digest: str) -> web.StreamResponse:
        reason = fault if fault in FINISH else "stop"
        if reason != "stop":
            text = text[: len(text) // 2]
        if fault == "html":
            return web.Response(text="<html><body>Welcome to nginx!</body></html>", content_type="text/html")
        if fault == "notjson":
            return web.Response(
                text='{"id": "chatcmpl-1", "choices": [{"ind', content_type="application/json"
            )
        if fault == "huge":
            return await _flood(request, self.fault.bytes or 2**30)
        tokens = max(1, len(text) // 4)
        body = _completion(self.models[0], None if fault == "nullcontent" else text, reason, tokens)
        if fault == "nochoices":
            body["choices"] = []
        if fault == "cut":
            return await _cut(request, json.dumps(body).encode())
        self.counts.answered += 1
        self.counts.finished[reason] += 1
        self.counts.replied[digest] += not fault or fault == "slow"
        self.counts.tokens[0] += 1398
        self.counts.tokens[1] += tokens
        return web.json_response(body)


def _tls_of(pem: str) -> ssl.SSLContext | None:
    if not pem:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


def _question(body: dict[str, Any]) -> tuple[str, bytes, str]:
    prompt, image = "", b""
    for part in body["messages"][-1]["content"]:
        if part["type"] == "text":
            prompt += part["text"]
        else:
            header, _, data = part["image_url"]["url"].partition(",")
            if not header.startswith("data:image/"):
                raise ValueError("only data URLs are served")
            image = base64.b64decode(data, validate=True)
    return prompt, image, body["model"]


def _completion(model: str, text: str | None, reason: str, tokens: int) -> dict[str, Any]:
    message = {"role": "assistant", "content": text, "refusal": None, "reasoning": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": reason, "stop_reason": None}
    usage = {"prompt_tokens": 1398, "total_tokens": 1398 + tokens, "completion_tokens": tokens}
    return {
        "id": "chatcmpl-b352eaf926137fa9",
        "object": "chat.completion",
        "created": 1795430857,
        "model": model,
        "choices": [choice],
        "usage": usage,
    }


def _error(
    status: int, type_: str, text: str, *, param: str | None = None, retry_after: str | None = None
) -> web.Response:
    error = {"message": text, "type": type_, "param": param, "code": status}
    headers = {"Retry-After": str(retry_after)} if retry_after is not None else None
    return web.json_response({"error": error}, status=status, headers=headers)


def _drop(request: web.Request, *, reset: bool = False) -> web.Response:
    """Close the connection without a byte; ``reset`` with RST instead of FIN."""
    if request.transport is not None:
        raw = request.transport.get_extra_info("socket")
        if reset and raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()
    return web.Response()


async def _cut(request: web.Request, body: bytes) -> web.StreamResponse:
    response = web.StreamResponse(
        headers={"Content-Type": "application/json", "Content-Length": str(len(body))}
    )
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return response


async def _flood(request: web.Request, size: int) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    block = b"x" * 65536
    with contextlib.suppress(ConnectionError):
        for _ in range(size // len(block)):
            await response.write(block)
    return response


class _Remote:
    """Control and counts over HTTP, for a test."""

    url: str
    control_url: str

    def control(self, **order: Any) -> None:
        """Give an order, see the module's text."""
        self._call("/_control", json.dumps(order).encode())

    def stats(self) -> dict[str, Any]:
        """What was counted."""
        return self._call("/_stats", None)

    def _call(self, path: str, data: bytes | None) -> dict[str, Any]:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        headers = {"Content-Type": "application/json"}
        with opener.open(urllib.request.Request(self.control_url + path, data, headers), timeout=30) as reply:
            return json.loads(reply.read())


class Double(_Remote):
    """The server in a thread of this process."""

    def __init__(self, **options: Any) -> None:
        self.options = Options(**options)

    def __enter__(self) -> Double:
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._main, name="vllm-double", daemon=True)
        self._thread.start()
        assert self._ready.wait(20), "the double did not start"
        self.port = self.server.port
        self.url = f"{self.options.scheme}://{self.options.host}:{self.port}"
        self.control_url = f"http://{self.options.host}:{self.server.control_port}"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)

    def stats(self) -> dict[str, Any]:
        """What was counted, without the way over HTTP."""

        async def take() -> str:
            return json.dumps(self.server.stats())

        return json.loads(asyncio.run_coroutine_threadsafe(take(), self._loop).result(30))

    def _main(self) -> None:
        asyncio.run(self._serve())
        # A client that is cancelled in the last moment can leave a connection that nobody was told of.
        for thing in gc.get_objects():
            if (
                isinstance(thing, _SelectorTransport)
                and thing._loop is self._loop
                and thing._sock is not None
            ):
                thing._sock.close()
                thing._sock = None

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self.server = Server(self.options)
        await self.server.start()
        self._ready.set()
        await self._stop.wait()
        await self.server.stop()


class DoubleProcess(_Remote):
    """The server as a child process, to be killed and started again on the same port."""

    def __init__(self, *arguments: str) -> None:
        self.arguments = arguments
        self.port = 0

    def __enter__(self) -> DoubleProcess:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Start, or start again where it was."""
        command = [sys.executable, str(Path(__file__)), "--port", str(self.port), *self.arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert self.process.stdout is not None
        card = json.loads(self.process.stdout.readline())
        self.port, self.url = card["port"], card["url"]
        self.control_url = f"http://127.0.0.1:{card['control_port']}"

    def kill(self) -> None:
        """SIGKILL, and wait for it."""
        self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


def _parse(arguments: list[str] | None = None) -> Options:
    parser = argparse.ArgumentParser(description="a test server that keeps vLLM's contract")
    defaults = Options()
    for option in fields(Options):
        value = getattr(defaults, option.name)
        parser.add_argument("--" + option.name.replace("_", "-"), type=type(value), default=value)
    return Options(**vars(parser.parse_args(arguments)))


async def _run(options: Options) -> None:
    server = Server(options)
    await server.start()
    card = {
        "url": f"{options.scheme}://{options.host}:{server.port}",
        "port": server.port,
        "control_port": server.control_port,
        "pid": os.getpid(),
    }
    print(json.dumps(card), flush=True)
    parent = os.getppid()
    while os.getppid() == parent:  # never outlive the test that started it
        await asyncio.sleep(0.5)
    os._exit(0)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(_parse()))
