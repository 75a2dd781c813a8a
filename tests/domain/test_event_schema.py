from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from mineru_cli.domain.codec import encode, tag
from mineru_cli.domain.event_schema import event_classes, events_schema
from mineru_cli.domain.events import GpuGauge, RequestFinished, WorkerGauge

RECORDED = Path(__file__).parents[1] / "observe" / "two_workers_and_an_outage.jsonl"
COMMITTED = Path(__file__).resolve().parents[2] / "schema" / "events.json"


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    Draft202012Validator.check_schema(events_schema())
    return Draft202012Validator(events_schema())


def test_a_real_run_keeps_the_schema(validator):
    for line in RECORDED.read_text().splitlines():
        validator.validate(json.loads(line))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"event": "page-eaten"}, "is not valid"),
        ({"worker": "two"}, "is not valid"),
        ({"run": None}, "is not valid"),
        ({"at": "noon"}, "is not valid"),
    ],
)
def test_what_is_not_an_event_is_refused(validator, change, words):
    good = json.loads(encode(WorkerGauge(1, 0, 0, 0, 0, 8, 10, 0.5, run="r"), at=1.0))
    validator.validate(good)
    (error,) = validator.iter_errors({**good, **change})
    assert words in error.message


def test_numbers_that_are_not_known_may_be_null(validator):
    validator.validate(json.loads(encode(GpuGauge("", "unavailable", run="r"), at=1.0)))
    validator.validate(
        json.loads(encode(RequestFinished("s", "text", "stop", 0, 1, float("nan"), run="r"), at=1.0))
    )


def test_the_committed_schema_names_every_event():
    schema = json.loads(COMMITTED.read_text())
    assert {one["$ref"].rsplit("/", 1)[1] for one in schema["oneOf"]} == {tag(cls) for cls in event_classes()}
    assert all(schema["$defs"][tag(cls)]["description"] for cls in event_classes())
