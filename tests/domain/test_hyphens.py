"""Hyphens at line ends."""

from __future__ import annotations

import pytest

from mineru_cli.domain.hyphens import keeps_hyphen


@pytest.mark.parametrize(
    ("stem", "rest"),
    [
        ("self", "publishing, blogging"),
        ("low", "margin"),
        ("Well", "known"),
        ("long", "term"),
        ("so", "called"),
        ("state-of-the", "art"),
        ("end", "to-end"),
    ],
)
def test_compounds_keep_their_hyphen(stem: str, rest: str) -> None:
    assert keeps_hyphen(stem, rest)


@pytest.mark.parametrize(
    ("stem", "rest"),
    [
        ("exam", "ple"),
        ("ex", "ample"),
        ("so", "lution"),
        ("pre", "sent day"),
        ("real", "ity"),
        ("low", "er bound"),
        ("short", "ly"),
        ("state", "ment."),
        ("multi", "ple"),
    ],
)
def test_cut_words_lose_theirs(stem: str, rest: str) -> None:
    assert not keeps_hyphen(stem, rest)
