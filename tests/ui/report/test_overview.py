"""What the report concludes from a run's figures."""

from __future__ import annotations

import pytest

from mineru_cli.ui.report.overview import slots_note
from mineru_cli.ui.report.timeline_charts import Timelines


@pytest.mark.parametrize(
    ("used", "queue", "told"),
    [
        (0.95, None, "the server was the limit"),
        (0.6, 25.0, "the server was the limit"),
        (0.6, 0.2, "the server could do more"),
        (0.8, None, "balanced"),
        (None, None, "not measured"),
    ],
)
def test_a_server_that_kept_requests_waiting_was_the_limit(used, queue, told):
    assert slots_note(Timelines((), slots_used=used, queue=queue)) == told
