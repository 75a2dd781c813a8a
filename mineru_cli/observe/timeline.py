"""``timeline.json``: a run over time, in a bounded number of points, for later reports."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from mineru_cli.store.local.files import write_file

SCHEMA = "mineru-batch/timeline/1"


class _TimelinePart(BaseModel):
    model_config = ConfigDict(frozen=True, populate_by_name=True)


class TimeSeries(_TimelinePart):
    """A value in buckets of ``width`` seconds since the run's start; None for empty buckets."""

    width: float = Field(gt=0)
    values: tuple[float | None, ...] = ()


class BreakerChange(_TimelinePart):
    """From ``at`` seconds on a server's breaker was in ``state``."""

    at: float
    state: Literal["closed", "open", "half-open"]


class ServerTimeline(_TimelinePart):
    """One server. ``breaker`` has only changes: it is initially closed."""

    running: TimeSeries
    waiting: TimeSeries
    breaker: tuple[BreakerChange, ...] = ()


class GpuTimeline(_TimelinePart):
    """One GPU. ``utilisation`` is 0-1, ``source`` is its origin, ``energy`` is joules."""

    source: str
    utilisation: TimeSeries
    energy: float | None = None


class TimedNotice(_TimelinePart):
    """A notice ``at`` seconds after the start."""

    at: float
    level: str
    text: str


class RunTimeline(_TimelinePart):
    """``started`` in Unix seconds. ``pages``, ``failed_pages``, ``retries``, ``tokens`` are per bucket."""

    schema_: str = Field(default=SCHEMA, alias="schema")
    started: float
    seconds: float
    pages: TimeSeries
    failed_pages: TimeSeries
    retries: TimeSeries
    tokens: TimeSeries
    in_flight: TimeSeries
    limit: TimeSeries
    servers: dict[str, ServerTimeline] = Field(default_factory=dict)
    gpus: dict[str, GpuTimeline] = Field(default_factory=dict)
    retries_by_code: dict[str, int] = Field(default_factory=dict)
    worker_stops: dict[str, int] = Field(default_factory=dict)
    notices: tuple[TimedNotice, ...] = ()


def write_timeline(path: Path, timeline: RunTimeline) -> None:
    """Write ``timeline.json``. Raises ``OutputError``."""
    text = timeline.model_dump_json(by_alias=True)
    write_file(path, f"{text}\n".encode("utf-8", "replace"), private=True)


def read_timeline(path: Path) -> RunTimeline:
    """Read a timeline. Raises ``OSError``, and ``ValueError`` for anything else."""
    return RunTimeline.model_validate_json(path.read_bytes())
