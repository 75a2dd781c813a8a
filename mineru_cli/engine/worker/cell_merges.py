"""Asking the model which cells of tables go on on the next page, once all pages of a document are there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial

import anyio.to_thread

from mineru_cli.domain.document import DocumentRef
from mineru_cli.domain.page import PageResult
from mineru_cli.engine.worker.assembly import DocumentAssembler
from mineru_cli.errors import RequestError
from mineru_cli.inference.fleet import Fleet

CellMerges = Mapping[tuple[int, int], tuple[int, ...]]
"""By page and block: for each column of a table whether its first cell goes on from the page before."""


async def ask_cell_merges(
    fleet: Fleet, assembler: DocumentAssembler, document: DocumentRef, pages: tuple[int, ...]
) -> CellMerges:
    """Find the tables that may go on and ask about each, all at once.

    A question that cannot be answered leaves its table as it is. Raises what ends the run.
    """
    from mineru_cli.output.tree.cell_merge import CellMergeQuestion, questions
    from mineru_cli.recipes.asking import gather
    from mineru_cli.recipes.mineru import cell_merge_request

    found = await anyio.to_thread.run_sync(lambda: list(questions(assembler.spool.pages(document, pages))))

    async def ask(question: CellMergeQuestion) -> tuple[int, ...] | None:
        try:
            return question.answer((await fleet.ask(cell_merge_request(question.prompt))).text)
        except RequestError:
            return None

    answers = await gather([partial(ask, question) for question in found])
    return {
        (question.page, question.block): answer
        for question, answer in zip(found, answers, strict=True)
        if answer is not None
    }


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
