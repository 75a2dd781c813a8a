"""Writing one document: page results in, a folder of MinerU's files out. A ``ResultStore`` publishes it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mineru_cli.domain.block import Block
from mineru_cli.domain.document import DocumentRef
from mineru_cli.domain.failure import Failure
from mineru_cli.domain.manifest import PublishedFile
from mineru_cli.domain.page import PageResult
from mineru_cli.output import names
from mineru_cli.output.formats.registry import make_format
from mineru_cli.output.layoutpdf import LayoutPdf
from mineru_cli.output.names import OutputOptions
from mineru_cli.output.tree.document import trees
from mineru_cli.output.tree.page import PageTree
from mineru_cli.store.local.files import published_files

if TYPE_CHECKING:
    from PIL import Image

BringFigure = Callable[[str, Path], bool]
"""Copies the crop of a name to a path; False where there is no such crop."""


@dataclass(frozen=True, slots=True)
class Written:
    """The written files, text files first, then the images.

    ``failed`` and ``incomplete`` have the pages that are lost and that lost content, with the reason.
    """

    pages: int
    blocks: int
    files: tuple[PublishedFile, ...]
    failed: tuple[tuple[int, Failure], ...]
    incomplete: tuple[tuple[int, Failure], ...]

    @property
    def bytes(self) -> int:
        """The total size of all files."""
        return sum(file.size for file in self.files)


def write_document(
    document: DocumentRef,
    pages: Iterable[PageResult],
    bring_figure: BringFigure,
    folder: Path,
    options: OutputOptions,
    page_images: Callable[[int], Image.Image] | None = None,
    source: str = "",
) -> Written:
    """Write a document's files into ``folder``, which is empty.

    ``pages`` is read once, lazily, in page order. ``bring_figure`` copies the crop of a name to a path.
    ``page_images`` renders a page for the layout PDF, one at a time. ``source`` is where the document's
    content is, if not at its own path. Errors of the system and of ``pages`` pass through.
    """
    images = _Images(bring_figure, folder / names.IMAGES, wanted="images" in options.files)
    stem = names.file_stem(document.stem)
    with ExitStack() as stack:
        layout = None
        if "layout" in options.files:
            path = folder / f"{stem}{names.LAYOUT_PDF}"
            layout = stack.enter_context(LayoutPdf(path, page_images))
        sink = make_format(options.format).open(folder, stem, options, stack)
        counted = _Counting(layout)
        results = map(images.collect, pages)
        for page in counted.watched(trees(results, heading_levels=options.heading_levels)):
            sink.add(page)
    if "origin" in options.files:
        shutil.copyfile(source or document.path, folder / f"{stem}{_origin_suffix(document)}")
    return Written(
        counted.pages,
        counted.blocks,
        published_files(folder),
        tuple(counted.failed),
        tuple(counted.incomplete),
    )


def _origin_suffix(document: DocumentRef) -> str:
    suffix = ".pdf" if document.kind == "pdf" else Path(document.path).suffix
    return names.ORIGIN_PDF.removesuffix(".pdf") + suffix


class _Images:
    """Copies the crops that blocks refer to into the document's folder."""

    def __init__(self, bring: BringFigure, target: Path, *, wanted: bool) -> None:
        self._bring = bring
        self._target = target
        self._wanted = wanted
        if wanted:
            target.mkdir()

    def collect(self, page: PageResult) -> PageResult:
        """Copy a page's crops; a block whose crop is missing loses its reference."""
        if not any(block.figure for block in page.blocks):
            return page
        return replace(page, blocks=tuple(map(self._checked, page.blocks)))

    def _checked(self, block: Block) -> Block:
        name = block.figure
        if not name or (self._wanted and Path(name).name == name and self._bring(name, self._target / name)):
            return block
        return replace(block, figure="")


class _Counting:
    """Counts pages and blocks that pass, and draws the layout PDF."""

    def __init__(self, layout: LayoutPdf | None) -> None:
        self.pages = 0
        self.blocks = 0
        self.failed: list[tuple[int, Failure]] = []
        self.incomplete: list[tuple[int, Failure]] = []
        self._layout = layout

    def watched(self, pages: Iterable[PageTree]) -> Iterator[PageTree]:
        for page in pages:
            self.pages += 1
            self.blocks += len(page.result.blocks)
            if page.result.failure:
                self.failed.append((page.result.index, page.result.failure))
            elif loss := page.result.loss:
                self.incomplete.append((page.result.index, loss))
            if self._layout is not None:
                self._layout.add(page.result)
            yield page
