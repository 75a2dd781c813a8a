"""The page of a bench in a real browser."""

from __future__ import annotations

import pytest
from bench.results import result
from browser import complaints, requests, window

from mineru_cli.bench.effect_size import Change
from mineru_cli.bench.regression import BenchComparison
from mineru_cli.bench.targets import target_rows
from mineru_cli.ui.report.bench_page import bench_page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    found = result(levels=(1, 2, 4, 8, 16, 32, 64, 128), gpu=0.87, slo=5.0, gpu_cost=3.0)
    worse = BenchComparison("before.json", (4, 8), (Change("pages per second", 0.8, 0.75, 0.85, "worse"),))
    path = tmp_path_factory.mktemp("bench") / "bench.html"
    path.write_text(bench_page(found, target_rows(found), worse), "utf-8")
    return path.as_uri()


def test_all_charts_are_drawn_without_network_requests(browser, page) -> None:
    browser.get(page)
    widths = browser.execute_script(
        "return [...document.querySelectorAll('path.curve')].map(p => p.getBoundingClientRect().width)"
    )
    assert len(widths) == 9
    assert min(widths) > 100
    assert browser.execute_script("return document.querySelectorAll('rect.bar').length") > 5
    assert [url for url in requests(browser) if not url.startswith(("file:", "about:"))] == []
    assert complaints(browser) == []


@pytest.mark.parametrize("width", [390, 1400])
@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_the_window_and_can_be_read(browser, page, width: int, dark: bool) -> None:
    window(browser, width, dark=dark)
    browser.get(page)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    heights = browser.execute_script(
        "return [...document.querySelectorAll('svg text')].map(t => t.getBoundingClientRect().height)"
    )
    assert min(heights) > 8, "labels of a chart are no specks"
    back = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert (int(back[4:].split(",")[0]) < 100) is dark
