"""Prometheus' text format, as servers and exporters write it."""

import pytest

from mineru_cli.telemetry.prometheus_text import samples

PAGE = """# HELP vllm:running {not a sample} 1
# TYPE vllm:running gauge
vllm:running{engine="0",model_name="a b{} 7"} 3.0 1795430857000
vllm:running\t4
vllm:spaced {engine="1"}  5e1
vllm:nan{engine="0"} NaN
vllm:infinite{engine="0"} +Inf
vllm:open{engine="0" 3
vllm:nothing
vllm:word{a="b"} many
other:running 9
"""


def test_samples_are_read_whatever_their_labels_hold():
    assert [(s.name, dict(s.labels), s.value) for s in samples(PAGE, "vllm:")] == [
        ("running", {"engine": "0", "model_name": "a b{} 7"}, 3.0),
        ("running", {}, 4.0),
        ("spaced", {"engine": "1"}, 50.0),
    ]


@pytest.mark.parametrize(("names", "found"), [((), []), (("spaced",), [50.0]), (("runn",), [])])
def test_only_series_that_are_named_are_read(names, found):
    assert [value for *_, value in samples(PAGE, "vllm:", names)] == found
