"""Text of strangers, made safe to show: file names, document keys, messages that quote a model."""

from __future__ import annotations

LONGEST = 400
"""Characters of one text that are looked at: a name can be long, a model's message endless."""


def visible(text: str, limit: int = LONGEST) -> str:
    r"""``text`` on one line with everything that does not print shown escaped.

    Control characters, ANSI escapes, bidirectional overrides, zero-width characters and bytes that were no
    UTF-8 become ``\n``, ``\x1b``, ``\u202e``, ``\udcff``. Spaces of any kind become a space.
    """
    cut = text[:limit]
    shown = cut if cut.isprintable() else "".join(map(_shown, cut))
    return shown + "…" if len(text) > limit else shown


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    if character in "\u00a0\u3000" or "\u2000" <= character <= "\u200a":
        return " "
    return character.encode("unicode_escape").decode("ascii")
