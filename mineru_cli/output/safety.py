"""Changes MinerU's Markdown only where it would be active in a reader's browser.

``safe_markdown`` neutralises everything that could be a tag, a link or a picture in some renderer. MinerU
leaves such text unchanged, and most of it is harmless ("a<b", "[1][2]"): it stays equal as long as nothing is
active.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mineru_cli.output.safe_markdown import safe

_ACTS = re.compile(
    r"""
      </?[A-Za-z][^<>]*>                                  # a whole tag anywhere
    | <[!?]                                               # a comment, a declaration, an instruction
    | (?:^|\n)\ {0,3}</?[A-Za-z][A-Za-z0-9-]*(?=[\s/>]|$) # a tag that begins a line, whole or not
    | \]\(                                                # a link or a picture
    | (?:^|\n)\ {0,3}\[[^\]\n]*\]:                       # where a link or a picture is defined
    | \{(?=:|[^={}\n]*=[^{}\n]*\}\s*(?:\n|$))             # attributes, in some dialects
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
_BRACKET = re.compile(r"\](?=[(\[:])")
_FENCE_LINE = re.compile(r"^[ \t]*(`{3,}|~{3,})", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Safety:
    """Neutralises active text; with ``off`` it stays as in MinerU."""

    off: bool = False

    def text(self, text: str) -> str:
        """A paragraph; if anything in it would be active, everything that could be is neutralised."""
        return safe(text) if not self.off and _ACTS.search(text) else text

    def html(self, html: str) -> str:
        """A table's HTML in which every tag but those of plain tables is shown as text."""
        if self.off:
            return html
        if not html.startswith("<table>") or re.search(r"\n\s*\n", html):  # Markdown is parsed there
            html = _BRACKET.sub("&#93;", html)
        if not _TAG.search(html):
            return html
        harmless = {found.start() for found in _PLAIN_TAG.finditer(html)}
        return _TAG.sub(lambda found: found[0] if found.start() in harmless else "&lt;", html)

    def details(self, content: str) -> str:
        """The content of a picture as read by the model: a fence, or Markdown between HTML tags."""
        lines = content.strip().split("\n")
        is_fence = len(lines) > 1 and lines[0].startswith("```") and lines[-1] == "```"
        if is_fence and len(_FENCE_LINE.findall(content)) == 2:
            return content
        return self.text(content)


def fence_for(code: str) -> str:
    """A fence that the code cannot end."""
    longest = max((len(found[1]) for found in _FENCE_LINE.finditer(code)), default=0)
    return "`" * max(3, longest + 1)
