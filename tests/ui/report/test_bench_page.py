"""The page of a bench: complete, self-contained, and nobody's markup but its own."""

import re
from dataclasses import replace

from bench.results import result
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from mineru_cli.bench.effect_size import Change
from mineru_cli.bench.regression import BenchComparison
from mineru_cli.bench.targets import target_rows
from mineru_cli.ui.report.bench_page import bench_page
from mineru_cli.ui.report.xy import HEIGHT, LEFT, WIDTH, Axis, Curve, xy_chart


def page(found, comparison=None):
    return bench_page(found, target_rows(found), comparison)


def test_it_has_every_level_and_the_knee_marked() -> None:
    tree = html.fromstring(page(result(gpu=0.9, slo=4.0)))
    assert "Knee at 7.9" in tree.get_element_by_id("knee").text_content()
    assert len(tree.xpath("//section[h2='Levels']//tr")) == 6
    assert tree.xpath("//line[@class='knee']")
    titles = [one.text for one in tree.xpath("//figure/h2")]
    assert {"Throughput over requests in flight", "Latency over throughput", "GPU utilisation"} <= set(titles)


def test_it_asks_the_network_for_nothing_and_runs_no_script() -> None:
    text = page(result())
    assert "default-src 'none'" in text
    assert not re.search(r"<script|<link|<img|https?://|@import|url\(", text)


def test_untrusted_text_stays_text() -> None:
    bad = "<script>alert(1)</script>"
    found = replace(result(mark={"model": bad}), environment={"corpus": bad})
    text = page(found, BenchComparison(bad, (4,), (Change("pages per second", 0.8, 0.7, 0.9, "worse"),)))
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


def test_a_knee_not_reached_and_one_level_are_pages_too() -> None:
    assert "not reached" in page(result(slots=500))
    assert "three levels" in page(result(levels=(4,), repeats=1))


def test_the_request_is_shown_at_the_top() -> None:
    worse = BenchComparison("before.json", (4,), (Change("pages per second", 0.8, 0.7, 0.9, "worse"),))
    tree = html.fromstring(page(replace(result(), cut_short="no server answered"), worse))
    assert (
        tree.get_element_by_id("verdict").text_content()
        == "worse: 0.80 times the pages per second of before.json"
    )
    assert "no server answered" in tree.get_element_by_id("cut-short").text_content()


def test_latencies_far_apart_are_drawn_on_a_logarithmic_axis() -> None:
    assert "seconds per page, logarithmic" in page(result(levels=(2, 4, 8, 64, 128)))
    assert "logarithmic" not in page(result(levels=(2, 4, 8)))


@given(st.lists(st.floats(1e-3, 1e4), min_size=1, max_size=20))
def test_a_logarithmic_axis_holds_its_values_between_powers_of_two(values) -> None:
    chart = xy_chart(
        "t", ("x", "y"), [Curve("c", "one", [(1.0, v) for v in values])], summary="s", log_y=True
    )
    assert 2 <= len(chart.up) <= 8
    places = [mark.at for mark in chart.up]
    assert places == sorted(places, reverse=True)
    assert all(chart.top <= dot.y <= chart.bottom for dot in chart.curves[0].dots)


@given(st.lists(st.tuples(st.floats(1, 1e4), st.floats(0, 1e6)), min_size=1, max_size=20), st.booleans())
def test_every_point_lies_in_the_box(points, log_x: bool) -> None:
    chart = xy_chart("t", ("x", "y"), [Curve("c", "one", points)], summary="s", log_x=log_x)
    for dot in chart.curves[0].dots:
        assert LEFT <= dot.x <= WIDTH
        assert 0 <= dot.y <= HEIGHT


def test_a_logarithmic_axis_spaces_doublings_evenly() -> None:
    axis = Axis(1, 64, log=True)
    assert [round(axis.share(2.0**n) * 6, 6) for n in range(7)] == [0, 1, 2, 3, 4, 5, 6]


def test_an_open_loop_is_reported_by_its_rate_and_has_no_curve() -> None:
    text = page(result(levels=(512,), rate=2.5))
    assert "2.5 documents/s" in text
    assert "512" not in re.sub(r"<svg.*?</svg>", "", text.split("<h2>Levels")[0], flags=re.DOTALL)
    assert "Throughput over requests" not in text
