"""The coordinator against simulated workers that die at random: nothing lost, nothing doubled."""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mineru_cli.domain.document import DocumentRef
from mineru_cli.domain.events import Notice, PageFailed, PageFinished, WorkerStopped
from mineru_cli.domain.failure import Failure
from mineru_cli.engine.messages import (
    OPENING,
    Assemble,
    Assembled,
    Assign,
    Drain,
    Drained,
    Opened,
    PageDone,
    PageEntered,
    PageLeft,
    Refused,
    RunAborted,
    UnitDone,
    UnitRead,
    WorkerReady,
)
from mineru_cli.engine.pool import WorkerExit
from mineru_cli.engine.schedule.backlog import Backlog
from mineru_cli.engine.schedule.coordinator import Coordinator
from mineru_cli.engine.schedule.document_work import DocumentWork
from mineru_cli.errors import OutputNotWritable, WorkersFailed
from mineru_cli.settings import Limits
from mineru_cli.sources.pages import PageSelection


def ref(name: str) -> DocumentRef:
    return DocumentRef(name, name, f"/{name}.pdf", "pdf", 1, 1)


class Records:
    """Keeps what the coordinator records. ``status`` has what it committed, ``commits`` how many each time."""

    def __init__(self, unwritable: Exception | None = None) -> None:
        self.status: dict[str, str] = {}
        self.pending: dict[str, str] = {}
        self.commits: list[int] = []
        self.unwritable = unwritable
        self.failures: dict[str, Failure | None] = {}
        self.failed_pages: dict[str, set[int]] = {}

    def opened(self, ref: DocumentRef, pages: int) -> None: ...

    def poisoned(self, work: DocumentWork, page: int, failure: Failure) -> None: ...

    def finished(self, work: DocumentWork, status: str, failure: Failure | None) -> None:
        assert work.ref.key not in self.status | self.pending, "finished twice"
        self.pending[work.ref.key] = status
        self.failures[work.ref.key] = failure
        self.failed_pages[work.ref.key] = set(work.failed)

    def commit_finished(self) -> None:
        self.commit()

    def commit(self) -> None:
        if not self.pending:
            return
        if self.unwritable:
            raise self.unwritable
        self.commits.append(len(self.pending))
        self.status.update(self.pending)
        self.pending = {}


class Simulation:
    """Workers that do one small step at a time, in random order, and die when told or when poisoned."""

    elastic = False

    def __init__(
        self, pages: dict[str, int], poison: set[tuple[str, int]], dice: random.Random, kills: int
    ) -> None:
        self.pages = pages
        self.poison = poison
        self.dice = dice
        self.kills = kills
        self.now = 0.0
        self.inbox: dict[int, list[object]] = defaultdict(list)
        self.steps: dict[int, list[object]] = defaultdict(list)
        self.alive: set[int] = set()
        self.reads: Counter[tuple[str, int]] = Counter()
        self.done_pages: Counter[tuple[str, int]] = Counter()
        self.started = 0
        self.coordinator: Coordinator
        self.changed: set[str] = set()

    async def start(self, worker: int) -> None:
        self.restart(worker)

    def restart(self, worker: int) -> None:
        self.started += 1
        self.alive.add(worker)
        self.steps[worker] = [WorkerReady(1000 + worker, 0.1)]

    def send(self, worker: int, command: object) -> None:
        if worker not in self.alive:
            return
        match command:
            case Assign(unit=unit):
                self.steps[worker].extend(self.script(unit))
            case Assemble(job=job):
                self.steps[worker].append(Assembled(job, changed=command.document.key in self.changed))
            case Drain():
                self.steps[worker] = [Drained()]

    def script(self, unit) -> list[object]:
        key = unit.document.key
        count = self.pages[key]
        steps: list[object] = [PageEntered(unit.id, OPENING), ("touch", key, OPENING), PageLeft()]
        if count < 0:
            return [*steps, Refused(unit.id, Failure("document-corrupt", "broken"))]
        steps.append(Opened(unit.id, count))
        wanted = [p for p in range(unit.window.start, min(unit.window.stop, count)) if p not in unit.skip]
        for page in wanted:
            steps += [PageEntered(unit.id, page), ("touch", key, page), PageLeft()]
        steps.append(UnitRead(unit.id))
        dones = [PageDone(unit.id, finished=PageFinished(key, page, 0, 0.1, 1, 0, 1, 0)) for page in wanted]
        self.dice.shuffle(dones)
        return [*steps, *dones, UnitDone(unit.id)]

    def kill(self, worker: int) -> None:
        self.die(worker, "SIGKILL")

    def die(self, worker: int, signal: str) -> None:
        self.alive.discard(worker)
        self.steps[worker] = []
        self.coordinator.receive(worker, WorkerExit(signal, -9))

    def memory(self, worker: int) -> int:
        return 0

    async def close(self) -> None: ...

    def step(self) -> bool:
        busy = [worker for worker in sorted(self.alive) if self.steps[worker]]
        if not busy:
            return False
        worker = self.dice.choice(busy)
        if self.kills and self.dice.random() < 0.05:
            self.kills -= 1
            self.die(worker, "SIGKILL")
            return True
        step = self.steps[worker].pop(0)
        if isinstance(step, tuple):
            _, key, page = step
            self.reads[key, page] += 1
            if (key, page) in self.poison:
                self.die(worker, "SIGSEGV")
            return True
        if isinstance(step, PageDone):
            self.done_pages[step.finished.document, step.finished.page] += 1
        self.coordinator.receive(worker, step)
        return True


async def simulate(
    simulation: Simulation, records: Records, works: list[DocumentWork], **how
) -> RunAborted | None:
    events: list[object] = how.get("events", [])
    pages = how.get("pages", PageSelection())
    coordinator = Coordinator(
        simulation,
        Backlog(pages, how.get("window", 4), len(how.get("targets", (0,)))),
        records,
        workers=how.get("targets", (how.get("workers", 3),)),
        limits=Limits(),
        assemble_failed=False,
        announce=events.append,
        clock=lambda: simulation.now,
    )
    simulation.coordinator = coordinator

    async def documents() -> AsyncIterator[DocumentWork]:
        for work in works:
            yield work

    outcome: list[RunAborted | None] = []

    async def run() -> None:
        outcome.append(await coordinator.run(documents()))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run)
        idle = 0
        while not outcome and idle < 1000:
            stepped = [simulation.step() for _ in range(how.get("steps", 1))]
            idle = 0 if any(stepped) else idle + 1
            await anyio.sleep(0)
        tasks.cancel_scope.cancel()
    assert outcome, "the run never ended"
    simulation.events = events
    return outcome[0]


@given(
    counts=st.lists(st.integers(-1, 15), min_size=1, max_size=8),
    poison=st.sets(st.tuples(st.integers(0, 7), st.integers(-1, 14)), max_size=3),
    seed=st.integers(0, 2**32),
    workers=st.integers(1, 4),
    kills=st.integers(0, 12),
)
@settings(max_examples=150, deadline=None)
def test_every_document_ends_and_only_poisoned_pages_fail(counts, poison, seed, workers, kills) -> None:
    names = {f"d{number}": count for number, count in enumerate(counts)}
    poisoned = {(f"d{d}", p) for d, p in poison if f"d{d}" in names and p < names[f"d{d}"]}
    simulation = Simulation(names, poisoned, random.Random(seed), kills)
    records = Records()
    works = [DocumentWork(ref(name), 0.0) for name in names]
    assert anyio.run(lambda: simulate(simulation, records, works, workers=workers)) is None
    assert set(records.status) == set(names)
    for name, count in names.items():
        bad = {page for key, page in poisoned if key == name}
        if count < 0 or OPENING in bad or count == 0:
            assert records.status[name] == "failed"
            continue
        failed = records.failed_pages[name]
        if not kills:
            assert failed == bad or (len(bad) >= 3 and failed >= bad)
        assert failed >= bad or len(failed) == count
        assert all(simulation.done_pages[name, p] >= 1 for p in range(count) if p not in failed)


@pytest.mark.spec("mineru-service/statelessness/a-stored-page-is-not-read-again")
@pytest.mark.anyio
async def test_a_page_is_never_read_again_once_done() -> None:
    simulation = Simulation({"a": 40, "b": 3}, set(), random.Random(1), kills=0)
    works = [DocumentWork(ref("a"), 0.0, done=frozenset(range(10))), DocumentWork(ref("b"), 0.0)]
    records = Records()
    await simulate(simulation, records, works)
    assert records.status == {"a": "done", "b": "done"}
    read = {page for key, page in simulation.reads if key == "a" and page != OPENING}
    assert read == set(range(10, 40))
    assert max(simulation.done_pages.values()) == 1


@pytest.mark.anyio
async def test_a_document_that_changed_while_it_was_read_is_named() -> None:
    simulation = Simulation({"a": 3, "b": 3}, set(), random.Random(1), kills=0)
    simulation.changed = {"b"}
    records, events = Records(), []
    await simulate(simulation, records, [DocumentWork(ref(name), 0.0) for name in "ab"], events=events)
    assert records.status == {"a": "done", "b": "done"}
    assert [event.text for event in events if isinstance(event, Notice)] == [
        "b changed while it was read: the next run converts it again"
    ]


@pytest.mark.anyio
async def test_documents_that_finish_in_one_turn_of_the_loop_share_a_commit() -> None:
    simulation = Simulation({f"d{number}": 1 for number in range(40)}, set(), random.Random(1), kills=0)
    records = Records()
    works = [DocumentWork(ref(name), 0.0) for name in simulation.pages]
    await simulate(simulation, records, works, workers=20, steps=50)
    assert records.status == dict.fromkeys(simulation.pages, "done")
    assert len(records.commits) < 40
    assert sum(records.commits) == 40


@pytest.mark.anyio
async def test_a_commit_that_fails_ends_the_run_with_its_reason() -> None:
    simulation = Simulation({"a": 1, "b": 1}, set(), random.Random(1), kills=0)
    records = Records(OutputNotWritable("the disk is full", hint="free some space"))
    works = [DocumentWork(ref("a"), 0.0), DocumentWork(ref("b"), 0.0)]
    broken = await simulate(simulation, records, works)
    assert broken is not None
    assert (broken.failure.code, records.status) == ("output-not-writable", {})


@pytest.mark.anyio
async def test_only_selected_pages_are_read() -> None:
    simulation = Simulation({"a": 100}, set(), random.Random(1), kills=0)
    records = Records()
    await simulate(
        simulation, records, [DocumentWork(ref("a"), 0.0)], pages=PageSelection.parse("2,50-52,99-")
    )
    assert {page for _, page in simulation.done_pages} == {1, 49, 50, 51, 98, 99}
    assert records.status == {"a": "done"}


@pytest.mark.anyio
async def test_a_number_of_pages_that_no_reader_may_claim_costs_its_document_alone() -> None:
    simulation = Simulation({"a": 10**12, "b": 3}, set(), random.Random(1), kills=0)
    records = Records()
    await simulate(simulation, records, [DocumentWork(ref("a"), 0.0), DocumentWork(ref("b"), 0.0)])
    assert records.status == {"a": "failed", "b": "done"}
    assert records.failures["a"].code == "too-many-pages"


@pytest.mark.spec("orchestration/fault-isolation/a-crashing-page-fails-alone")
@pytest.mark.anyio
async def test_a_poisoned_page_names_the_signal_and_costs_two_workers() -> None:
    simulation = Simulation({"a": 6, "b": 6}, {("a", 2)}, random.Random(3), kills=0)
    records = Records()
    await simulate(simulation, records, [DocumentWork(ref("a"), 0.0), DocumentWork(ref("b"), 0.0)])
    assert records.status == {"a": "partial", "b": "done"}
    assert simulation.reads["a", 2] == 2
    failed = [event for event in simulation.events if isinstance(event, PageFailed)]
    assert [(event.document, event.page, event.failure.code) for event in failed] == [
        ("a", 2, "reader-crashed")
    ]
    assert "SIGSEGV" in failed[0].failure.message
    assert "page 3" in failed[0].failure.message


@pytest.mark.spec("mineru-service/start-up/workers-that-cannot-start-end-the-run")
@pytest.mark.anyio
async def test_workers_that_never_start_end_the_run() -> None:
    simulation = Simulation({"a": 1}, set(), random.Random(1), kills=0)
    simulation.restart = lambda worker: (
        simulation.steps[worker].append("stillborn") or simulation.alive.add(worker)
    )
    original = simulation.step

    def step() -> bool:
        for worker in sorted(simulation.alive):
            if simulation.steps[worker] == ["stillborn"]:
                simulation.die(worker, "")
                return True
        return original()

    simulation.step = step
    broken = await simulate(simulation, Records(), [DocumentWork(ref("a"), 0.0)], workers=1)
    assert broken is not None
    assert type(broken.failure.error()) is WorkersFailed


class Freezing(Simulation):
    """Worker 0 says nothing more after its first page; a second passes with every step of the others."""

    seconds = 1.0

    def step(self) -> bool:
        self.now += self.seconds
        if self.done_pages and self.started < 3:
            self.steps[0] = []
        return super().step()


@pytest.mark.spec("orchestration/fault-isolation/a-silent-worker-is-replaced")
@pytest.mark.anyio
async def test_a_worker_that_says_nothing_is_replaced_and_no_page_blamed(monkeypatch) -> None:
    monkeypatch.setattr("mineru_cli.engine.schedule.supervisor.TICK", 0.0)
    simulation = Freezing({"a": 6, "b": 6}, set(), random.Random(1), kills=0)
    records = Records()
    await simulate(simulation, records, [DocumentWork(ref("a"), 0.0), DocumentWork(ref("b"), 0.0)], workers=2)
    assert records.status == {"a": "done", "b": "done"}
    stopped = [event for event in simulation.events if isinstance(event, WorkerStopped)]
    assert [(event.worker, event.reason) for event in stopped] == [(0, "silent")]


class Slow(Simulation):
    """Each look at a page of "slow" takes a little less than the time limit."""

    seconds = 110.0
    passed = 0.0

    def step(self) -> bool:
        """Time passes in small steps: a large one is a process that was stopped."""
        looks = [steps[0] for steps in self.steps.values() if steps and isinstance(steps[0], tuple)]
        if any(key == "slow" for _, key, _ in looks) and self.passed < self.seconds:
            self.now += 4.9
            self.passed += 4.9
            return True
        self.passed = 0.0
        return super().step()


@pytest.mark.anyio
@pytest.mark.parametrize(("workers", "seconds", "most"), [(1, 110.0, 35), (3, 4.9, 250)])
async def test_a_document_of_slow_pages_without_end_is_given_up_and_costs_no_other(
    monkeypatch, workers: int, seconds: float, most: int
):
    monkeypatch.setattr("mineru_cli.engine.schedule.supervisor.TICK", 0.0)
    simulation = Slow({"slow": 20_000, "b": 6}, set(), random.Random(1), kills=0)
    simulation.seconds = seconds
    records = Records()
    works = [DocumentWork(ref("slow"), 0.0), DocumentWork(ref("b"), 0.0)]
    await simulate(simulation, records, works, workers=workers, window=16 if workers == 1 else 4)
    assert records.status == {"slow": "partial", "b": "done"}
    read = 20_000 - len(records.failed_pages["slow"])
    assert 0 < read <= most, "an hour above 5 s per page"
    failed = {event.failure.code for event in simulation.events if isinstance(event, PageFailed)}
    assert failed == {"page-timeout"}
    notices = [event.text for event in simulation.events if isinstance(event, Notice)]
    assert len(notices) == 1
    assert "slow: its pages take long to read" in notices[0]
    looked_at = sum(count for (key, _), count in simulation.reads.items() if key == "slow")
    assert looked_at < most + 3 * workers, "windows that were handed out are not read to their end"


@pytest.mark.anyio
async def test_a_long_document_of_ordinary_pages_is_read_to_its_end() -> None:
    simulation = Slow({"slow": 1000}, set(), random.Random(1), kills=0)
    simulation.seconds = 4.9
    records = Records()
    await simulate(simulation, records, [DocumentWork(ref("slow"), 0.0)], workers=1, window=16)
    assert records.status == {"slow": "done"}
    assert not [event for event in simulation.events if isinstance(event, Notice)]


@pytest.mark.anyio
async def test_time_while_this_process_was_stopped_extends_the_deadlines(monkeypatch) -> None:
    """Ctrl-Z for an hour: every worker seems to have read one page for so long."""
    monkeypatch.setattr("mineru_cli.engine.schedule.supervisor.TICK", 0.0)
    simulation = Freezing({"a": 6}, set(), random.Random(1), kills=0)
    simulation.seconds = 3600.0
    simulation.started = 10  # nobody freezes
    await simulate(simulation, Records(), [DocumentWork(ref("a"), 0.0)], workers=1)
    assert not [event for event in simulation.events if isinstance(event, WorkerStopped)]


@pytest.mark.anyio
async def test_workers_that_end_with_the_run_are_not_replaced() -> None:
    simulation = Simulation({"a": 3}, set(), random.Random(1), kills=0)
    await simulate(simulation, Records(), [DocumentWork(ref("a"), 0.0)], workers=2)
    started = simulation.started
    for worker in sorted(simulation.alive):
        simulation.die(worker, "SIGKILL")
    stopped = [event for event in simulation.events if isinstance(event, WorkerStopped)]
    assert [event.reason for event in stopped] == ["finished", "finished"]
    assert simulation.started == started


@given(
    counts=st.lists(st.integers(-1, 9), min_size=2, max_size=8),
    seed=st.integers(0, 2**32),
    kills=st.integers(0, 4),
    after=st.integers(0, 60),
)
@settings(max_examples=60, deadline=None)
def test_a_target_that_is_retired_loses_nothing(counts, seed, kills, after) -> None:
    """Every other document goes to a second target, which is taken out at a random moment."""
    names = {f"d{number}": count for number, count in enumerate(counts)}
    simulation = Retiring(names, set(), random.Random(seed), kills)
    simulation.after = after
    records = Records()
    works = [DocumentWork(ref(name), 0.0, target=number % 2) for number, name in enumerate(names)]
    assert anyio.run(lambda: simulate(simulation, records, works, targets=(2, 2))) is None
    assert set(records.status) == set(names)
    for name, count in names.items():
        assert records.status[name] == ("failed" if count <= 0 else "done")
    assert set(simulation.assigned) <= {(0, 0), (0, 1), (1, 2), (1, 3)}


class Retiring(Simulation):
    """Takes the second target out after some steps; keeps which worker was handed what of which target."""

    after = 0

    def __init__(self, *arguments) -> None:
        super().__init__(*arguments)
        self.assigned: Counter[tuple[int, int]] = Counter()
        self.retiring: list[object] = []

    def send(self, worker: int, command: object) -> None:
        if isinstance(command, Assign) and self.after > 0:
            number = int(command.unit.document.key[1:])
            self.assigned[number % 2, worker] += 1
        super().send(worker, command)

    def kill(self, worker: int) -> None:
        if worker in self.alive:
            super().kill(worker)

    def step(self) -> bool:
        self.after -= 1
        if self.after == 0:
            self.retiring.append(asyncio.ensure_future(self.coordinator.retire(1)))
        return super().step()


class OneStillborn(Simulation):
    """Worker 0 always dies before it is ready."""

    def restart(self, worker: int) -> None:
        super().restart(worker)
        if worker == 0:
            self.steps[worker] = ["stillborn"]

    def step(self) -> bool:
        ready = self.steps[1] and not isinstance(self.steps[1][0], WorkerReady)
        if self.steps[0] == ["stillborn"] and ready:
            self.die(0, "")
            return True
        if self.steps[0] == ["stillborn"]:
            self.steps[0] = []
            moved = super().step()
            self.steps[0] = ["stillborn"]
            return moved
        return super().step()


@pytest.mark.anyio
async def test_a_worker_that_never_starts_is_left_out_while_others_work() -> None:
    simulation = OneStillborn({"a": 6, "b": 6}, set(), random.Random(1), kills=0)
    records = Records()
    works = [DocumentWork(ref("a"), 0.0), DocumentWork(ref("b"), 0.0)]
    assert await simulate(simulation, records, works, workers=2) is None
    assert records.status == {"a": "done", "b": "done"}
    assert simulation.started == 4
    notices = [event.text for event in simulation.events if isinstance(event, Notice)]
    assert notices == ["worker 0 does not start and is left out: exit status -9"]
