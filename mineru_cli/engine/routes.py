"""A run with more than one target: what each consists of, and who decides where a document goes.

A run has one target, the baseline, unless a ``Router`` adds a second one. Its documents are marked in the
ledger, so that they are distinct from the baseline's and can be converted again there, also by a later run.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import anyio.to_thread

from mineru_cli.domain.document import DocumentRef, Status
from mineru_cli.domain.events import DocumentRecalled, Event
from mineru_cli.domain.failure import Failure
from mineru_cli.engine.adopt import Adoption
from mineru_cli.engine.run_config import RunConfig, run_config
from mineru_cli.engine.schedule.document_work import DocumentWork
from mineru_cli.engine.sizing import Sizing, size
from mineru_cli.engine.target import Target, find_target
from mineru_cli.errors import ServerGivenUp
from mineru_cli.settings import Settings
from mineru_cli.store.ledger.ledger import Ledger
from mineru_cli.store.ledger.records import DocumentRecord
from mineru_cli.store.ports import PageStore
from mineru_cli.telemetry.machine_limits import usable_cores


@dataclass(frozen=True, slots=True)
class Route:
    """One target and its configuration.

    ``name`` is used in events, empty for the baseline. ``mark`` identifies the target in ledger and spool, so
    that pages read by another target are never reused.
    """

    name: str
    mark: str
    target: Target
    config: RunConfig
    sizing: Sizing


@dataclass(frozen=True, slots=True)
class Switch:
    """What a router may do with the run. ``baseline`` converts all other documents.

    ``retire`` takes the second target out: returns once it has published its last document. ``recalled`` then
    gives the documents that it finished, in this run or before, to be done by the baseline. ``adoption`` is
    for documents that another program converted.
    """

    baseline: Route
    announce: Callable[[Event], None]
    retire: Callable[[], Awaitable[None]]
    adoption: Adoption
    recalled: Callable[[], AsyncIterator[DocumentWork]]


class Router(Protocol):
    """Decides which documents go to a second target. ``rollout`` implements it."""

    def candidate(self, settings: Settings, urls: tuple[str, ...]) -> Settings:
        """The settings of the second target, from those of the run and the baseline's servers."""
        ...

    @property
    def mark(self) -> str:
        """Identifies the second target in the ledger: equal for equal servers and settings."""
        ...

    def unavailable(self, failure: Failure) -> None:
        """The second target cannot be used, or cannot continue."""
        ...

    @property
    def reverted(self) -> bool:
        """Whether the second target gets no more documents and its results are redone."""
        ...

    async def target_of(self, document: DocumentRef) -> int:
        """0 for the baseline, 1 for the second target."""
        ...

    def documents(self, works: AsyncIterator[DocumentWork]) -> AsyncIterator[DocumentWork]:
        """``works`` in the router's order, followed by those that must be redone."""
        ...

    async def attend(self, switch: Switch) -> None:
        """Whatever runs alongside the conversion, until it is cancelled."""
        ...

    def observe(self, event: Event, at: float) -> None:
        """An ``Observer`` of the run, on whose events the decisions are based."""
        ...

    def summary(self) -> Mapping[str, Any]:
        """For ``run.json``: at least ``verdict``, and ``reason`` where it was reverted."""
        ...


@asynccontextmanager
async def second_route(
    router: Router | None, baseline: RunConfig, target: Target, announce: Callable[[Event], None]
) -> AsyncIterator[Route | None]:
    """The candidate's servers for as long as the context lasts; None where there are none.

    One that cannot be reached is reported to the router. Raises ``ServerRefused`` and ``SettingsError`` for
    one that can never work as configured.
    """
    if router is None or not target.urls:
        yield None
        return
    settings = router.candidate(baseline.settings, target.urls)
    async with AsyncExitStack() as held:
        try:
            found = await held.enter_async_context(find_target(settings, announce, time.monotonic))
        except ServerGivenUp as error:
            router.unavailable(Failure.of(error))
            yield None
            return
        same = found.urls == target.urls
        resolve = partial(run_config, settings, found.model, root=found.root, prompts=found.prompts)
        config = await anyio.to_thread.run_sync(partial(resolve, embedded=target.embedded and same))
        sizing = size(config.settings, cores=usable_cores(), embedded=target.embedded and same)
        yield Route("candidate", router.mark + config.fingerprint, found, config, sizing)


class Routing:
    """A router over a run's ledger and page stores, as the feed uses it."""

    def __init__(self, router: Router, ledger: Ledger, spools: Sequence[PageStore]) -> None:
        self._router = router
        self._mark = router.mark
        self._ledger = ledger
        self.spools = spools
        ledger.keep_targets()

    async def target_of(self, document: DocumentRef) -> int:
        """See ``Router``."""
        return await self._router.target_of(document)

    def in_doubt(self, keys: Collection[str]) -> set[str]:
        """Those of the documents that were converted by a target that was reverted."""
        if not self._router.reverted:
            return set()
        found = self._ledger.targets(list(keys))
        return {key for key, (mark, _) in found.items() if mark == self._mark}

    async def recalled(
        self,
        batches: Iterator[list[DocumentRef]],
        in_work: Callable[[str], bool],
        not_skipped: Callable[[DocumentRecord], None],
        announce: Callable[[Event], None],
        clock: Callable[[], float],
    ) -> AsyncIterator[DocumentWork]:
        """Documents of ``batches`` that the second target finished, each announced as recalled.

        Those ``in_work`` are being redone already. ``not_skipped`` is called with what is known of those that
        an earlier run had done.
        """
        while (refs := await anyio.to_thread.run_sync(next, batches, None)) is not None:
            keys = [ref.key for ref in refs]
            doubted, records = self._ledger.targets(keys), self._ledger.records(keys)
            for ref in refs:
                mark, run = doubted.get(ref.key, ("", 0))
                record = records.get(ref.key)
                if mark != self._mark or in_work(ref.key) or record is None or record.status == "running":
                    continue
                status: Status = record.status
                if run != self._ledger.run:
                    not_skipped(record)
                    status = "skipped" if record.status == "done" else status
                announce(DocumentRecalled(ref.key, status, record.pages, record.failed_pages))
                yield DocumentWork(ref, clock())
