"""Text and HTML of a model that must not come alive in a reader's browser.

MinerU writes both as they come. Here they stay equal to MinerU's as long as they are harmless; what would be
live HTML, or a picture fetched from elsewhere, is shown as the text it is. Only Markdown and HTML need this.
"""

from __future__ import annotations

import re

_LIVE = re.compile(
    r"""
      </?[A-Za-z][^<>]*>                                  # a whole tag anywhere
    | <[!?]                                               # a comment, a declaration, an instruction
    | (?:^|\n)\ {0,3}</?[A-Za-z][A-Za-z0-9-]*(?=[\s/>]|$) # a tag that begins a line, whole or not
    | !\[                                                 # a picture
    """,
    re.VERBOSE,
)
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_PLAIN_TAG = re.compile(
    r"""
    </?(?:table|thead|tbody|tfoot|tr|caption|b|i|u|s|em|strong|sub|sup|code|small|br|p|ul|ol|li)\s?/?>
    | </?(?:td|th)(?:\s(?:colspan|rowspan)="\d{1,4}")*>
    | <img\ src="images/[0-9a-f]{64}\.(?:jpg|png)"/?>
    | <[A-Za-z]{1,2}(?:[^A-Za-z0-9=<>$][^=<>$]*)?\$   # less than, in a formula: no tag that could do harm
    | </?eq> | <[felux]cel> | <nl>
    """,
    re.VERBOSE,
)
_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n)+")
_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})", re.MULTILINE)


def is_live(text: str) -> bool:
    """Whether a paragraph of Markdown holds HTML or a picture."""
    return ("<" in text or "![" in text) and _LIVE.search(text) is not None


def safe_html(html: str) -> str:
    """A table's HTML in which every tag but those of plain tables is shown as text."""
    if not _TAG.search(html):
        return html
    harmless = {found.start() for found in _PLAIN_TAG.finditer(html)}
    return _TAG.sub(lambda found: found[0] if found.start() in harmless else "&lt;", html)


def safe_details(text: str) -> str:
    """What a model read in a picture: Markdown between tags of HTML."""
    return _TAG.sub(lambda found: "<" if text.startswith("<br", found.start()) else "&lt;", text).replace(
        "![", "\\!["
    )


def fence_for(code: str) -> str:
    """A fence that the code cannot end."""
    longest = max((len(found[1]) for found in _FENCE.finditer(code)), default=0)
    return "`" * max(3, longest + 1)
