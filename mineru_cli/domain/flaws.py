"""Known defects of page results: every flaw is declared once, with its severity and message.

A flaw of severity ``lost`` means that content is missing or wrong: its page is incomplete, its document
``partial``, and ``--retry-failed`` requests the missing parts again. A ``remark`` is shown only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

Severity = Literal["lost", "remark"]
BlockFlaw = Literal["truncated", "repeated", "missing", "rejected", "empty", "layer-text", "unread-formula"]
PageFlawCode = Literal["uncovered", "missing-font", "truncated-image", "unmapped-text", "placeholder"]


UNREAD_FORMULA: Final = "unread-formula"
"""The flaw of a displayed formula whose content is plain characters, not LaTeX."""

LAYER_TEXT: Final = "layer-text"
"""The flaw of a region that the model could not read; its content is complete, from the file's text."""


@dataclass(frozen=True, slots=True)
class FlawKind:
    """One kind of flaw. ``message`` is a sentence without its full stop, ``hint`` an advice."""

    code: str
    severity: Severity
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class PageFlaw:
    """A flaw of a whole page. ``message`` is the sentence with this page's numbers, such as shares."""

    code: PageFlawCode
    message: str = ""

    @property
    def lost(self) -> bool:
        """Whether content is missing or wrong."""
        return is_lost(self.code)

    @property
    def text(self) -> str:
        """The flaw's own message, or the general one of its kind."""
        return self.message or FLAWS[self.code].message


_KINDS = (
    FlawKind(
        "rejected",
        "lost",
        "the server refused to read a region",
        "read the server's log; it may need another --max-model-len, image limit or encoder cache",
    ),
    FlawKind(
        "missing",
        "lost",
        "the model gave no usable answer for a region",
        "repeat the command with --retry-failed",
    ),
    FlawKind(
        "empty",
        "lost",
        "the model answered with nothing for a region that holds text",
        "repeat the command with --retry-failed; if it stays, the model cannot read it",
    ),
    FlawKind(
        "truncated",
        "lost",
        "the answer was cut before its end",
        "raise --max-tokens, --max-reply-chars or the server's --max-model-len, then use --retry-failed",
    ),
    FlawKind("repeated", "remark", "the answer ran in circles; the repetitions were removed"),
    FlawKind(
        LAYER_TEXT,
        "remark",
        "the model answered with nothing for a region; its text is that of the file",
    ),
    FlawKind(
        UNREAD_FORMULA,
        "remark",
        "the server does not read formulas; the picture shows it, the characters are in no reliable order",
        "convert the document with a model that reads formulas (--server-url)",
    ),
    FlawKind(
        "uncovered",
        "lost",
        "the page holds text that is not in the result",
        "look at the page; repeat the command with --retry-failed, or convert it with other --text",
    ),
    FlawKind(
        "missing-font",
        "lost",
        "a font is neither in the file nor installed, so its text cannot be drawn",
        "install the font on the machine that runs the workers, then use --retry-failed",
    ),
    FlawKind(
        "truncated-image",
        "lost",
        "the picture file ends early; what follows is missing",
        "copy or download the file again",
    ),
    FlawKind("unmapped-text", "remark", "a font does not say which characters it shows; the model read them"),
    FlawKind(
        "placeholder",
        "lost",
        "the page is a placeholder that asks for another viewer, not the document itself",
        "print the document to a plain PDF with the program that it asks for, and convert that",
    ),
)

FLAWS: Mapping[str, FlawKind] = MappingProxyType({kind.code: kind for kind in _KINDS})
"""Every kind of flaw, by code."""


def is_lost(code: str | None) -> bool:
    """Whether a flaw of this code means that content is missing or wrong; False for None."""
    return code is not None and FLAWS[code].severity == "lost"
