"""``import pynvml`` may find an older package, which lacks newer functions."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from mineru_cli.telemetry import nvml
from mineru_cli.telemetry.nvml import NvmlSource


class NVMLError(Exception): ...


def test_a_package_without_gpm_reports_what_it_can(monkeypatch: pytest.MonkeyPatch):
    old = SimpleNamespace(
        NVMLError=NVMLError,
        nvmlInit=lambda: None,
        nvmlShutdown=lambda: None,
        nvmlDeviceGetCount=lambda: 1,
        nvmlDeviceGetHandleByIndex=lambda index: index,
        nvmlDeviceGetUUID=lambda device: b"GPU-1",
        nvmlDeviceGetName=lambda device: b"Tesla V100",
        nvmlDeviceGetUtilizationRates=lambda device: SimpleNamespace(gpu=50),
        nvmlDeviceGetMemoryInfo=lambda device: SimpleNamespace(used=2**30, total=2**34),
    )
    monkeypatch.setattr(nvml, "import_module", lambda name: old)
    source = NvmlSource()
    (sample,) = source.read()
    source.close()
    gauge = sample.gauge
    assert (sample.uuid, gauge.gpu, gauge.source) == ("GPU-1", "0 Tesla V100", "NVML busy")
    assert (gauge.utilisation, gauge.memory_total, gauge.power) == (0.5, 2**34, None)
