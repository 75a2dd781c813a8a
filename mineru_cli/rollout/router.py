"""A rollout in a run: implements the engine's ``Router``. ``decisions`` makes the decisions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
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
    SettingsError,
)
from mineru_cli.rollout.candidate_queue import CandidateQueue
from mineru_cli.rollout.control import (
    Control,
    mark_of,
    read_control,
    status_of,
    write_control,
    write_status,
)
from mineru_cli.rollout.decisions import Decisions
from mineru_cli.rollout.fallback import Fallback, FallbackFailed
from mineru_cli.rollout.guards import GuardJudgement
from mineru_cli.rollout.outcomes import OutcomeCollector
from mineru_cli.rollout.shadow import Shadow
from mineru_cli.rollout.split import placement_of
from mineru_cli.settings import Settings
from mineru_cli.store.run_folder import RunFolder

WATCH_EVERY = 0.5
"""Interval for reading ``rollout.json``, in seconds."""
FALLBACK = 2
"""The target of documents that the fallback converts."""
SERVER_WAIT = 60.0
"""Maximum seconds to wait for an unreachable candidate, with its documents, before it is reverted."""


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
        self._queue = CandidateQueue(self._decisions)
        self._outcomes = OutcomeCollector()
        self._shadow_outcomes = OutcomeCollector()
        self._changed = asyncio.Event()
        self._started = asyncio.Event()
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

    # -- routing -------------------------------------------------------------------------------------

    async def target_of(self, document: DocumentRef) -> int:
        """See ``Router``. The baseline reports files that cannot be read."""
        if self.reverted:
            return 0
        try:
            placement = await anyio.to_thread.run_sync(placement_of, Path(document.path))
        except OSError:
            return 0
        self._queue.place(document.key, placement)
        return int(self._decisions.goes_to_candidate(placement))

    async def documents(self, works: AsyncIterator[DocumentWork]) -> AsyncIterator[DocumentWork]:
        """See ``Router``. Documents of the fallback are not included."""
        async for work in self._routed(works):
            if not await self._fallen_back(work):
                yield work

    async def _routed(self, works: AsyncIterator[DocumentWork]) -> AsyncIterator[DocumentWork]:
        """Route documents. The candidate gets no more than can be judged, see ``decisions.AHEAD``."""
        await self._started.wait()
        async for work in works:
            for ready in self._queue.add(work):
                yield ready
            while self._queue.full:
                await self._wait()
                for ready in self._queue.released():
                    yield ready
        while self._queue.busy:
            released = list(self._queue.released())
            for ready in released:
                yield ready
            if not released and self._queue.busy:
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

    # -- observation ---------------------------------------------------------------------------------

    def observe(self, event: Event, at: float) -> None:
        """See ``Router``."""
        if isinstance(event, (PageFinished, PageFailed)):
            self._outcomes.page(event)
        elif isinstance(event, DocumentFinished):
            self._finished(event)
        elif isinstance(event, DocumentRecalled):
            self._outcomes.discard(event.document)
            self._queue.forget(event.document)
            self._wake()

    def _finished(self, event: DocumentFinished) -> None:
        outcome = self._outcomes.finished(event.document, comparable=self._decisions.comparable_times)
        if event.target != "candidate":
            self._decisions.baseline_finished(outcome)
        else:
            self._decisions.candidate_finished(outcome)
            self._queue.finished(event.document, converted=event.status != "failed")
        self._judge()
        self._wake()

    def _observe_shadow(self, event: Event, at: float) -> None:
        """Observe the conversion of the baseline's versions."""
        if isinstance(event, (PageFinished, PageFailed)):
            self._shadow_outcomes.page(event)
        elif isinstance(event, DocumentFinished):
            comparable = self._decisions.comparable_times
            outcome = self._shadow_outcomes.finished(event.document, comparable=comparable)
            self._decisions.baseline_finished(outcome, shadow=True)
            self._queue.shadow_finished(event.document, converted=event.status != "failed")
            self._wake()

    # -- judgement and revert ------------------------------------------------------------------------

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
        self._queue.end_comparisons()
        if self._shadow:
            self._shadow.stop()
        successor = "fallback" if self._fallback else "baseline"
        self._announce(
            RolloutReverted(over.guard, over.reason, over.before, self._decisions.candidates, successor)
        )
        self._over.set()
        self._wake()

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
                self._queue.shadow = self._shadow.add
                tasks.start_soon(self._convert_shadows, self._shadow)
                tasks.start_soon(self._score, self._shadow)
            self._started.set()

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
            waiting = self._queue.next_to_score()
            if waiting is None:
                await self._wait()
                continue
            key, converted = waiting
            match = await shadow.match(key) if converted else 0.0
            if self._queue.is_compared(key):
                self._scored(key, match)

    def _scored(self, key: str, match: float) -> None:
        self._decisions.compared(match)
        self._queue.forget(key)
        self._wake()
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
        return status.model_dump(mode="json", exclude={"schema_"})


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
