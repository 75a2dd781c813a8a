from __future__ import annotations

import pytest

from mineru_cli.sources.patterns import Filter, InputPattern, split_pattern


@pytest.mark.parametrize(
    ("pattern", "relative", "wanted"),
    [
        ("*.pdf", "deep/below/a.pdf", True),  # base name
        ("deep/**", "deep/below/a.pdf", True),
        ("deep/*", "deep/below/a.pdf", False),
        ("**/below/*.{pdf,png}", "deep/below/a.png", True),
        ("[a-c].pdf", "d.pdf", False),
        ("*\n*", "a\nb.pdf", True),
        ("caf*", "caf\udce9.pdf", True),
    ],
)
def test_include_and_exclude_are_opposites(pattern, relative, wanted):
    name = relative.rpartition("/")[2]
    assert Filter(include=[pattern]).wants(relative, name) is wanted
    assert Filter(exclude=[pattern]).wants(relative, name) is not wanted


def test_exclude_wins():
    assert not Filter(["*.pdf"], ["draft*"]).wants("draft.pdf", "draft.pdf")


@pytest.mark.parametrize(
    ("text", "split"),
    [
        ("pdfs/a.pdf", None),
        ("pdfs/*.pdf", ("pdfs", "*.pdf")),
        ("/data/**/x/*.pdf", ("/data", "**/x/*.pdf")),
        ("*.pdf", (".", "*.pdf")),
        ("/*.pdf", ("/", "*.pdf")),
        ("{a/b,c}/*.pdf", (".", "{a/b,c}/*.pdf")),
    ],
)
def test_an_input_is_split_before_its_first_glob_character(text, split):
    assert split_pattern(text) == split


def test_a_search_stays_out_of_folders_that_cannot_matter():
    pattern = InputPattern("2024-*/*.pdf")
    assert pattern.leads_to("2024-01")
    assert not pattern.leads_to("2023-01")
    assert not pattern.leads_to("2024-01/deeper")
    assert InputPattern("2024-*/**/*.pdf").leads_to("2024-01/deeper/still")
    assert InputPattern("{a/b,c}/*.pdf").leads_to("a")
