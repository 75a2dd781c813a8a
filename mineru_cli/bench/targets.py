"""The split service against a monolith: targets, the monolith's figures, measurements."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mineru_cli.bench.result import BenchResult
from mineru_cli.errors import UsageError
from mineru_cli.settings.problems import message_of, nearest


@dataclass(frozen=True, slots=True)
class TargetRow:
    """One line. ``met`` None: not measured here."""

    name: str
    before: str
    target: str
    measured: str
    met: bool | None
    note: str = ""

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def target_rows(result: BenchResult, monolith: ReferenceSystem | None = None) -> list[TargetRow]:
    """VRAM per worker, worker start-up, PDFs per hour, GPU use, workers per server, and the gain if known."""
    before = monolith or ReferenceSystem()
    return [
        _memory(result, before),
        _start(result, before),
        _throughput(result, before),
        _gain(result, before),
        _gpu(result, before),
        _workers(result, before),
    ]


def _memory(result: BenchResult, before: ReferenceSystem) -> TargetRow:
    mapped = [run.client.gpu_drivers_mapped for level in result.levels for run in level.runs]
    known = [count for count in mapped if count is not None]
    measured, met = "unknown", None
    if known:
        met = not any(known)
        measured = "0 GB" if met else "unknown: a worker has a GPU driver in memory"
    was = f"{before.vram_per_worker_gb:g} GB" if before.vram_per_worker_gb is not None else "7 GB*"
    note = "no worker has a GPU driver in its memory" if met else ""
    return TargetRow("VRAM per worker", was, "< 0.5 GB", measured, met, note)


def _start(result: BenchResult, before: ReferenceSystem) -> TargetRow:
    starts = [run.client.worker_start_seconds for level in result.levels for run in level.runs]
    known = [seconds for seconds in starts if seconds is not None]
    slowest = max(known, default=None)
    was = f"{before.worker_start_seconds:.1f} s" if before.worker_start_seconds is not None else "60 s*"
    measured = f"{slowest:.1f} s" if slowest is not None else "unknown"
    met = slowest < 5 if slowest is not None else None
    return TargetRow(
        "worker start", was, "< 5 s", measured, met, f"slowest of {len(known)} run{'s' * (len(known) != 1)}"
    )


def _throughput(result: BenchResult, before: ReferenceSystem) -> TargetRow:
    best = result.best
    speed = result.pdfs_per_hour(best)
    was = f"{before.pdfs_per_hour:,.0f} PDFs/h" if before.pdfs_per_hour is not None else "160-960 PDFs/h*"
    load = f"{best.concurrency} in flight" if result.rate is None else f"{result.rate:g} PDFs/s come"
    note = f"{result.pages_per_document:.1f} pages a PDF, {load}"
    return TargetRow("throughput", was, "200-1200 PDFs/h", f"{speed:,.0f} PDFs/h", speed >= 200, note)


def _gain(result: BenchResult, before: ReferenceSystem) -> TargetRow:
    if not before.pages_per_second:
        return TargetRow("gain", "–", "+20-30 %", "unknown", None, "give --monolith FILE or --command")
    gain = result.best.pages_per_second / before.pages_per_second - 1
    return TargetRow("gain", "–", "+20-30 %", f"{gain * 100:+.0f} %", gain >= 0.2, before.origin)


def _gpu(result: BenchResult, before: ReferenceSystem) -> TargetRow:
    gpu = result.gpu
    was = _percent(before.gpu_utilisation) if before.gpu_utilisation is not None else "60-70 %*"
    measured = _percent(gpu.utilisation) if gpu.utilisation is not None else "unavailable"
    met = gpu.utilisation >= 0.85 if gpu.utilisation is not None else None
    return TargetRow("GPU utilisation", was, "85-90 %", measured, met, f"source: {gpu.source}")


def _workers(result: BenchResult, before: ReferenceSystem) -> TargetRow:
    was = str(before.workers) if before.workers is not None else "4*"
    met = result.workers >= 8 or None
    return TargetRow("workers per server", was, "8-12", str(result.workers), met, "set more with --workers")


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"


class ReferenceSystem(BaseModel):
    """Figures of the old system; None if not measured. ``origin`` is their source."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    origin: str = ""
    pages_per_second: float | None = Field(default=None, gt=0)
    pdfs_per_hour: float | None = Field(default=None, gt=0)
    vram_per_worker_gb: float | None = Field(default=None, ge=0)
    worker_start_seconds: float | None = Field(default=None, ge=0)
    gpu_utilisation: float | None = Field(default=None, ge=0, le=1)
    workers: int | None = Field(default=None, ge=1)


def _why(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return "it is not JSON"
    first = error.errors(include_url=False)[0]
    name = ".".join(map(str, first["loc"]))
    if first["type"] == "extra_forbidden":
        return f"{name} is unknown{nearest(name, ReferenceSystem.model_fields)}"
    return f"{name}: {message_of(first)}" if name else "it is not an object"


def read_monolith(path: Path) -> ReferenceSystem:
    """A JSON file of these figures. Raises ``UsageError``."""
    try:
        data: Any = json.loads(path.read_text("utf-8"))
        found = ReferenceSystem.model_validate(data)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(
            f"{path} holds no figures of the old system: {_why(error)}",
            hint=f"a JSON object with any of: {', '.join(ReferenceSystem.model_fields)}",
        ) from None
    return found if found.origin else found.model_copy(update={"origin": str(path)})
