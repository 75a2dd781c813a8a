"""The baseline's versions of the candidate's documents: a separate run inside the run.

It is an ordinary run over documents that are added as they come, on the baseline's servers, with an output
folder in the run's state. So ``compare-baseline`` works on the two folders.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import anyio
import anyio.to_thread

from mineru_cli.domain.document import DocumentRef
from mineru_cli.domain.events import Event
from mineru_cli.engine.routes import Route
from mineru_cli.engine.run import convert_async
from mineru_cli.engine.stop_token import StopToken
from mineru_cli.quality.incremental import score_of
from mineru_cli.settings import Settings
from mineru_cli.settings.rollout import Rollout

WORKERS = 2
"""Maximum number of worker processes: the compared share is small."""


class Shadow:
    """Converts documents passed to ``add``, and reports events to ``observer``."""

    def __init__(
        self, baseline: Route, folder: Path, output: Path, observer: Callable[[Event, float], None]
    ) -> None:
        self._settings = _settings(baseline, folder)
        self._folder, self._output = folder, output
        self._observer = observer
        self._stop = StopToken()
        self._wanted = asyncio.Event()
        self.ended = asyncio.Event()
        self._arrived, self._arrivals = anyio.create_memory_object_stream[DocumentRef](100_000)

    def add(self, document: DocumentRef) -> None:
        """Convert this document as well."""
        self._arrived.send_nowait(document)
        self._wanted.set()

    def close(self) -> None:
        """Accept no more documents."""
        self._arrived.close()
        self._wanted.set()

    def stop(self) -> None:
        """Stop without converting the remaining documents."""
        self.close()
        self._stop.request("the rollout was reverted")

    async def run(self) -> None:
        """Convert documents until ``close`` or ``stop``. Workers start with the first document.

        Raises the error that ends the baseline's run.
        """
        await self._wanted.wait()
        try:
            async with self._arrivals:
                if not self._arrivals.statistics().current_buffer_used:
                    return
                report = await convert_async(
                    self._settings, [self._observer], self._stop, arrivals=self._arrivals
                )
        finally:
            self.ended.set()
        if report.failure is not None:
            raise report.failure.error()

    async def match(self, key: str) -> float:
        """Compare the two versions of a document; the match is 0-1."""
        return await anyio.to_thread.run_sync(score_of, self._folder, self._output, key)


def _settings(baseline: Route, folder: Path) -> Settings:
    """The run's settings, without options that write files elsewhere or listen on ports."""
    settings = baseline.config.settings
    return settings.model_copy(
        update={
            "inputs": (),
            "output": folder,
            "server_url": baseline.target.urls,
            "model": baseline.config.model,
            "rollout": Rollout(),
            "overwrite": True,
            "workers": min(WORKERS, baseline.sizing.workers),
            "files_from": None,
            "shard": None,
            "limit": None,
            "log_file": None,
            "metrics_port": None,
            "metrics_textfile": None,
            "pushgateway": None,
            "report": None,
            "baseline": None,
        }
    )
