"""Capacity for a number of pages by a deadline: GPUs, workers, storage requests, cost. Pure arithmetic."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mineru_cli.errors import SettingsError, UsageError

CPU_PER_PAGE = 0.08
"""Seconds of one core: docs/performance.md, pages of papers with 12 requests each."""
CORE_SHARE = 0.7
"""Planned utilisation of a worker's core; the rest is for start-up, uneven pages and retries."""
MEMORY_PER_WORKER = 0.25
"""GiB, and the same once more per machine for the driver (docs/performance.md)."""
FILES_PER_DOCUMENT = 6
"""Markdown, four JSON files and the manifest; pictures of figures come on top."""
READS_PER_DOCUMENT, READS_PER_PAGE = 2.5, 2.3
"""Requests with GET, counted by a proxy in front of an S3 server on 4 to 12 documents of 1 and 6 pages.

Writes were 6 per document and 1 per page there.
"""
KEYS_PER_LISTING = 1000
"""Keys per response of a listing."""
AVAILABILITY = 0.9
PAGES_PER_DOCUMENT = 10.0

RANGES: dict[str, tuple[float, float]] = {
    "pages_per_second": (0.0001, 1e6),
    "pages_per_document": (0.01, 1e6),
    "cpu_per_page": (0.0001, 1e4),
    "availability": (0.01, 1.0),
    "gpu_cost": (0.0, 1e6),
}
"""What a plan can be made of: outside, a figure would say nothing or not be a number."""

_DURATION = re.compile(r"(?:(\d+(?:\.\d+)?)([smhd]))+", re.ASCII)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True, slots=True)
class Work:
    """The workload.

    ``deadline`` is in seconds, ``gpu_cost`` in dollars per GPU and hour; ``availability`` is the share of
    time that servers are up. Raises ``SettingsError`` for a value outside of ``RANGES``.
    """

    pages: int
    deadline: float
    pages_per_second: float
    pages_per_document: float = PAGES_PER_DOCUMENT
    cpu_per_page: float = CPU_PER_PAGE
    availability: float = AVAILABILITY
    gpu_cost: float | None = None

    def __post_init__(self) -> None:
        for name, (lowest, highest) in RANGES.items():
            value: float | None = getattr(self, name)
            if value is not None and not lowest <= value <= highest:
                raise SettingsError(
                    f"{name.replace('_', ' ')}: {value:g} cannot be planned with",
                    hint=f"give a number from {lowest:g} to {highest:,.0f}",
                )


def planned_work(
    pages: str,
    deadline: str,
    *,
    pages_per_second: float | None = None,
    bench: Path | None = None,
    pages_per_document: float | None = None,
    cpu_per_page: float = CPU_PER_PAGE,
    availability: float = AVAILABILITY,
    gpu_cost: float | None = None,
) -> Work:
    """The workload as the options of ``plan`` give it, the speed from exactly one of the first two.

    What is not given is taken from the file of ``bench --save``. Raises ``SettingsError``, ``UsageError`` for
    a file that is not one.
    """
    if (pages_per_second is None) == (bench is None):
        raise SettingsError(
            "give --pages-per-second or --bench", hint="bench measures it: mineru-batch bench --save FILE"
        )
    saved = saved_speed(bench) if bench is not None else None
    return Work(
        pages=number_of(pages),
        deadline=seconds_of(deadline),
        pages_per_second=saved.pages_per_second if saved else pages_per_second or 0.0,
        pages_per_document=pages_per_document
        or (saved.pages_per_document if saved else None)
        or PAGES_PER_DOCUMENT,
        cpu_per_page=cpu_per_page,
        availability=availability,
        gpu_cost=gpu_cost if gpu_cost is not None or saved is None else saved.gpu_cost,
    )


@dataclass(frozen=True, slots=True)
class Figure:
    """One result: its name, its value with unit, and its derivation."""

    name: str
    value: float
    unit: str
    arithmetic: str


def capacity(work: Work) -> tuple[Figure, ...]:
    """All figures, in the order of their derivation."""
    rate = work.pages / work.deadline
    gpus = max(1, math.ceil(round(rate / (work.pages_per_second * work.availability), 9)))
    seconds = work.pages / (gpus * work.pages_per_second * work.availability)
    peak = gpus * work.pages_per_second
    workers = max(1, math.ceil(round(peak * work.cpu_per_page / CORE_SHARE, 9)))
    memory = (workers + 1) * MEMORY_PER_WORKER
    documents = math.ceil(work.pages / work.pages_per_document)
    listings = math.ceil(documents / KEYS_PER_LISTING)
    reads = math.ceil(documents * READS_PER_DOCUMENT + work.pages * READS_PER_PAGE) + listings
    writes = documents * FILES_PER_DOCUMENT + work.pages
    figures = [
        Figure("pages per second", rate, "", f"{work.pages:,} pages / {work.deadline:,.0f} s"),
        Figure(
            "GPUs",
            gpus,
            "",
            f"{rate:.2f} pages/s / ({work.pages_per_second:g} pages/s per GPU x {work.availability:.0%}), "
            "rounded up",
        ),
        Figure(
            "time taken",
            seconds / 3600,
            "h",
            f"{work.pages:,} / ({gpus} x {work.pages_per_second:g} x {work.availability:.0%}) s",
        ),
        Figure(
            "workers (cores)",
            workers,
            "",
            f"{peak:.2f} pages/s x {work.cpu_per_page:g} s of CPU / {CORE_SHARE:.0%} of a core, rounded up",
        ),
        Figure(
            "memory of workers", memory, "GiB", f"({workers} workers + 1 driver) x {MEMORY_PER_WORKER:g} GiB"
        ),
        Figure(
            "documents", documents, "", f"{work.pages:,} pages / {work.pages_per_document:g} per document"
        ),
        Figure(
            "storage reads",
            reads,
            "requests",
            f"{documents:,} x {READS_PER_DOCUMENT} + {work.pages:,} x {READS_PER_PAGE} "
            f"+ {listings:,} listings",
        ),
        Figure(
            "storage writes",
            writes,
            "requests",
            f"{documents:,} x {FILES_PER_DOCUMENT} files + {work.pages:,} pages until then; pictures on top",
        ),
    ]
    if work.gpu_cost is not None:
        hours = gpus * seconds / 3600
        figures.append(
            Figure("GPU cost", hours * work.gpu_cost, "$", f"{hours:,.1f} GPU hours x ${work.gpu_cost:g}")
        )
    return tuple(figures)


def seconds_of(text: str) -> float:
    """Read ``72h``, ``1d12h``, ``90m`` or ``3600`` (seconds). Raises ``SettingsError``."""
    words = text.replace(" ", "").lower()
    if re.fullmatch(r"\d+(\.\d+)?", words, re.ASCII):
        found = float(words)
    elif _DURATION.fullmatch(words):
        found = sum(float(n) * _UNITS[unit] for n, unit in re.findall(r"(\d+(?:\.\d+)?)([smhd])", words))
    else:
        found = 0.0
    if not 0 < found < math.inf:
        raise SettingsError(f"--deadline {text!r} is not a duration", hint="write 72h, 1d12h, 90m or seconds")
    return found


def number_of(text: str) -> int:
    """Read a number of pages, ``10_000_000`` or ``10,000,000`` too. Raises ``SettingsError``."""
    digits = re.sub(r"(?<=\d)[_,](?=\d)", "", text.strip())
    if not re.fullmatch(r"\d{1,15}", digits, re.ASCII) or int(digits) == 0:
        raise SettingsError(f"--pages {text!r} is not a number of pages", hint="such as 10_000_000")
    return int(digits)


@dataclass(frozen=True, slots=True)
class SavedSpeed:
    """Speed of one GPU from a saved bench; ``gpu_cost`` is in dollars per hour. None: not given."""

    pages_per_second: float
    pages_per_document: float | None
    gpu_cost: float | None


def saved_speed(path: Path) -> SavedSpeed:
    """Read a file of ``bench --save`` or ``--json``. Raises ``UsageError``.

    The speed is that of the best level, else that of the knee, else the highest of all levels.
    """
    try:
        document = json.loads(path.read_text("utf-8"))
        point = document.get("best") or document.get("knee") or max(document["levels"], key=_speed)
        found = SavedSpeed(
            _speed(point), _optional(document, "pages_per_document"), _optional(document, "gpu_cost")
        )
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}", hint="make it with bench --save"
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise UsageError(f"{path} is not a saved bench", hint="make it with bench --save") from None
    if found.pages_per_second <= 0 or found.pages_per_document == 0:
        raise UsageError(f"{path} measured no pages", hint="run the bench again")
    return found


def _speed(point: dict[str, Any]) -> float:
    return float(point["pages_per_second"])


def _optional(document: dict[str, Any], name: str) -> float | None:
    value = document.get(name)
    return None if value is None else float(value)
