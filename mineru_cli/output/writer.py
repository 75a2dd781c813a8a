"""Writing one document: page results in, a folder of MinerU's files out, in one step.

Everything is written to a fresh folder in ``scratch`` and renamed, so that killing the process at any moment
leaves the old document or the new one. The text files and the folders are flushed to disk before the
rename; images and the layout PDF are not: a loss of power may cost an image, never half a text.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeVar

from mineru_cli.domain.block import Block
from mineru_cli.domain.document import DocumentRef
from mineru_cli.domain.page import PageResult
from mineru_cli.output import contentlist, markdown, middle, model, names
from mineru_cli.output.assemble import assemble
from mineru_cli.output.elements import PageLayout
from mineru_cli.output.layoutpdf import LayoutPdf
from mineru_cli.output.options import OutputOptions
from mineru_cli.output.place import fresh_folder, placing, put, sync
from mineru_cli.store.ledger.faults import writing

if TYPE_CHECKING:
    from PIL import Image

File = TypeVar("File", bound="_TextFile")
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(", ", ": "))


@dataclass(frozen=True, slots=True)
class Written:
    """What lies in ``folder`` now; ``bytes`` counts the files' sizes, images included."""

    folder: Path
    pages: int
    blocks: int
    bytes: int


def write_document(
    document: DocumentRef,
    pages: Iterable[PageResult],
    figures: Path,
    target: Path,
    scratch: Path,
    options: OutputOptions,
    page_images: Callable[[int], Image.Image] | None = None,
) -> Written:
    """Write a document's files and put them in place of what ``target`` holds.

    ``pages`` is read once, lazily, in page order. ``figures`` holds the crops that blocks name. ``scratch``
    lies on the file system of ``target``. ``page_images`` renders a page for the layout PDF, one at a time.
    Raises ``DocumentNotWritable`` where this document's place is the reason, else ``DiskFull`` or
    ``OutputNotWritable``, also for a system error while ``pages`` is read, which come
    from the output folder as well; other errors of ``pages`` pass through. ``target`` is then as it was.
    """
    with writing(target), fresh_folder(scratch) as folder:
        images = _Images(figures, folder / names.IMAGES)
        stem = names.file_stem(document.stem)
        with ExitStack() as stack:
            sinks = _Sinks(folder, stem, options, page_images, stack)
            sinks.write(assemble(map(images.collect, pages)))
        written = [entry.stat().st_size for entry in folder.iterdir() if entry.is_file()]
        sync(folder)
        with placing(target, scratch):
            put(folder, target, scratch)
    return Written(target, sinks.pages, sinks.blocks, sum(written) + images.bytes)


class _Images:
    """Brings the crops that blocks name into the document's folder."""

    def __init__(self, source: Path, target: Path) -> None:
        self._source = source
        self._target = target
        self.bytes = 0
        target.mkdir()

    def collect(self, page: PageResult) -> PageResult:
        """Bring a page's crops; a block whose crop is missing loses the name of it."""
        if not any(block.figure for block in page.blocks):
            return page
        return replace(page, blocks=tuple(map(self._checked, page.blocks)))

    def _checked(self, block: Block) -> Block:
        return block if not block.figure or self._bring(block.figure) else replace(block, figure="")

    def _bring(self, name: str) -> bool:
        source, target = self._source / name, self._target / name
        if Path(name).name != name or not source.is_file():
            return False
        try:
            os.link(source, target)
        except FileExistsError:
            return True
        except OSError:
            # No hard links here (another file system, FAT, some network mounts).
            shutil.copyfile(source, target)
        self.bytes += target.stat().st_size
        return True


class _Sinks:
    """The open files of a document, written side by side as pages come."""

    def __init__(
        self,
        folder: Path,
        stem: str,
        options: OutputOptions,
        page_images: Callable[[int], Image.Image] | None,
        stack: ExitStack,
    ) -> None:
        self.pages = 0
        self.blocks = 0
        self._unsafe = options.unsafe_markdown
        self._markdown = stack.enter_context(_TextFile(folder / f"{stem}{names.MARKDOWN}"))
        self._content = stack.enter_context(_JsonArray(folder / f"{stem}{names.CONTENT_LIST}"))
        closing = _ENCODER.encode(_facts(options))[1:]
        head = ('{"pdf_info": [', f"], {closing}")
        self._middle = stack.enter_context(_JsonArray(folder / f"{stem}{names.MIDDLE}", *head))
        self._model = stack.enter_context(_JsonArray(folder / f"{stem}{names.MODEL}"))
        self._layout = (
            stack.enter_context(LayoutPdf(folder / f"{stem}{names.LAYOUT_PDF}", page_images))
            if options.layout_pdf
            else None
        )

    def write(self, layouts: Iterable[PageLayout]) -> None:
        """Write every page to every file."""
        for piece in markdown.pieces(map(self._structured, layouts), unsafe=self._unsafe):
            self._markdown.write(piece)

    def _structured(self, layout: PageLayout) -> PageLayout:
        """Write a page to all files but the Markdown, which pulls the pages through here."""
        self.pages += 1
        self.blocks += len(layout.page.blocks)
        for item in contentlist.items(layout):
            self._content.add(item)
        self._middle.add(middle.page(layout))
        self._model.add(model.page(layout.page))
        if self._layout is not None:
            self._layout.add(layout.page)
        return layout


def _facts(options: OutputOptions) -> dict[str, str]:
    facts = {
        "_backend": "vlm",
        "_version_name": options.version,
        "_model": options.model,
        "_recipe": options.recipe,
    }
    return {key: value for key, value in facts.items() if value or key == "_version_name"}


class _TextFile:
    """A UTF-8 file that is on the disk when it is closed without an error."""

    def __init__(self, path: Path) -> None:
        self._file: IO[str] = path.open("w", encoding="utf-8", newline="\n")

    def __enter__(self: File) -> File:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        with self._file:
            if kind is None:
                self.finish()
                self._file.flush()
                os.fsync(self._file.fileno())

    def finish(self) -> None:
        """Write what ends the file."""

    def write(self, text: str) -> None:
        """Append text."""
        self._file.write(text)


class _JsonArray(_TextFile):
    """A JSON array written item by item, one a line."""

    def __init__(self, path: Path, opening: str = "[", closing: str = "]") -> None:
        super().__init__(path)
        self._next = f"{opening}\n"
        self._closing = closing
        self._empty = True

    def add(self, item: object) -> None:
        """Append one item."""
        self.write(self._next + _ENCODER.encode(item))
        self._next, self._empty = ",\n", False

    def finish(self) -> None:
        """Close the array."""
        self.write(f"{self._next if self._empty else chr(10)}{self._closing}\n")
