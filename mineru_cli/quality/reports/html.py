"""``--html``: one self-contained page without network requests."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from mineru_cli.pages.drawing import Drawer, NotDrawn, Style
from mineru_cli.quality.blocks import as_one_page
from mineru_cli.quality.errors import NothingToCompare
from mineru_cli.quality.gate import percent
from mineru_cli.quality.matching.page_pair import pair_pages
from mineru_cli.quality.metrics.registry import JUDGED
from mineru_cli.quality.reports.differences import PageDifference, page_difference
from mineru_cli.quality.reports.summary import DocumentLine, Summary
from mineru_cli.quality.results import Comparison, Judgement, RuleResult
from mineru_cli.quality.score import DocumentScore
from mineru_cli.quality.sources.mineru import MinerUFolder
from mineru_cli.quality.sources.opening import open_source
from mineru_cli.quality.sources.source import Source, read_if_there

DOCUMENTS = 60
PAGES_PER_DOCUMENT = 10
IMAGE_BYTES = 24 * 1024 * 1024
"""Limits of what is rendered in detail; the rest is listed with its scores."""

_BINS = ((1.0, 1.01, "1"), (0.99, 1.0, "≥ .99"), (0.95, 0.99, "≥ .95"), (0.9, 0.95, "≥ .90"),
         (0.8, 0.9, "≥ .80"), (0.5, 0.8, "≥ .50"), (-1.0, 0.5, "< .50"))  # fmt: skip
_MEANS = ("run-match", "mean-", "truth-")
_SECONDS = 60.0
_STYLE = Style(dpi=90, max_side=1000, image_format="jpeg", quality=60)
_SUFFIXES = (".pdf", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp")


@dataclass(frozen=True, slots=True)
class EmbeddedPicture:
    """A page as a data URI, with its size in pixels."""

    uri: str
    width: int
    height: int


_EMPTY_SHEET = EmbeddedPicture("", 1000, 1414)


@dataclass(frozen=True, slots=True)
class DrawnPage:
    """A page with its image, or an empty sheet in its place."""

    difference: PageDifference
    picture: EmbeddedPicture


@dataclass(frozen=True, slots=True)
class DrawnDocument:
    """A document of the worst-first list. ``pages`` is empty for one beyond the limits."""

    line: DocumentLine
    scores: Mapping[str, float | None]
    pages: Sequence[DrawnPage]
    more_pages: int


def html_report(judgement: Judgement, summary: Summary, *, pdfs: Path | None = None) -> str:
    """The HTML. ``pdfs`` is the folder of inputs that the run's ledger does not have."""
    with Drawer(_STYLE, _SECONDS) as drawer:
        drawn = list(_documents(judgement.comparison, summary, drawer, pdfs))
    return render(judgement, summary, drawn)


def render(judgement: Judgement, summary: Summary, documents: Sequence[DrawnDocument]) -> str:
    """Render the page. The template engine escapes all values."""
    import jinja2

    folder = files("mineru_cli.quality.reports") / "templates"
    style, script = ((folder / name).read_text("utf-8") for name in ("quality.css", "quality.js"))
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    template = environment.from_string((folder / "quality.html").read_text("utf-8"))
    return template.render(
        summary=summary,
        base=judgement.comparison.base,
        run=judgement.comparison.run,
        tiles=_tiles(judgement),
        bins=_distribution(judgement),
        documents=documents,
        places={document.line.path: number for number, document in enumerate(documents, 1)},
        components=JUDGED,
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _tiles(judgement: Judgement) -> list[dict[str, str]]:
    """The means as tiles: judged ones large and first."""
    means = [r for r in judgement.rules if r.rule.startswith(_MEANS) and r.value is not None]
    return [_tile(rule) for rule in sorted(means, key=lambda rule: rule.status == "off")]


def _tile(rule: RuleResult) -> dict[str, str]:
    """One value; in truth mode a difference in points."""
    points = rule.rule.startswith("truth-")
    figures = (rule.value or 0.0, rule.limit or 0.0)
    value, limit = (f"{share * 100:+.2f} points" if points else percent(share) for share in figures)
    needed = f"{'above' if points else 'at least'} {limit}"
    return {
        "title": f"{rule.title}, lower bound" if points else rule.title.removeprefix("mean "),
        "value": value,
        "limit": "not judged" if rule.status == "off" else needed,
        "status": rule.status,
    }


def _distribution(judgement: Judgement) -> list[dict[str, Any]]:
    floor = next((r.limit for r in judgement.rules if r.rule == "document-floor" and r.status != "off"), None)
    counts = [
        (low, label, sum(low <= document.match < high for document in judgement.comparison.documents))
        for low, high, label in _BINS
    ]
    most = max(1, *(count for _, _, count in counts))
    return [
        {
            "label": label,
            "count": count,
            "share": 100 * count / most,
            "status": "equal" if low == 1.0 else "below" if floor is not None and low < floor else "",
        }
        for low, label, count in counts
    ]


def _documents(
    found: Comparison, summary: Summary, drawer: Drawer, pdfs: Path | None
) -> Iterator[DrawnDocument]:
    scores = {document.path: document for document in found.documents}
    sources = _sources(found)
    budget = IMAGE_BYTES
    for number, line in enumerate(summary.worst):
        document = scores[line.path]
        pages: list[DrawnPage] = []
        if sources is not None and number < DOCUMENTS:
            differences = list(_pages(document, sources, found))
            file = _input(document, sources, pdfs)
            wanted = [difference.number - 1 for difference in differences]
            pictures = page_pictures(drawer, file, wanted) if file and wanted and budget > 0 else {}
            for difference in differences:
                picture = pictures.get(difference.number - 1, _EMPTY_SHEET)
                budget -= len(picture.uri)
                pages.append(DrawnPage(difference, picture if budget > 0 else _EMPTY_SHEET))
        yield DrawnDocument(line, document.scores, pages, len(document.changed_pages) - len(pages))


def page_pictures(drawer: Drawer, file: Path, pages: Sequence[int]) -> dict[int, EmbeddedPicture]:
    """Pictures by page index; pages that cannot be rendered are left out."""
    kind: Literal["pdf", "image"] = "pdf" if file.suffix.lower() == ".pdf" else "image"
    pictures: dict[int, EmbeddedPicture] = {}
    for index in pages:
        try:
            drawing = drawer.draw(str(file), kind, index)
        except NotDrawn:
            if drawer.pid is None:  # it crashed or hung: the other pages would as well
                break
            continue
        uri = "data:image/jpeg;base64," + base64.b64encode(drawing.data).decode()
        pictures[index] = EmbeddedPicture(uri, drawing.width, drawing.height)
    return pictures


def _sources(found: Comparison) -> tuple[Source, Source] | None:
    try:
        return open_source(Path(found.base.location)), open_source(Path(found.run.location))
    except NothingToCompare:
        return None


def _pages(
    document: DocumentScore, sources: tuple[Source, Source], found: Comparison
) -> Iterator[PageDifference]:
    base, run = read_if_there(sources[0], document.path), read_if_there(sources[1], document.run_path)
    if base and run and base.paged != run.paged:
        base, run = as_one_page(base), as_one_page(run)
    sides = [{page.index: page for page in side.pages} if side else {} for side in (base, run)]
    for page in document.changed_pages[:PAGES_PER_DOCUMENT]:
        before, after = (side.get(page.index) for side in sides)
        yield page_difference(pair_pages(page.index, before, after, found.form))


def _input(document: DocumentScore, sources: tuple[Source, Source], pdfs: Path | None) -> Path | None:
    base, run = sources
    for source, path in ((run, document.run_path), (base, document.path)):
        file = source.input_file(path)
        if file is not None:
            return file
    if pdfs is not None:
        names = (document.run_path, *(document.run_path + suffix for suffix in _SUFFIXES))
        for name in names:
            file = (pdfs / name).resolve()
            if file.is_relative_to(pdfs.resolve()) and file.is_file():
                return file
    return run.layout_pdf(document.run_path) if isinstance(run, MinerUFolder) else None
