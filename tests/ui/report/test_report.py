from __future__ import annotations

import re
from pathlib import Path

import pytest

from mineru_cli.errors import InputNotFound, OutputError
from mineru_cli.ui.report.run_page import render, write_run_page
from mineru_cli.ui.report.source import read_run
from tests.ui.run_folders import HANDLER, SCRIPT, SECRET, folder_of_a_run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder_of_a_run(tmp_path_factory.mktemp("run"))


def test_everything_foreign_is_escaped_and_secrets_are_left_out(folder: Path):
    page = render(read_run(folder))
    assert SCRIPT not in page
    assert HANDLER not in page
    assert "&lt;script&gt;" in page
    assert SECRET not in page
    assert page.count("<script>") == 1


def test_its_parts_say_what_the_run_did(folder: Path):
    page = render(read_run(folder))
    for piece in (
        "Finished with failures, more than allowed",
        "document-encrypted",
        "a password is needed",
        "plain/letter",
        "GPU in use",
        "SM active (DCGM)",
        "http://***@gpu:8000",
        "mineru-batch</dt><dd>1.2.3",
        "workers</dt><dd>7",
    ):
        assert piece in page, piece
    assert "page timeout" not in re.sub(r"(?s)<style>.*?</style>", "", page)  # a default: not listed


def test_nothing_in_it_can_be_loaded_from_elsewhere(folder: Path):
    page = render(read_run(folder))
    assert re.search(r"default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'", page)
    markup = re.sub(r"(?s)<(style|script)>.*?</\1>", "", page)
    assert not re.search(r"""\s(src|href|style|on\w+)\s*=\s*["']""", markup)


def test_a_run_of_another_time_lends_no_timeline(folder: Path, tmp_path: Path):
    other = folder_of_a_run(tmp_path)
    path = other / ".mineru-batch" / "timeline.json"
    text = path.read_text()
    path.write_text(re.sub(r'"started":[0-9.]+', '"started":5.0', text))
    source = read_run(other)
    assert source.timeline is None
    page = render(source)
    assert "counted when their document was finished" in page
    assert "GPU in use" not in page


def test_the_ledger_alone_is_enough(tmp_path: Path):
    folder = folder_of_a_run(tmp_path)
    for name in ("run.json", "timeline.json"):
        (folder / ".mineru-batch" / name).unlink()
    source = read_run(folder)
    assert (source.summary.documents.done, source.summary.documents.partial) == (1, 1)
    assert source.summary.documents.failed == 1
    page = render(source)
    assert "Slowest documents" in page
    assert "No timelines were kept" in page


def test_a_folder_without_a_run_is_refused(tmp_path: Path):
    with pytest.raises(InputNotFound, match="holds no run"):
        write_run_page(tmp_path, tmp_path / "page.html")


def test_a_page_that_cannot_be_written_is_an_output_error(folder: Path, tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        write_run_page(folder, tmp_path / "file" / "page.html")
