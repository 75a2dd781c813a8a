from __future__ import annotations

import json
import re

from mineru_cli.observe.timeline import BreakerChange
from mineru_cli.ui.report.charts import ChartLine, bands, chart
from mineru_cli.ui.report.series import Points


def test_a_line_keeps_inside_its_box_and_breaks_at_gaps():
    points = Points((0.0, 1.0, 2.0, 3.0, 99.0), (0.0, 50.0, None, 10.0, 1000.0))
    made = chart("Title", "", "things", [ChartLine("a", "one", points)], 4.0, top=100)
    path = made.lines[0].path
    assert path.count("M") == 2
    numbers = [float(number) for number in re.findall(r"[0-9.]+", path)]
    assert max(numbers[::2]) <= 1000
    assert max(numbers[1::2]) <= 100
    assert path.startswith("M0.0,100.0L250.0,50.0")


def test_a_chart_says_in_words_what_it_shows():
    points = Points((0.5, 1.5), (2.0, 4.0))
    made = chart("Pages", "", "pages/s", [ChartLine("pages", "one", points)], 2.0)
    assert made.summary == "Pages: pages 3 pages/s on average, at most 4"
    assert json.loads(made.data)["lines"][0]["values"] == [2.0, 4.0]
    assert chart("Pages", "", "x", [], 1.0).summary == "Pages: nothing was measured"


def test_a_lone_point_can_be_seen():
    made = chart("t", "", "x", [ChartLine("a", "one", Points((1.0,), (1.0,)))], 2.0)
    assert made.lines[0].path.endswith("h3")
    assert made.lines[0].area == ""


def test_states_cover_the_whole_run():
    changes = [BreakerChange(at=10, state="open"), BreakerChange(at=15, state="closed")]
    drawn = bands(changes, 20.0)
    assert [(band.state, band.left, band.width) for band in drawn] == [
        ("closed", 0.0, 50.0),
        ("open", 50.0, 25.0),
        ("closed", 75.0, 25.0),
    ]
    assert [band.state for band in bands([BreakerChange(at=99, state="open")], 20.0)] == ["closed"]
