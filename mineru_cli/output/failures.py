"""How a page that could not be converted shows in the files."""

from __future__ import annotations

import re
from typing import Any

from mineru_cli.domain.page import PageResult
from mineru_cli.output.escape import escape_text
from mineru_cli.output.prose import clean, fold


def mark(page: PageResult) -> str:
    """What stands in the Markdown at the page's place: one line for people, one comment for programs.

    Empty for a page that was converted.
    """
    if page.failure is None:
        return ""
    number = page.index + 1
    message = escape_text(fold(clean(page.failure.message))).rstrip(".")
    text = f"> **Page {number} could not be converted:** {message}."
    if page.fallback:
        text += " What follows is text taken from the PDF's own text layer."
    outcome = "fallback" if page.fallback else "failed"
    return f"{text}\n\n<!-- mineru-batch: page {number} {outcome}: {_code(page)} -->"


def entry(page: PageResult) -> dict[str, Any]:
    """The keys that mark the page in JSON: ``failure`` and ``fallback``; none for a converted page."""
    if page.failure is None:
        return {}
    return {
        "failure": {"code": _code(page), "message": clean(page.failure.message)},
        "fallback": page.fallback,
    }


def _code(page: PageResult) -> str:
    """The failure's code with nothing in it that could end a comment."""
    code = page.failure.code if page.failure else ""
    return re.sub(r"[\W_]+", "-", code, flags=re.ASCII).strip("-")
