"""Content that a server does not give is never "done": status, exit code, files, and what a retry asks for."""

from __future__ import annotations

from pathlib import Path

from vllm_double import DoubleProcess

from tests.chaos.command import convert, failures, summary, tree
from tests.chaos.conftest import DOCUMENTS, PAGES, Calm


def test_refused_blocks_are_lost_content_and_a_retry_asks_for_them_alone(
    tmp_path: Path, pdfs: Path, calm: Calm
) -> None:
    out = tmp_path / "out"
    with DoubleProcess() as double:
        double.control(faults=[{"kind": "400", "match": "block", "count": 3}])
        run = convert(tmp_path, pdfs, "-o", out, "--server-url", double.url)
    assert run.process.returncode == 1
    documents, pages = summary(out)["documents"], summary(out)["pages"]
    assert documents["partial"] == len(failures(out)) > 0
    assert documents["done"] + documents["partial"] == DOCUMENTS
    assert pages["incomplete"] == sum(len(line["pages"]) for line in failures(out).values()) > 0
    assert pages["done"] + pages["incomplete"] == PAGES
    for key, line in failures(out).items():
        assert (line["status"], line["code"]) == ("partial", "rejected")
        assert "**Text is missing here (page" in (out / key / "vlm" / f"{key}.md").read_text()
    with DoubleProcess() as double:
        again = convert(tmp_path, pdfs, "-o", out, "--server-url", double.url, "--retry-failed")
        assert again.process.returncode == 0
        asked = double.stats()["by_kind"]
        # Fewer than three where a refused crop looks like one of the same page that was answered.
        assert set(asked) == {"block"}, "no layout again"
        assert 0 < asked["block"] <= 3, "no block again that was answered"
    assert tree(out) == calm.files
    assert failures(out) == {}


def test_a_server_that_refuses_every_block_ends_the_run_early(tmp_path: Path, pdfs: Path) -> None:
    with DoubleProcess() as double:
        double.control(faults=[{"kind": "400", "match": "block"}])
        run = convert(tmp_path, pdfs, "-o", tmp_path / "out", "--server-url", double.url)
    assert run.process.returncode == 4
    assert "refused each of the first 20 pages" in run.errors() + str(run.events("run-finished"))
    assert summary(tmp_path / "out")["documents"]["done"] == 0


def test_a_plain_file_in_the_way_fails_one_document(tmp_path: Path, pdfs: Path, calm: Calm) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "doc03").write_text("in the way")
    with DoubleProcess() as double:
        run = convert(tmp_path, pdfs, "-o", out, "--server-url", double.url)
        assert run.process.returncode == 1
        assert {key: line["code"] for key, line in failures(out).items()} == {
            "doc03": "document-not-writable"
        }
        assert summary(out)["documents"]["done"] == DOCUMENTS - 1
        assert (out / "doc03").read_text() == "in the way"
        (out / "doc03").unlink()
        again = convert(tmp_path, pdfs, "-o", out, "--server-url", double.url, "--retry-failed")
    assert again.process.returncode == 0
    assert tree(out) == calm.files


def test_an_empty_layout_for_a_page_of_text_is_retried_and_then_a_flaw(tmp_path: Path, pdfs: Path) -> None:
    with DoubleProcess() as double:
        double.control(faults=[{"kind": "silent", "match": "layout"}])
        run = convert(tmp_path, pdfs, "-o", tmp_path / "out", "--server-url", double.url, "--limit", 2)
        assert double.stats()["by_kind"]["layout"] == 2 * 3, "each of the three pages twice"
    assert run.process.returncode == 1
    lines = failures(tmp_path / "out")
    assert {page["code"] for line in lines.values() for page in line["pages"]} == {"uncovered"}
