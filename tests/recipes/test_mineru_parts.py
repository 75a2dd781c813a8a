"""A page in parts, with a model that sees each part's lines where they are."""

from __future__ import annotations

from dataclasses import replace

import anyio
import numpy as np
import pytest
from PIL import Image, ImageDraw
from recipes.sessions import ScriptedSession, box, picture, recipe

from mineru_cli.pages.page import PageImage
from mineru_cli.pages.parts import parts_of

WIDTH, HEIGHT, LINE, LINES = 600, 4_560, 32, 60


def long_page():
    """A page of 60 bars, each of a length of its own, 75 pixels from one to the next."""
    image = Image.new("L", (WIDTH, HEIGHT), 255)
    for number in range(LINES):
        top = 20 + 75 * number
        ImageDraw.Draw(image).rectangle((30, top, 100 + 8 * number, top + LINE), fill=0)
    page = PageImage(0, image, 300, 2_280)
    return replace(page, parts=parts_of(300, 2_280, image))


def bars(image):
    """The rows and the right edge of each bar in a picture, as shares."""
    dark = np.asarray(image.convert("L")) < 128
    rows = np.flatnonzero(np.diff(np.concatenate([[0], dark.any(axis=1), [0]]).astype(int)))
    for top, bottom in zip(rows[::2], rows[1::2], strict=True):
        right = np.flatnonzero(dark[top:bottom].any(axis=0)).max()
        yield top / image.height, bottom / image.height, right / image.width


def layout(image, together):
    """The reply of a model that sees bars: one block for each, or for every ``together`` in a row."""
    found = list(bars(image))
    reply = ""
    for start in range(0, len(found), together):
        group = found[start : start + together]
        top, bottom = int(1000 * group[0][0]), int(1000 * group[-1][1]) + 1
        reply += box("text", 40, top, 990, min(1000, bottom))
    return reply


def script(together):
    def answer(request, _before):
        image = picture(request)
        if request.kind == "layout":
            return layout(image, together)
        return " ".join(f"{round((right * image.width + 24 - 100) / 8)}." for _, _, right in bars(image))

    return answer


@pytest.mark.parametrize("together", [1, 4, 7])
def test_every_line_comes_once_and_in_order(together):
    session = ScriptedSession(script(together))
    made = recipe("mineru")
    prepared = made.prepare(long_page(), None)
    reading = anyio.run(made.read, prepared, session)
    layouts = [request for request in session.requests if request.kind == "layout"]
    assert len(layouts) == len(prepared.parts.down) > 1
    assert {picture(request).size for request in layouts} == {(1036, 1036)}
    text = " ".join(block.content for block in reading.blocks)
    assert [float(word) for word in text.split()] == pytest.approx(range(LINES), abs=1)


def test_a_page_without_parts_is_one_layout_request():
    session = ScriptedSession(script(1))
    made = recipe("mineru")
    prepared = made.prepare(replace(long_page(), parts=None), None)
    assert prepared.part_requests == ()
    anyio.run(made.read, prepared, session)
    assert sum(request.kind == "layout" for request in session.requests) == 1
