"""Requests which cells of tables continue on the next page, once all pages of a document are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import anyio.to_thread

from mineru_cli.domain.document import DocumentRef
from mineru_cli.domain.page import PageResult
from mineru_cli.engine.worker.assembly import DocumentAssembler
from mineru_cli.errors import RequestError
from mineru_cli.inference.fleet import Fleet
from mineru_cli.inference.request_trace import RequestTraces
from mineru_cli.recipes.asking import gather

if TYPE_CHECKING:
    from mineru_cli.domain.request import VisionRequest
    from mineru_cli.output.tree.cell_merge import CellMergeQuestion

CellMerges = Mapping[tuple[int, int], tuple[int, ...]]
"""By page and block: for each column of a table whether its first cell continues the page before."""


async def ask_cell_merges(
    fleet: Fleet,
    assembler: DocumentAssembler,
    document: DocumentRef,
    pages: tuple[int, ...],
    traces: RequestTraces | None = None,
) -> CellMerges:
    """Find the tables that may continue and request each, concurrently.

    A request without an answer leaves its table unchanged. Raises what ends the run.
    """
    found = await anyio.to_thread.run_sync(_questions, assembler, document, pages)

    async def ask(question: CellMergeQuestion, request: VisionRequest) -> tuple[int, ...] | None:
        try:
            return question.answer((await fleet.ask(request, traces=traces)).text)
        except RequestError:
            return None

    answers = await gather([partial(ask, *one) for one in found])
    return {
        (question.page, question.block): answer
        for (question, _), answer in zip(found, answers, strict=True)
        if answer is not None
    }


def _questions(
    assembler: DocumentAssembler, document: DocumentRef, pages: tuple[int, ...]
) -> list[tuple[CellMergeQuestion, VisionRequest]]:
    # Loaded with the first document of several pages, and here: not on the event loop.
    from mineru_cli.output.tree.cell_merge import questions
    from mineru_cli.recipes.mineru import cell_merge_request

    found = questions(assembler.spool.pages(document, pages))
    return [(question, cell_merge_request(question.prompt)) for question in found]


def with_cell_merges(pages: Iterable[PageResult], merges: CellMerges) -> Iterator[PageResult]:
    """The pages with the answers in their tables."""
    places = {page for page, _ in merges}
    for page in pages:
        if page.index not in places:
            yield page
            continue
        blocks = tuple(
            replace(block, cell_merge=merges.get((page.index, number), block.cell_merge))
            for number, block in enumerate(page.blocks)
        )
        yield replace(page, blocks=blocks)
