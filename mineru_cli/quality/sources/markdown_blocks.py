"""Markdown split into blocks: headings, paragraphs, lists, tables, displayed formulas, code, images."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from mineru_cli.quality.blocks import ComparedBlock, Kind

_ATX = re.compile(r"[ ]{0,3}(#{1,6})(?:[ \t]+|$)")
_SETEXT = re.compile(r"[ ]{0,3}(=+|-+)[ \t]*$")
_FENCE = re.compile(r"[ ]{0,3}(`{3,}|~{3,})")
_LIST_ITEM = re.compile(r"[ \t]*(?:[-*+•]|\d{1,9}[.)])[ \t]+\S")
_PIPE_RULE = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-*:?[ \t]*)*$")
_IMAGE = re.compile(r"!\[[^\]]{0,1000}\]\([^)]{0,4000}\)")
_TABLE_START = re.compile(r"<table\b", re.IGNORECASE)
_TABLE_END = re.compile(r"</table\s*>", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_EXTRA = "<!-- mineru-batch: extra -->"
"""Precedes a block of additional text."""
_DETAILS = re.compile(r"</?details\b[^>]*>|<summary\b[^>]*>[^<]*</summary>", re.IGNORECASE)
"""MinerU folds text read in pictures: the ``<details>`` tags are not content, the text is."""
_ENDS = {"$$": "$$", "\\[": "\\]"}


def markdown_blocks(text: str) -> tuple[ComparedBlock, ...]:
    """The blocks of ``text`` in order. Never fails: what is not markup is a paragraph."""
    own, *additional = text.split(_EXTRA)
    blocks = _blocks(own)
    for part in additional:
        blocks += [replace(block, extra=number == 0) for number, block in enumerate(_blocks(part))]
    return tuple(blocks)


def _blocks(text: str) -> list[ComparedBlock]:
    # After the last end of a comment none ends: searching there again for each start is quadratic.
    comments, end, rest = text.rpartition("-->")
    text = (_COMMENT.sub("", comments + end) + rest).replace("\r\n", "\n").replace("\r", "\n")
    text = _DETAILS.sub("", text) if "<" in text else text
    return list(_Splitter(text.split("\n")).blocks())


class _Splitter:
    """Single pass over the lines; ``at`` is the index of the next one."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.at = 0

    def blocks(self) -> Iterator[ComparedBlock]:
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if not line.strip():
                self.at += 1
            elif heading := _ATX.match(line):
                self.at += 1
                title = line[heading.end() :].strip()
                closed = title.rstrip("#")
                title = closed.rstrip() if closed != title and (not closed or closed[-1] in " \t") else title
                yield ComparedBlock(Kind.TEXT, "title", title, level=len(heading[1]))
            elif fence := _FENCE.match(line):
                yield ComparedBlock(Kind.TEXT, "code", self._fenced(fence[1]))
            elif line.lstrip().startswith(tuple(_ENDS)):
                yield from self._formula()
            elif _TABLE_START.match(line.lstrip()):
                yield from self._html_table()
            elif self._at_pipe_table():
                yield ComparedBlock(Kind.TABLE, "table", self._pipe_table())
            elif _LIST_ITEM.match(line):
                yield ComparedBlock(Kind.TEXT, "list", "\n".join(self._until(_ends_list)))
            else:
                yield from self._paragraph()

    def _fenced(self, fence: str) -> str:
        self.at += 1
        body: list[str] = []
        while self.at < len(self.lines):
            line = self.lines[self.at]
            self.at += 1
            if line.strip().startswith(fence) and not line.strip().strip(fence[0]):
                break
            body.append(line)
        return "\n".join(body)

    def _formula(self) -> Iterator[ComparedBlock]:
        line = self.lines[self.at].strip()
        opening = line[:2]
        closing = _ENDS[opening]
        body, end = [line[2:]], line.find(closing, 2)
        self.at += 1
        while end < 0 and self.at < len(self.lines):
            line = self.lines[self.at]
            end = line.find(closing)
            body.append(line)
            self.at += 1
        rest = ""
        if end >= 0:
            last = line[2:] if len(body) == 1 else line
            cut = end - 2 if len(body) == 1 else end
            body[-1], rest = last[:cut], last[cut + 2 :].strip()
        yield ComparedBlock(Kind.FORMULA, "equation", "\n".join(body))
        if rest:
            yield ComparedBlock(Kind.TEXT, "text", rest)

    def _html_table(self) -> Iterator[ComparedBlock]:
        body: list[str] = []
        depth, rest = 0, ""
        while self.at < len(self.lines):
            line = self.lines[self.at]
            self.at += 1
            depth += len(_TABLE_START.findall(line)) - len(_TABLE_END.findall(line))
            if depth <= 0:
                end = max((match.end() for match in _TABLE_END.finditer(line)), default=len(line))
                body.append(line[:end])
                rest = line[end:].strip()
                break
            body.append(line)
        yield ComparedBlock(Kind.TABLE, "table", "\n".join(body))
        if rest:
            yield ComparedBlock(Kind.TEXT, "text", rest)

    def _at_pipe_table(self) -> bool:
        if self.at + 1 >= len(self.lines) or "|" not in self.lines[self.at]:
            return False
        below = self.lines[self.at + 1]
        return "|" in below and "-" in below and len(below) < 10_000 and bool(_PIPE_RULE.match(below))

    def _pipe_table(self) -> str:
        rows = [line for line in self._until(lambda line: "|" not in line) if line.strip()]
        return "<table>" + "".join(map(_pipe_row, rows[:1] + rows[2:])) + "</table>"

    def _paragraph(self) -> Iterator[ComparedBlock]:
        first = self.lines[self.at]
        self.at += 1
        body = [first]
        while self.at < len(self.lines) and not _ends_paragraph(self.lines[self.at]):
            if self._at_pipe_table():
                break
            line = self.lines[self.at]
            if underline := _SETEXT.match(line):
                self.at += 1
                yield ComparedBlock(Kind.TEXT, "title", " ".join(body), level=1 if "=" in underline[1] else 2)
                return
            body.append(line)
            self.at += 1
        text = "\n".join(body)
        for _ in _IMAGE.findall(text):
            yield ComparedBlock(Kind.IMAGE, "image", "")
        text = _IMAGE.sub("", text).strip()
        if text and not _is_rule(text):
            yield ComparedBlock(Kind.TEXT, "text", text)

    def _until(self, stop: Callable[[str], bool]) -> list[str]:
        start = self.at
        self.at += 1
        while self.at < len(self.lines) and self.lines[self.at].strip() and not stop(self.lines[self.at]):
            self.at += 1
        return self.lines[start : self.at]


def _ends_paragraph(line: str) -> bool:
    stripped = line.lstrip()
    return (
        not stripped
        or bool(_ATX.match(line))
        or bool(_FENCE.match(line))
        or stripped.startswith(tuple(_ENDS))
        or bool(_TABLE_START.match(stripped))
        or bool(_LIST_ITEM.match(line) and not stripped[:1].isdigit())
    )


def _ends_list(line: str) -> bool:
    return _ends_paragraph(line) and not _LIST_ITEM.match(line)


def _is_rule(text: str) -> bool:
    marks = text.replace(" ", "")
    return len(marks) >= 3 and len(set(marks)) == 1 and marks[0] in "-*_"


def _pipe_row(line: str) -> str:
    cells = re.split(r"(?<!\\)\|", line.strip().removeprefix("|"))
    if line.rstrip().endswith("|") and len(cells) > 1:
        cells = cells[:-1]
    shown = (html.escape(html.unescape(cell.strip().replace("\\|", "|"))) for cell in cells)
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in shown) + "</tr>"
