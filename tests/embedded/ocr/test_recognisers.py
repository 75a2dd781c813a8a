"""The register of recognisers, and the opt-in one over a stand-in for its package (its weights are not ours)."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest
from PIL import Image

from mineru_cli.embedded.ocr import recogniser
from mineru_cli.embedded.ocr.recogniser import REGISTER, RecogniserOptions
from mineru_cli.errors import EngineUnavailable


class StandIn:
    """What ``indra_ocr.pipeline.OrtOCR`` 1.1 does, as far as we use it: one answer a box."""

    def __init__(self, folder, threads):
        self.calls = []

    def recognize(self, gray, boxes):
        self.calls.append(len(boxes))
        found = []
        for x0, y0, x1, y1 in boxes:
            assert gray[int(y0) : int(y1), int(x0) : int(x1)].shape == (int(y1 - y0), int(x1 - x0))
            middle = (x0 + x1) / 2
            found.append((f"{int(x1 - x0)}", 0.9, [(0, x0), (1, middle), (2, x1)]))
        return found


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name in ("det.onnx", "rec.onnx", "meta.json"):
        (tmp_path / name).touch()
    pipeline = ModuleType("indra_ocr.pipeline")
    pipeline.OrtOCR = StandIn
    monkeypatch.setitem(sys.modules, "indra_ocr", ModuleType("indra_ocr"))
    monkeypatch.setitem(sys.modules, "indra_ocr.pipeline", pipeline)
    return tmp_path


def test_each_strip_gets_its_own_reading_in_order(folder):
    reader = recogniser.load("indra-ocr", RecogniserOptions(folder=folder))
    steps = []
    strips = [Image.new("RGB", (100 + n, 30 + n % 3), "white") for n in range(40)]
    readings = reader.read(strips, lambda: steps.append(1))
    assert [r.text for r in readings] == [str(100 + n) for n in range(40)]
    assert readings[0].offsets == pytest.approx((0.0, 0.5, 1.0))
    assert len(steps) == 3


def test_no_strips_have_no_readings(folder):
    assert recogniser.load("indra-ocr", RecogniserOptions(folder=folder)).read([], lambda: None) == []


def test_its_licence_is_reported(folder):
    assert "OpenRAIL-M" in recogniser.load("indra-ocr", RecogniserOptions(folder=folder)).about


@pytest.mark.parametrize("given", [None, "empty"])
def test_without_its_weights_it_is_refused(given, tmp_path):
    options = RecogniserOptions(folder=tmp_path if given else None)
    with pytest.raises(EngineUnavailable, match="folder with its weights"):
        recogniser.load("indra-ocr", options)


def test_an_unknown_name_is_refused_with_those_there_are():
    with pytest.raises(EngineUnavailable) as caught:
        recogniser.load("nope", RecogniserOptions())
    assert all(name in caught.value.hint for name in REGISTER)
