"""A comparison that failed in many ways, for the reports."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from mineru_cli.quality.compare import compare
from mineru_cli.quality.results import Judgement
from mineru_cli.quality.settings import CompareSettings
from tests.quality.runs import make_run

HOSTILE = "<script>window.hacked = 1</script><img src=http://127.0.0.1:9/x onerror=window.hacked=1> \x1b[31m\u202e @all"


@pytest.fixture
def judgement(tmp_path: Path) -> Judgement:
    """Six documents: a table cell changed, a document missing, one hostile text, one known failure."""
    base = make_run(6)
    run = base.copy()
    cell = run.of_type("even/doc02", "table")[0]
    cell["table_body"] = cell["table_body"].replace(".", "", 3)
    del run.documents["odd/doc03"]
    run.texts("even/doc00")[0]["text"] = HOSTILE
    run.documents["even/doc04"] = []
    run.documents[f"odd/{HOSTILE.replace('/', '_')[:60]}"] = run.documents["odd/doc05"]
    allow = tmp_path / "allow.json"
    known = {"document": "even/doc04", "until": "2026-06-30", "reason": "scanned sideways"}
    old = {"document": "odd/doc03", "until": "2025-06-30", "reason": "was in repair"}
    allow.write_text(json.dumps({"allow": [known, old]}))
    locations = base.write(tmp_path / "base"), run.write(tmp_path / "run")
    return compare(*locations, CompareSettings(allow=allow, workers=1), today=dt.date(2026, 1, 1))
