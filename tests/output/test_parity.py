"""Our files against those that the real MinerU 3.4.4 wrote for the same pages and replies.

``python -m benchmarks.parity.golden tests/output/golden/mineru-3.4.4.json.gz`` makes the data anew.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import anyio
import anyio.to_thread
import pytest

from benchmarks.parity.compare import compare, requests_row
from benchmarks.parity.golden import unpack
from benchmarks.parity.server import MODEL, ScriptedServer
from mineru_cli.domain.document import DocumentRef
from mineru_cli.domain.page import PageResult
from mineru_cli.domain.request import Completion
from mineru_cli.engine.worker.cell_merges import with_cell_merges
from mineru_cli.inference.body import encode
from mineru_cli.output.names import OutputOptions
from mineru_cli.output.tree.cell_merge import questions
from mineru_cli.pages.reader import open_document
from mineru_cli.recipes.mineru import cell_merge_request
from mineru_cli.recipes.recipe import RecipeOptions
from mineru_cli.recipes.registry import make_recipe
from mineru_cli.settings import Limits, Rendering
from tests.output.published import publish

GOLDEN = Path(__file__).parent / "golden" / "mineru-3.4.4.json.gz"


class Scripted:
    """A model client whose answers come from the script, by what the pictures show."""

    def __init__(self, server: ScriptedServer) -> None:
        self._server = server

    async def ask(self, request):
        return await anyio.to_thread.run_sync(self.answer, request)

    async def compute(self, function, *args):
        return await anyio.to_thread.run_sync(function, *args)

    def answer(self, request) -> Completion:
        return Completion(self._server.answer(json.loads(encode(request, MODEL))), "stop")

    def forget(self, request):
        pass


def convert(document, server: ScriptedServer, root: Path) -> None:
    pdf = root / f"{document.stem}.pdf"
    pdf.write_bytes(document.pdf())
    figures = root / "figures"
    figures.mkdir(exist_ok=True)
    limits = Limits()
    recipe = make_recipe("mineru", RecipeOptions("model", "png", limits, quality_attempts=2))
    session = Scripted(server)
    opened = open_document(str(pdf), "pdf", passwords=[], rendering=Rendering(), limits=limits)
    results = []
    for index in range(opened.page_count):
        prepared = recipe.prepare(opened.read(index), None)
        reading = anyio.run(recipe.read, prepared, session)
        results.append(PageResult(index, prepared.width, prepared.height, reading.blocks))
        for name, data in reading.figures.items():
            (figures / name).write_bytes(data)
    opened.close()
    merges = {}
    for question in questions(results):
        answer = question.answer(session.answer(cell_merge_request(question.prompt)).text)
        if answer is not None:
            merges[question.page, question.block] = answer
    ref = DocumentRef(document.stem, document.stem, str(pdf), "pdf", 1, 1)
    pages = with_cell_merges(results, merges)
    publish(ref, pages, figures, root / "ours", OutputOptions())


def lay_out(files: dict[str, dict[str, object]], root: Path) -> None:
    for stem, kinds in files.items():
        folder = root / stem / "vlm"
        (folder / "images").mkdir(parents=True)
        for kind, content in kinds.items():
            if kind == "md":
                (folder / f"{stem}.md").write_text(str(content), encoding="utf-8")
            else:
                (folder / f"{stem}_{kind}.json").write_text(json.dumps(content), encoding="utf-8")


@pytest.fixture
def guessed_languages():
    pytest.importorskip("magika", reason="languages of listings are guessed with the embedded extra")


@pytest.mark.usefixtures("guessed_languages")
def test_the_same_replies_give_mineru_s_files(tmp_path: Path) -> None:
    documents, files, asked = unpack(GOLDEN)
    with ScriptedServer(documents) as server:
        for document in documents:
            convert(document, server, tmp_path)
    lay_out(files, tmp_path / "mineru")
    rows = compare(tmp_path / "mineru", tmp_path / "ours", [document.stem for document in documents])
    rows.append(requests_row(asked, dict(server.take_log().questions)))
    missed = {
        row.name: row.examples
        for row in rows
        if row.same < row.total and not row.name.startswith("image files")
    }
    assert not missed
    assert all(row.total > 20 for row in rows)


def test_text_that_mineru_drops_is_marked(tmp_path: Path) -> None:
    from .sheets import block, document, page

    lost = replace(block("table", "", (0.1, 0.1, 0.9, 0.3)), dropped="not a table at all")
    title = block("doc_title", "A title", (0.1, 0.4, 0.9, 0.5))
    publish(document(), iter([page(0, lost, title)]), tmp_path / "figures", tmp_path / "out", OutputOptions())
    written = tmp_path / "out" / "paper" / "vlm"
    items = json.loads((written / "paper_content_list.json").read_text())
    assert Counter(item.get("extra", False) for item in items) == {False: 1, True: 2}
    assert {item["text"] for item in items if item.get("extra")} == {"not a table at all", "A title"}
    assert "<!-- mineru-batch: extra -->\n\nnot a table at all" in (written / "paper.md").read_text()
