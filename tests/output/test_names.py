from __future__ import annotations

import os

from hypothesis import given
from hypothesis import strategies as st

from mineru_cli.output import names

SUFFIXES = (
    names.MARKDOWN,
    names.CONTENT_LIST,
    names.CONTENT_LIST_V2,
    names.MIDDLE,
    names.MODEL,
    names.LAYOUT_PDF,
)


@given(st.one_of(st.text(max_size=300), st.binary(max_size=300).map(os.fsdecode)))
def test_every_suffix_fits_and_nothing_leaves_the_folder(stem: str) -> None:
    name = names.file_stem(stem)
    assert max(len((name + suffix).encode()) for suffix in SUFFIXES) <= 255
    assert "/" not in name
    assert "\0" not in name


def test_short_stems_stay_and_long_ones_differ() -> None:
    assert names.file_stem("Bericht 2 – ü") == "Bericht 2 – ü"
    assert names.file_stem("a" * 234) == "a" * 234
    long, longer = names.file_stem("北" * 100), names.file_stem("北" * 101)
    assert long != longer
    assert long.startswith("北" * 70)
