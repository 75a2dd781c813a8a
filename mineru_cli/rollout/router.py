"""A rollout in a run: implements the engine's ``Router``. ``decisions`` makes the decisions."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread

from mineru_cli.domain.document import DocumentRef
from mineru_cli.domain.events import (
    DocumentFinished,
    DocumentRecalled,
    Event,
    Notice,
    PageFailed,
    PageFinished,
    RolloutChanged,
    RolloutJudged,
    RolloutReverted,
    RolloutScored,
)
from mineru_cli.domain.failure import Failure
from mineru_cli.domain.location import is_object_url
from mineru_cli.engine.routes import Switch
from mineru_cli.engine.schedule.document_work import DocumentWork
from mineru_cli.errors import (
    DocumentError,
    MinerUBatchError,
    PageNotRecognised,
    ServerError,
    SettingsError,
    error_class,
)
from mineru_cli.rollout.control import (
    Control,
    mark_of,
    read_control,
    status_facts,
    status_of,
    write_control,
    write_status,
)
from mineru_cli.rollout.decisions import AHEAD, Decisions
from mineru_cli.rollout.fallback import Fallback, FallbackFailed
from mineru_cli.rollout.guards import GuardJudgement, SideOutcome
from mineru_cli.rollout.shadow import Shadow
from mineru_cli.rollout.split import Placement, placement_of
from mineru_cli.settings import Settings
from mineru_cli.store.run_folder import RunFolder

WATCH_EVERY = 0.5
"""Interval for reading ``rollout.json``, in seconds."""
FALLBACK = 2
"""The target of documents that the fallback converts."""
HELD = 10_000
"""Maximum number of waiting documents of the candidate. With more, discovery waits, too."""
IN_WORK = 64
"""Maximum number of the candidate's unfinished documents, compared or not."""
SERVER_FLAWS = frozenset({"rejected", "missing", "empty", "truncated", "uncovered"})
"""Losses that a server may cause; the document causes all others."""
SERVER_WAIT = 60.0
"""Maximum seconds to wait for an unreachable candidate, with its documents, before it is reverted."""


@dataclass(slots=True)
class _InWork:
    """Results of a document's pages so far."""

    faulty: bool = False
    answers: int = 0
    seconds: float = 0.0

    def page(self, event: PageFinished | PageFailed) -> None:
        if isinstance(event, PageFailed):
            kind = error_class(event.failure.code)
            self.faulty = self.faulty or issubclass(kind, (ServerError, PageNotRecognised))
            return
        lost = event.loss is not None and event.loss.code in SERVER_FLAWS
        self.faulty = self.faulty or bool(event.faults) or lost
        self.answers += event.requests - event.retried
        self.seconds += event.answer_seconds

    def outcome(self, *, comparable: bool) -> SideOutcome:
        return SideOutcome(self.faulty, self.answers, self.seconds, comparable)


@dataclass(slots=True)
class _Compared:
    """A document of the candidate that the baseline converts as well, and which of them have finished."""

    candidate: bool | None = None
    baseline: bool | None = None


class RolloutRouter:
    """The rollout of one run. ``settings`` are the run's settings with a candidate."""

    def __init__(self, settings: Settings) -> None:
        """Raises ``SettingsError`` for inputs or outputs in object storage, and for workers on Ray."""
        if settings.output_url or any(is_object_url(str(one)) for one in settings.inputs):
            raise SettingsError(
                "a rollout compares files: it needs inputs and output on this machine",
                hint="convert a part of the documents locally with --candidate-url",
            )
        if settings.engine != "local":
            raise SettingsError(
                f"a rollout needs workers of this machine: with --engine {settings.engine} candidate and "
                "comparisons could wait for places that the baseline's workers hold",
                hint="leave --engine out, or compare two runs on the cluster with compare-baseline",
            )
        self._settings = settings
        self._folder = RunFolder(settings.output)
        self._decisions = Decisions(settings.rollout)
        self._mark = mark_of(settings.rollout.candidate)
        self._placements: dict[str, Placement] = {}
        self._held: deque[tuple[DocumentWork, Placement]] = deque()
        self._in_work: set[str] = set()
        self._pages: dict[str, _InWork] = {}
        self._shadow_pages: dict[str, _InWork] = {}
        self._compared: dict[str, _Compared] = {}
        self._to_score: deque[str] = deque()
        self._changed = asyncio.Event()
        self._begun = asyncio.Event()
        self._over = asyncio.Event()
        self._retired = asyncio.Event()
        self._switch: Switch | None = None
        self._shadow: Shadow | None = None
        self._seen: Control | None = None
        template = settings.rollout.fallback
        self._fallback = Fallback(template, self._folder.scratch) if template else None
        before = read_control(self._folder)
        if before is not None and before.mark == self._mark and before.reverted:
            self._decisions.revert(before.guard, before.reason)
            self._seen = before

    @property
    def mark(self) -> str:
        """See ``Router``."""
        return self._mark

    @property
    def reverted(self) -> bool:
        """See ``Router``."""
        return self._decisions.reverted is not None

    def candidate(self, settings: Settings, urls: tuple[str, ...]) -> Settings:
        """See ``Router``."""
        wanted = settings.rollout.candidate
        changes = wanted.model_dump(exclude_none=True, exclude={"base_url"})
        if wanted.recipe is not None and wanted.recipe_file is None:
            changes["recipe_file"] = None
        if wanted.model is None and wanted.base_url:
            changes["model"] = self._settings.model
        wait = min(settings.server_wait, SERVER_WAIT)
        return settings.model_copy(
            update={**changes, "server_url": wanted.base_url or urls, "server_wait": wait}
        )

    def unavailable(self, failure: Failure) -> None:
        """See ``Router``."""
        self._revert(f"the candidate cannot be used: {failure.message}")

    # -- where documents go -------------------------------------------------------------------------

    async def target_of(self, document: DocumentRef) -> int:
        """See ``Router``. The baseline reports files that cannot be read."""
        if self.reverted:
            return 0
        try:
            placement = await anyio.to_thread.run_sync(placement_of, Path(document.path))
        except OSError:
            return 0
        self._placements[document.key] = placement
        return int(self._decisions.goes_to_candidate(placement))

    async def documents(self, works: AsyncIterator[DocumentWork]) -> AsyncIterator[DocumentWork]:
        """See ``Router``. Documents of the fallback are not included."""
        async for work in self._routed(works):
            if not await self._fallen_back(work):
                yield work

    async def _routed(self, works: AsyncIterator[DocumentWork]) -> AsyncIterator[DocumentWork]:
        """Route documents. The candidate gets no more than can be judged, see ``decisions.AHEAD``."""
        await self._begun.wait()
        async for work in works:
            for ready in self._sorted(work):
                yield ready
            while len(self._held) >= HELD:
                await self._wait()
                for ready in self._released():
                    yield ready
        while self._held or self._in_work or self._compared:
            released = list(self._released())
            for ready in released:
                yield ready
            if not released and (self._held or self._in_work or self._compared):
                await self._wait()
        self._judge(final=True)
        if self._shadow:
            self._shadow.close()
            await self._shadow.ended.wait()
        async for work in self._in_doubt():
            yield work

    async def _fallen_back(self, work: DocumentWork) -> bool:
        """Whether the fallback converted the document; the baseline converts the others."""
        if self._fallback is None or self._switch is None or not self._decisions.reverted:
            return False
        mine = DocumentWork(work.ref, work.started, target=FALLBACK)
        try:
            await self._fallback.convert(mine, self._switch.adoption)
        except (FallbackFailed, DocumentError) as error:
            text = f"the fallback failed on {work.ref.key}, the baseline converts it: {error}"
            self._announce(Notice("warning", text))
            return False
        return True

    def _sorted(self, work: DocumentWork) -> Iterator[DocumentWork]:
        """Pass a document of the baseline, hold one of the candidate, and yield those that may start now."""
        placement = self._placements.pop(work.ref.key, None)
        if placement is not None and not work.done:
            work.target = int(self._decisions.goes_to_candidate(placement))
        if work.target and placement is not None and not self.reverted:
            self._held.append((work, placement))
        else:
            yield _to_baseline(work)
        yield from self._released()

    def _released(self) -> Iterator[DocumentWork]:
        """The held documents that may start now."""
        while self._held:
            work, placement = self._held[0]
            compared = self._shadow is not None and self._decisions.is_compared(placement)
            full = len(self._in_work) >= IN_WORK or (compared and len(self._compared) >= AHEAD)
            if self.reverted:
                work = _to_baseline(work)
            elif full:
                return
            else:
                self._in_work.add(work.ref.key)
                if compared and self._shadow is not None:
                    self._compared[work.ref.key] = _Compared()
                    self._shadow.add(work.ref)
            self._held.popleft()
            yield work

    async def _in_doubt(self) -> AsyncIterator[DocumentWork]:
        """The documents that the candidate converted, after a revert and its last published document."""
        if self._decisions.reverted and self._switch:
            await self._retired.wait()
            async for work in self._switch.recalled():
                yield work

    async def _wait(self) -> None:
        await self._changed.wait()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    # -- what is seen -------------------------------------------------------------------------------

    def observe(self, event: Event, at: float) -> None:
        """See ``Router``."""
        if isinstance(event, (PageFinished, PageFailed)):
            self._pages.setdefault(event.document, _InWork()).page(event)
        elif isinstance(event, DocumentFinished):
            self._finished(event)
        elif isinstance(event, DocumentRecalled):
            self._pages.pop(event.document, None)
            self._forget(event.document)

    def _finished(self, event: DocumentFinished) -> None:
        pages = self._pages.pop(event.document, None) or _InWork()
        outcome = pages.outcome(comparable=self._decisions.comparable_times)
        if event.target != "candidate":
            self._decisions.baseline_finished(outcome)
        else:
            self._decisions.candidate_finished(outcome)
            self._in_work.discard(event.document)
            if pair := self._compared.get(event.document):
                pair.candidate = event.status != "failed"
                self._both(event.document, pair)
        self._judge()
        self._wake()

    def _observe_shadow(self, event: Event, at: float) -> None:
        """Observe the conversion of the baseline's versions."""
        if isinstance(event, (PageFinished, PageFailed)):
            self._shadow_pages.setdefault(event.document, _InWork()).page(event)
        elif isinstance(event, DocumentFinished):
            pages = self._shadow_pages.pop(event.document, None) or _InWork()
            outcome = pages.outcome(comparable=self._decisions.comparable_times)
            self._decisions.baseline_finished(outcome, shadow=True)
            if pair := self._compared.get(event.document):
                pair.baseline = event.status != "failed"
                self._both(event.document, pair)

    def _both(self, key: str, pair: _Compared) -> None:
        """Compare both versions when they exist; a failure of the baseline is not evidence."""
        if pair.candidate is None or pair.baseline is None:
            return
        if pair.baseline:
            self._to_score.append(key)
        else:
            self._forget(key)
        self._wake()

    def _forget(self, key: str) -> None:
        self._in_work.discard(key)
        self._compared.pop(key, None)
        self._wake()

    # -- what follows -------------------------------------------------------------------------------

    def _judge(self, *, final: bool = False) -> None:
        if self._decisions.reverted:
            return
        for found in self._decisions.judge(final=final):
            self._announce(_judged(found))
        if self._decisions.reverted:
            self._carry_out()

    def _revert(self, reason: str, *, by_hand: bool = False) -> None:
        if not self.reverted:
            self._decisions.revert("user" if by_hand else "candidate", reason)
            self._carry_out()

    def _carry_out(self) -> None:
        """Carry out a revert: record it, announce it, and remove the candidate from the run."""
        over = self._decisions.reverted
        assert over is not None  # noqa: S101
        self._seen = Control(
            mark=self._mark, percent=over.before, reverted=True, guard=over.guard, reason=over.reason
        )
        write_control(self._folder, self._seen)
        self._compared.clear()
        self._to_score.clear()
        if self._shadow:
            self._shadow.stop()
        self._announce(
            RolloutReverted(over.guard, over.reason, over.before, self._decisions.candidates, self._successor)
        )
        self._over.set()
        self._wake()

    @property
    def _successor(self) -> str:
        return "fallback" if self._fallback else "baseline"

    def _announce(self, event: Event) -> None:
        if self._switch:
            self._switch.announce(event)

    async def attend(self, switch: Switch) -> None:
        """See ``Router``."""
        self._switch = switch
        percent, over = self._decisions.percent, self._decisions.reverted
        why = f"reverted: {over.reason}" if over else "the run begins"
        if over is None:
            self._seen = Control(mark=self._mark, percent=percent)
            write_control(self._folder, self._seen)
        switch.announce(RolloutChanged(percent, None, why))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._watch)
            tasks.start_soon(self._retire)
            if over is None and self._decisions.shadow_percent:
                self._shadow = Shadow(
                    switch.baseline, self._folder.shadow, self._folder.output, self._observe_shadow
                )
                tasks.start_soon(self._convert_shadows, self._shadow)
                tasks.start_soon(self._score, self._shadow)
            self._begun.set()

    async def _retire(self) -> None:
        if not self._decisions.reverted:
            await self._over.wait()
        assert self._switch is not None  # noqa: S101
        await self._switch.retire()
        self._retired.set()
        self._wake()

    async def _convert_shadows(self, shadow: Shadow) -> None:
        try:
            await shadow.run()
        except MinerUBatchError as error:
            self._revert(f"the baseline cannot convert what is to be compared: {error.message}")

    async def _score(self, shadow: Shadow) -> None:
        while not self._decisions.reverted:
            if not self._to_score:
                await self._wait()
                continue
            key = self._to_score.popleft()
            if pair := self._compared.get(key):
                match = await shadow.match(key) if pair.candidate else 0.0
                if key in self._compared:
                    self._scored(key, match)

    def _scored(self, key: str, match: float) -> None:
        self._decisions.compared(match)
        self._forget(key)
        mean = self._decisions.mean_match or 0.0
        self._announce(RolloutScored(key, match, mean, self._decisions.scored))
        self._judge()

    async def _watch(self) -> None:
        """Follow ``rollout.json``, and write the observed state when it has changed."""
        written = None
        while True:
            desired = await anyio.to_thread.run_sync(read_control, self._folder)
            if desired is not None and desired != self._seen and desired.mark == self._mark:
                self._obey(desired)
            status = status_of(self._decisions)
            if status != written:
                write_status(self._folder, status)
                written = status
            await anyio.sleep(WATCH_EVERY)

    def _obey(self, desired: Control) -> None:
        if self._decisions.reverted:
            return
        before, self._seen = self._decisions.percent, desired
        if desired.reverted:
            self._revert(desired.reason, by_hand=True)
        elif desired.percent != before:
            self._decisions.set_percent(desired.percent)
            self._announce(RolloutChanged(desired.percent, before, "set by mineru-batch rollout set"))
            self._wake()

    def summary(self) -> Mapping[str, Any]:
        """See ``Router``."""
        status = status_of(self._decisions)
        write_status(self._folder, status)
        return status_facts(status)


def _to_baseline(work: DocumentWork) -> DocumentWork:
    """The document's work for the baseline, without pages that another target read."""
    return DocumentWork(work.ref, work.started) if work.target else work


def _judged(found: GuardJudgement) -> RolloutJudged:
    measured = found.measured
    return RolloutJudged(
        found.guard,
        found.verdict,
        measured.value if measured else None,
        measured.low if measured else None,
        measured.high if measured else None,
        found.limit,
        found.sample,
    )
