"""What is encoded comes back equal, on one line, whatever the text is."""

from __future__ import annotations

import json
import math
import os
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mineru_cli.domain.block import Block
from mineru_cli.domain.codec import DOMAIN, decode, encode, registry, tag
from mineru_cli.domain.document import PageWindow
from mineru_cli.domain.events import DocumentFinished, GpuGauge, PageFailed, RunStarted, ServerGauge
from mineru_cli.domain.failure import Failure
from mineru_cli.domain.page import PageResult

TEXT = st.text(max_size=20) | st.binary(max_size=12).map(os.fsdecode)
NUMBER = st.floats(allow_nan=False, allow_infinity=False)

st.register_type_strategy(str, TEXT)
st.register_type_strategy(float, NUMBER)


@pytest.mark.parametrize("cls", DOMAIN.values(), ids=DOMAIN.keys())
def test_every_value_comes_back_equal(cls):
    @settings(max_examples=40)  # of each of many classes
    @given(st.builds(cls))
    def round_trip(value):
        line = encode(value)
        assert line.isascii()
        assert "\n" not in line
        assert decode(line) == value
        assert decode(line.encode()) == value
        assert json.loads(line)["event"] == tag(cls)

    round_trip()


def test_no_field_hides_the_tag():
    for cls in DOMAIN.values():
        assert "event" not in cls.__dataclass_fields__


def test_tags_are_plain_words():
    assert set(DOMAIN) >= {"run-started", "page-finished", "document-ref", "block", "gpu-gauge"}


def test_nested_values_keep_their_classes():
    block = Block("text", (0.1, 0.2, 0.3, 0.4), 90, "a\nb", flaw="truncated")
    page = PageResult(3, 595.0, 842.0, (block, block), Failure("page-timeout", "slow"))
    assert decode(encode(page)) == page
    assert type(decode(encode(page)).blocks[0]) is Block


def test_more_keys_travel_along_and_are_ignored_when_read():
    gauge = GpuGauge("0", "nvml")
    line = encode(gauge, at=12.5)
    assert json.loads(line)["at"] == 12.5
    assert decode(line) == gauge


def test_numbers_without_a_json_word_keep_the_line_valid():
    line = encode(ServerGauge("http://a", running=math.nan, waiting=math.inf, kv_usage=0.5))
    data = json.loads(line, parse_constant=pytest.fail)
    assert (data["running"], data["waiting"], data["kv_usage"]) == (None, None, 0.5)
    page = decode(encode(PageResult(0, math.nan, 1.0, (Block("text", (math.nan, 0, 1, 1)),))))
    assert math.isnan(page.width)
    assert math.isnan(page.blocks[0].bbox[0])


@dataclass(frozen=True)
class Hello:
    pid: int
    window: PageWindow | None = None


def test_classes_of_the_caller_join_the_registry():
    assert decode(encode(Hello(7, PageWindow(1, 2))), registry(Hello)) == Hello(7, PageWindow(1, 2))
    with pytest.raises(ValueError, match="unknown type 'hello'"):
        decode(encode(Hello(7)))


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('{"event":"page-finis', "Unterminated"),
        ("[1]", "unknown type None"),
        ('{"event":["x"]}', "unknown type"),
        ('{"event":"failure","code":1,"message":""}', "is not a str"),
        ('{"event":"failure","code":"x"}', "incomplete Failure"),
        ('{"event":"page-window","start":true,"stop":1}', "is not a int"),
        ('{"event":"block","type":"text","bbox":[1,2]}', "is not a tuple"),
        ('{"event":"page-result","index":0,"width":1,"height":1,"blocks":[3]}', "is not a Block"),
        ('{"event":"block","type":"t","bbox":[0,0,1,1],"angle":45}', "is no"),
        ('{"event":"page-result","index":0,"width":"1","height":1}', "is not a float"),
    ],
)
def test_a_bad_line_is_refused_with_its_reason(line, complaint):
    with pytest.raises(ValueError, match=complaint):
        decode(line)


@pytest.mark.parametrize("value", [object(), 3, "text", Block, {"a": 1}])
def test_only_values_are_written(value):
    with pytest.raises(TypeError, match="cannot be written"):
        encode(value)


def test_values_of_other_types_are_rejected():
    with pytest.raises(TypeError, match="bytes cannot be written"):
        encode(Failure("x", b"raw"))  # type: ignore[arg-type]


def test_events_with_every_kind_of_field():
    for event in (
        RunStarted("o", ("a", "b"), "m", "mineru", "auto", 2, 16, True, False),
        PageFailed("d", 0, 1, Failure("c", "m", "h")),
        DocumentFinished("d", "partial", 3, 1, 2.5),
    ):
        assert decode(encode(event)) == event


@pytest.mark.parametrize("around", ["{}\n", " {}", "\t{} \r\n"])
def test_white_space_around_a_line_changes_nothing(around):
    line = around.format(encode(PageWindow(1, 2)))
    assert decode(line) == decode(line.encode()) == PageWindow(1, 2)


@pytest.mark.parametrize("line", ["", "{}{}", '{"event":"page-window","start":1,"stop":2} x'])
def test_more_or_less_than_one_value_on_a_line_is_refused(line):
    with pytest.raises(ValueError, match=r"Expecting value|Extra data"):
        decode(line)
