"""MinerU 3's files of one document, written in parallel, page by page."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from mineru_cli.output import failures, names
from mineru_cli.output.formats.document_format import DocumentSink
from mineru_cli.output.formats.files import ENCODER, JsonArray
from mineru_cli.output.formats.mineru3 import content_list, content_list_v2, model
from mineru_cli.output.formats.mineru3.page_markdown import MarkdownFile, PageMarkdown
from mineru_cli.output.markdown import CleanMarkdown
from mineru_cli.output.names import OutputOptions
from mineru_cli.output.tree.node import Json
from mineru_cli.output.tree.page import PageTree


class MinerU3:
    """The layout of MinerU 3.x. See ``DocumentFormat``."""

    name = "mineru3"

    def open(self, folder: Path, stem: str, options: OutputOptions, stack: ExitStack) -> DocumentSink:
        """Open those files that ``options`` ask for."""
        return _Sink(folder / stem, options, stack)


class _Sink:
    def __init__(self, base: Path, options: OutputOptions, stack: ExitStack) -> None:
        def array(kind: str, suffix: str, *ends: str) -> JsonArray | None:
            path = base.with_name(base.name + suffix)
            return stack.enter_context(JsonArray(path, *ends)) if kind in options.files else None

        self._content = array("content_list", names.CONTENT_LIST)
        self._content_v2 = array("content_list_v2", names.CONTENT_LIST_V2)
        closing = ENCODER.encode(_facts(options))[1:]
        self._middle = array("middle", names.MIDDLE, '{"pdf_info": [', f"], {closing}")
        self._model = array("model", names.MODEL)
        self._markdown = None
        if "md" in options.files:
            renderer = CleanMarkdown if options.markdown == "clean" else PageMarkdown
            path = base.with_name(base.name + names.MARKDOWN)
            file = MarkdownFile(path, renderer(unsafe=options.unsafe_markdown))
            self._markdown = stack.enter_context(file)

    def add(self, page: PageTree) -> None:
        """Write one page to every file."""
        if self._markdown:
            self._markdown.add(page)
        if self._content:
            for item in content_list.items(page):
                self._content.add(item)
        if self._content_v2:
            self._content_v2.add(content_list_v2.entries(page))
        if self._middle:
            self._middle.add(_middle_page(page))
        if self._model:
            self._model.add(model.page(page.result))


def _middle_page(tree: PageTree) -> Json:
    """One entry of ``pdf_info``. ``extra_blocks`` is ours, and present only where MinerU drops text."""
    entry: Json = {
        "preproc_blocks": tree.alone,
        "discarded_blocks": [node.json() for node in tree.furniture],
        "page_size": list(tree.size),
        "page_idx": tree.index,
        "para_blocks": [node.json() for node in tree.blocks],
    }
    if tree.dropped:
        entry["extra_blocks"] = [node.json() for node in tree.dropped]
    return entry | failures.entry(tree.result)


def _facts(options: OutputOptions) -> dict[str, str]:
    facts = {
        "_backend": "vlm",
        "_version_name": options.version,
        "_model": options.model,
        "_recipe": options.recipe,
    }
    return {key: value for key, value in facts.items() if value or key == "_version_name"}
