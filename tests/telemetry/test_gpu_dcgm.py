"""Pages of a DCGM exporter: written after the exporter's documented format, not captured from a GPU."""

from __future__ import annotations

import pytest
from pytest_httpserver import HTTPServer

from mineru_cli.domain.events import GpuGauge
from mineru_cli.telemetry.dcgm import DcgmSource, read_page
from mineru_cli.telemetry.gpu import GpuSample, read_gauges, sample_once, watch_gpus

LABELS = (
    'UUID="GPU-{0}",pci_bus_id="00000000:0{0}:00.0",device="nvidia{0}",modelName="NVIDIA H100",Hostname="a"'
)
BLANK = "9223372036854775794"


def line(name: str, value: object, gpu: int = 0, more: str = "") -> str:
    return f'DCGM_FI_{name}{{gpu="{gpu}",{LABELS.format(gpu)}{more}}} {value}\n'


PAGE = (
    "# HELP DCGM_FI_DEV_GPU_UTIL GPU utilization (in %).\n# TYPE DCGM_FI_DEV_GPU_UTIL gauge\n"
    + line("DEV_GPU_UTIL", 98)
    + line("PROF_GR_ENGINE_ACTIVE", 0.91)
    + line("PROF_SM_ACTIVE", 0.62)
    + line("DEV_FB_USED", 30000)
    + line("DEV_FB_FREE", 50000)
    + line("DEV_POWER_USAGE", 512.25)
    + line("DEV_GPU_TEMP", 64)
    + line("DEV_TOTAL_ENERGY_CONSUMPTION", 7500000)
)


def test_the_fullest_figure_wins_and_units_are_ours():
    (reading,) = read_page(PAGE)
    assert reading == GpuSample(
        "GPU-0",
        GpuGauge(
            "0 NVIDIA H100",
            "DCGM SM_ACTIVE",
            0.62,
            memory_used=30000 * 2**20,
            memory_total=80000 * 2**20,
            power=512.25,
            temperature=64.0,
            energy=7500.0,
        ),
    )


@pytest.mark.parametrize(
    ("blank", "source", "utilisation"),
    [
        (("PROF_SM_ACTIVE",), "DCGM GR_ENGINE_ACTIVE", 0.91),
        (("PROF_SM_ACTIVE", "PROF_GR_ENGINE_ACTIVE"), "DCGM busy", 0.98),
        (("PROF_SM_ACTIVE", "PROF_GR_ENGINE_ACTIVE", "DEV_GPU_UTIL"), "unavailable", None),
    ],
)
@pytest.mark.parametrize("value", [BLANK, "2147483632", "140737488355328", "NaN", "-1"])
def test_blank_values_are_no_figures(blank: tuple[str, ...], source: str, utilisation: float, value: str):
    page = "".join(
        f"{one.rpartition(' ')[0]} {value}\n" if any(f"_{name}{{" in one for name in blank) else one + "\n"
        for one in PAGE.splitlines()
    )
    (reading,) = read_page(page)
    assert (reading.gauge.source, reading.gauge.utilisation) == (source, utilisation)
    assert reading.gauge.power == 512.25


@pytest.mark.parametrize("name", ["POWER_USAGE", "GPU_TEMP", "FB_USED", "TOTAL_ENERGY_CONSUMPTION"])
def test_each_field_may_be_blank(name: str):
    (reading,) = read_page(line(f"DEV_{name}", BLANK) + line("DEV_GPU_UTIL", 0))
    gauge = reading.gauge
    assert gauge.utilisation == 0.0
    assert (gauge.memory_used, gauge.power, gauge.temperature, gauge.energy) == (None,) * 4


def test_several_gpus_and_instances_are_distinguished():
    split = "".join(
        line("PROF_SM_ACTIVE", share, 1, f',GPU_I_PROFILE="3g.40gb",GPU_I_ID="{instance}"')
        for instance, share in ((1, 0.25), (2, 0.75))
    )
    readings = read_page(PAGE + split)
    assert [(one.uuid, one.gauge.gpu, one.gauge.utilisation) for one in readings] == [
        ("GPU-0", "0 NVIDIA H100", 0.62),
        ("GPU-1/1", "1 NVIDIA H100 MIG 1 3g.40gb", 0.25),
        ("GPU-1/2", "1 NVIDIA H100 MIG 2 3g.40gb", 0.75),
    ]


class Fixed:
    """A source that always says the same."""

    def __init__(self, *readings: GpuSample) -> None:
        self.readings = readings

    def read(self) -> tuple[GpuSample, ...]:
        return self.readings

    def close(self) -> None: ...


def test_the_same_gpu_at_two_sources_gets_the_better_figure():
    dcgm = Fixed(GpuSample("GPU-0", GpuGauge("0 H100", "DCGM GR_ENGINE_ACTIVE", 0.9, power=500.0)))
    nvml = Fixed(GpuSample("GPU-0", GpuGauge("0", "NVML GPM SM_UTIL", 0.6, temperature=60.0)))
    assert read_gauges([dcgm, nvml]) == [
        GpuGauge("0 H100", "NVML GPM SM_UTIL", 0.6, power=500.0, temperature=60.0)
    ]


def test_gpus_of_this_machine_do_not_mix_with_those_of_the_exporter():
    dcgm = Fixed(GpuSample("GPU-far", GpuGauge("0 H100", "DCGM SM_ACTIVE", 0.9)))
    nvml = Fixed(GpuSample("GPU-here", GpuGauge("0 T4", "NVML busy", 0.1)))
    assert [gauge.gpu for gauge in read_gauges([dcgm, nvml])] == ["0 H100"]


def test_an_exporter_that_is_gone_leaves_the_other_source():
    nvml = Fixed(GpuSample("GPU-here", GpuGauge("0 T4", "NVML busy", 0.1)))
    with_closed = DcgmSource("http://127.0.0.1:9/metrics")
    try:
        assert [gauge.gpu for gauge in read_gauges([with_closed, nvml])] == ["0 T4"]
    finally:
        with_closed.close()


@pytest.mark.anyio
async def test_a_page_over_http_is_read_off_the_event_loop(httpserver: HTTPServer):
    httpserver.expect_request("/metrics").respond_with_data(PAGE)
    gauges = await sample_once(httpserver.url_for("/metrics"))
    assert [gauge.utilisation for gauge in gauges] == [0.62]


def test_an_endless_page_is_cut(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("mineru_cli.telemetry.dcgm.LARGEST", 100)
    httpserver.expect_request("/metrics").respond_with_data(PAGE)
    source = DcgmSource(httpserver.url_for("/metrics"))
    try:
        assert source.read() == []
    finally:
        source.close()


def test_a_wrong_address_gives_no_gpu():
    source = DcgmSource("http://[::bad/metrics")
    try:
        assert source.read() == []
    finally:
        source.close()


@pytest.mark.anyio
async def test_an_exporter_that_starts_late_is_found_and_its_absence_is_reported_once(httpserver: HTTPServer):
    for status in (503, 503, 200):
        httpserver.expect_ordered_request("/metrics").respond_with_data(PAGE, status=status)
    heard: list[str] = []

    async def sleep(seconds: float) -> None:
        heard.append("-")
        if heard.count("-") == 3:
            raise TimeoutError

    url = httpserver.url_for("/metrics")
    with pytest.raises(TimeoutError):
        await watch_gpus(lambda gauge: heard.append(gauge.gpu), dcgm_url=url, here=False, sleep=sleep)
    assert heard == ["", "-", "-", "0 NVIDIA H100", "-"]
