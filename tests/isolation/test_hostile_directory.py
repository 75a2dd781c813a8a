"""Every command, run where somebody left files named like modules that Python would import."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.parse
import urllib.request
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests import corpus
from tests.ui.run_folders import folder_of_a_run
from tests.vllm_double import Double

COMMAND = Path(sys.executable).with_name("mineru-batch")
CODE = "import builtins\nwith builtins.open({mark!r}, 'a') as mark: mark.write(__name__ + chr(10))\nraise ImportError('hostile')\n"

pytestmark = pytest.mark.skipif(not COMMAND.exists(), reason="the package is not installed")


def make_hostile(folder: Path, names: set[str]) -> Path:
    """PDFs, and modules and packages of these names that leave a mark when they are imported."""
    for number in range(2):
        text = [corpus.prose(f"document {number}", page) for page in range(2)]
        (folder / f"document-{number}.pdf").write_bytes(corpus.text_pdf(text))
    code = CODE.format(mark=str(folder / "EXECUTED"))
    for name in sorted(name for name in names if name.isidentifier() and name != "mineru_cli"):
        (folder / f"{name}.py").write_text(code)
        (folder / name).mkdir()  # a package comes before a module of the same name
        (folder / name / "__init__.py").write_text(code)
    return folder


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Names of all that is installed and of Python's own modules."""
    names = {*sys.stdlib_module_names, *packages_distributions(), "sitecustomize", "usercustomize"}
    return make_hostile(tmp_path_factory.mktemp("hostile"), names)


@pytest.fixture(scope="module")
def half_hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Names that Python does not itself import before it comes to our first line."""
    names = {
        *packages_distributions(),
        "asyncio",
        "multiprocessing",
        "subprocess",
        "sqlite3",
        "json",
        "typing",
    } - {"_distutils_hack"}  # setuptools has site import it, before the first line of any program
    return make_hostile(tmp_path_factory.mktemp("half-hostile"), names)


@pytest.fixture
def environment() -> dict[str, str]:
    """As a user has it: our own tests put the checkout on the path."""
    return {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}


def run(command: list[str], folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=110, check=False
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def assert_nothing_was_executed(folder: Path) -> None:
    mark = folder / "EXECUTED"  # imports that fail are often tolerated: the mark stays
    executed = mark.read_text().split() if mark.exists() else []
    mark.unlink(missing_ok=True)
    assert executed == []


def as_module(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "mineru_cli", *arguments]


def test_the_trap_works(hostile: Path, environment: dict[str, str]):
    subprocess.run([sys.executable, "-c", "import typer"], cwd=hostile, env=environment, capture_output=True)
    assert (hostile / "EXECUTED").exists()
    (hostile / "EXECUTED").unlink()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--version"],
        ["doctor", "--server-url", "URL"],
        ["convert", ".", "-o", "OUT", "--server-url", "URL", "--workers", "2", "--layout-pdf"],
        ["convert", ".", "-o", "OUT", "--server-url", "URL", "--dry-run"],
        ["bench", ".", "--server-url", "URL", "--duration", "1", "--sweep", "1,2", "--repeats", "1"],
        ["server", "wait", "--server-url", "URL"],
        ["server", "status", "--server-url", "URL"],
    ],
    ids=lambda arguments: "-".join(arguments[:2]),
)
def test_commands_with_a_server(arguments: list[str], hostile: Path, tmp_path: Path, environment):
    with Double(slots=8) as double:
        words = [word.replace("URL", double.url).replace("OUT", str(tmp_path / "out")) for word in arguments]
        run([str(COMMAND), *words], hostile, environment)
    assert_nothing_was_executed(hostile)


def test_convert_by_the_module_name(half_hostile: Path, tmp_path: Path, environment):
    hostile = half_hostile
    with Double(slots=8) as double:
        done = run(
            as_module("convert", ".", "-o", str(tmp_path), "--server-url", double.url), hostile, environment
        )
    assert done.returncode == 0
    assert_nothing_was_executed(hostile)


def test_an_empty_entry_of_the_path_is_the_working_directory_too(
    half_hostile: Path, tmp_path: Path, environment
):
    environment["PYTHONPATH"] = os.pathsep + str(tmp_path)
    with Double(slots=8) as double:
        arguments = ["convert", ".", "-o", str(tmp_path / "out"), "--server-url", double.url]
        done = run([str(COMMAND), *arguments], half_hostile, environment)
    assert done.returncode == 0
    assert_nothing_was_executed(half_hostile)


def test_the_embedded_engine(hostile: Path, tmp_path: Path, environment):
    pytest.importorskip("rapidocr", reason="the extra [embedded] is not installed")
    done = run(
        [str(COMMAND), "convert", ".", "--limit", "1", "-o", str(tmp_path), "--server", "embedded"],
        hostile,
        environment,
    )
    assert done.returncode == 0
    assert_nothing_was_executed(hostile)


def test_compare_baseline_with_processes_and_pictures(hostile: Path, tmp_path: Path, environment):
    for side, word in (("base", "lamp"), ("run", "lamb")):
        for number in range(30):
            folder = tmp_path / side / f"document-{number % 2}-{number}" / "vlm"
            folder.mkdir(parents=True)
            items = [{"type": "text", "text": f"the {word} of page {number}", "page_idx": 0}]
            (folder / f"document-{number % 2}-{number}_content_list.json").write_text(json.dumps(items))
            (folder / f"document-{number % 2}-{number}.md").write_text(items[0]["text"])
    (tmp_path / "pdfs").mkdir()
    for number in range(30):
        (tmp_path / "pdfs" / f"document-{number % 2}-{number}.pdf").write_bytes(corpus.text_pdf(["lamp"]))
    page = tmp_path / "page.html"
    command = [str(COMMAND), "compare-baseline", str(tmp_path / "base"), str(tmp_path / "run")]
    run(
        [*command, "--workers", "2", "--html", str(page), "--pdfs", str(tmp_path / "pdfs")],
        hostile,
        environment,
    )
    assert "data:image/jpeg;base64," in page.read_text()
    assert_nothing_was_executed(hostile)


def test_the_viewer_draws_a_page(hostile: Path, tmp_path: Path, environment):
    out = folder_of_a_run(tmp_path)
    for arguments in (["show", str(out)], ["failures", str(out)]):
        run([str(COMMAND), "runs", *arguments], hostile, environment)
    with subprocess.Popen(
        [str(COMMAND), "runs", "view", str(out), "--no-open"],
        cwd=hostile,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as viewer:
        address = re.search(r"http://\S+", viewer.stdout.readline())[0]
        picture = f"{address}picture?{urllib.parse.urlencode({'key': 'plain/letter', 'page': 0})}"
        with urllib.request.urlopen(picture, timeout=60) as answer:
            assert answer.read(8) == b"\x89PNG\r\n\x1a\n"
        viewer.send_signal(signal.SIGINT)
        viewer.wait(60)
    assert_nothing_was_executed(hostile)
