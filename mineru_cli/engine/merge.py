"""``runs merge``: the shards of a set of documents as one run, with missing shards and conflicts."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from mineru_cli.domain.document import DocumentRef
from mineru_cli.domain.failure import Failure
from mineru_cli.domain.location import is_object_url
from mineru_cli.engine.catch_up import REBUILT, catch_up
from mineru_cli.engine.history import MERGED, NOT_A_RUN, RUNNING, UNFINISHED, open_ledger
from mineru_cli.engine.storage import open_storage
from mineru_cli.errors import InputNotFound, SettingsError, UsageError
from mineru_cli.settings import Settings
from mineru_cli.sources.shard import Shard
from mineru_cli.store.ledger.faults import shown
from mineru_cli.store.ledger.ledger import Ledger
from mineru_cli.store.ledger.merging import LedgerMerge
from mineru_cli.store.ledger.records import RunRecord
from mineru_cli.store.ledger.summary import (
    DocumentCounts,
    Ending,
    RequestCounts,
    RunSummary,
    changed_settings,
    failure_lines,
    read_summary,
    summarise,
    write_failures,
    write_summary,
)
from mineru_cli.store.local.lock import working
from mineru_cli.store.run_folder import RunFolder

SCHEMA = "mineru-batch/merged-runs/1"
_WORST_FIRST = ("failed", "given-up", "interrupted", UNFINISHED, RUNNING, "finished")


class _ShardPart(BaseModel):
    model_config = ConfigDict(frozen=True, populate_by_name=True)


class ShardLine(_ShardPart):
    """One output. ``shard`` is its share, such as "3/8", empty where it was made without ``--shard``."""

    output: str
    shard: str
    outcome: str
    exit_code: int
    documents: DocumentCounts


class ConflictLine(_ShardPart):
    """A document that is in several outputs: shards of one set have none in common."""

    key: str
    outputs: list[str]


class MergedRuns(_ShardPart):
    """Shards as one run. ``missing`` are shares that none of the outputs holds.

    ``problems`` are other reasons why the outputs cannot be one run. ``conflicts`` has the first 100 of each
    output, ``conflicting`` counts all. ``summary`` counts every document once.
    """

    schema_: str = Field(default=SCHEMA, alias="schema")
    summary: RunSummary
    shards: list[ShardLine]
    missing: list[str]
    conflicts: list[ConflictLine]
    conflicting: int
    problems: list[str]

    @property
    def complete(self) -> bool:
        """Whether all shards are present and without conflicts."""
        return not (self.missing or self.conflicting or self.problems)

    @property
    def exit_code(self) -> int:
        """0 when the shards are complete and each ended with 0; else 1."""
        return 0 if self.complete and not self.summary.exit_code else 1


class _Shard:
    """An output that was opened: its ledger, and the last of its runs.

    ``requests`` are those that its ledger does not know.
    """

    def __init__(self, name: str, folder: RunFolder, ledger: Ledger, requests: RequestCounts) -> None:
        self.name, self.folder, self.requests = name, folder, requests
        self.runs = [run for run in ledger.runs() if run.facts]
        if not self.runs:
            raise InputNotFound(f"{name} holds no run", hint=NOT_A_RUN)
        self.last: RunRecord = self.runs[-1]
        self.share = _share(self.last.facts)
        self.totals = ledger.totals()
        alive = RUNNING if working(folder.lock) else UNFINISHED
        self.outcome = "finished" if self.last.outcome == REBUILT else self.last.outcome or alive

    @property
    def exit_code(self) -> int:
        return self.last.exit_code or (0 if self.outcome == "finished" else 1)

    @property
    def line(self) -> ShardLine:
        totals = self.totals
        total = totals.done + totals.partial + totals.failed + totals.running
        counts = DocumentCounts(total=total, done=totals.done, partial=totals.partial, failed=totals.failed)
        return ShardLine(
            output=shown(self.name),
            shard=str(self.share) if self.share else "",
            outcome=self.outcome,
            exit_code=self.exit_code,
            documents=counts,
        )


def merge_runs(
    outputs: Sequence[str | Path],
    *,
    into: Path | None = None,
    settings: Settings | None = None,
    clock: Callable[[], float] = time.time,
) -> MergedRuns:
    """Merge the ledgers of several outputs, folders or URLs, and say whether they are all of one set.

    ``into`` is a folder that keeps the merged ledger, its ``run.json`` and ``failures.jsonl``, for
    ``runs show`` and ``runs failures``. ``settings`` have the access to object storage. Raises
    ``UsageError``, ``InputNotFound``, ``OutputError``, ``StorageError``.
    """
    names = [str(output) for output in outputs]
    if not names:
        raise UsageError("no OUT is given", hint="name the output of each shard")
    if into is not None:
        _require_free(into)
    with ExitStack() as held:
        folder = RunFolder(into or Path(held.enter_context(tempfile.TemporaryDirectory())))
        shards = [held.enter_context(_opened(name, settings, clock)) for name in names]
        conflicts, conflicting = _merge_ledgers(folder, shards, clock)
        with closing(Ledger.view(folder.ledger)) as ledger:
            summary = _summary(ledger, shards)
            if into is not None:
                write_summary(folder.summary, summary)
                write_failures(folder.failures, ledger.failures())
    return MergedRuns(
        summary=summary,
        shards=[shard.line for shard in shards],
        missing=_missing(shards),
        conflicts=conflicts,
        conflicting=conflicting,
        problems=list(_problems(shards)),
    )


def _require_free(folder: Path) -> None:
    """Raise ``UsageError`` where a run, rather than an earlier merge, keeps its ledger."""
    if RunFolder(folder).holds_a_run:
        with closing(open_ledger(folder)) as ledger:
            if not all(MERGED in run.facts for run in ledger.runs()):
                raise UsageError(f"{shown(folder)} is the output of a run", hint="give --output a new folder")


@contextmanager
def _opened(name: str, settings: Settings | None, clock: Callable[[], float]) -> Iterator[_Shard]:
    """An output's ledger; for an output in object storage a temporary one, made from its manifests."""
    with ExitStack() as held:
        path, requests = Path(name), RequestCounts()
        if is_object_url(name):
            path = Path(held.enter_context(tempfile.TemporaryDirectory()))
            requests = _fetch(name, path, settings or Settings(), clock)
        with closing(open_ledger(path)) as ledger:
            shard = _Shard(name, RunFolder(path), ledger, requests)
        yield shard


def _fetch(url: str, path: Path, settings: Settings, clock: Callable[[], float]) -> RequestCounts:
    """Make the ledger of an output in object storage: what is published, and what its last run reports.

    Returns the requests of that run, which manifests do not have. A lock in the output belongs to a run that
    is active or was killed: then the report is an earlier run's.
    """
    storage = open_storage(settings.model_copy(update={"output": path, "output_url": url}), path)
    if storage.remote is None:
        raise UsageError(f"{url} is not a place in object storage")
    in_work = storage.in_work()
    storage.fetch_state()
    report = read_summary(storage.folder.summary) if storage.folder.summary.is_file() else None
    now = [report.started if report else clock()]
    with closing(Ledger.open(storage.folder.ledger, clock=lambda: now[0])) as ledger:
        catch_up(ledger, storage.remote)
        runs = storage.remote.runs()
        if not runs:
            raise InputNotFound(f"{url} holds no run", hint=NOT_A_RUN)
        ledger.begin(runs[-1].fingerprint, runs[-1].shaping, overwrite=True, facts=runs[-1].facts)
        for line in failure_lines(storage.folder.failures):
            if line.key not in ledger.records([line.key]):
                document = DocumentRef(line.key, "", line.path, "pdf", 0, 0)
                ledger.finished(
                    document, "failed", pages=0, failure=Failure(line.code, line.message, line.hint)
                )
        if report and not in_work:
            now[0] += report.seconds
            ledger.end(report.outcome, report.exit_code, report.reason)
    return report.requests if report else RequestCounts()


def _merge_ledgers(
    folder: RunFolder, shards: Sequence[_Shard], clock: Callable[[], float]
) -> tuple[list[ConflictLine], int]:
    conflicts: list[ConflictLine] = []
    conflicting = 0
    started, finished = _span(shards)
    last = shards[-1].last
    end = _end(shards)
    facts = {name: last.facts.get(name, {}) for name in ("server", "settings")}
    with LedgerMerge(folder.ledger, clock=clock) as merge:
        everything = {
            **facts,
            MERGED: [shown(shard.name) for shard in shards],
            "exit_code": end.exit_code,
            "reason": end.reason,
        }
        number = merge.begin(last, everything, started=started, finished=finished)
        for shard in shards:
            known, found = merge.add(shard.folder.ledger, number)
            conflicting += known
            conflicts += [
                ConflictLine(key=one.key, outputs=[shown(shards[one.first].name), shown(shard.name)])
                for one in found
            ]
        merge.end(number, end.outcome)
    return conflicts, conflicting


def _summary(ledger: Ledger, shards: Sequence[_Shard]) -> RunSummary:
    """The merged ledger as one run. Rates are over the time from the first start to the last end."""
    started, finished = _span(shards)
    record = ledger.runs()[-1]
    totals = ledger.totals()
    requests = RequestCounts(
        sent=totals.requests + sum(shard.requests.sent for shard in shards),
        retried=totals.retried + sum(shard.requests.retried for shard in shards),
    )
    return summarise(
        totals,
        skipped=0,
        ending=Ending(record.outcome, record.exit_code, record.reason),
        started=started,
        seconds=max(0.0, finished - started),
        requests=requests,
        failures_by_class=ledger.failures_by_class(),
        settings=record.facts["settings"],
        server=record.facts["server"],
        versions={},
    )


def _span(shards: Sequence[_Shard]) -> tuple[float, float]:
    runs = [run for shard in shards for run in shard.runs]
    return min(run.started for run in runs), max(run.finished or run.started for run in runs)


def _end(shards: Sequence[_Shard]) -> Ending:
    """The worst outcome, and exit code and reason of the first failed shard, preferably one with it."""
    order = {name: place for place, name in enumerate(_WORST_FIRST)}
    worst = min((shard.outcome for shard in shards), key=lambda name: order.get(name, 0))
    failed = [shard for shard in shards if shard.exit_code]
    if not failed:
        return Ending(worst, 0)
    first = min(failed, key=lambda shard: shard.outcome != worst)
    return Ending(worst, first.exit_code, first.last.reason)


def _missing(shards: Sequence[_Shard]) -> list[str]:
    """Shares that no output holds, of the largest count that one of them names."""
    shares = [shard.share for shard in shards if shard.share]
    count = max((share.count for share in shares), default=0)
    held = {share.number for share in shares if share.count == count}
    return [f"{number}/{count}" for number in range(1, count + 1) if number not in held]


def _problems(shards: Sequence[_Shard]) -> Iterator[str]:
    """Why the outputs are not the shards of one set, one sentence per reason."""
    counts = sorted({shard.share.count for shard in shards if shard.share})
    if len(counts) > 1:
        yield f"the outputs are shares of different counts: {', '.join(map(str, counts))}"
    holders: dict[str, list[str]] = {}
    for shard in shards:
        if shard.share:
            holders.setdefault(str(shard.share), []).append(shown(shard.name))
    for share, names in holders.items():
        if len(names) > 1:
            yield f"share {share} is there {len(names)} times: {', '.join(names)}"
    plain = [shown(shard.name) for shard in shards if not shard.share]
    if counts and plain:
        yield f"made without --shard: {', '.join(plain)}"
    first = shards[0].last
    for shard in shards[1:]:
        if shard.last.fingerprint != first.fingerprint:
            differing = changed_settings(first.shaping, shard.last.shaping)
            pair = f"{shown(shard.name)} was written with other settings than {shown(shards[0].name)}"
            yield f"{pair}: {differing}"


def _share(facts: dict[str, Any]) -> Shard | None:
    """The share that a run worked on, None where it is not known."""
    text = facts.get("settings", {}).get("shard")
    try:
        return Shard.parse(str(text), {}) if text else None
    except SettingsError:
        return None
