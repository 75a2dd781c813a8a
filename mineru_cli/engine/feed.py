"""From discovery to documents that need work: finished ones are skipped, unfinished ones resumed.

Discovery runs in a thread, ahead of the work within a bound, so that a tree of a million files starts at once
and totals are still known early.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

import anyio
import anyio.abc
import anyio.from_thread
import anyio.to_thread

from mineru_cli.domain.document import DocumentRef
from mineru_cli.domain.events import DiscoveryProgress, DocumentFinished, DocumentSkipped, Event, Notice
from mineru_cli.engine.routes import Routing
from mineru_cli.engine.schedule.document_work import DocumentWork
from mineru_cli.engine.storage import open_storage
from mineru_cli.settings import Settings
from mineru_cli.sources.discover import Discovery, Selection, Unusable, discover
from mineru_cli.sources.shard import Shard
from mineru_cli.store.ledger.faults import shown
from mineru_cli.store.ledger.ledger import Ledger
from mineru_cli.store.ledger.records import DocumentRecord
from mineru_cli.store.ports import PageStore, ResultStore

LARGEST_BATCH = 500
BATCHES_AHEAD = 40
NAMED = 5
"""Maximum number of documents named in one sentence."""

Found = DocumentRef | Unusable


class FeedContext(NamedTuple):
    """What decides which documents need work: settings, ledger and storage of this run."""

    settings: Settings
    ledger: Ledger
    spool: PageStore
    results: ResultStore
    fingerprint: str
    routing: Routing | None = None


class Feed:
    """Documents that need work, and a count of those that do not. Use ``documents`` once."""

    def __init__(
        self,
        found: Iterator[Found],
        context: FeedContext,
        announce: Callable[[Event], None],
        clock: Callable[[], float],
    ) -> None:
        self._found = found
        self._context = context
        self._announce = announce
        self._clock = clock
        self.found = 0
        """Number of documents that discovery has reported, including those that cannot be read."""
        self._bytes = 0
        self.skipped: Counter[str] = Counter()
        """The number of documents left unchanged, by their status in the ledger."""
        self.skipped_pages = 0
        self.unusable = 0

    @asynccontextmanager
    async def documents(self) -> AsyncIterator[AsyncIterator[DocumentWork]]:
        """Yields work in the order of discovery, which ends with the block. Raises ``InputNotFound``."""
        batches_in, batches_out = anyio.create_memory_object_stream[list[Found]](BATCHES_AHEAD)
        async with anyio.create_task_group() as tasks, batches_out:
            tasks.start_soon(self._discover, batches_in)
            yield self._sorted(batches_out)
            tasks.cancel_scope.cancel()

    async def _sorted(
        self, batches: anyio.abc.ObjectReceiveStream[list[Found]]
    ) -> AsyncIterator[DocumentWork]:
        async for batch in batches:
            for work in await self._sort(batch):
                yield work

    async def _discover(self, batches: anyio.abc.ObjectSendStream[list[Found]]) -> None:
        async with batches:
            await anyio.to_thread.run_sync(self._send_batches, batches, abandon_on_cancel=True)

    def _send_batches(self, batches: anyio.abc.ObjectSendStream[list[Found]]) -> None:
        for batch in growing_batches(self._found, LARGEST_BATCH):
            self.found += len(batch)
            self._bytes += sum(max(0, one.size) for one in batch if isinstance(one, DocumentRef))
            anyio.from_thread.run(batches.send, batch)
            anyio.from_thread.run_sync(self._progress, False)
        anyio.from_thread.run_sync(self._progress, True)

    def _progress(self, finished: bool) -> None:
        discovery = self._found if isinstance(self._found, Discovery) and finished else None
        unsupported = discovery.unsupported if discovery else {}
        if discovery and (count := discovery.skipped_link_count):
            self._announce(Notice("warning", skipped_links(discovery.skipped_links, count)))
        self._announce(DiscoveryProgress(self.found, self._bytes, finished, unsupported))

    async def _sort(self, batch: list[Found]) -> list[DocumentWork]:
        refs = [found for found in batch if isinstance(found, DocumentRef)]
        for found in batch:
            if isinstance(found, Unusable):
                self._report_unusable(found)
        known = self._context.ledger.records([ref.key for ref in refs])
        missing = await anyio.to_thread.run_sync(self._context.results.missing, known)
        settings, fingerprint = self._context.settings, self._context.fingerprint
        routing = self._context.routing
        doubted = routing.in_doubt([ref.key for ref in refs]) if routing else frozenset()
        wanted: list[tuple[DocumentRef, DocumentRecord | None, int]] = []
        lost: list[str] = []
        for ref in refs:
            record = known.get(ref.key)
            if (
                record
                and record.status != "running"
                and ref.key not in doubted
                and is_up_to_date(ref, record, settings, fingerprint)
            ):
                if ref.key not in missing:
                    self.skipped[record.status] += 1
                    self.skipped_pages += record.pages
                    self._announce(DocumentSkipped(ref.key, record.pages, record.status))
                    continue
                lost.append(ref.key)
            wanted.append((ref, record, await routing.target_of(ref) if routing else 0))
        if lost:
            self._announce(Notice("warning", lost_results(lost)))
        return await anyio.to_thread.run_sync(lambda: [self._work(*one) for one in wanted])

    def not_skipped(self, record: DocumentRecord) -> None:
        """Correct the count for a skipped document that is converted after all."""
        self.skipped[record.status] -= 1
        self.skipped_pages -= record.pages

    def _work(self, ref: DocumentRef, record: DocumentRecord | None, target: int) -> DocumentWork:
        """The work on a document, without the pages that an earlier run has kept. Reads the spool."""
        routing = self._context.routing
        spool = routing.spools[target] if routing else self._context.spool
        if (record and record.status == "done") or self._context.settings.overwrite:
            spool.discard(ref.key)
            return DocumentWork(ref, self._clock(), target=target)
        kept = frozenset(page for page, again in spool.done(ref).items() if not again)
        return DocumentWork(ref, self._clock(), kept, target=target)

    def _report_unusable(self, found: Unusable) -> None:
        self._context.ledger.unusable(found.key, found.path, found.failure)
        self.unusable += 1
        self._announce(DocumentFinished(found.key, "failed", 0, 0, 0.0, found.failure))


def skipped_links(paths: Sequence[str], count: int) -> str:
    """A sentence about links that were not followed."""
    names = ", ".join(map(shown, paths[:NAMED])) + (f" and {count - NAMED} more" if count > NAMED else "")
    return f"links that lead out of the input are not followed (--follow-links follows them): {names}"


def lost_results(keys: Sequence[str]) -> str:
    """A sentence about documents whose files are gone."""
    names = ", ".join(keys[:NAMED]) + (f" and {len(keys) - NAMED} more" if len(keys) > NAMED else "")
    return f"not all files are there as they were written, so converted again: {names}"


def is_up_to_date(ref: DocumentRef, record: DocumentRecord, settings: Settings, fingerprint: str) -> bool:
    """Whether a run with these settings leaves the document as it is."""
    if settings.overwrite or not record.current(ref, fingerprint):
        return False
    if record.status in ("partial", "failed"):
        return not settings.retry_failed
    return record.status == "done"


def growing_batches(found: Iterator[Found], largest: int) -> Iterator[list[Found]]:
    """Batches of 1, 2, 4, ... up to ``largest``: the first document starts at once, later ones cost less."""
    size = 1
    batch: list[Found] = []
    for one in found:
        batch.append(one)
        if len(batch) >= size:
            yield batch
            batch, size = [], min(size * 2, largest)
    if batch:
        yield batch


def find_documents(settings: Settings) -> Discovery:
    """What discovery finds with these settings. Raises ``InputNotFound``, ``SettingsError``."""
    shard = Shard.parse(settings.shard) if settings.shard else None
    selection = Selection(settings.include, settings.exclude, settings.limit, shard, settings.follow_links)
    return discover(
        settings.inputs,
        selection,
        output=settings.output,
        allow_empty=settings.allow_empty,
        sources=open_storage(settings, settings.output).sources,
    )


def documents_again(settings: Settings) -> Iterator[list[DocumentRef]]:
    """All documents, discovered anew, in batches. Reads folders: call ``next`` in a thread."""
    for batch in growing_batches(find_documents(settings), LARGEST_BATCH):
        yield [one for one in batch if isinstance(one, DocumentRef)]
