"""A worker's open documents: opened once however many ask, and all closed at the end."""

from __future__ import annotations

import time
from collections import Counter

import anyio
import pytest

from mineru_cli.domain.document import DocumentRef, PageWindow, Unit
from mineru_cli.engine.worker import documents
from mineru_cli.engine.worker.documents import OpenDocuments
from mineru_cli.engine.worker.page_thread import PageThread
from mineru_cli.settings import Settings
from mineru_cli.sources.registry import Sources

pytestmark = pytest.mark.anyio


async def test_a_document_that_two_tasks_need_is_opened_once_and_closed(tmp_path, monkeypatch):
    calls: Counter[str] = Counter()

    class Opened:
        page_count = 1

        def __init__(self, *given: object, **more: object) -> None:
            calls["opened"] += 1
            time.sleep(0.05)

        def close(self) -> None:
            calls["closed"] += 1

    monkeypatch.setattr(documents, "open_document", Opened)
    path = tmp_path / "paper.pdf"
    path.write_bytes(b"%PDF-1.7")
    unit = Unit(1, DocumentRef("paper", "paper", str(path), "pdf", 8, 1), PageWindow(0, 1), ())
    thread = PageThread()
    opened = OpenDocuments(
        Settings(), thread, lambda message: None, time.monotonic, Sources(tmp_path / "out")
    )
    found: list[object] = []

    async def open_it() -> None:
        found.append(await opened.open(unit))

    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(open_it)
    await opened.close()
    thread.close()
    assert (len(set(map(id, found))), calls) == (1, {"opened": 1, "closed": 1})
