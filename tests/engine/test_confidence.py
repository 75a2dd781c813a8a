"""``--confidence`` from the request to the files: off it changes nothing, on it is in model.json and run.json."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from mineru_cli.domain.confidence import BlockConfidence, PageConfidence
from mineru_cli.domain.events import Notice, PageFinished
from mineru_cli.engine.run_observers import MISSING, MissingConfidence
from tests import corpus
from tests.vllm_double import Double
from tests.vllm_double.contract import END_TOKEN, logprobs_of, probability_of


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a", "b"):
        (folder / f"{name}.pdf").write_bytes(corpus.text_pdf([corpus.prose(name, 0), corpus.prose(name, 1)]))
    return folder


def convert(inputs: Path, out: Path, double: Double, *flags: str, code: int = 0) -> tuple[dict, str]:
    command = [sys.executable, "-m", "mineru_cli", "convert", str(inputs), "-o", str(out), *flags]
    command += ["--server-url", double.url, "--workers", "1", "--progress", "log"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert done.returncode == code, done.stderr
    summary = out / ".mineru-batch" / "run.json"
    return json.loads(summary.read_text()) if summary.exists() else {}, done.stderr


def blocks(out: Path, name: str = "a") -> list[dict]:
    pages = json.loads((out / name / "vlm" / f"{name}_model.json").read_text())
    return [block for page in pages for block in page]


def test_mean_and_lowest_of_every_block(inputs: Path, tmp_path: Path):
    with Double() as double:
        plain, _ = convert(inputs, tmp_path / "plain", double)
        assert double.stats()["with_logprobs"] == 0
        asked, log = convert(inputs, tmp_path / "sure", double, "--confidence")
        assert double.stats()["with_logprobs"] == asked["requests"]["sent"]
    assert plain["confidence"] is None
    assert asked["requests"] == plain["requests"]
    for block in blocks(tmp_path / "sure"):
        texts = [one["token"] for one in logprobs_of(block["content"])["content"]]
        kind = ["<|ref_start|>", *[one["token"] for one in logprobs_of(block["type"])["content"]][:-1]]
        values = [probability_of(text) for text in (*texts, *kind, "<|ref_end|>", "<|rotate_up|>")]
        sure = block.pop("confidence")
        assert sure["lowest"] == pytest.approx(min(values), abs=1e-4)
        assert sure["mean"] == pytest.approx(sum(values) / len(values), abs=0.02)  # of some "\n" follows
    assert blocks(tmp_path / "plain")
    with_values = [block for name in ("a", "b") for block in blocks(tmp_path / "sure", name)]
    least = asked["confidence"]["least_certain"]
    assert least[0]["mean"] == min(b["confidence"]["mean"] for b in with_values if "confidence" in b)
    assert Counter(one["key"] for one in least) == {"a": 2, "b": 2}
    assert asked["confidence"]["pages"] == 4
    assert 0 < asked["confidence"]["lowest"] <= asked["confidence"]["mean"] <= 1
    assert MISSING not in log


def test_texts_are_the_same_with_and_without(inputs: Path, tmp_path: Path):
    with Double() as double:
        convert(inputs, tmp_path / "plain", double)
        convert(inputs, tmp_path / "sure", double, "--confidence")
    for path in (tmp_path / "plain" / "a" / "vlm").iterdir():
        if path.suffix in (".md", ".json") and not path.name.endswith("_model.json"):
            assert path.read_bytes() == (tmp_path / "sure" / "a" / "vlm" / path.name).read_bytes()
    without = [{k: v for k, v in block.items() if k != "confidence"} for block in blocks(tmp_path / "sure")]
    assert without == blocks(tmp_path / "plain")


def test_a_server_that_returns_none_is_named_once(inputs: Path, tmp_path: Path):
    with Double(logprobs=0) as double:
        summary, log = convert(inputs, tmp_path / "out", double, "--confidence")
    assert log.count(MISSING) == 1
    assert summary["documents"]["done"] == 2
    assert summary["confidence"] is None
    assert all("confidence" not in block for block in blocks(tmp_path / "out"))


def test_results_without_confidence_are_not_taken_for_results_with_it(inputs: Path, tmp_path: Path):
    with Double() as double:
        convert(inputs, tmp_path / "out", double)
        _, log = convert(inputs, tmp_path / "out", double, "--confidence", code=3)
        assert "confidence" in log
        convert(inputs, tmp_path / "out", double, "--confidence", "--overwrite")
        assert all("confidence" in block for block in blocks(tmp_path / "out"))
        again, _ = convert(inputs, tmp_path / "out", double, "--confidence")
    assert (again["documents"]["skipped"], again["documents"]["done"]) == (2, 0)


def page(
    blocks: int = 3, layer: int = 0, requests: int = 4, sure: PageConfidence | None = None
) -> PageFinished:
    return PageFinished("a", 0, 0, 1.0, blocks, 0, requests, 0, layer_blocks=layer, confidence=sure)


def test_pages_that_the_model_did_not_read_prove_nothing():
    said: list[object] = []
    observer = MissingConfidence()
    observer.attach(said.append)
    value = PageConfidence(0.9, 0.5, 3, BlockConfidence(0, "text", 0.9, 0.5))
    for event in (page(blocks=0), page(layer=3), page(requests=0), page(sure=value)):
        observer(event, 0.0)
    assert said == []
    observer(page(), 0.0)
    observer(page(), 0.0)
    assert said == [Notice("warning", MISSING)]


def test_the_double_ends_with_its_end_token():
    assert logprobs_of("ab")["content"][-1] == {
        "token": END_TOKEN, "logprob": 0.0, "bytes": list(END_TOKEN.encode()), "top_logprobs": [],
    }  # fmt: skip
