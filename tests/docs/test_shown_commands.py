"""Every command and snippet that README and docs show is run, page by page, in a folder with PDFs and a simulated server.

What cannot be run here is named in ELSEWHERE with the place that shows it. Long measurements are run with windows of
half a second: the options for that are added, the rest is as shown. ``make site`` runs this file; the default run
leaves it out, because it takes a minute of CPU time.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import corpus
import pytest
from vllm_double import DoubleProcess

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
FILES = {
    ("configuration.md", "yaml"): "mineru-batch.yaml",
    ("rollout.md", "yaml"): "mineru-batch.yaml",
    ("kubernetes.md", "yaml"): "kustomization.yaml",
    ("quality.md", "json"): "quality-allow.json",
    ("recipes.md", "yaml"): "profile.yaml",
    ("python.md", "toml"): "pyproject.toml",
}
"""Where a page's snippet that is a file lies when its commands run."""
HOST = re.compile(r"http://(?:gpu\d?|127\.0\.0\.1|localhost):8000")
MODEL = "opendatalab/MinerU2.5-Pro-2605-1.2B"

ELSEWHERE = {
    r"docker compose": "tests/deploy: no engine here",
    r"make [a-z]+|pip install|python3? -m venv|\. \.venv": ".ci/run and .ci/try",
    r"mineru-batch server (up|down|logs)": "tests/servers/docker, with an engine that is simulated",
    r"vllm serve|mineru -p": "another program",
    r"-m benchmarks|vllm|wheels": "tests/benchmarks; minutes, or a GPU",
    r"rollout (status|set|revert)|--candidate-url|out-today|convert .* --config": "tests/rollout: two servers, one of them worse",
    r"ray start": "tests/engine/ray: it leaves a cluster running",
    r"s3://": "tests/examples/test_programs.py: from a bucket to a bucket",
    r"OTEL_": "tests/observe: a collector",
    r"runs view": "tests/ui/viewer: it serves until it is stopped",
    r"bench( startup| tune|$)": "tests/bench/test_startup.py and test_tune.py: minutes, or an engine that is loaded",
}
"""Patterns of what is not run by this test, and where it is."""
QUICK = "--sweep 1 --duration 0.5 --repeats 1 --warm-up 0"
"""Takes the place of the levels shown; the last of equal options counts."""
CODES = {
    "compare-baseline baseline changed": 3,
    "compare-baseline baseline worse": 1,
    "bench ./pdfs --server-url http://gpu1:8000 --sweep 1,2,...,128 --against before.json": None,
}
"""Where the exit code is not 0: the page says so, or chance does (None)."""


class Shown(NamedTuple):
    page: Path
    command: str


def snippets(page: Path, *languages: str) -> list[str]:
    return [
        text for language, text in FENCE.findall(page.read_text(encoding="utf-8")) if language in languages
    ]


def shown(page: Path) -> Iterator[Shown]:
    for block in snippets(page, "sh", "bash", "console"):
        for line in block.replace("\\\n", " ").splitlines():
            whole = re.sub(r"\s+#.*$", "", line).strip()
            for command in whole.split(" && "):
                if command and not command.startswith("#"):
                    yield Shown(page, command)


def is_elsewhere(command: str) -> bool:
    return any(re.search(pattern, command) for pattern in ELSEWHERE)


pytestmark = pytest.mark.shown
RUN = {page: [one.command for one in shown(page) if not is_elsewhere(one.command)] for page in PAGES}


@pytest.fixture(scope="module")
def server() -> Iterator[DoubleProcess]:
    with DoubleProcess(
        "--model", MODEL, "--slots", "32", "--layout-seconds", "0.01", "--block-seconds", "0.01"
    ) as double:
        yield double


@pytest.fixture(scope="module")
def prepared(server: DoubleProcess, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the pages take for granted: PDFs, the examples, an output and a baseline of it, files to migrate."""
    folder = tmp_path_factory.mktemp("shown")
    (folder / "pdfs").mkdir()
    (folder / "pdfs" / "paper.pdf").write_bytes(corpus.text_pdf([corpus.prose("paper", 0)]))
    (folder / "examples" / "pdfs").mkdir(parents=True)
    (folder / "examples" / "pdfs" / "invoice.pdf").write_bytes(
        corpus.text_pdf([corpus.prose("invoice", page) for page in range(2)])
    )
    (folder / "mineru-batch.yaml").write_text("version: 1\nmineru: {workers: {count: 2}}\n")
    (folder / "old.yaml").write_text("mineru: {workers: {backend: vlm-vllm-engine, count: 2}}\n")
    run(folder, server, "mineru-batch convert ./pdfs -o out --server-url http://gpu:8000")
    run(folder, server, "mineru-batch baseline record out -o baseline")
    for shard in (1, 2):
        run(folder, server, f"mineru-batch convert ./pdfs -o shards/{shard} --shard {shard}/2")
    shutil.copytree(folder / "out", folder / "mineru-output")
    shutil.copytree(folder / "out", folder / "mineru-out")
    return folder


def run(
    folder: Path, server: DoubleProcess, command: str, *, quick: bool = False
) -> subprocess.CompletedProcess[str]:
    script = HOST.sub(server.url, command).replace(".venv/bin/", "") + (f" {QUICK}" if quick else "")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("MINERU_BATCH", "GITHUB_"))},
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "MINERU_BATCH_WORKERS": "1",
    }  # fmt: skip
    if "--server-url" not in command and " migrate" not in command:
        environment["MINERU_BATCH_SERVER_URL"] = server.url
    return subprocess.run(
        ["sh", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, timeout=100, check=False
    )  # fmt: skip


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "page", [page for page, commands in RUN.items() if commands], ids=lambda page: page.name
)
def test_the_commands_of_a_page_run_one_after_the_other(
    page: Path, server: DoubleProcess, prepared: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    shutil.copytree(prepared, folder)
    if page.name in {"start.md", "README.md"}:
        shutil.rmtree(folder / "out")
        shutil.rmtree(folder / "baseline")
    for (name, language), file in FILES.items():
        if name == page.name:
            (folder / file).write_text(snippets(page, language)[0], encoding="utf-8")
    for command in RUN[page]:
        done = run(folder, server, command, quick="mineru-batch bench" in command)
        code = next((code for words, code in CODES.items() if words in command), 0)
        said = f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
        assert "Traceback" not in done.stderr, said
        assert code is None or done.returncode == code, said


@pytest.mark.parametrize("page", ["configuration.md", "rollout.md"])
def test_a_configuration_file_is_valid(page: str, server: DoubleProcess, tmp_path: Path) -> None:
    (tmp_path / "shown.yaml").write_text(snippets(ROOT / "docs" / page, "yaml")[0], encoding="utf-8")
    done = run(tmp_path, server, "mineru-batch config validate shown.yaml")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", ["output-format.md", "quality.md"])  # those of python.md: test_python.py
def test_the_python_of_a_page_runs(page: str, prepared: Path, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    shutil.copytree(prepared, folder)
    (snippet,) = snippets(ROOT / "docs" / page, "python")
    (folder / "snippet.py").write_text(snippet, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "snippet.py"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_no_snippet_is_of_a_kind_that_is_not_looked_at() -> None:
    looked_at = {"sh", "bash", "console", "python", "text", "markdown"}
    languages = {(page.name, one) for page in PAGES for one, _ in FENCE.findall(page.read_text("utf-8"))}
    assert {(page, one) for page, one in languages if one not in looked_at} == set(FILES)
    assert {page for page, one in languages if one == "python"} == {
        "python.md",
        "output-format.md",
        "quality.md",
    }


def test_no_exception_is_left_over() -> None:
    commands = [one.command for page in PAGES for one in shown(page)]
    assert sum(map(len, RUN.values())) > 25
    assert [pattern for pattern in ELSEWHERE if not any(re.search(pattern, one) for one in commands)] == []
    assert [words for words in CODES if not any(words in one for one in commands)] == []
