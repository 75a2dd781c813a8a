"""What every reader keeps to: it never raises, loses no text, and gives blocks of the domain."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mineru_vl_utils.structs import BLOCK_TYPES
from recipes.readers.replies import BROKEN, REPLIES

from mineru_cli.errors import SettingsError
from mineru_cli.recipes.readers.reader import SeenPage
from mineru_cli.recipes.readers.registry import READERS, make_reader

SEEN = SeenPage(1000, 1400, 1000)
MARKUP = re.compile(
    r"<\|/?\w+\|>|</?[A-Za-z_][^<>]*>|\[\[?[\d\s,.\[\]]+\]\]?|!\[image\]\([^)]*\)[\d,]*|\(page_[\d_]+\.png\)"
    r"|```\w*|\\\w+|\"(?:bbox|category|text|layout)\"\s*:|\"category\"\s*:\s*\"[\w-]+\""
)
CASES = [(name, text) for name, replies in REPLIES.items() for text in replies]
DAMAGED = [(name, text) for name, replies in BROKEN.items() for text in replies]
LABELS = re.compile(r"<\|ref\|>[^<]*<\|/ref\|>|<\|det\|>[a-z_]*")
FRONT = re.compile(r"\A---\n(?:(?:primary_language|is_\w+|rotation_correction): \w+\n?)+(?:---)?")


def words(name, text):
    """The words of a reply that are the page's, not the form's."""
    if name == "front-matter":
        text = FRONT.sub("", text)
    text = re.sub(r'"category":\s*"?[\w-]+"?', "", LABELS.sub("", text))
    text = re.sub(r'alt="([^"]*)"', r">\1<", text)
    return set(re.findall(r"[A-Za-z]{2,}", MARKUP.sub(" ", text))) - {
        "json",
        "py",
        "frac",
        "image",
        "png",
        "det",
        "ref",
    }


def said(blocks):
    return set(
        re.findall(
            r"[A-Za-z]{2,}", " ".join(re.sub(r"<[^<>]*>", " ", block.content or "") for block in blocks)
        )
    )


@pytest.mark.parametrize("name", READERS)
def test_every_reader_has_ten_replies_and_three_broken_ones(name):
    assert len(REPLIES[name]) >= 10
    assert len(BROKEN[name]) >= 3


@pytest.mark.parametrize(("name", "text"), CASES + DAMAGED)
def test_no_word_is_lost(name, text):
    assert words(name, text) - said(make_reader(name).blocks(text, SEEN, 1000)) == set()


@pytest.mark.parametrize(("name", "text"), CASES)
def test_replies_of_the_documented_form_are_usable(name, text):
    assert make_reader(name).usable(text)


@pytest.mark.parametrize(("name", "text"), CASES + DAMAGED)
def test_blocks_keep_to_the_domain(name, text):
    for block in make_reader(name).blocks(text, SEEN, 1000):
        x0, y0, x1, y1 = block.bbox
        assert 0 <= x0 < x1 <= 1
        assert 0 <= y0 < y1 <= 1
        assert block.type in BLOCK_TYPES
        assert "<|" not in (block.content or "")
        assert "<loc_" not in (block.content or "")


@pytest.mark.parametrize("name", READERS)
def test_nothing_gives_nothing(name):
    reader = make_reader(name)
    assert reader.usable("")
    assert reader.blocks("", SEEN, 10) == []
    assert reader.turn("") == 0


@pytest.mark.parametrize(("name", "text"), CASES)
def test_blocks_are_bounded(name, text):
    assert len(make_reader(name).blocks(text * 5, SEEN, 2)) <= 2


PIECES = sorted({piece for _, text in CASES + DAMAGED for piece in re.findall(r"<[^<>]*>|\S+", text)})
soup = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=40).map("".join)
spaced = st.lists(st.sampled_from(PIECES), max_size=40).map(" ".join)


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=60)
@given(text=soup | spaced | st.text(max_size=60))
def test_no_reply_raises(name, text):
    reader = make_reader(name)
    reader.usable(text)
    assert reader.turn(text) in (0, 90, 180, 270)
    for block in reader.blocks(text, SEEN, 50):
        assert block.type in BLOCK_TYPES


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=40)
@given(
    text=st.lists(st.sampled_from(["alpha", "beta", "gamma", "delta", "\n", "\n\n", ", "]), max_size=30).map(
        " ".join
    )
)
def test_plain_prose_is_kept_whatever_form_was_expected(name, text):
    got = said(make_reader(name).blocks(text, SEEN, 1000))
    assert set(re.findall(r"[a-z]{2,}", text)) <= got


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("cut", range(0, 100, 7))
def test_a_reply_cut_anywhere_loses_nothing_that_came_before(name, cut):
    text = REPLIES[name][0]
    before = text[: len(text) * cut // 100]
    whole = {word for word in words(name, before) if word in words(name, text)}
    assert whole - said(make_reader(name).blocks(before, SEEN, 1000)) <= {
        before.split()[-1] if before.split() else ""
    }


def test_unknown_name():
    with pytest.raises(SettingsError) as caught:
        make_reader("x")
    assert "html" in caught.value.hint
