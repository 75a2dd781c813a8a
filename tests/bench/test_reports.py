import csv
import io
import json

import pytest
from bench.results import result

from mineru_cli.bench.reports.csv import csv_report
from mineru_cli.bench.reports.json import json_report
from mineru_cli.bench.targets import ReferenceSystem, read_monolith, target_rows
from mineru_cli.errors import UsageError


def test_json_has_what_the_contract_names() -> None:
    found = json.loads(json_report(result(), targets=[]))
    level = found["levels"][2]
    assert level["concurrency"] == 8
    assert level["pages_per_second"] == pytest.approx(4, rel=0.05)
    assert level["pdfs_per_hour"] == pytest.approx(level["pages_per_second"] * 1200, rel=1e-4)
    assert {"p50", "p95", "p99"} <= level["page_seconds"].keys()
    assert level["errors"] == 0
    assert found["knee"]["concurrency"] == pytest.approx(8, rel=0.1)
    assert found["knee"]["pages_per_second"] == pytest.approx(4, rel=0.1)
    assert found["gpu"]["utilisation"] is None
    assert found["gpu"]["source"] == "unavailable"
    assert found["fingerprint"]["corpus"] == "c0"
    assert found["caches"]["prefix cache"] == {"reset": True, "reason": ""}
    low, high = level["pages_per_second_interval"]
    assert low < level["pages_per_second"] < high


def test_a_knee_that_was_not_reached_is_null_with_its_reason() -> None:
    found = json.loads(json_report(result(slots=500), targets=[]))
    assert found["knee"] is None
    assert "not reached" in found["knee_reason"]
    assert "open loop" in json.loads(json_report(result(rate=2.0), targets=[]))["knee_reason"]


def test_csv_has_a_row_for_every_repeat() -> None:
    rows = list(csv.DictReader(io.StringIO(csv_report(result()))))
    assert len(rows) == 15
    assert rows[0]["concurrency"] == "2"
    assert rows[0]["gpu_utilisation"] == ""
    assert float(rows[-1]["pages_per_second"]) == pytest.approx(4, rel=0.1)


def test_cost_follows_from_the_price() -> None:
    found = result(gpu_cost=3.6)
    assert found.cost_per_thousand(found.best) == pytest.approx(1 / found.best.pages_per_second)


def test_the_proposals_table_says_met_missed_or_unknown() -> None:
    rows = {row.name: row for row in target_rows(result(gpu=0.5))}
    assert (rows["VRAM per worker"].measured, rows["VRAM per worker"].met) == ("0 GB", True)
    assert rows["worker start"].met is True
    assert (rows["GPU utilisation"].measured, rows["GPU utilisation"].met) == ("50 %", False)
    assert rows["gain"].met is None
    assert rows["workers per server"].met is None
    assert {row.name: row for row in target_rows(result())}["GPU utilisation"].met is None


def test_a_monoliths_figures_come_from_its_file(tmp_path) -> None:
    path = tmp_path / "old.json"
    path.write_text('{"pages_per_second": 2.0, "vram_per_worker_gb": 6.9, "workers": 4}')
    old = read_monolith(path)
    rows = {row.name: row for row in target_rows(result(), old)}
    assert rows["VRAM per worker"].before == "6.9 GB"
    assert rows["gain"].met is True
    assert rows["gain"].note == str(path)
    for text in ("[]", "{", '{"pages": 1}', '{"gpu_utilisation": 70}'):
        path.write_text(text)
        with pytest.raises(UsageError):
            read_monolith(path)
    assert ReferenceSystem().pages_per_second is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[" * 100_000, "it is not JSON"),
        ("[]", "it is not an object"),
        ('{"pages_per_second": "fast"}', "pages_per_second: 'fast' is not a number"),
        ('{"workers": 0}', "workers: 0 is not allowed: it must be at least 1"),
        ('{"worker": 4}', "worker is unknown; did you mean 'workers'?"),
    ],
)
def test_what_is_wrong_with_a_monoliths_figures_is_said_in_plain_words(tmp_path, text: str, why: str) -> None:
    path = tmp_path / "old.json"
    path.write_text(text)
    with pytest.raises(UsageError) as raised:
        read_monolith(path)
    assert raised.value.message == f"{path} holds no figures of the old system: {why}"
