"""The programs of examples/ run as their first lines say, against a simulated server: part of ``make site``."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import corpus
import pytest
import yaml
from vllm_double import DoubleProcess

pytestmark = pytest.mark.shown
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NOTEBOOK = json.loads((EXAMPLES / "notebook.ipynb").read_text(encoding="utf-8"))
LOOP = """
import ast, asyncio, json, sys
namespace = {"__name__": "__main__"}
async def run():
    for cell in json.load(open(sys.argv[1])):
        code = compile(cell, "cell", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        result = eval(code, namespace)
        if result is not None:
            await result
asyncio.run(run())
print(json.dumps([namespace["result"].status, len(namespace["done"]), namespace["report"].exit_code]))
"""
"""Cells one after the other inside a running loop, as a kernel runs them."""


@pytest.fixture(scope="module")
def server() -> Iterator[DoubleProcess]:
    with DoubleProcess("--slots", "16", "--layout-seconds", "0.01", "--block-seconds", "0.01") as double:
        yield double


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A working directory with two documents where the examples have theirs."""
    pdfs = tmp_path / "examples" / "pdfs"
    pdfs.mkdir(parents=True)
    for name in ("invoice", "letter"):
        (pdfs / f"{name}.pdf").write_bytes(corpus.text_pdf([corpus.prose(name, 0)]))
    return tmp_path


def run(folder: Path, *command: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "MINERU_BATCH_WORKERS": "1",
        **variables,
    }
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=250, check=False
    )


def test_convert(folder: Path, server: DoubleProcess) -> None:
    (folder / "examples" / "pdfs" / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing")
    script = EXAMPLES / "python" / "convert.py"
    done = run(folder, sys.executable, script, "examples/pdfs", "out", server.url)
    assert done.returncode == 1, done.stderr
    assert len(done.stdout.splitlines()) == 2
    assert "broken.pdf: failed: " in done.stderr
    nothing = run(folder, sys.executable, script, "no-such-folder", "out", server.url)
    assert (nothing.returncode, nothing.stdout) == (2, "")
    assert "names no file or folder" in nothing.stderr


def test_gate(folder: Path, server: DoubleProcess) -> None:
    run(folder, "mineru-batch", "convert", "examples/pdfs", "-o", "good", "--server-url", server.url)
    run(folder, "mineru-batch", "baseline", "record", "good", "-o", "baseline")
    command = (
        sys.executable,
        EXAMPLES / "python" / "gate.py",
        "examples/pdfs",
        "baseline",
        "out",
        server.url,
    )
    done = run(folder, *command)
    assert (done.returncode, done.stdout) == (0, "run match 1.000\n"), done.stderr
    (folder / "other").mkdir()
    for name in ("invoice", "letter"):
        (folder / "other" / f"{name}.md").write_text("Words that none of the documents has.\n" * 20)
    worse = run(folder, *command[:3], "other", *command[4:])
    assert worse.returncode == 1, worse.stderr
    assert "failed: " in worse.stdout


def write_pdfs(folder: Path, first: int, count: int) -> None:
    folder.mkdir(exist_ok=True)
    for number in range(first, first + count):
        (folder / f"d{number:03}.pdf").write_bytes(corpus.text_pdf([f"document {number}"]))


@pytest.mark.timeout(400)
def test_a_canary_grows_while_it_is_good_and_is_reverted_when_it_is_not(
    tmp_path: Path, server: DoubleProcess
) -> None:
    def night() -> subprocess.CompletedProcess[str]:
        script = EXAMPLES / "canary" / "nightly.py"
        return run(tmp_path, sys.executable, script, "pdfs", "out", server.url, candidate.url, "50")

    with DoubleProcess("--slots", "16", "--layout-seconds", "0.01", "--block-seconds", "0.01") as candidate:
        write_pdfs(tmp_path / "pdfs", 0, 120)
        good = night()
        assert (good.returncode, good.stdout[:11]) == (0, "50 %: pass,"), (good.stdout, good.stderr)
        write_pdfs(tmp_path / "pdfs", 120, 30)
        candidate.control(faults=[{"kind": "garbled", "match": "block", "p": 0.6}])
        bad = night()
        assert (bad.returncode, bad.stdout[:12]) == (1, "100 %: fail,"), (bad.stdout, bad.stderr)
        assert "reverted by the guard match: " in bad.stderr
    summary = json.loads((tmp_path / "out" / ".mineru-batch" / "run.json").read_text())
    assert summary["documents"]["failed"] == 0


@pytest.mark.timeout(300)
def test_on_a_ray_of_this_machine(folder: Path, server: DoubleProcess) -> None:
    pytest.importorskip("ray", reason="the ray extra is not installed")
    script = EXAMPLES / "ray" / "convert.py"
    done = run(folder, sys.executable, script, "examples/pdfs", "out", server.url, "local")
    assert (done.returncode, done.stdout) == (0, "2 documents: 2 done, 0 partial, 0 failed\n"), done.stderr
    assert "worker 0 joined" in done.stderr


@pytest.mark.parametrize("name", ["github-quality.yml", "gitlab-quality.yml"])
def test_a_job_passes_and_leaves_its_reports(name: str, folder: Path, server: DoubleProcess) -> None:
    content = yaml.safe_load((EXAMPLES / "ci" / name).read_text(encoding="utf-8"))
    if "jobs" in content:
        steps = [step.get("run", "") for step in content["jobs"]["quality"]["steps"]]
    else:
        steps = content["quality"]["script"]
    (folder / "examples" / "pdfs").rename(folder / "pdfs")
    variables = {"MINERU_BATCH_SERVER_URL": server.url, "GITHUB_STEP_SUMMARY": str(folder / "summary.md")}
    run(folder, "mineru-batch", "convert", "pdfs", "-o", "good", **variables)
    run(folder, "mineru-batch", "baseline", "record", "good", "-o", "baseline")
    for step in steps:
        if "mineru-batch" in step and "pip install" not in step:
            done = run(folder, "sh", "-c", step, **variables)
            assert done.returncode == 0, done.stderr
    for report in ("quality.html", "quality.json", "quality.xml", "summary.md"):
        assert (folder / report).stat().st_size


def test_the_notebook_runs_from_its_first_cell_to_its_last(folder: Path, server: DoubleProcess) -> None:
    cells = ["".join(cell["source"]) for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]
    (folder / "cells.json").write_text(json.dumps(cells), encoding="utf-8")
    done = run(folder, sys.executable, "-c", LOOP, "cells.json", MINERU_BATCH_SERVER_URL=server.url)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == ["done", 2, 0]


def test_the_notebook_is_one_and_was_saved_without_results() -> None:
    assert (NOTEBOOK["nbformat"], NOTEBOOK["metadata"]["language_info"]["name"]) == (4, "python")
    assert all(
        not cell["outputs"] and cell["execution_count"] is None
        for cell in NOTEBOOK["cells"]
        if cell["cell_type"] == "code"
    )


@pytest.mark.skipif(shutil.which("sh") is None, reason="needs a shell")
def test_from_a_bucket_to_a_bucket(tmp_path: Path, server: DoubleProcess, s3: Any) -> None:
    name = s3.new_bucket()
    bucket = s3.bucket(name)
    bucket.put("pdfs/2024/letter.pdf", corpus.text_pdf([corpus.prose("letter", 0)]))
    done = run(
        tmp_path, EXAMPLES / "s3" / "convert.sh", "--server-url", server.url, **s3.environment, BUCKET=name
    )
    assert done.returncode == 0, done.stderr
    assert bucket.get("out/2024/letter/vlm/letter.md")
