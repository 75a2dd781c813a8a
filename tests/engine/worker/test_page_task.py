"""A page task keeps what it has read, whatever becomes of the document's file."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from mineru_cli.domain.block import Block
from mineru_cli.domain.document import DocumentRef
from mineru_cli.domain.events import PageFinished
from mineru_cli.domain.flaws import PageFlaw
from mineru_cli.domain.page import Reading
from mineru_cli.engine.worker import page_task
from mineru_cli.engine.worker.coverage_check import SecondLook
from mineru_cli.engine.worker.page_task import PageTask
from mineru_cli.errors import DocumentUnreadable

pytestmark = pytest.mark.anyio

FLAW = PageFlaw("uncovered", "words are missing")


class LacksText:
    def __init__(self, *given: object) -> None: ...

    async def flaw(self, reading: Reading) -> PageFlaw:
        return FLAW


async def gone() -> object:
    raise DocumentUnreadable("paper.pdf is not there any more")


async def test_a_document_that_vanished_before_the_second_reading_keeps_the_first(monkeypatch):
    monkeypatch.setattr(page_task, "CoverageCheck", LacksText)
    kept = []

    async def read(page: object, session: object) -> Reading:
        return Reading((Block("text", (0.0, 0.0, 1.0, 1.0), content="a word"),), {})

    place = SimpleNamespace(spool=SimpleNamespace(save=lambda document, page, *more: kept.append(page)))
    session = SimpleNamespace(
        read_again=lambda: None, requests=1, retried=0, server="", replies={}, refusal="", waited=0.0,
        prompt_tokens=0, completion_tokens=0, faults=0, answer_seconds=0.0,
    )  # fmt: skip
    page = SimpleNamespace(index=0, width=612.0, height=792.0, layer=None, flaws=())
    task = PageTask(0, SimpleNamespace(read=read), place, fallback=False, clock=lambda: 1.0)
    document = DocumentRef("paper", "paper", "/in/paper.pdf", "pdf", 1, 1)
    event = await task.read(document, page, session, 0.0, SecondLook(gone, gone))
    assert isinstance(event, PageFinished)
    assert [(len(one.blocks), one.flaws) for one in kept] == [(1, (FLAW,))]
