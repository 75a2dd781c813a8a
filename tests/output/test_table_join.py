"""Tables that continue over many pages, as MinerU joins them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from mineru_cli.domain.block import Block
from mineru_cli.domain.page import PageResult
from mineru_cli.output.tree import table_rows
from mineru_cli.output.tree.document import trees

PAGES, ROWS = 30, 20


def pages() -> Iterator[PageResult]:
    for index in range(PAGES):
        rows = "".join(f"<tr><td>{index}</td><td>{row}</td></tr>" for row in range(ROWS))
        table = Block("table", (0.1, 0.1, 0.9, 0.9), 0, f"<table>{rows}</table>")
        yield PageResult(index=index, width=600, height=800, blocks=(table,))


def test_each_row_is_counted_once_however_many_pages_the_table_has(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = 0
    scan = table_rows.scan

    def counting(rows: Any, *rest: Any) -> Any:
        nonlocal counted
        counted += len(rows)
        return scan(rows, *rest)

    monkeypatch.setattr(table_rows, "scan", counting)
    first, *others = trees(pages())
    body = first.blocks[0].child("table_body")
    assert body is not None
    assert body.lines is not None
    html = body.lines[0].spans[0].html or ""
    assert html.count("<tr>") == PAGES * ROWS
    assert html.index("<td>1</td><td>0</td>") < html.index("<td>29</td><td>19</td>")
    assert all(page.blocks[0].child("table_body").lines == [] for page in others)  # type: ignore[union-attr]
    front = 6  # rows that may be a header are counted again
    assert counted <= PAGES * (ROWS + front)
