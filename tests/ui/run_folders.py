"""Output folders as a run leaves them, made without one: ledger, run.json, timelines, documents' files."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from mineru_cli.domain.block import Block
from mineru_cli.domain.confidence import Confidence, of_page
from mineru_cli.domain.document import DocumentRef
from mineru_cli.domain.events import BreakerChanged
from mineru_cli.domain.failure import Failure
from mineru_cli.domain.page import PageResult
from mineru_cli.observe.timeline import write_timeline
from mineru_cli.observe.timeline_recorder import TimelineRecorder
from mineru_cli.output.names import OutputOptions
from mineru_cli.settings import Settings
from mineru_cli.store.ledger.ledger import Ledger
from mineru_cli.store.ledger.summary import Ending, RequestCounts, summarise, write_summary
from tests.output.published import publish
from tests.ui.scenes import BASE, busy

STEAL = "document.title='stolen'"
"""What hostile names and replies try to run: a test sees it in the title."""
SCRIPT = f"<script>{STEAL}</script>"
HANDLER = f'"><img src=x onerror="{STEAL}">'
SECRET = "s3cret-password"
SURE, UNSURE, GUESSED = Confidence(0.99, 0.4, 20), Confidence(0.8, 0.7, 20), Confidence(0.61, 0.5, 20)
FIGURE = "ab" * 32 + ".jpg"


def folder_of_a_run(root: Path) -> Path:
    """OUT with a sound document, a hostile one of three pages with a flaw and a lost page, a failed one."""
    out = root / "out"
    sources = root / "pdfs"
    sources.mkdir(parents=True)
    ledger = Ledger.open(out / ".mineru-batch" / "ledger.db", clock=lambda: BASE + 100)
    facts = {"server": {"model": HANDLER}, "settings": {}, "inputs": [str(sources)]}
    ledger.begin(
        "f" * 16, {"model": HANDLER, "recipe": "mineru", "text": "model"}, overwrite=False, facts=facts
    )
    _sound(out, sources, ledger)
    _hostile(out, sources, ledger)
    _failed(sources, ledger)
    ledger.end("finished")
    _summary(out, ledger)
    ledger.close()
    _timeline(out)
    return out


def pdf(path: Path, pages: int) -> Path:
    """A PDF whose pages say their number."""
    sheets = []
    for number in range(pages):
        sheet = Image.new("RGB", (612, 792), "white")
        ImageDraw.Draw(sheet).text((80, 80), f"page {number + 1} of {path.stem}", fill="black")
        sheets.append(sheet)
    sheets[0].save(path, "PDF", save_all=True, append_images=sheets[1:])
    return path


def _ref(path: Path, key: str) -> DocumentRef:
    status = path.stat()
    return DocumentRef(key, path.stem, str(path), "pdf", status.st_size, status.st_mtime_ns)


def _sound(out: Path, sources: Path, ledger: Ledger) -> None:
    ref = _ref(pdf(sources / "letter.pdf", 1), "plain/letter")
    title = Block("title", (0.1, 0.05, 0.9, 0.1), content="A letter", confidence=SURE)
    page = PageResult(0, 612, 792, (title,))
    _write(out, ref, [page])
    ledger.started(ref, 1)
    ledger.page(ref.key, 0, seconds=0.8, blocks=1, requests=2)
    _certain(ledger, ref.key, page)
    ledger.finished(ref, "done", pages=1, seconds=2.0, requests=2)


def _hostile(out: Path, sources: Path, ledger: Ledger) -> None:
    ref = _ref(pdf(sources / "book.pdf", 3), f"hostile/{HANDLER.replace('/', '')}")
    lost = Failure("page-timeout", f"too slow {SCRIPT}", f"see {HANDLER}")
    pages = [PageResult(0, 612, 792, first_page()), PageResult(1, 612, 792, second_page())]
    pages.append(PageResult(2, 612, 792, failure=lost))
    _write(out, ref, pages)
    ledger.started(ref, 3)
    ledger.page(ref.key, 0, seconds=3.0, blocks=6, requests=7)
    ledger.page(ref.key, 1, seconds=1.5, blocks=3, flaws=1, requests=4, retried=1)
    for page in pages[:2]:
        _certain(ledger, ref.key, page)
    ledger.finished(ref, "partial", pages=3, failed=[(2, lost)], seconds=6.0, requests=12, retried=1)


def first_page() -> tuple[Block, ...]:
    table = (
        f'<table><tr><td onclick="{STEAL}">cell {SCRIPT}</td><td><img src=x onerror={STEAL}>lamp</td></tr>'
        "<tr><td colspan=2><b>sum</b></td></tr></table>"
    )
    return (
        Block("title", (0.1, 0.05, 0.9, 0.1), content=f"Heading {SCRIPT}", confidence=SURE),
        Block(
            "text", (0.1, 0.12, 0.9, 0.2), content=f"Lamps [x](javascript:{STEAL}) {HANDLER} and $a_1 < b$"
        ),
        Block("table", (0.1, 0.22, 0.9, 0.4), content=table),
        Block("code", (0.1, 0.42, 0.9, 0.5), content=f"print('{SCRIPT}')", confidence=UNSURE),
        Block("image", (0.1, 0.52, 0.5, 0.7), figure=FIGURE),
        Block("text", (0.1, 0.72, 0.9, 0.95), content="A sentence that does not end on this"),
    )


def second_page() -> tuple[Block, ...]:
    return (
        Block("text", (0.1, 0.05, 0.9, 0.2), content="page but goes on over here.", merge_prev=True),
        Block("equation", (0.1, 0.3, 0.9, 0.4), content=f"x = {SCRIPT}", confidence=GUESSED),
        Block("text", (0.1, 0.5, 0.9, 0.6), content="The lamp was cut", flaw="truncated"),
    )


def _certain(ledger: Ledger, key: str, page: PageResult) -> None:
    sure = of_page((block.type, block.confidence) for block in page.blocks)
    assert sure is not None
    ledger.confidence(key, page.index, sure)


def _failed(sources: Path, ledger: Ledger) -> None:
    ref = _ref(pdf(sources / "locked.pdf", 1), "locked")
    failure = Failure("document-encrypted", f"a password is needed {SCRIPT}", "Give it with --password.")
    ledger.finished(ref, "failed", pages=0, failure=failure, seconds=0.1)


def _write(out: Path, ref: DocumentRef, pages: list[PageResult]) -> None:
    figures = out / ".mineru-batch" / "figures"
    figures.mkdir(exist_ok=True)
    Image.new("RGB", (60, 40), "navy").save(figures / FIGURE, "JPEG")
    publish(ref, pages, figures, out, OutputOptions())


def _summary(out: Path, ledger: Ledger) -> None:
    settings: dict[str, Any] = {
        **Settings().model_dump(mode="json"),
        "server_url": [f"http://name:{SECRET}@gpu:8000"],
        "password": ["**********"],
        "workers": 7,
    }
    write_summary(
        out / ".mineru-batch" / "run.json",
        summarise(
            ledger.totals(),
            skipped=1,
            ending=Ending("finished", 1, "failures"),
            started=BASE + 99,
            seconds=125.0,
            requests=RequestCounts(sent=14, retried=1),
            failures_by_class=ledger.failures_by_class(),
            settings=settings,
            server={"urls": settings["server_url"], "model": HANDLER, "embedded": False, "version": "0.28.0"},
            versions={"mineru-batch": "1.2.3"},
        ),
    )


def _timeline(out: Path) -> None:
    collect = TimelineRecorder()
    url = "http://gpu-0.example.org:8000"
    states = {40.0: "open", 55.0: "half-open", 62.0: "closed"}
    for at, event in busy(seconds=120):
        if at - BASE in states:
            collect(BreakerChanged(url, states.pop(at - BASE), "no answer", 0), at)  # type: ignore[arg-type]
        collect(event, at)
    timeline = collect.timeline()
    assert timeline is not None
    write_timeline(
        out / ".mineru-batch" / "timeline.json", timeline.model_copy(update={"started": BASE + 99})
    )


def changed_copy(out: Path, base: Path) -> Path:
    """The same run with another word in one block of the hostile document's second page."""
    shutil.copytree(out, base)
    for path in base.glob("hostile/*/vlm/*.json"):
        path.write_text(path.read_text().replace("The lamp was cut", "The torch was cut"))
    return base
