"""Marks in the files for pages that could not be converted, or lost content."""

from __future__ import annotations

import re
from typing import Any

from mineru_cli.domain.block import VISUAL_TYPES, Block
from mineru_cli.domain.flaws import FLAWS, UNREAD_FORMULA, PageFlaw, is_lost
from mineru_cli.domain.page import PageResult
from mineru_cli.output import names
from mineru_cli.output.escape import escape_text
from mineru_cli.output.prose import clean, fold


def mark(page: PageResult) -> str:
    """The mark in the Markdown at the page's position: one line for people, one comment for programs.

    Empty for a page that lost nothing, or only content that is marked in its position.
    """
    if page.failure is None:
        return "\n\n".join(_page_mark(page, flaw) for flaw in page.flaws if flaw.lost)
    number = page.index + 1
    message = escape_text(fold(clean(page.failure.message))).rstrip(".")
    text = f"> **Page {number} could not be converted:** {message}."
    if page.fallback:
        text += " What follows is text taken from the PDF's own text layer."
    outcome = "fallback" if page.fallback else "failed"
    return f"{text}\n\n<!-- mineru-batch: page {number} {outcome}: {_code(page)} -->"


def _page_mark(page: PageResult, flaw: PageFlaw) -> str:
    number = page.index + 1
    text = f"> **Page {number} is incomplete:** {escape_text(fold(clean(flaw.text))).rstrip('.')}."
    return f"{text}\n\n<!-- mineru-batch: page {number} incomplete: {flaw.code} -->"


def block_mark(block: Block, page: int) -> str:
    """The mark in the Markdown for a block that lost content, or a formula that was not read; else empty.

    ``page`` is its index. The crop of the region follows where there is one that is not shown anyway.
    """
    if block.flaw == UNREAD_FORMULA:
        return (
            f"> **The formula above was not read (page {page + 1}):** {FLAWS[block.flaw].message}.\n\n"
            f"<!-- mineru-batch: page {page + 1} remark: {block.flaw} -->"
        )
    if block.flaw is None or not is_lost(block.flaw):
        return ""
    text = f"> **Text is missing here (page {page + 1}):** {FLAWS[block.flaw].message}."
    if block.figure and block.type not in VISUAL_TYPES:
        text += f"\n\n![]({names.IMAGES}/{block.figure})"
    return f"{text}\n\n<!-- mineru-batch: page {page + 1} incomplete: {block.flaw} -->"


def entry(page: PageResult) -> dict[str, Any]:
    """The keys that mark the page in JSON: ``failure`` and ``fallback``; none for a converted page."""
    if page.failure is None:
        lost = [{"code": flaw.code, "message": clean(flaw.text)} for flaw in page.flaws]
        return {"flaws": lost} if lost else {}
    return {
        "failure": {"code": _code(page), "message": clean(page.failure.message)},
        "fallback": page.fallback,
    }


def _code(page: PageResult) -> str:
    """The failure's code without characters that could end a comment."""
    code = page.failure.code if page.failure else ""
    return re.sub(r"[\W_]+", "-", code, flags=re.ASCII).strip("-")
