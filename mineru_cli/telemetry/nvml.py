"""GPUs of this machine over NVML (package ``nvidia-ml-py``, extra ``[gpu]``).

GPM's SM_UTIL is the utilisation of the multiprocessors; it needs two samples, so it is available from the
second read on, and only on Hopper and newer. Elsewhere there is GPU_UTIL. MIG instances are reported one by
one.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from types import ModuleType
from typing import Any

from mineru_cli.domain.events import GpuGauge
from mineru_cli.telemetry.gpu import UNAVAILABLE, GpuSample, within


class NvmlSource:
    """Loads the library on the first read. Without it there are no GPUs, and no error."""

    def __init__(self) -> None:
        self._nvml: ModuleType | None = None
        self._tried = False
        self._occupancy: dict[str, Occupancy] = {}

    def read(self) -> Sequence[GpuSample]:
        """One sample per GPU or MIG instance; empty without driver or package."""
        nvml = self._loaded()
        if nvml is None:
            return []
        number = _ask(nvml, "nvmlDeviceGetCount") or 0
        return [reading for index in range(number) for reading in self._device(nvml, index)]

    def close(self) -> None:
        """Free the samples and shut the library down."""
        if self._nvml is not None:
            for occupancy in self._occupancy.values():
                occupancy.close()
            self._occupancy.clear()
            _ask(self._nvml, "nvmlShutdown")
            self._nvml = None

    def _loaded(self) -> ModuleType | None:
        if self._tried:
            return self._nvml
        self._tried = True
        try:
            nvml = import_module("pynvml")
        except ImportError:
            return None
        with suppress(nvml.NVMLError):
            nvml.nvmlInit()
            self._nvml = nvml
        return self._nvml

    def _device(self, nvml: ModuleType, index: int) -> list[GpuSample]:
        device = _ask(nvml, "nvmlDeviceGetHandleByIndex", index)
        if device is None:
            return []
        uuid = _text(_ask(nvml, "nvmlDeviceGetUUID", device)) or str(index)
        name = f"{index} {_text(_ask(nvml, 'nvmlDeviceGetName', device))}".rstrip()
        whole = self._gauge(nvml, device, uuid, name, device, None)
        mode = _ask(nvml, "nvmlDeviceGetMigMode", device)
        parts = self._instances(nvml, device, uuid, name) if mode and mode[0] == 1 else []
        return parts or [GpuSample(uuid, whole)]

    def _instances(self, nvml: ModuleType, device: Any, uuid: str, name: str) -> list[GpuSample]:
        found = []
        for index in range(_ask(nvml, "nvmlDeviceGetMaxMigDeviceCount", device) or 0):
            part = _ask(nvml, "nvmlDeviceGetMigDeviceHandleByIndex", device, index)
            instance = None if part is None else _ask(nvml, "nvmlDeviceGetGpuInstanceId", part)
            if instance is not None:
                key = f"{uuid}/{instance}"
                gauge = self._gauge(nvml, device, key, f"{name} MIG {instance}", part, instance)
                found.append(GpuSample(key, gauge))
        return found

    def _gauge(
        self, nvml: ModuleType, device: Any, key: str, name: str, part: Any, instance: int | None
    ) -> GpuGauge:
        """Memory is that of the MIG instance; power, temperature and energy are those of the whole card."""
        utilisation, source = self._utilisation(nvml, device, key, instance)
        memory = _ask(nvml, "nvmlDeviceGetMemoryInfo", part)
        energy = within(_ask(nvml, "nvmlDeviceGetTotalEnergyConsumption", device), 0, 1e16)
        power = within(_ask(nvml, "nvmlDeviceGetPowerUsage", device), 0, 1e8)
        used = None if memory is None else within(memory.used, 0, 2**44)
        total = None if memory is None else within(memory.total, 1, 2**44)
        return GpuGauge(
            name,
            source,
            utilisation,
            memory_used=None if used is None else int(used),
            memory_total=None if total is None else int(total),
            power=None if power is None else power / 1000.0,
            temperature=within(_ask(nvml, "nvmlDeviceGetTemperature", device, 0), 0, 200),
            energy=None if energy is None else energy / 1000.0,
        )

    def _utilisation(
        self, nvml: ModuleType, device: Any, key: str, instance: int | None
    ) -> tuple[float | None, str]:
        if key not in self._occupancy:
            self._occupancy[key] = Occupancy(nvml, device, instance)
        share = self._occupancy[key].read()
        if share is not None:
            return share, "NVML GPM SM_UTIL"
        rates = None if instance is not None else _ask(nvml, "nvmlDeviceGetUtilizationRates", device)
        busy = None if rates is None else within(rates.gpu, 0, 100)
        return (None, UNAVAILABLE) if busy is None else (busy / 100.0, "NVML busy")


class Occupancy:
    """SM_UTIL between two GPM samples of one GPU or MIG instance."""

    def __init__(self, nvml: ModuleType, device: Any, instance: int | None) -> None:
        self._nvml = nvml
        self._device = device
        self._instance = instance
        support = _ask(nvml, "nvmlGpmQueryDeviceSupport", device)
        self._works = bool(support and support.isSupportedDevice)
        self._last: Any = None

    def read(self) -> float | None:
        """Utilisation (0-1) since the last call; None on the first call and without GPM."""
        if not self._works:
            return None
        now = self._sample()
        before, self._last = self._last, now
        if now is None or before is None:
            self._free(before)
            return None
        share = self._between(before, now)
        self._free(before)
        return share

    def close(self) -> None:
        """Free the samples."""
        self._free(self._last)
        self._last = None

    def _sample(self) -> Any:
        nvml = self._nvml
        sample = _ask(nvml, "nvmlGpmSampleAlloc")
        if sample is None:
            return None
        if self._instance is None:
            taken = _ask(nvml, "nvmlGpmSampleGet", self._device, sample)
        else:
            taken = _ask(nvml, "nvmlGpmMigSampleGet", self._device, self._instance, sample)
        if taken is None:
            self._free(sample)
        return taken

    def _between(self, before: Any, now: Any) -> float | None:
        nvml = self._nvml
        query = nvml.c_nvmlGpmMetricsGet_t()
        query.version = nvml.NVML_GPM_METRICS_GET_VERSION
        query.numMetrics = 1
        query.sample1, query.sample2 = before, now
        query.metrics[0].metricId = nvml.NVML_GPM_METRIC_SM_UTIL
        answer = _ask(nvml, "nvmlGpmMetricsGet", query)
        if answer is None or answer.metrics[0].nvmlReturn != nvml.NVML_SUCCESS:
            return None
        percent = within(answer.metrics[0].value, 0.0, 100.0)
        return None if percent is None else percent / 100.0

    def _free(self, sample: Any) -> None:
        if sample is not None:
            _ask(self._nvml, "nvmlGpmSampleFree", sample)


def _ask(nvml: ModuleType, function: str, *arguments: object) -> Any:
    """Call NVML; None if this GPU, driver or version of the package does not support it."""
    call = getattr(nvml, function, None)
    try:
        return call(*arguments) if call else None
    except nvml.NVMLError:
        return None


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value or "")
