"""Published files are recorded: a resume compares sizes, ``runs verify`` hashes, ``runs rebuild`` the ledger."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mineru_cli.domain.document import DocumentRef
from mineru_cli.domain.manifest import Manifest
from mineru_cli.engine.rebuild import rebuild
from mineru_cli.engine.verify import verify
from mineru_cli.errors import InputNotFound, OutputLocked
from mineru_cli.store.ledger.ledger import Ledger
from mineru_cli.store.ledger.records import DocumentRecord
from mineru_cli.store.ledger.schema import TABLES
from mineru_cli.store.local.files import published_files
from mineru_cli.store.local.lock import RunLock
from mineru_cli.store.local.results import LocalResults
from mineru_cli.store.run_folder import METHOD, RunFolder
from tests import corpus
from tests.vllm_double import Double

NAMES = ("a", "b", "c")


class Bench:
    """Three documents, converted once."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.out = folder, folder / "out"
        (folder / "in").mkdir()
        for name in NAMES:
            (folder / "in" / f"{name}.pdf").write_bytes(corpus.text_pdf([corpus.prose(name, 0)]))
        self._server = ["--server-url", url, "--workers", "1"]
        self.convert()

    def convert(self) -> tuple[dict[str, int], list[str]]:
        """The counts of the run, and its notices."""
        options = ["-o", str(self.out), *self._server, "--progress", "json"]
        done = self.command("convert", str(self.folder / "in"), *options)
        assert done.returncode == 0, done.stderr
        events = [json.loads(line) for line in done.stdout.splitlines()]
        notices = [event["text"] for event in events if event["event"] == "notice"]
        return json.loads((self.out / ".mineru-batch" / "run.json").read_text())["documents"], notices

    def runs(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.command("runs", *arguments)

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "mineru_cli", *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=100)

    def file(self, name: str, suffix: str = ".md") -> Path:
        return self.out / name / "vlm" / f"{name}{suffix}"


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with Double(slots=8) as double:
        yield Bench(tmp_path_factory.mktemp("verify"), double.url)


@pytest.fixture
def bench(first: Bench, tmp_path: Path) -> Iterator[Bench]:
    """The same, as it was after the first run."""
    saved = shutil.copytree(first.out, tmp_path / "saved")
    yield first
    shutil.rmtree(first.out)
    shutil.copytree(saved, first.out)


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


@pytest.mark.parametrize("harm", [cut, Path.unlink, lambda file: file.write_bytes(b"")])
@pytest.mark.parametrize("harmed", [{"a": ".md", "b": "_content_list.json"}, {"b": "_middle.json"}])
def test_a_missing_or_truncated_result_is_made_again(bench: Bench, harm, harmed: dict[str, str]):
    files = [bench.file(name, suffix) for name, suffix in harmed.items()]
    whole = [file.read_bytes() for file in files]
    for file in files:
        harm(file)
    counts, notices = bench.convert()
    assert (counts["done"], counts["skipped"]) == (len(harmed), len(NAMES) - len(harmed))
    text = "not all files are there as they were written, so converted again: "
    assert all(notice.startswith(text) for notice in notices)
    assert sorted(", ".join(one.removeprefix(text) for one in notices).split(", ")) == sorted(harmed)
    assert [file.read_bytes() for file in files] == whole


def test_an_image_that_is_gone_is_noticed(tmp_path: Path):
    folder = tmp_path / "out" / "a" / METHOD
    (folder / "images").mkdir(parents=True)
    (folder / "a.md").write_text("text")
    (folder / "images" / "1.jpg").write_bytes(b"jpeg")
    files = published_files(folder)
    assert [(file.name, file.size) for file in files] == [("a.md", 4), ("images/1.jpg", 4)]
    manifest = Manifest(DocumentRef("a", "a", "a.pdf", "pdf", 1, 1), f"a/{METHOD}", "mark", 1, files)
    record = DocumentRecord("a", "done", 1, 1, 1, 0, 1, "mark", manifest.sizes)
    assert LocalResults(tmp_path / "out").missing({"a": record}) == set()
    (folder / "images" / "1.jpg").unlink()
    assert LocalResults(tmp_path / "out").missing({"a": record}) == {"a"}


def test_a_ledger_of_the_first_version_is_taken_over(tmp_path: Path):
    path = tmp_path / "ledger.db"
    with closing(sqlite3.connect(path)) as old:
        without = TABLES.replace(",\n    sizes TEXT NOT NULL DEFAULT ''", "")
        assert without != TABLES
        old.executescript(f"{without} PRAGMA user_version = 1;")
    document = DocumentRef("a", "a", "a.pdf", "pdf", 1, 1)
    with closing(Ledger.open(path, clock=lambda: 0.0)) as ledger:
        ledger.begin("mark", {}, overwrite=False)
        ledger.finished(document, "done", pages=1, sizes=[("a.md", 4)])
        assert ledger.records(["a"])["a"].sizes == (("a.md", 4),)


def test_a_file_of_the_users_own_changes_nothing(bench: Bench):
    (bench.out / "a" / "vlm" / "notes.txt").write_text("mine")
    assert bench.convert()[0]["skipped"] == 3
    assert verify(bench.out).intact


def test_verify_names_what_is_damaged_and_why(bench: Bench):
    sound = bench.runs("verify", str(bench.out))
    assert sound.returncode == 0
    assert "3 documents" in sound.stdout
    assert "all as recorded" in sound.stdout
    cut(bench.file("a"))
    bench.file("b", "_model.json").unlink()
    same_size = bench.file("c").read_bytes()
    bench.file("c").write_bytes(same_size[:-1] + b"#")
    found = bench.runs("verify", str(bench.out))
    assert found.returncode == 1
    assert f"a/vlm/a.md: {len(bench.file('a').read_bytes()):,} bytes instead of" in found.stdout
    assert "b/vlm/b_model.json: missing" in found.stdout
    assert "c/vlm/c.md: other content" in found.stdout
    as_json = bench.runs("verify", str(bench.out), "--json")
    assert as_json.returncode == 1
    assert [json.loads(line)["document"] for line in as_json.stdout.splitlines()] == sorted(NAMES)


def test_verify_waits_for_no_run_and_knows_when_there_is_none(bench: Bench, tmp_path: Path):
    with RunLock(RunFolder(bench.out).lock), pytest.raises(OutputLocked):
        verify(bench.out)
    with pytest.raises(InputNotFound):
        verify(tmp_path)


def test_documents_without_a_manifest_are_counted_apart(bench: Bench):
    shutil.rmtree(bench.out / ".mineru-batch" / "manifests")
    found = verify(bench.out)
    assert (found.documents, found.unrecorded, found.intact) == (0, 3, True)


def damaged(ledger: Path) -> None:
    ledger.write_bytes(b"not a database at all" * 1000)


@pytest.mark.parametrize("harm", [damaged, cut, lambda ledger: ledger.write_bytes(b"")])
def test_a_damaged_ledger_is_made_again_from_the_results(bench: Bench, harm):
    ledger = RunFolder(bench.out).ledger
    harm(ledger)
    bench.file("b").unlink()
    made = bench.runs("rebuild", str(bench.out))
    assert made.returncode == 0, made.stderr
    assert "2 documents done, 1 to be converted again" in made.stdout
    assert list(ledger.parent.glob("ledger.db.old-1")) != []
    counts, _ = bench.convert()
    assert (counts["done"], counts["skipped"]) == (1, 2)


def test_a_ledger_that_says_it_is_damaged_names_the_way_out(bench: Bench):
    damaged(RunFolder(bench.out).ledger)
    shown = bench.runs("show", str(bench.out))
    assert shown.returncode == 1
    assert "runs rebuild" in shown.stderr


def test_a_run_makes_a_missing_ledger_again_by_itself(bench: Bench):
    RunFolder(bench.out).ledger.unlink()
    asked = bench.runs("show", str(bench.out))
    assert (asked.returncode, "runs rebuild" in asked.stderr) == (2, True)
    counts, notices = bench.convert()
    assert (counts["done"], counts["skipped"]) == (0, 3)
    assert "the ledger was gone: made again, 3 documents done" in notices


def test_nothing_to_rebuild_from_is_an_error_that_keeps_the_ledger(bench: Bench):
    shutil.rmtree(bench.out / ".mineru-batch" / "manifests")
    before = RunFolder(bench.out).ledger.read_bytes()
    with pytest.raises(InputNotFound):
        rebuild(bench.out)
    assert RunFolder(bench.out).ledger.read_bytes() == before
