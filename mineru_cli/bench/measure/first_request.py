"""Time of a worker from its start to its first request, measured by a stub server."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator

import anyio

from mineru_cli.bench.background import scratch_folder
from mineru_cli.bench.corpus.documents import Corpus
from mineru_cli.domain.document import DocumentRef
from mineru_cli.domain.events import Event, RunStarted
from mineru_cli.engine.run import convert_async
from mineru_cli.engine.stop_token import StopToken
from mineru_cli.settings import Settings

MODEL = "mineru"
_MODELS = json.dumps({"object": "list", "data": [{"id": MODEL, "object": "model", "owned_by": "bench"}]})
_NO = json.dumps({"error": {"message": "this server only listens", "type": "BadRequestError", "code": 400}})
_ANSWERS = {
    "/health": ("200 OK", ""),
    "/v1/models": ("200 OK", _MODELS),
    "/v1/chat/completions": ("400 Bad Request", _NO),
}


class Listener:
    """A stub model server that records the time of a worker's first request.

    ``observe`` is an observer of the run: requests before it starts are not from a worker.
    """

    def __init__(self, stop: StopToken) -> None:
        self._stop = stop
        self._started: float | None = None
        self.seconds: float | None = None

    def observe(self, event: Event, at: float) -> None:
        """Note the start of the run's worker."""
        if isinstance(event, RunStarted):
            self._started = at

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one request per connection."""
        try:
            line = (await reader.readline()).decode("latin-1")
            method, _, rest = line.partition(" ")
            path = rest.partition(" ")[0]
            if method == "POST":
                self._note()
            status, body = _ANSWERS.get(path, ("404 Not Found", ""))
            head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
            writer.write(f"{head}\r\nConnection: close\r\n\r\n{body}".encode())
            await writer.drain()
        except ConnectionError:
            return
        finally:
            writer.close()

    def _note(self) -> None:
        if self._started is not None and self.seconds is None:
            self.seconds = time.time() - self._started
            self._stop.request("asked")
            self._stop.request()


async def time_to_first_request(corpus: Corpus, settings: Settings, run: int) -> float | None:
    """Seconds from starting a worker's process to its first request; None if it sent none."""
    stop = StopToken()
    listener = Listener(stop)
    server = await asyncio.start_server(listener.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        async with scratch_folder() as folder:
            own = settings.model_copy(
                update={
                    "inputs": (), "output": folder / "out", "server_url": (f"http://127.0.0.1:{port}",),
                    "api_key": None, "model": MODEL, "recipe": "mineru", "workers": 1, "concurrency": 4,
                }
            )  # fmt: skip
            documents = _first(corpus.documents(run, folder / "in"))
            await convert_async(own, (listener.observe,), stop, arrivals=documents)
    finally:
        server.close()
    return listener.seconds


async def _first(documents: Iterator[DocumentRef]) -> AsyncIterator[DocumentRef]:
    yield await anyio.to_thread.run_sync(next, documents)
