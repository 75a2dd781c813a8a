from __future__ import annotations

import pytest

from mineru_cli.observe.timeline import BreakerChange, RunTimeline, ServerTimeline, TimeSeries
from mineru_cli.ui.report.timeline_charts import from_timeline, outages


def series(*values: float) -> TimeSeries:
    return TimeSeries(width=10.0, values=values)


def run(**servers: tuple[tuple[float, str], ...]) -> RunTimeline:
    """Slots full but for 20 to 40 s, when nothing was in flight."""
    nothing = series()
    return RunTimeline(
        started=0.0, seconds=60.0, pages=nothing, failed_pages=nothing, retries=nothing, tokens=nothing,
        in_flight=series(8, 8, 0, 0, 8, 8), limit=series(8, 8, 8, 8, 8, 8),
        servers={
            name: ServerTimeline(
                running=nothing, waiting=nothing,
                breaker=tuple(BreakerChange(at=at, state=state) for at, state in changes),
            )
            for name, changes in servers.items()
        },
    )  # fmt: skip


@pytest.mark.parametrize(
    ("servers", "spans", "used"),
    [
        ({}, [], 4 / 6),
        ({"a": ((20.0, "open"), (40.0, "closed"))}, [(20.0, 40.0)], 1.0),
        ({"a": ((20.0, "open"), (30.0, "half-open"), (40.0, "closed"))}, [(20.0, 30.0)], 4 / 5),
        ({"a": ((20.0, "open"), (40.0, "closed")), "b": ()}, [], 4 / 6),
        ({"a": ((10.0, "open"),), "b": ((50.0, "open"),)}, [(50.0, 60.0)], 3 / 5),
    ],
)
def test_slots_in_use_leave_out_the_time_without_any_server(servers, spans, used):
    timeline = run(**servers)
    assert outages(timeline) == spans
    assert from_timeline(timeline).slots_used == pytest.approx(used, abs=0.02)
