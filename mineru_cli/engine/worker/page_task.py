"""The task of one page: from its prepared image to a result in the spool and its event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import anyio
import anyio.to_thread

from mineru_cli.domain.block import Block
from mineru_cli.domain.confidence import of_page
from mineru_cli.domain.document import DocumentRef
from mineru_cli.domain.events import PageFailed, PageFinished
from mineru_cli.domain.failure import Failure
from mineru_cli.domain.page import UNKNOWN_SIZE, PageResult, Reading
from mineru_cli.engine.worker.assembly import DocumentAssembler
from mineru_cli.engine.worker.coverage_check import CoverageCheck, SecondLook
from mineru_cli.engine.worker.page_session import PageSession
from mineru_cli.errors import (
    DocumentError,
    MinerUBatchError,
    PageBroken,
    PageError,
    RequestError,
    WorkerOutOfMemory,
)
from mineru_cli.inference.reply import hint_for
from mineru_cli.pages.textlayer import TextLayer, fallback_blocks
from mineru_cli.recipes.recipe import PreparedPage, Recipe

_NO_REPLIES: Mapping[str, str] = {}


@dataclass(slots=True)
class PageTask:
    """What the page tasks of a worker share."""

    worker: int
    recipe: Recipe
    place: DocumentAssembler
    fallback: bool
    clock: Callable[[], float]
    model: str = ""

    async def read(
        self,
        document: DocumentRef,
        page: PreparedPage,
        session: PageSession,
        started: float,
        second: SecondLook | None = None,
    ) -> PageFinished | PageFailed:
        """Send the page's requests and keep the result.

        A page whose text is not in the result is read once more, if there is a ``second`` look.

        A page that cannot be read is kept as failed. Raises what ends the run: ``ServerError``,
        ``OutputError``.
        """
        index, size, layer = page.index, (page.width, page.height), page.layer
        try:
            reading = await self._covering(page, session, second)
        except (DocumentError, RequestError) as error:
            return await self.fail(document, index, error, started, session, size, layer)
        except MinerUBatchError:
            raise
        except Exception as error:  # noqa: BLE001  one page must not take the worker's other pages along
            return await self.fail(document, index, broken(error), started, session, size, layer)
        result = PageResult(
            index,
            *size,
            reading.blocks,
            requests=session.requests,
            retried=session.retried,
            seconds=self.clock() - started,
            flaws=page.flaws + reading.flaws,
            server=session.server,
            model=self.model,
        )
        good = {} if any(flaw.lost for flaw in result.flaws) else session.replies
        await self._save(document, result, reading.figures, good if result.loss else {})
        return self._finished(document, result, session)

    async def _covering(self, page: PreparedPage, session: PageSession, second: SecondLook | None) -> Reading:
        """The reading that holds the page's text, or the better of two, with a flaw."""
        check = CoverageCheck(page, session, second)
        first = await self.recipe.read(page, session)
        flaw = await check.flaw(first)
        if flaw is None:
            return first
        if second is None:
            return replace(first, flaws=(*first.flaws, flaw))
        session.read_again()
        try:
            again = await self.recipe.read(await second.prepare(), session)
        except (DocumentError, RequestError):  # the file may be gone by now
            return replace(first, flaws=(*first.flaws, flaw))
        flaw = await check.flaw(again)
        if flaw is None:
            return again
        better = max(first, again, key=_length)
        return replace(better, flaws=(*better.flaws, flaw))

    async def fail(
        self,
        document: DocumentRef,
        index: int,
        error: MinerUBatchError,
        started: float,
        session: PageSession | None = None,
        size: tuple[float, float] = UNKNOWN_SIZE,
        layer: TextLayer | None = None,
    ) -> PageFailed:
        """Keep the page as failed, with its text layer if requested and available. Raises ``OutputError``."""
        blocks: tuple[Block, ...] = fallback_blocks(layer) if self.fallback and layer is not None else ()
        requests, retried = (session.requests, session.retried) if session else (0, 0)
        failure = Failure.of(error)
        result = PageResult(
            index,
            *size,
            blocks,
            failure=failure,
            fallback=bool(blocks),
            requests=requests,
            retried=retried,
            seconds=self.clock() - started,
        )
        await self._save(document, result, {})
        return PageFailed(document.key, index, self.worker, failure, requests, retried)

    async def _save(
        self,
        document: DocumentRef,
        page: PageResult,
        figures: dict[str, bytes],
        replies: Mapping[str, str] = _NO_REPLIES,
    ) -> None:
        await anyio.to_thread.run_sync(self.place.spool.save, document, page, figures, replies)

    def _finished(self, document: DocumentRef, page: PageResult, session: PageSession) -> PageFinished:
        return PageFinished(
            document.key,
            page.index,
            self.worker,
            seconds=page.seconds,
            blocks=len(page.blocks),
            flaws=page.flaw_count,
            requests=session.requests,
            retried=session.retried,
            layer_blocks=sum(block.source == "layer" for block in page.blocks),
            prompt_tokens=session.prompt_tokens,
            completion_tokens=session.completion_tokens,
            waited=session.waited or 0.0,
            loss=_explained(page.loss, session.refusal),
            refusal=session.refusal,
            confidence=of_page((block.type, block.confidence) for block in page.blocks),
            server=session.server,
            model=self.model,
            faults=session.faults,
            answer_seconds=session.answer_seconds,
        )


def _length(reading: Reading) -> int:
    return sum(len(block.content) for block in reading.blocks if block.content)


def _explained(loss: Failure | None, refusal: str) -> Failure | None:
    """The loss with the server's reason, where it refused every block."""
    if loss is None or loss.code != "rejected" or not refusal:
        return loss
    return replace(loss, message=f"{loss.message}: {refusal}", hint=hint_for(refusal))


def broken(error: Exception) -> PageError:
    """An internal error as an error of our tree; a lack of memory is attributed to the page."""
    if isinstance(error, MemoryError):
        return WorkerOutOfMemory(
            "the page takes more memory than a worker may have",
            hint="raise --worker-memory if the machine has room",
        )
    return PageBroken(
        f"an unexpected {type(error).__name__}: {error}"[:2000],
        hint="please report it with the file, if you may share it",
    )
