"""Documents as a hostile model might see them, for property tests."""

from __future__ import annotations

from hypothesis import strategies as st
from mineru_vl_utils.structs import BLOCK_TYPES

from mineru_cli.domain.block import Block
from mineru_cli.domain.failure import Failure
from mineru_cli.domain.page import PageResult

from .sheets import A4, table

_words = st.text(st.sampled_from("abcdeXYZ019 北京。.-,*_$<>[]#\n\\|`&"), min_size=0, max_size=30)
_marks = st.sampled_from(["", "1. ", "• ", "2.1 ", "# ", "(1) ", "- "])
_texts = st.tuples(_marks, _words).map("".join)
_tables = st.lists(st.lists(_words, min_size=1, max_size=3).map("|".join), max_size=3).map(
    lambda rows: table(*rows)
)


@st.composite
def blocks(draw: st.DrawFn) -> Block:
    kind = draw(st.sampled_from(sorted(BLOCK_TYPES)))
    x0, y0 = draw(st.floats(0, 0.8)), draw(st.floats(0, 0.8))
    box = (x0, y0, x0 + draw(st.floats(0.02, 0.2)), y0 + draw(st.floats(0.02, 0.2)))
    content = draw(st.none() | (st.one_of(_tables, _texts) if kind in ("table", "chart") else _texts))
    return Block(
        kind,
        box,
        draw(st.sampled_from([None, 0, 90, 180, 270])),
        content,
        draw(st.booleans()),
        draw(st.sampled_from(["model", "layer"])),
        draw(st.sampled_from(["", "a.jpg", "missing.jpg", "../a.jpg"])),
        draw(st.sampled_from([None, "truncated", "missing"])),
    )


@st.composite
def documents(draw: st.DrawFn) -> list[PageResult]:
    """Pages in order, with gaps; some failed, some with the text layer instead."""
    pages = []
    index = 0
    for _ in range(draw(st.integers(0, 4))):
        index += draw(st.integers(1, 2))
        failure = draw(st.none() | st.just(Failure("page-timeout", "it took -- too <long>")))
        fallback = failure is not None and draw(st.booleans())
        found = () if failure and not fallback else tuple(draw(st.lists(blocks(), max_size=6)))
        pages.append(PageResult(index, *A4, blocks=found, failure=failure, fallback=fallback))
    return pages
