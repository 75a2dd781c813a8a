"""GPUs from a DCGM exporter, in Prometheus' text format.

Fields used: PROF_SM_ACTIVE and PROF_GR_ENGINE_ACTIVE (0-1), DEV_GPU_UTIL (percent), DEV_FB_USED, DEV_FB_FREE,
DEV_FB_RESERVED, DEV_FB_TOTAL (MiB), DEV_POWER_USAGE (W), DEV_GPU_TEMP (degrees C),
DEV_TOTAL_ENERGY_CONSUMPTION (mJ). DCGM writes 2147483632 and up, 140737488355328 and up, or
9223372036854775792 and up for "blank", "not found", "not supported" and "not permitted".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import httpx

from mineru_cli.domain.events import GpuGauge
from mineru_cli.telemetry.gpu import UNAVAILABLE, GpuSample, within
from mineru_cli.telemetry.prometheus_text import samples

MIB = 2**20
TIMEOUT = 3.0
LARGEST = 8 * MIB
"""Limit in bytes of a page: an exporter writes some kilobytes per GPU."""

PREFIX = "DCGM_FI_"
_BLANK_INT32 = range(2147483632, 2147483648)


class DcgmSource:
    """Scrapes ``url`` on each read."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client: httpx.Client | None = None

    def read(self) -> Sequence[GpuSample]:
        """All GPUs and MIG instances on the page; empty if the scrape fails."""
        if self._client is None:  # lazily: it loads certificates from the disk
            self._client = httpx.Client(timeout=TIMEOUT, headers={"Accept-Encoding": "identity"})
        try:
            with self._client.stream("GET", self._url) as response:
                encoding = response.headers.get("content-encoding", "identity").strip().lower()
                if response.status_code != 200 or encoding != "identity":  # not requested; may be a bomb
                    return []
                page = b""
                for part in response.iter_raw():
                    page += part
                    if len(page) > LARGEST:
                        return []
        except (httpx.HTTPError, httpx.InvalidURL):
            return []
        return read_page(page.decode("utf-8", "replace"))

    def close(self) -> None:
        """Close the connection."""
        if self._client is not None:
            self._client.close()


@dataclass(slots=True)
class _GpuFields:
    name: str
    values: dict[str, float] = field(default_factory=dict)


def read_page(page: str) -> list[GpuSample]:
    """The GPUs of a page, ordered by index."""
    gpus: dict[str, _GpuFields] = {}
    for sample in samples(page, PREFIX):
        uuid = _identity(sample.labels)
        if uuid and not _is_blank(sample.value):
            gpus.setdefault(uuid, _GpuFields(_name(sample.labels))).values[sample.name] = sample.value
    return [GpuSample(uuid, _gauge(gpu)) for uuid, gpu in gpus.items()]


def _identity(labels: Mapping[str, str]) -> str:
    uuid = labels.get("UUID") or labels.get("uuid") or labels.get("gpu", "")
    instance = labels.get("GPU_I_ID", "")
    return f"{uuid}/{instance}" if instance else uuid


def _name(labels: Mapping[str, str]) -> str:
    name = f"{labels.get('gpu', '?')} {labels.get('modelName', '')}".strip()
    if labels.get("GPU_I_ID"):
        name += f" MIG {labels['GPU_I_ID']} {labels.get('GPU_I_PROFILE', '')}".rstrip()
    return name


def _gauge(gpu: _GpuFields) -> GpuGauge:
    def value(name: str, high: float) -> float | None:
        return within(gpu.values.get(name), 0.0, high)

    utilisation, source = _utilisation(gpu)
    used, free, reserved, total = (
        value(f"DEV_FB_{part}", 2**24) for part in ("USED", "FREE", "RESERVED", "TOTAL")
    )
    if total is None and used is not None and free is not None:
        total = used + free + (reserved or 0.0)
    energy = value("DEV_TOTAL_ENERGY_CONSUMPTION", 1e16)
    return GpuGauge(
        gpu.name,
        source,
        utilisation,
        memory_used=None if used is None else round(used * MIB),
        memory_total=None if total is None else round(total * MIB),
        power=value("DEV_POWER_USAGE", 1e5),
        temperature=value("DEV_GPU_TEMP", 200.0),
        energy=None if energy is None else energy / 1000.0,
    )


def _utilisation(gpu: _GpuFields) -> tuple[float | None, str]:
    for field_name, source, whole in (
        ("PROF_SM_ACTIVE", "DCGM SM_ACTIVE", 1.0),
        ("PROF_GR_ENGINE_ACTIVE", "DCGM GR_ENGINE_ACTIVE", 1.0),
        ("DEV_GPU_UTIL", "DCGM busy", 100.0),
    ):
        value = within(gpu.values.get(field_name), 0.0, whole)
        if value is not None:
            return value / whole, source
    return None, UNAVAILABLE


def _is_blank(value: float) -> bool:
    """Whether this is what DCGM writes where it has no value."""
    return value >= 140737488355328.0 or value in _BLANK_INT32
