"""What vLLM serves: models, health, metrics, and chat completions over images."""

from __future__ import annotations

import asyncio
import json
import os
import time
from typing import Any

from aiohttp import web

from .contract import completion, hash_of, kind_of, logprobs_of, question_of, reply_to
from .faults import FINISH, GATEWAY, STATUS, Fault, drop, error_reply, flood, send_half
from .state import State


class Endpoints:
    """vLLM's routes."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.peers: set[Any] = set()
        self._never = asyncio.Event()

    def routes(self) -> list[web.RouteDef]:
        """All routes; the last one is the catch-all."""
        return [
            web.post("/v1/chat/completions", self._chat),
            web.get("/v1/models", self._models),
            web.get("/health", self._health),
            web.get("/version", self._version),
            web.get("/metrics", self._metrics),
            web.route("*", "/{path:.*}", self._unknown),
        ]

    def _locked(self, request: web.Request) -> web.Response | None:
        self.state.counts.paths[request.path] += 1
        key = self.state.options.api_key
        if key and request.headers.get("Authorization") != f"Bearer {key}":
            return web.json_response({"error": "Unauthorized"}, status=401)
        return None

    async def _health(self, request: web.Request) -> web.Response:
        self.state.counts.paths["/health"] += 1
        if self.state.health == "hang":
            await self._never.wait()
        await self.state.front.pass_by()
        cold = time.monotonic() - self.state.born < self.state.options.start_after + self.state.options.warmup
        return web.Response(status=503 if cold or self.state.health == "503" else 200)

    async def _models(self, request: web.Request) -> web.Response:
        if refused := self._locked(request):
            return refused
        await self.state.front.pass_by()
        cards = [
            {
                "id": model,
                "object": "model",
                "created": 1795430857,
                "owned_by": "vllm",
                "root": self.state.options.root or f"./{model}",
                "parent": None,
                "max_model_len": self.state.options.max_model_len,
            }
            for model in self.state.models
        ]
        return web.json_response({"object": "list", "data": cards})

    async def _version(self, request: web.Request) -> web.Response:
        return web.json_response({"version": self.state.options.version})

    async def _unknown(self, request: web.Request) -> web.Response:
        self.state.counts.paths[request.path] += 1
        return web.json_response({"detail": "Not Found"}, status=404)

    async def _metrics(self, request: web.Request) -> web.Response:
        self.state.counts.paths["/metrics"] += 1
        if not self.state.with_metrics:
            return await self._unknown(request)
        await self.state.front.pass_by()
        self.state.slots.tick()
        label = f'engine="0",model_name="{self.state.models[0]}"'
        values = {
            "num_requests_running": self.state.slots.running,
            "num_requests_waiting": len(self.state.slots.queue),
            "kv_cache_usage_perc": min(1.0, self.state.slots.running / max(self.state.slots.count, 1)),
            "num_preemptions_total": 0,
            "prompt_tokens_total": self.state.counts.tokens[0],
            "generation_tokens_total": self.state.counts.tokens[1],
            "iteration_tokens_total_count": int(self.state.slots.moving * 50) + self.state.counts.answered,
            "time_to_first_token_seconds_sum": self.state.slots.busy / 2,
            "time_to_first_token_seconds_count": self.state.counts.answered,
        }
        lines = [f"vllm:{name}{{{label}}} {float(value)}" for name, value in values.items()]
        for reason in ("stop", "length", "abort", "error", "repetition"):
            count = float(self.state.counts.finished[reason])
            lines.append(f'vllm:request_success_total{{finished_reason="{reason}",{label}}} {count}')
        caching = self.state.options.prefix_caching
        lines.append(
            f'vllm:cache_config_info{{block_size="16",enable_prefix_caching="{caching}",engine="0"}} 1.0'
        )
        return web.Response(text="\n".join(lines) + "\n")

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        if refused := self._locked(request):
            return refused
        peer = request.transport.get_extra_info("peername") if request.transport else None
        reused = peer in self.peers
        self.peers.add(peer)
        counts = self.state.counts
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
        state = self.state
        try:
            body = json.loads(await request.read())
            prompt, image, model = question_of(body)
            digest = hash_of(image, state.options.hash)
        except Exception as error:
            return error_reply(400, "BadRequestError", f"Failed to load image: {error}")
        if model not in state.models:
            names = ", ".join(state.models)
            text = f"The model `{model}` does not exist. Valid aliases: {names}."
            return error_reply(404, "NotFoundError", text, param="model")
        if not state.images:
            return error_reply(400, "BadRequestError", "At most 0 image(s) may be provided in one prompt.")
        kind = kind_of(prompt)
        if kind == "proof":  # not a page of a test: counted separately, and it consumes no fault
            state.counts.proofs += 1
            await asyncio.sleep(state.proof_seconds)
            return web.json_response(completion(model, "Yes", "length", 1))
        struck = state.struck(kind, digest) or Fault("")
        fault = struck.kind
        if fault == "stale":
            if reused:
                state.counts.faults["stale"] += 1
                return drop(request)
            struck, fault = Fault(""), ""
        state.counts.requests += 1
        state.counts.traceparents += request.headers.getall("traceparent", [])
        state.counts.by_kind[kind] += 1
        state.counts.asked[digest] += 1
        if fault:
            state.counts.faults[fault] += 1
        if state.options.queue_cap and len(state.slots.queue) >= state.options.queue_cap:
            return error_reply(*STATUS["503busy"])
        refusal = await self._refusal(request, struck)
        if refusal is not None:
            return refusal
        options = state.options
        await state.front.take_turn()
        await state.slots.serve(options.layout_seconds if kind == "layout" else options.block_seconds)
        spoiled = {"prose": "The page shows a table and some prose.", "silent": ""}
        good = reply_to(prompt, digest, options.blocks, options.words, options.pictures)
        text = {**spoiled, "garbled": good[::-1].swapcase()}.get(fault, good)
        logprobs = bool(body.get("logprobs") and options.logprobs)
        return await self._reply(request, text, struck, digest, logprobs=logprobs)

    async def _refusal(self, request: web.Request, struck: Fault) -> web.StreamResponse | None:
        """The reply to a request that never reaches the model."""
        fault = struck.kind
        if fault == "die":
            os._exit(9)
        if fault == "hang":
            await self._never.wait()
        if fault == "slow":
            await asyncio.sleep(struck.seconds or 1.0)
        if fault == "reset":
            return drop(request, reset=True)
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
            return error_reply(*STATUS[fault], param=param, retry_after=struck.retry_after)
        return None

    async def _reply(
        self, request: web.Request, text: str, struck: Fault, digest: str, *, logprobs: bool
    ) -> web.StreamResponse:
        state, fault = self.state, struck.kind
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
            return await flood(request, struck.bytes or 2**30)
        tokens = max(1, len(text) // 4)
        body = completion(state.models[0], None if fault == "nullcontent" else text, reason, tokens)
        if logprobs:
            state.counts.with_logprobs += 1
            body["choices"][0]["logprobs"] = logprobs_of(text)
        if fault == "nochoices":
            body["choices"] = []
        if fault == "cut":
            return await send_half(request, json.dumps(body).encode())
        state.counts.answered += 1
        state.counts.finished[reason] += 1
        state.counts.replied[digest] += not fault or fault == "slow"
        state.counts.tokens[0] += 1398
        state.counts.tokens[1] += tokens
        return web.json_response(body)
