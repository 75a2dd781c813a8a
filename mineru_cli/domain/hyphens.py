"""Hyphens at a line's end: "exam-" before "ple" splits a word, "self-" before "publishing" does not. Pure."""

from __future__ import annotations

import re

_FIRST_PARTS = frozenset(
    [
        "self",
        "non",
        "well",
        "high",
        "low",
        "large",
        "small",
        "long",
        "short",
        "real",
        "full",
        "half",
        "cross",
        "two",
        "three",
        "four",
        "five",
        "end",
        "state",
    ]
)
"""First words of compounds, without syllables that also begin words, such as "ex" and "so"."""

_SUFFIX = re.compile(
    r"(?:er|ers|est|ly|ing|ings|ed|en|s|y|ish|ity|ities|ism|ist|istic|ize|ized|ise|ised|age|ages|ment|ments|"
    r"ness|less|fold|wise|ward|wards|ways)\b"
)
_COMPOUND = re.compile(r"\w+-\w")


def keeps_hyphen(stem: str, rest: str) -> bool:
    """Whether the hyphen between a line's last word and the next line belongs to a compound.

    ``stem`` is the word before the hyphen, ``rest`` the text after it.
    """
    if "-" in stem or _COMPOUND.match(rest):
        return True
    word = stem.lower()
    if word == "so":
        return rest.startswith("called")
    return word in _FIRST_PARTS and not _SUFFIX.match(rest)
