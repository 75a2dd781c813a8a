from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from ui.run_folders import folder_of_a_run

from mineru_cli.ui.viewer import results
from mineru_cli.ui.viewer.results import ResultsTooLarge, read_results


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = folder_of_a_run(tmp_path_factory.mktemp("run"))
    return next((out / "hostile").iterdir()) / "vlm"


def test_pages_with_their_entries_in_reading_order(hostile: Path):
    pages = read_results(hostile)
    assert list(pages) == [0, 1, 2]
    assert [entry.kind for entry in pages[0].entries] == ["title", "text", "table", "code", "image", "text"]
    assert (pages[0].width, pages[0].height) == (612, 792)
    assert pages[0].entries[0].boxes == ((99.7, 49.2, 898.7, 99.7),)
    assert all(
        0 <= side <= 1000 for page in pages.values() for e in page.entries for b in e.boxes for side in b
    )


def test_flaws_are_kept(hostile: Path):
    pages = read_results(hostile)
    assert pages[1].entries[-1].item["flaw"] == "truncated"


def test_what_was_joined_points_back_and_dropped_text_follows(tmp_path: Path):
    place = {"bbox": [0, 0, 500, 500], "page_idx": 0}
    texts = [("all of it", {}), ("", {}), ("dropped", {"extra": True})]
    items = [{"type": "text", "text": text} | more | place for text, more in texts]
    block = {"type": "text", "bbox": [0, 0, 1, 1]}
    middle = {"pdf_info": [{"page_idx": 0, "para_blocks": [block, block | {"lines_deleted": True}]}]}
    page = read_results(write(tmp_path, items, middle))[0]
    assert [entry.kind for entry in page.entries] == ["text", "continued", "text"]
    assert page.entries[1].continues == (0, 0)
    assert page.entries[2].item["text"] == "dropped"


def test_a_lost_page_says_why(hostile: Path):
    page = read_results(hostile)[2]
    assert page.failure.startswith("too slow")
    assert page.entries == []


def write(folder: Path, content: object, middle: object) -> Path:
    (folder / "x_content_list.json").write_text(json.dumps(content))
    (folder / "x_middle.json").write_text(json.dumps(middle))
    return folder


def test_files_that_do_not_go_together_fall_back_to_the_content_list(tmp_path: Path):
    item = {"type": "text", "text": "x", "bbox": [0, 0, 500, 2000], "page_idx": 0}
    block = {"type": "text", "bbox": [0, 0, 1, 1]}
    sheet = {"page_idx": 0, "page_size": [100, 200], "para_blocks": [block, block]}
    page = read_results(write(tmp_path, [item], {"pdf_info": [sheet]}))[0]
    assert page.entries[0].boxes == ((0, 0, 500, 1000),)


@pytest.mark.parametrize(
    ("content", "middle"),
    [
        ({}, []),
        (
            [None, {"page_idx": -1}, {"page_idx": True}, {"type": 5, "page_idx": 0, "bbox": ["a", 1, 2, 3]}],
            {},
        ),
        ([], {"pdf_info": [{"page_idx": 0, "page_size": [0, "x"], "para_blocks": {"a": 1}}, 7]}),
        ([], {"pdf_info": [{"page_idx": 0, "para_blocks": [{"bbox": [1e300, 0, 0, 0], "blocks": [3]}]}]}),
    ],
)
def test_strange_files_do_no_harm(tmp_path: Path, content, middle):
    for page in read_results(write(tmp_path, content, middle)).values():
        assert (page.width, page.height) == results.PAPER


def test_files_too_large_or_nested_too_deeply_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write(tmp_path, [], {})
    (tmp_path / "x_middle.json").write_text("[" * 200_000)
    with pytest.raises(ValueError, match="nested"):
        read_results(tmp_path)
    monkeypatch.setattr(results, "MOST_BYTES", 1)
    with pytest.raises(ResultsTooLarge):
        read_results(tmp_path)
    with pytest.raises(FileNotFoundError, match="--format mineru3"):
        read_results(tmp_path.parent / tmp_path.name / ".." / "..")


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_only_regular_files_are_read(tmp_path: Path, kind: str):
    secret = tmp_path / "secret.json"
    secret.write_text('[{"type": "text", "text": "OUTSIDE SECRET", "page_idx": 0}]')
    folder = tmp_path / "vlm"
    folder.mkdir()
    (folder / "a_middle.json").write_text("{}")
    content = folder / "a_content_list.json"
    content.symlink_to(secret) if kind == "link" else os.mkfifo(content)
    with pytest.raises(ValueError, match="not a regular file"):
        read_results(folder)


def test_an_entry_has_the_confidence_of_the_blocks_that_lie_in_it(tmp_path: Path):
    places = [[0, 0, 500, 500], [500, 0, 1000, 500], [0, 600, 1000, 1000]]
    items = [{"type": "text", "text": "x", "bbox": place, "page_idx": 4} for place in places]
    write(tmp_path, items, {"pdf_info": [{"page_idx": 4}]})
    model = [
        {"bbox": [0.01, 0.01, 0.3, 0.3], "content": "aaaaaa", "confidence": {"mean": 0.9, "lowest": 0.8}},
        {"bbox": [0.3, 0.3, 0.49, 0.49], "content": "bb", "confidence": {"mean": 0.5, "lowest": 0.2}},
        {"bbox": [0.4, 0.0, 0.9, 0.5], "content": "c", "confidence": {"mean": 0.1, "lowest": 0.1}},
        {"bbox": [0.1, 0.6, 0.9, 0.9], "content": "d"},
        {"bbox": [0.1, 0.6, 0.9, 0.9], "confidence": {"mean": "x", "lowest": 2}},
        {"bbox": [0.1, "0.6"], "confidence": {"mean": 0.5, "lowest": 0.5}},
        "no block",
    ]
    (tmp_path / "x_model.json").write_text(json.dumps([model]))
    first, second, third = read_results(tmp_path)[4].entries
    assert (first.confidence.mean, first.confidence.lowest) == (pytest.approx(0.8), 0.2)
    assert second.confidence.mean == pytest.approx(0.1)
    assert third.confidence is None


@pytest.mark.parametrize("model", ["{", "{}", "[]", "[[]]", '[{"a": 1}]'])
def test_a_model_file_of_any_kind_does_no_harm(tmp_path: Path, model: str):
    item = {"type": "text", "text": "x", "bbox": [0, 0, 5, 5], "page_idx": 0}
    write(tmp_path, [item], {"pdf_info": [{"page_idx": 0}]})
    (tmp_path / "x_model.json").write_text(model)
    assert read_results(tmp_path)[0].entries[0].confidence is None
