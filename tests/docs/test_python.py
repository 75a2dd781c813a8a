"""The snippets of docs/python.md run as they are shown, each in a process of its own, and the names it lists exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import corpus
import pytest
from vllm_double import DoubleProcess

import mineru_cli

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "python.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
SAID = {
    "report.exit_code, report.summary": "0 total=2 done=2",
    "no-such-folder": "names no file or folder",
    "convert_one": "# ",
    "def watch": "letter: done after",
    "StopToken": "interrupted one is enough",
    "asyncio.run": "2",
    "compare(": "True 1.0",
}


@pytest.fixture(scope="module")
def server():
    with DoubleProcess("--slots", "8", "--layout-seconds", "0.3", "--block-seconds", "0.3") as double:
        yield double


@pytest.fixture(scope="module")
def converted(server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("converted")
    _write(folder)
    mineru_cli.convert(folder / "pdfs", output=folder / "out", server_url=server.url)
    return folder


def _write(folder: Path) -> None:
    (folder / "pdfs").mkdir()
    for name in ("letter", "report"):
        (folder / "pdfs" / f"{name}.pdf").write_bytes(
            corpus.text_pdf([corpus.prose(name, 0), corpus.prose(name, 1)])
        )


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda snippet: snippet.split("\n")[0])
def test_a_snippet_runs_and_prints(snippet, server, tmp_path, converted):
    if "compare(" in snippet:
        folder = converted
    else:
        folder = tmp_path
        _write(folder)
    script = folder / "snippet.py"
    script.write_text(snippet.replace("http://localhost:8000", server.url))
    command = [sys.executable, "snippet.py"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    (said,) = [text for key, text in SAID.items() if key in snippet]
    assert said in done.stdout


def test_every_public_name_is_there_and_documented():
    for name in mineru_cli.__all__:
        assert getattr(mineru_cli, name) is not None
        assert name == "__version__" or re.search(rf"`{name}[(`.]", PAGE), name
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = mineru_cli.nothing


def test_importing_the_package_loads_nothing_of_it():
    code = "import sys, mineru_cli; print([name for name in sys.modules if name.startswith('mineru_cli.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_stub_names_what_is_public():
    stub = (Path(mineru_cli.__file__).with_suffix(".pyi")).read_text()
    assert {*re.findall(r" as (\w+)$", stub, re.MULTILINE), "__version__"} == set(mineru_cli.__all__)
