"""``--pages 1-5,8``: which pages of every document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mineru_cli.errors import SettingsError

_RANGE = re.compile(r"(\d{0,9})(-?)(\d{0,9})", re.ASCII)


@dataclass(frozen=True, slots=True)
class PageSelection:
    """Ranges of page indices (from 0, stop excluded, None for open), sorted, without overlap."""

    ranges: tuple[tuple[int, int | None], ...] = ((0, None),)

    @property
    def everything(self) -> bool:
        """Whether every page is selected."""
        return self.ranges == ((0, None),)

    @classmethod
    def parse(cls, text: str | None) -> PageSelection:
        """Read ``1-5,8``, ``3-`` or ``-5``, pages counted from 1. None means all pages.

        Raises ``SettingsError`` for anything else.
        """
        if text is None:
            return cls()
        return cls(_merged(sorted((_range(part, text) for part in text.split(",")), key=_by_start)))

    def contains(self, index: int) -> bool:
        """Whether the page (from 0) is selected."""
        return any(start <= index and (stop is None or index < stop) for start, stop in self.ranges)

    def indices(self, page_count: int) -> Iterator[int]:
        """The selected pages of a document with ``page_count`` pages, from 0, in order."""
        for start, stop in self.ranges:
            yield from range(start, page_count if stop is None else min(stop, page_count))

    def first(self, start: int) -> int | None:
        """The first selected page that is not before ``start``; None when there is none."""
        for begin, stop in self.ranges:
            if stop is None or start < stop:
                return max(begin, start)
        return None


def _range(part: str, text: str) -> tuple[int, int | None]:
    match = _RANGE.fullmatch(part.strip())
    if match is None or not (match[1] or match[3]):
        raise _invalid(text, f"{part.strip()!r} is not a page or a range")
    first = int(match[1]) if match[1] else 1
    if not match[2]:
        last: int | None = first
    else:
        last = int(match[3]) if match[3] else None
    if first < 1 or last == 0:
        raise _invalid(text, "pages count from 1")
    if last is not None and last < first:
        raise _invalid(text, f"{part.strip()!r} ends before it begins")
    return first - 1, last


def _merged(ranges: list[tuple[int, int | None]]) -> tuple[tuple[int, int | None], ...]:
    merged = [ranges[0]]
    for start, stop in ranges[1:]:
        begin, end = merged[-1]
        if end is not None and start > end:
            merged.append((start, stop))
        else:
            merged[-1] = (begin, None if end is None or stop is None else max(end, stop))
    return tuple(merged)


def _by_start(pages: tuple[int, int | None]) -> int:
    return pages[0]


def _invalid(text: str, reason: str) -> SettingsError:
    return SettingsError(f"--pages {text!r}: {reason}", hint="write pages and ranges such as 1-5,8 or 3-")
