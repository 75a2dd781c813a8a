"""A real server in a thread, over an engine that does as it is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from mineru_cli.embedded.config import EmbeddedConfig
from mineru_cli.embedded.engine import Cores
from mineru_cli.embedded.http.app import EngineService, create_app


class ToldEngine:
    """Answers with ``reply``, once ``gate`` is open, looking at its checkpoint meanwhile."""

    about = "an engine for tests"

    def __init__(self) -> None:
        self.reply: Callable[[], str] = lambda: "read"
        self.gate = threading.Event()
        self.gate.set()
        self.started = threading.Semaphore(0)
        self.running = 0
        self.most = 0
        self.abandoned = threading.Semaphore(0)
        self._lock = threading.Lock()

    def run(self, task, image, checkpoint, words=()):
        del task, image
        with self._lock:
            self.running += 1
            self.most = max(self.most, self.running)
        self.started.release()
        try:
            while not self.gate.wait(0.005):
                checkpoint()
        except BaseException:
            self.abandoned.release()
            raise
        finally:
            with self._lock:
                self.running -= 1
        return self.reply()


@contextmanager
def served(engine, *, slots=1, load=None, **options) -> Iterator[tuple[str, EngineService]]:
    """The URL and the service of a server on a free port, ready unless ``load`` decides otherwise."""
    config = EmbeddedConfig(**options)
    service = EngineService(config, Cores(slots, slots), load or (lambda config, share: engine))
    server = uvicorn.Server(uvicorn.Config(create_app(service), port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started or (load is None and service.engine is None):
        time.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}", service
    finally:
        server.should_exit = True
        thread.join(60)
