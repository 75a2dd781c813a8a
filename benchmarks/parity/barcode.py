"""Bar codes that say which page and block a picture shows: read from the pixels, however they were encoded.

One row of cells: a guard two cells wide, a gap, ``BITS`` cells, a gap, a guard.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator

import numpy as np
from PIL import Image

PAGE_BITS, BLOCK_BITS, CHECK_BITS = 11, 7, 12
BITS = PAGE_BITS + BLOCK_BITS + CHECK_BITS
CELLS = BITS + 6
CELL = 2.5
"""Width of a cell in points: seven pixels of a page at 200 dpi."""
WIDTH, HEIGHT = CELLS * CELL, 6.0
PAGE = (1 << BLOCK_BITS) - 1
"""The block's number that means the page as a whole. Further blocks count as those of a page ``PAGES`` later."""
PAGES = 512
"""Pages that can be distinguished, each with four times ``PAGE`` blocks."""


def _check(value: int) -> int:
    return zlib.crc32(value.to_bytes(4, "big")) & ((1 << CHECK_BITS) - 1)


def bars(page: int, block: int) -> Iterator[tuple[float, float]]:
    """Left edge and width of each black bar, in points from the code's left edge."""
    if block > PAGE:
        turns, block = divmod(block - 1, PAGE)
        page += turns * PAGES
    value = (page << BLOCK_BITS) | block
    value = (value << CHECK_BITS) | _check(value)
    yield 0.0, 2 * CELL
    for bit in range(BITS):
        if value >> (BITS - 1 - bit) & 1:
            yield (3 + bit) * CELL, CELL
    yield (CELLS - 2) * CELL, 2 * CELL


Known = Callable[[int, int], bool]
"""Whether there is such a page and block: letters may look like a code of others."""


def read(image: Image.Image, known: Known) -> tuple[int, int] | None:
    """Page and block, from the topmost code in the picture, in whatever direction it runs."""
    grey = np.asarray(image.convert("L")) < 128
    for turns in range(4):
        found = _read_rows(np.rot90(grey, turns), known)
        if found is not None:
            return found
    return None


def _read_rows(dark: np.ndarray, known: Known) -> tuple[int, int] | None:
    for row in dark[::2]:
        edges = np.flatnonzero(np.diff(np.concatenate(([0], row.view(np.int8), [0]))))
        runs = list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))[:80]
        for first, (start, stop) in enumerate(runs):
            guard = stop - start
            for begin, end in runs[first + 1 :]:
                # Both guards are equally wide, and stand as far apart as cells of that width need.
                if abs((end - begin) - guard) > 2 or abs((end - start) - guard / 2 * CELLS) > 0.25 * (
                    end - start
                ):
                    continue
                found = _read_between(row, start, end)
                if found is not None and known(*found):
                    return found
    return None


def _read_between(row: np.ndarray, start: int, end: int) -> tuple[int, int] | None:
    centres = (start + (np.arange(CELLS) + 0.5) * (end - start) / CELLS).astype(int)
    cells = row[centres]
    if cells[2] or cells[-3] or not (cells[:2].all() and cells[-2:].all()):
        return None
    value = int("".join("1" if one else "0" for one in cells[3 : 3 + BITS]), 2)
    content, check = value >> CHECK_BITS, value & ((1 << CHECK_BITS) - 1)
    if _check(content) != check:
        return None
    turns, page = divmod(content >> BLOCK_BITS, PAGES)
    block = content & PAGE
    return page, block + turns * PAGE + 1 if turns else block
