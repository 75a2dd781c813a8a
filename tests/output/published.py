"""Writing a document and putting it in place, as a worker does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from PIL import Image

from mineru_cli.domain.document import DocumentRef
from mineru_cli.domain.manifest import Manifest
from mineru_cli.domain.page import PageResult
from mineru_cli.output.assemble import Assembler
from mineru_cli.output.elements import AssembledPage
from mineru_cli.output.formats.mineru3.page_markdown import PageRenderer
from mineru_cli.output.names import OutputOptions
from mineru_cli.output.tree.document import trees
from mineru_cli.output.writer import Written, write_document
from mineru_cli.store.local.place import link_or_copy
from mineru_cli.store.local.results import LocalResults
from mineru_cli.store.run_folder import METHOD


def assembled(pages: Iterable[PageResult]) -> Iterator[AssembledPage]:
    """The pages as ``--markdown clean`` joins them, read lazily."""
    assembler = Assembler()
    for page in pages:
        yield from assembler.add(page)
    yield from assembler.rest()


def markdown_of(pages: Iterable[PageResult], renderer: PageRenderer) -> str:
    """A document's Markdown in one go."""
    pieces = [piece for page in trees(pages) for piece in renderer.add(page)]
    return "".join([*pieces, *renderer.rest()])


def publish(
    document: DocumentRef,
    pages: Iterable[PageResult],
    figures: Path,
    output: Path,
    options: OutputOptions,
    page_images: Callable[[int], Image.Image] | None = None,
) -> Written:
    """Write a document below ``output``; ``figures`` is the folder of its crops."""
    results, folder = LocalResults(output), f"{document.key}/{METHOD}"
    with results.draft(folder) as draft:
        written = write_document(
            document,
            pages,
            lambda name, target: link_or_copy(figures / name, target),
            draft,
            options,
            page_images,
        )
        results.publish(draft, Manifest(document, folder, "print", written.pages, written.files))
    return written
