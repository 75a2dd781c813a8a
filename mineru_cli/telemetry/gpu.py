"""GPU gauges from the best source available: a DCGM exporter, NVML, else none.

Utilisation, best metric first: SM_ACTIVE of DCGM, SM_UTIL of NVML's GPM, GR_ENGINE_ACTIVE of DCGM, GPU_UTIL
of either, which is the share of time in which any kernel ran. The source always accompanies the value, and an
unknown value is None, never 0.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import anyio
import anyio.to_thread

from mineru_cli.domain.events import GpuGauge

UNAVAILABLE = "unavailable"
RANKS = ("DCGM SM_ACTIVE", "NVML GPM SM_UTIL", "DCGM GR_ENGINE_ACTIVE", "DCGM busy", "NVML busy", UNAVAILABLE)
"""Sources of utilisation, best first: the values of ``GpuGauge.source``."""

BETWEEN_SAMPLES = 0.2
"""Seconds between two reads after which NVML can report SM_UTIL rather than only GPU_UTIL."""

T = TypeVar("T")
Announce = Callable[[GpuGauge], None]


@dataclass(frozen=True, slots=True)
class GpuSample:
    """One GPU as read from one source. ``uuid`` identifies the GPU across sources."""

    uuid: str
    gauge: GpuGauge


class GpuSource(Protocol):
    """A source of GPU samples. Called in a thread, so it may block."""

    def read(self) -> Sequence[GpuSample]:
        """One sample per GPU; empty if the source is not available."""
        ...

    def close(self) -> None:
        """Release its resources."""
        ...


async def watch_gpus(
    announce: Announce,
    *,
    dcgm_url: str | None = None,
    here: bool = True,
    interval: float = 1.0,
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
) -> None:
    """Announce a gauge per GPU every ``interval`` seconds until cancelled.

    ``dcgm_url`` is the URL of a DCGM exporter (``http://HOST:9400/metrics``), ``here`` includes this
    machine's GPUs. If no source has a GPU, one gauge with source "unavailable" is announced, once. An
    exporter may come up later and is polled further; without one there is nothing to watch, and the call
    returns. Never raises.
    """
    reported = False
    with _sources(dcgm_url, here=here) as sources:
        while True:
            gauges = await anyio.to_thread.run_sync(read_gauges, sources, abandon_on_cancel=True)
            known = any(gauge.gpu for gauge in gauges)
            for gauge in gauges if known or not reported else ():
                announce(gauge)
            reported = not known
            if reported and not dcgm_url:
                return
            await sleep(interval)


async def sample_once(
    dcgm_url: str | None = None,
    *,
    here: bool = True,
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
) -> list[GpuGauge]:
    """One sample; empty without a GPU. Arguments as for ``watch_gpus``."""
    with _sources(dcgm_url, here=here) as sources:
        gauges = await anyio.to_thread.run_sync(read_gauges, sources)
        if any(gauge.gpu and gauge.source == "NVML busy" for gauge in gauges):
            await sleep(BETWEEN_SAMPLES)
            gauges = await anyio.to_thread.run_sync(read_gauges, sources)
    return [gauge for gauge in gauges if gauge.gpu]


def read_gauges(sources: Sequence[GpuSource]) -> list[GpuGauge]:
    """One gauge per GPU, with the best value that any source has for it.

    The first source with GPUs determines the set of GPUs: a DCGM exporter may run next to a remote server,
    and this machine's GPUs are then irrelevant.
    """
    readings = [list(source.read()) for source in sources]
    first = next((found for found in readings if found), [])
    if not first:
        return [GpuGauge("", UNAVAILABLE)]
    return [_best([one for found in readings for one in found if one.uuid == gpu.uuid]) for gpu in first]


def _best(readings: Sequence[GpuSample]) -> GpuGauge:
    """The first sample, with the best utilisation of all and gaps filled from the others."""
    gauges = [reading.gauge for reading in readings]
    best = min(gauges, key=lambda gauge: RANKS.index(gauge.source))
    return GpuGauge(
        gauges[0].gpu,
        best.source,
        best.utilisation,
        memory_used=_first(gauge.memory_used for gauge in gauges),
        memory_total=_first(gauge.memory_total for gauge in gauges),
        power=_first(gauge.power for gauge in gauges),
        temperature=_first(gauge.temperature for gauge in gauges),
        energy=_first(gauge.energy for gauge in gauges),
    )


def _first(values: Iterable[T | None]) -> T | None:
    return next((value for value in values if value is not None), None)


@contextlib.contextmanager
def _sources(dcgm_url: str | None, *, here: bool = True) -> Iterator[list[GpuSource]]:
    from mineru_cli.telemetry.dcgm import DcgmSource
    from mineru_cli.telemetry.nvml import NvmlSource

    sources: list[GpuSource] = [DcgmSource(dcgm_url)] if dcgm_url else []
    if here:
        sources.append(NvmlSource())
    try:
        yield sources
    finally:
        for source in sources:
            source.close()


def within(value: float | None, low: float, high: float) -> float | None:
    """The value if plausible, else None. Blank values of NVML and DCGM are huge, so bounds catch them all."""
    return value if value is not None and low <= value <= high else None
