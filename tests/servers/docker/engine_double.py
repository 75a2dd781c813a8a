"""A stand-in for the Docker engine on a unix socket, for the real ``docker`` and ``docker compose`` programs.

No engine runs on the machines that these tests run on. The stand-in answers the part of the Engine API (1.50,
docs.docker.com/reference/api/engine) that compose asks for: it pulls in steps, creates, starts, stops, lists
and inspects containers, streams their logs in Docker's frames, and refuses as Docker does, word for word where
the wording matters (no GPU runtime, port taken, no such image). A "container" runs a script: log lines of a
vLLM start, after which it either serves (a ``vllm_double`` on the published port) or exits. Restart policies
are kept. What it cannot show is a real vLLM or a real GPU.
"""

from __future__ import annotations

import asyncio
import json
import struct
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.vllm_double import Double

MODEL = "Qwen/Qwen2.5-VL-7B-Instruct"
"""A model whose image is pulled: the stand-in cannot build the one of the default model."""

NEVER = "0001-01-01T00:00:00Z"
NO_GPU = 'could not select device driver "nvidia" with capabilities: [[gpu]]'


@dataclass
class Script:
    """What a container does: lines with a pause after each, then serving or an exit code."""

    lines: Sequence[str] = ()
    pause: float = 0.0
    exit_code: int | None = None
    out_of_memory: bool = False
    model: str = ""


@dataclass
class Container:
    id: str
    name: str
    config: dict[str, Any]
    state: str = "created"
    exit_code: int = 0
    out_of_memory: bool = False
    restarts: int = 0
    started: str = NEVER
    finished: str = NEVER
    log: list[bytes] = field(default_factory=list)
    sent: int = 0
    """Of the log's lines, to whoever follows it."""
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    task: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        return int(self.config["HostConfig"]["PortBindings"]["8000/tcp"][0]["HostPort"])


class EngineDouble:
    """``with EngineDouble(folder, script=...) as engine: engine.environment``. Knobs are attributes."""

    def __init__(self, folder: Path, script: Script, **knobs: Any) -> None:
        self.socket = folder / "docker.sock"
        self.script = script
        self.runtimes = ["runc", "nvidia"]
        self.images: set[str] = set()
        self.pull_pause = 0.0
        self.pull_error = ""
        self.start_error = ""
        self.asked: list[str] = []
        self.containers: dict[str, Container] = {}
        self.networks: dict[str, dict[str, Any]] = {}
        self.volumes: dict[str, dict[str, Any]] = {}
        self._served: dict[str, Double] = {}
        for name, value in knobs.items():
            assert hasattr(self, name), name
            setattr(self, name, value)

    @property
    def environment(self) -> dict[str, str]:
        return {"DOCKER_HOST": f"unix://{self.socket}"}

    def __enter__(self) -> EngineDouble:
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), daemon=True)
        self._thread.start()
        assert self._ready.wait(20)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)

    async def _main(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        app = web.Application(client_max_size=2**28)
        app.router.add_route("*", "/{path:.*}", self._answer)
        runner = web.AppRunner(app, shutdown_timeout=0.2)
        await runner.setup()
        await web.UnixSite(runner, str(self.socket)).start()
        self._ready.set()
        await self._stop.wait()
        for container in list(self.containers.values()):
            await self._halt(container)
        assert runner.server is not None
        transports = [one.transport for one in runner.server.connections]
        await runner.cleanup()
        for transport in transports:
            if transport is not None:
                transport.abort()  # what a client no longer reads keeps a connection open
        await asyncio.sleep(0.05)

    def asked_for(self, part: str) -> int:
        """How often something was asked for."""
        return sum(part in one for one in self.asked)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = request.path
        if path.startswith("/v1."):
            path = "/" + path.split("/", 2)[2]
        self.asked.append(f"{request.method} {path}?{request.query_string}")
        parts = path.strip("/").split("/")
        handler = getattr(self, f"_{parts[0].lstrip('_')}", None)
        if handler is None:
            return _error(404, "page not found")
        try:
            return await handler(request, parts[1:])
        except ConnectionResetError:  # the client has left, which is its right
            return web.Response()

    async def _ping(self, request: web.Request, parts: list[str]) -> web.Response:
        return web.Response(text="OK", headers={"API-Version": "1.50", "OSType": "linux"})

    async def _version(self, request: web.Request, parts: list[str]) -> web.Response:
        return web.json_response(
            {
                "Version": "28.2.2",
                "ApiVersion": "1.50",
                "MinAPIVersion": "1.24",
                "Os": "linux",
                "Arch": "amd64",
            }
        )

    async def _info(self, request: web.Request, parts: list[str]) -> web.Response:
        return web.json_response(
            {
                "ID": "double",
                "ServerVersion": "28.2.2",
                "OSType": "linux",
                "Architecture": "x86_64",
                "Runtimes": {name: {"path": name} for name in self.runtimes},
                "DockerRootDir": "/",
            }
        )

    async def _images(self, request: web.Request, parts: list[str]) -> web.StreamResponse:
        if parts == ["create"]:
            return await self._pull(request)
        if parts == ["json"]:
            return web.json_response([])
        name = "/".join(parts[:-1]).removeprefix("docker.io/")
        if name not in self.images:
            return _error(404, f"No such image: {name}")
        return web.json_response(
            {
                "Id": "sha256:" + "a" * 64,
                "RepoTags": [name],
                "Os": "linux",
                "Architecture": "amd64",
                "Config": {},
            }
        )

    async def _pull(self, request: web.Request) -> web.StreamResponse:
        name = request.query["fromImage"].removeprefix("docker.io/") + ":" + request.query["tag"]
        if self.pull_error:
            return _error(404, self.pull_error)
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        for step in _pull_steps():
            await response.write(json.dumps(step).encode() + b"\r\n")
            await asyncio.sleep(self.pull_pause)
        self.images.add(name)
        return response

    async def _networks(self, request: web.Request, parts: list[str]) -> web.Response:
        return await self._named(request, parts, self.networks, "network")

    async def _volumes(self, request: web.Request, parts: list[str]) -> web.Response:
        if request.method == "GET" and not parts:
            return web.json_response({"Volumes": list(self.volumes.values())})
        return await self._named(request, parts, self.volumes, "volume")

    async def _named(
        self, request: web.Request, parts: list[str], kept: dict[str, dict[str, Any]], kind: str
    ) -> web.Response:
        if parts == ["create"]:
            body = await request.json()
            kept[body["Name"]] = {"Id": f"{kind}-{body['Name']}", "Driver": "local", **body}
            return web.json_response(kept[body["Name"]], status=201)
        if not parts:
            return web.json_response(list(kept.values()))
        found = next((one for one in kept.values() if parts[0] in (one["Name"], one["Id"])), None)
        if found is None:
            return _error(404, f"{kind} {parts[0]} not found")
        if request.method == "DELETE":
            del kept[found["Name"]]
            return web.Response(status=204)
        return web.json_response(found)

    async def _containers(self, request: web.Request, parts: list[str]) -> web.StreamResponse:
        if parts == ["json"]:
            return web.json_response(self._listed(request))
        if parts == ["create"]:
            return await self._create(request)
        wanted = next((one for one in self.containers.values() if parts[0] in (one.id, one.name)), None)
        if wanted is None:
            return _error(404, f"No such container: {parts[0]}")
        action = parts[1] if len(parts) > 1 else request.method
        return await {
            "json": self._inspect,
            "start": self._start,
            "stop": self._stopped,
            "logs": self._logs,
            "wait": self._waited,
            "rename": self._renamed,
            "DELETE": self._delete,
        }[action](request, wanted)

    def _listed(self, request: web.Request) -> list[dict[str, Any]]:
        filters = json.loads(request.query.get("filters", "{}"))
        labels = list(filters.get("label", {}))
        everything = request.query.get("all") in ("1", "true")
        return [
            _summary(one)
            for one in self.containers.values()
            if (everything or one.state == "running") and all(_has_label(one, label) for label in labels)
        ]

    async def _create(self, request: web.Request) -> web.Response:
        body = await request.json()
        name = request.query["name"]
        one = Container(f"{len(self.containers) + 1:064x}", name, body)
        self.containers[one.id] = one
        return web.json_response({"Id": one.id, "Warnings": []}, status=201)

    async def _inspect(self, request: web.Request, one: Container) -> web.Response:
        return web.json_response(_inspected(one))

    async def _start(self, request: web.Request, one: Container) -> web.Response:
        if one.config["HostConfig"].get("DeviceRequests") and "nvidia" not in self.runtimes:
            return _error(500, NO_GPU)
        if self.start_error:
            return _error(500, self.start_error)
        if one.state != "running":
            one.state, one.started, one.restarts = "running", _now(), 0
            one.task = asyncio.get_running_loop().create_task(self._live(one))
        return web.Response(status=204)

    async def _live(self, one: Container) -> None:
        """The container's life, restarted as its policy says."""
        while True:
            await self._once(one)
            one.finished = _now()
            one.exit_code = self.script.exit_code or 0
            one.out_of_memory = self.script.out_of_memory
            if one.config["HostConfig"].get("RestartPolicy", {}).get("Name") != "unless-stopped":
                one.state = "exited"
            await self._tell(one)
            if one.state == "exited":
                return
            one.state = "restarting"
            await asyncio.sleep(0.05)
            one.restarts += 1
            one.state, one.started = "running", _now()

    async def _once(self, one: Container) -> None:
        for line in self.script.lines:
            payload = line.encode() + b"\n"
            one.log.append(struct.pack(">BxxxI", 1, len(payload)) + payload)
            await self._tell(one)
            await asyncio.sleep(self.script.pause)
        if self.script.exit_code is None:
            await self._followed(one)
            model = self.script.model or one.config["Entrypoint"][2]
            served = Double(port=one.port, model=model)
            await asyncio.to_thread(served.__enter__)
            self._served[one.id] = served
            await asyncio.Event().wait()

    async def _followed(self, one: Container) -> None:
        """Until someone has read the log so far: a real start is slow enough for that on every machine."""
        for _ in range(100):
            if one.sent >= len(one.log):
                return
            await asyncio.sleep(0.05)

    async def _tell(self, one: Container) -> None:
        async with one.changed:
            one.changed.notify_all()

    async def _halt(self, one: Container) -> None:
        if one.task is not None:
            one.task.cancel()
        if one.id in self._served:
            await asyncio.to_thread(self._served.pop(one.id).__exit__)
        if one.state in ("running", "restarting"):
            one.state, one.finished = "exited", _now()
        await self._tell(one)

    async def _stopped(self, request: web.Request, one: Container) -> web.Response:
        await self._halt(one)
        return web.Response(status=204)

    async def _renamed(self, request: web.Request, one: Container) -> web.Response:
        one.name = request.query["name"]
        return web.Response(status=204)

    async def _waited(self, request: web.Request, one: Container) -> web.Response:
        return web.json_response({"StatusCode": one.exit_code})

    async def _delete(self, request: web.Request, one: Container) -> web.Response:
        await self._halt(one)
        self.containers.pop(one.id, None)
        return web.Response(status=204)

    async def _logs(self, request: web.Request, one: Container) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/vnd.docker.multiplexed-stream"})
        await response.prepare(request)
        tail = request.query.get("tail", "all")
        at = max(0, len(one.log) - int(tail)) if tail not in ("all", "") else 0
        while True:
            while at < len(one.log):
                await response.write(one.log[at])
                at += 1
                one.sent = max(one.sent, at)
            if request.query.get("follow") not in ("1", "true") or one.state != "running":
                return response
            async with one.changed:
                await one.changed.wait()


def _pull_steps() -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = [{"status": "Pulling from vllm/vllm-openai", "id": "v0.28.0"}]
    layers = {"aaaaaaaaaaaa": 3_000_000_000, "bbbbbbbbbbbb": 6_000_000_000}
    steps += [{"status": "Pulling fs layer", "progressDetail": {}, "id": layer} for layer in layers]
    for part in (0.1, 0.5, 1.0):
        for layer, size in layers.items():
            here = {"current": int(size * part), "total": size}
            steps.append({"status": "Downloading", "progressDetail": here, "progress": "[=>]", "id": layer})
    steps += [{"status": "Pull complete", "progressDetail": {}, "id": layer} for layer in layers]
    return [*steps, {"status": "Status: Downloaded newer image for vllm/vllm-openai:v0.28.0"}]


def _summary(one: Container) -> dict[str, Any]:
    return {
        "Id": one.id,
        "Names": ["/" + one.name],
        "Image": one.config["Image"],
        "ImageID": "sha256:" + "a" * 64,
        "Labels": one.config.get("Labels", {}),
        "State": one.state,
        "Status": one.state,
        "Ports": [],
        "Created": 1,
        "Command": "",
        "NetworkSettings": {"Networks": {}},
        "Mounts": [],
    }


def _inspected(one: Container) -> dict[str, Any]:
    return {
        "Id": one.id,
        "Name": "/" + one.name,
        "Image": "sha256:" + "a" * 64,
        "Created": NEVER,
        "RestartCount": one.restarts,
        "State": {
            "Status": one.state,
            "Running": one.state == "running",
            "Restarting": one.state == "restarting",
            "OOMKilled": one.out_of_memory,
            "ExitCode": one.exit_code,
            "StartedAt": one.started,
            "FinishedAt": one.finished,
            "Error": "",
        },
        "Config": {**one.config, "Tty": False},
        "HostConfig": one.config["HostConfig"],
        "NetworkSettings": {"Networks": {}, "Ports": {}},
        "Mounts": [],
    }


def _has_label(one: Container, label: str) -> bool:
    name, _, value = label.partition("=")
    labels = one.config.get("Labels", {})
    return labels.get(name) == value if value else name in labels


def _error(status: int, message: str) -> web.Response:
    return web.json_response({"message": message}, status=status)


def _now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f000Z")


LINES = (
    "INFO 11-24 04:00:01 [api_server.py:1971] vLLM API server version 0.28.0",
    "(EngineCore_DP0 pid=212) INFO 11-24 04:00:09 [gpu_model_runner.py:2602] Starting to load model Qwen...",
    "Loading safetensors checkpoint shards:  20% Completed | 1/5 [00:01<00:05,  1.27s/it]",
    "Loading safetensors checkpoint shards: 100% Completed | 5/5 [00:06<00:00,  1.31s/it]",
    "(EngineCore_DP0 pid=212) INFO 11-24 04:00:16 [default_loader.py:268] Loading weights took 6.61 seconds",
    "(EngineCore_DP0 pid=212) INFO 11-24 04:00:17 [gpu_model_runner.py:2653] Model loading took 15.63 GiB memory",
    "(EngineCore_DP0 pid=212) INFO 11-24 04:00:29 [backends.py:559] Dynamo bytecode transform time: 4.93 s",
    "(EngineCore_DP0 pid=212) INFO 11-24 04:00:41 [monitor.py:34] torch.compile takes 16.04 s in total",
    "(EngineCore_DP0 pid=212) INFO 11-24 04:00:43 [kv_cache_utils.py:1087] GPU KV cache size: 49,152 tokens",
    "Capturing CUDA graphs (mixed prefill-decode, PIECEWISE):  40%|####      | 4/11 [00:01<00:02]",
    "(EngineCore_DP0 pid=212) INFO 11-24 04:00:52 [gpu_model_runner.py:3480] Graph capturing finished in 8 secs",
    "INFO 11-24 04:00:53 [api_server.py:2057] Starting vLLM API server 0 on http://0.0.0.0:8000",
    "INFO:     Application startup complete.",
)
"""A start as vLLM logs it, in the wordings of its source."""

OUT_OF_MEMORY = (
    *LINES[:3],
    "(EngineCore_DP0 pid=212) ERROR 11-24 04:00:12 [core.py:708] EngineCore failed to start.",
    "(EngineCore_DP0 pid=212) torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 130.00 MiB.",
    "RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}",
)
