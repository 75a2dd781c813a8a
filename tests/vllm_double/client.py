"""Handles of the server for tests: in a thread, or as a child process."""

from __future__ import annotations

import asyncio
import gc
import json
import subprocess
import sys
import threading
import urllib.request
from asyncio.selector_events import _SelectorTransport
from pathlib import Path
from typing import Any

from .server import Server
from .state import Options


class _Remote:
    """Control and counters over HTTP."""

    url: str
    control_url: str

    def control(self, **order: Any) -> None:
        """Send a command, see the package's docstring."""
        self._call("/_control", json.dumps(order).encode())

    def stats(self) -> dict[str, Any]:
        """The counters."""
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
        """The counters, without HTTP."""

        async def take() -> str:
            return json.dumps(self.server.stats())

        return json.loads(asyncio.run_coroutine_threadsafe(take(), self._loop).result(30))

    def _main(self) -> None:
        asyncio.run(self._serve())
        # A client that is cancelled at the last moment can leave a connection that no handler has seen.
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
        """Start, or restart on the same port."""
        command = [sys.executable, str(Path(__file__).parent), "--port", str(self.port), *self.arguments]
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
