from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from ui.run_folders import folder_of_a_run

from mineru_cli.ui.report.run_page import page_for_viewer
from mineru_cli.ui.viewer.answers import Viewer
from mineru_cli.ui.viewer.baseline import BaselineView, Look
from mineru_cli.ui.viewer.pictures import Pictures
from mineru_cli.ui.viewer.run_search import Found, search_documents
from tests.ui.run_folders import changed_copy


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A run, and as its baseline a copy in which some words of the hostile document differ."""
    root = tmp_path_factory.mktemp("run")
    out = folder_of_a_run(root)
    return changed_copy(out, root / "base"), out


def hostile(out: Path) -> str:
    return f"hostile/{next((out / 'hostile').iterdir()).name}"


def test_pages_that_differ_have_their_match(folders):
    view = BaselineView(*folders)
    changed = view.changed(hostile(folders[1]))
    assert list(changed) == [1]
    assert 0 < changed[1] < 1
    assert view.changed("plain/letter") == {}
    assert view.changed("no such document") == {}


def test_a_page_shows_its_words_on_both_sides(folders):
    page = BaselineView(*folders).page(hostile(folders[1]), 1)
    assert page["equal"] >= 1
    words = [tuple(word) for block in page["blocks"] for word in block["words"]]
    assert ("missing", "torch") in words
    assert ("extra", "lamp") in words
    assert {box[1] for box in (*page["before"], *page["after"])} == {"changed"}
    assert BaselineView(*folders).page("plain/letter", 0)["blocks"] == []


def test_a_document_that_the_baseline_lacks(tmp_path: Path):
    out = folder_of_a_run(tmp_path)
    base = changed_copy(out, tmp_path / "base")
    shutil.rmtree(base / "plain")
    view = BaselineView(base, out)
    assert not view.knows("plain/letter")
    assert view.page("plain/letter", 0) is None
    assert view.changed("plain/letter") == {}


def test_the_next_difference_goes_round(folders):
    view, key = BaselineView(*folders), hostile(folders[1])
    for start in (("", -1), (key, 0), (key, 1), ("plain/letter", 0), ("zzz", 0)):
        assert view.next(*start) == Look((key, 1))
        assert view.next(*start, back=True) == Look((key, 1))


def test_a_look_that_takes_long_says_how_far_it_came(folders):
    times = iter(range(0, 1000, 100))
    view = BaselineView(*folders, clock=lambda: next(times))
    look = view.next("plain/letter", 0)
    assert look.place is None
    assert look.reached == "plain/letter"


def test_nothing_differs_from_itself(folders):
    assert BaselineView(folders[1], folders[1]).next("", -1) == Look()


def test_documents_come_in_the_order_of_their_match_the_worst_first(folders):
    with Pictures() as pictures:
        viewer = Viewer(folders[1], pictures, BaselineView(*folders))
        asked = json.loads(viewer.answer("documents", {"order": "match"}).body)
        plain = json.loads(viewer.answer("documents", {}).body)
        one = json.loads(viewer.answer("documents", {"order": "match", "text": "LETTER"}).body)
    keys = [line["key"] for line in asked["documents"]]
    assert sorted(keys) == sorted(line["key"] for line in plain["documents"])
    assert keys[0] == hostile(folders[1])
    assert [line.get("match") for line in asked["documents"]][1:] == [1.0, None], "a failed one has none"
    assert 0 < asked["documents"][0]["match"] < 1
    assert asked["compared"] == asked["comparable"] == 2
    assert (plain["compared"], plain["documents"][0].get("match")) == (0, None)
    assert [line["key"] for line in one["documents"]] == ["plain/letter"]


def test_matches_that_take_long_come_in_parts(folders):
    times = iter(range(0, 1000, 100))
    view = BaselineView(*folders, clock=lambda: next(times))
    first, second = view.matches(), view.matches()
    assert (len(first.known), first.comparable) == (1, 2)
    assert len(second.known) == 2


def test_without_a_baseline_and_a_report_there_is_neither(folders):
    with Pictures() as pictures:
        plain, full = (
            Viewer(folders[1], pictures),
            Viewer(folders[1], pictures, BaselineView(*folders), page_for_viewer),
        )
        for name in ("difference", "next-difference", "report"):
            assert plain.answer(name, {"key": "plain/letter", "page": "0"}).status == 404
        asked = json.loads(full.answer("next-difference", {}).body)
        assert asked["found"]["page"] == 1
        assert json.loads(plain.answer("documents", {}).body)["baseline"] == ""
        assert json.loads(full.answer("documents", {}).body)["baseline"] == str(folders[0])
        report = full.answer("report", {})
    assert b'<a href="./#key=plain%2Fletter&amp;page=1">' in report.body
    assert "script-src 'sha256-" in report.policy
    assert "unsafe" not in report.policy


def test_words_are_found_in_all_documents(folders):
    with Pictures() as pictures:
        found = json.loads(Viewer(folders[1], pictures).answer("find", {"text": "LAMP"}).body)
    assert [(one["page"], one["hits"] > 1) for one in found["documents"]] == [(0, True)]
    assert "lamp" in found["documents"][0]["excerpt"].lower()
    assert found["reached"] == ""


@pytest.fixture
def many(tmp_path: Path) -> list[tuple[str, Path | None]]:
    made: list[tuple[str, Path | None]] = [("0-nothing", None)]
    for number in range(4):
        folder = tmp_path / f"d{number}"
        folder.mkdir()
        items = [{"type": "text", "text": f"some\nwords {number}", "page_idx": number}, "no item"]
        (folder / "x_content_list.json").write_text(json.dumps(items))
        made.append((f"d{number}", folder))
    (tmp_path / "d1" / "x_content_list.json").write_text("{")
    return made


def test_a_search_stops_when_time_is_up_and_can_go_on(many):
    times = iter([0.0, 0.1, 0.2, 0.3, 9.0])
    first = search_documents(many, "some  words", seconds=1.0, clock=lambda: next(times))
    assert first.reached == "d2"
    rest = search_documents(many[4:], "SOME words")
    assert (*first.found, *rest.found) == tuple(
        Found(f"d{number}", 1, number, f"some words {number}") for number in (0, 2, 3)
    )
    assert rest.reached == ""
