"""norm-v1: the form in which text is compared.

Cosmetic differences vanish, content stays: case, punctuation and every digit count. The steps and their order
are fixed; any change is a new version, because scores must stay comparable.
"""

from __future__ import annotations

import html
import re
import unicodedata
from typing import Literal

NORMALISER = "norm-v1"

UnicodeForm = Literal["NFKC", "NFC"]

_SOFT_HYPHEN = "\u00ad"
_SINGLE_QUOTES = "‘’‚‛‹›"
_DOUBLE_QUOTES = "“”„‟«»"
_DASHES = "‐‑‒–—―−﹘﹣－"
_TO_ASCII = str.maketrans(
    {
        _SOFT_HYPHEN: None,
        **dict.fromkeys(_SINGLE_QUOTES, "'"),
        **dict.fromkeys(_DOUBLE_QUOTES, '"'),
        **dict.fromkeys(_DASHES, "-"),
    }
)

_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_INLINE_TAG = re.compile(
    r"</?(?:a|abbr|b|big|bdi|bdo|cite|code|del|dfn|div|em|font|i|ins|kbd|mark|p|q|s|samp|small|span|strike|"
    r"strong|sub|sup|tt|u|var)(?:\s[^<>]{0,500})?/?>",
    re.IGNORECASE,
)

# `$ a $` and `$a$` are mathematics, `$5 and $6` is money: the spaces inside must be alike on both ends.
_MATH = re.compile(
    r"\$\$(?P<display>[^$]+)\$\$"
    r"|(?<![\\$])\$(?P<tight>[^\s$](?:[^$\n]*[^\s$\\])?)\$(?![\d$])"
    r"|(?<![\\$])\$[ \t](?P<loose>[^$\n]+)[ \t]\$(?![\d$])"
    r"|\\\((?P<paren>.{1,2000}?)\\\)"
    r"|\\\[(?P<bracket>.{1,2000}?)\\\]",
    re.DOTALL,
)

_HEADING = re.compile(r"^[ \t]{0,3}#{1,6}[ \t]+", re.MULTILINE)
_BULLET = re.compile(r"^[ \t]{0,12}[-*+•◦▪‣·●○■][ \t]+", re.MULTILINE)
# The ordinal is content (a section number), the mark after it is style.
_ORDINAL = re.compile(r"^([ \t]{0,12}\d{1,3})[.)][ \t]+", re.MULTILINE)
_FENCE = re.compile(r"^[ \t]{0,3}(?:```|~~~)[^\n]*$", re.MULTILINE)
_EMPHASIS = (
    re.compile(r"(?<!\\)\*\*((?:[^*\\]|\\.|\*(?!\*)){1,2000}?)\*\*", re.DOTALL),
    re.compile(r"(?<![A-Za-z0-9*\\])\*(?=[^\s*])([^*]{0,2000}[^\s*\\])\*(?![A-Za-z0-9*])"),
    re.compile(r"(?<![\w\\])__(?=[^\s_])([^_]{0,2000}[^\s_\\])__(?!\w)"),
    re.compile(r"(?<![\w\\])_(?=[^\s_])([^_]{0,2000}[^\s_\\])_(?!\w)"),
    re.compile(r"~~([^~\n]{1,2000})~~"),
    re.compile(r"(?<![\\`])`([^`\n]{1,2000})`(?!`)"),
)
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|<>~$&\"'])")

_FONTS = (
    "mathrm|mathbf|mathit|mathsf|mathtt|mathnormal|boldsymbol|bm|text|textrm|textbf|textit|textsf|texttt|"
    "textnormal|operatorname|displaystyle|textstyle|scriptstyle|scriptscriptstyle|rm|bf|it|sf|tt"
)
_LATEX = re.compile(
    r"(?P<keep>\\\\|\\[{}])"
    r"|\\tag\*?\s*\{[^{}]*\}"
    r"|\\(?:begin|end)\s*\{(?:equation|displaymath|math)\*?\}"
    r"|\\(?:left|right)(?![A-Za-z])\s*\.?"
    rf"|\\(?:quad|qquad|{_FONTS})(?![A-Za-z])\*?"
    r"|\\[,;!:> ]"
    r"|[\s{}~]"
)


def normalise(text: str, form: UnicodeForm = "NFKC") -> str:
    """``text`` (Markdown with inline HTML and mathematics) in norm-v1.

    ``form`` NFC is ``--strict-unicode``: full-width and ligature forms then differ from plain ones.
    """
    text = _plain_characters(text, form)
    if "$" not in text and "\\(" not in text and "\\[" not in text:
        return " ".join(_without_markdown(text).split())
    return " ".join(_around_mathematics(text).split())


def normalise_latex(text: str, form: UnicodeForm = "NFKC") -> str:
    r"""The body of one formula in norm-v1; surrounding ``$$`` or ``\[ \]`` are optional."""
    text = _plain_characters(text, form).strip()
    for opening, closing in (("$$", "$$"), ("$", "$"), ("\\[", "\\]"), ("\\(", "\\)")):
        if text.startswith(opening) and text.endswith(closing) and len(text) > len(opening):
            text = text[len(opening) : -len(closing)]
            break
    return _latex(text)


def _plain_characters(text: str, form: UnicodeForm) -> str:
    if "&" in text:
        text = html.unescape(text)
    if not text.isascii():
        text = unicodedata.normalize(form, text).translate(_TO_ASCII)
    if "<" in text:
        text = _INLINE_TAG.sub("", _BREAK.sub(" ", text))
    return text


def _around_mathematics(text: str) -> str:
    """Markdown rules outside of mathematics, LaTeX rules inside; every delimiter becomes ``$``."""
    formulas: list[str] = []

    def _shelve(match: re.Match[str]) -> str:
        formulas.append(f"${_latex(match[match.lastgroup or 0])}$")
        return f"\x00{len(formulas) - 1}\x01"

    shelved = _MATH.sub(_shelve, text.replace("\x00", "").replace("\x01", ""))
    return re.sub("\x00(\\d+)\x01", lambda mark: formulas[int(mark[1])], _without_markdown(shelved))


def _without_markdown(text: str) -> str:
    if "#" in text:
        text = _HEADING.sub("", text)
    if "```" in text or "~~~" in text:
        text = _FENCE.sub("", text)
    text = _ORDINAL.sub(r"\1 ", _BULLET.sub("", text))
    if "*" in text or "_" in text or "~" in text or "`" in text:
        for pattern in _EMPHASIS:
            text = pattern.sub(r"\1", text)
    return _ESCAPED.sub(r"\1", text) if "\\" in text else text


def _latex(text: str) -> str:
    return _LATEX.sub(lambda match: match["keep"] or "", text)
