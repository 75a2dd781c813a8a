"""Compares a bench with a saved one."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mineru_cli.bench.effect_size import Change, judge_change
from mineru_cli.bench.measure.metrics import Rates, RunFigures
from mineru_cli.bench.result import BenchResult, Fingerprint
from mineru_cli.errors import NotComparable, UsageError

SHORT = 3.0
"""Below this length in seconds, workers report their requests too rarely for a window."""


def _median(run: RunFigures) -> float | None:
    return run.page_seconds.p50 if run.page_seconds else None


def _p95(run: RunFigures) -> float | None:
    return run.page_seconds.p95 if run.page_seconds else None


_PATHS: tuple[tuple[str, tuple[str, ...], Callable[[RunFigures], float | None], bool], ...] = (
    ("pages per second", ("pages_per_second",), lambda run: run.pages_per_second, True),
    ("good pages per second", ("good_pages_per_second",), lambda run: run.best.good_pages_per_second, True),
    ("page latency, median", ("page_seconds", "p50"), _median, False),
    ("page latency, p95", ("page_seconds", "p95"), _p95, False),
    (
        "client CPU per page",
        ("client", "cpu_seconds_per_page"),
        lambda run: run.client.cpu_seconds_per_page,
        False,
    ),
)
"""Name, place in a saved repeat, place in a new one, whether more is better. The first one is judged."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A file of ``--save``. ``runs`` has the repeats of every level as in the file."""

    path: str
    fingerprint: Fingerprint
    runs: Mapping[int, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class BenchComparison:
    """``changes[0]`` is throughput, which alone decides. ``levels`` are those on both sides."""

    before: str
    levels: tuple[int, ...]
    changes: tuple[Change, ...]

    @property
    def throughput(self) -> Change:
        """Pages per second."""
        return self.changes[0]

    def regressed(self, most: float) -> bool:
        """Whether throughput is significantly worse, by more than ``most`` (a share)."""
        return self.throughput.word == "worse" and self.throughput.loss > most

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "before": self.before,
            "levels": list(self.levels),
            "changes": [asdict(change) for change in self.changes],
        }


def read_saved(path: Path) -> Saved:
    """A file of ``--save`` or ``--json``. Raises ``UsageError`` if it is not valid."""
    try:
        document = json.loads(path.read_text("utf-8"))
        mark = document["fingerprint"]
        fingerprint = Fingerprint(
            str(mark["corpus"]), str(mark["model"]), str(mark["gpu"]), dict(mark["settings"])
        )
        runs = {int(level["concurrency"]): list(map(_repeat, level["runs"])) for level in document["levels"]}
        if not runs or min(runs) < 1 or not all(runs.values()):
            raise ValueError("there is a level without repeats, or none")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", hint="make it with --save") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise UsageError(f"{path} is not a saved bench", hint="make it with --save") from None
    return Saved(str(path), fingerprint, runs)


def _repeat(run: Mapping[str, Any]) -> Mapping[str, Any]:
    """A repeat as saved. Raises ``TypeError`` for what cannot be one."""
    if not all(isinstance(run.get(name) or {}, Mapping) for name in ("steady", "whole")):
        raise TypeError("steady and whole are mappings")
    return run


def require_same(before: Saved, after: Fingerprint) -> None:
    """Raise ``NotComparable``, naming the differences, unless both have the same conditions."""
    differences = before.fingerprint.differences(after)
    if differences:
        raise NotComparable(
            f"{before.path} was measured on something else: {'; '.join(differences)}",
            hint="measure both with the same corpus, model, GPU and settings",
        )


def require_level(before: Saved, levels: Collection[int]) -> None:
    """Raise ``NotComparable`` if the saved bench has none of these levels."""
    if not before.runs.keys() & set(levels):
        raise NotComparable(
            f"{before.path} shares no level with this bench",
            hint=f"it has --sweep {','.join(map(str, sorted(before.runs)))}",
        )


def compare(before: Saved, after: BenchResult) -> BenchComparison:
    """Compare every metric that both sides have. Raises ``NotComparable``."""
    require_same(before, after.fingerprint)
    require_level(before, [level.concurrency for level in after.levels])
    levels = tuple(sorted(before.runs.keys() & {level.concurrency for level in after.levels}))
    now = {level.concurrency: level.mean(lambda run: _grains(run.best)) or 0.0 for level in after.levels}
    counts = {level: (_grains_before(before.runs[level]), now[level]) for level in levels}
    changes = []
    for name, path, figure, higher_is_better in _PATHS:
        old = {level: _old(before.runs[level], path) for level in levels}
        new = {
            level.concurrency: [value for run in level.runs if (value := figure(run)) is not None]
            for level in after.levels
            if level.concurrency in levels
        }
        change = judge_change(name, old, new, higher_is_better=higher_is_better, requests=counts)
        if change is not None:
            changes.append(change)
    if not changes or changes[0].name != _PATHS[0][0]:
        raise NotComparable(f"{before.path} and this bench share no level at which pages were done")
    return BenchComparison(before.path, levels, tuple(changes))


def _grains(rates: Rates) -> float:
    """The unit of counting: requests, or pages in a window too short to count requests."""
    return rates.requests_per_second * rates.seconds if rates.seconds >= SHORT else float(rates.pages)


def _grains_before(runs: Sequence[Mapping[str, Any]]) -> float:
    columns = [_old(runs, (name,)) for name in ("requests_per_second", "seconds", "pages")]
    counts = [
        rate * seconds if seconds >= SHORT else pages for rate, seconds, pages in zip(*columns, strict=False)
    ]
    return sum(counts) / len(counts) if counts else 0.0


def _old(runs: Sequence[Mapping[str, Any]], path: Sequence[str]) -> list[float]:
    values = []
    for run in runs:
        base = run.get("steady") or run.get("whole") or {}
        value: Any = base if path[0] in base else run
        for step in path:
            value = value.get(step) if isinstance(value, Mapping) else None
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            values.append(float(value))
    return values
