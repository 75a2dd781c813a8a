"""A folder that MinerU or mineru-batch wrote: ``OUT/<document>/vlm/<stem>_content_list.json`` and so on."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from mineru_cli.quality.blocks import Document, Page
from mineru_cli.quality.sources.content_list import content_list_pages, failed_pages, model_pages
from mineru_cli.quality.sources.content_list_v2 import content_list_v2_pages
from mineru_cli.quality.sources.markdown import text_line_document
from mineru_cli.quality.sources.markdown_blocks import markdown_blocks
from mineru_cli.quality.sources.middle_json import failed_pages_2, is_middle_2, middle_2_pages, page_count_2
from mineru_cli.quality.sources.run_state import read_facts, read_failures, read_inputs
from mineru_cli.quality.sources.source import Facts
from mineru_cli.store.run_folder import STATE, SUMMARY

_METHODS = ("vlm", "auto", "ocr", "txt", "hybrid", "pipeline", "office")
_SUFFIXES = ("_content_list.json", "_content_list_v2.json", "_model.json", "_middle.json")
_OTHER_SUFFIXES = (".jsonl", ".md")
_CHUNK = 1 << 20


@dataclass(frozen=True)
class MinerUFolder:
    """See the module. ``stems`` maps each document to the path of its files without suffix."""

    location: Path
    stems: Mapping[str, str]
    facts: Facts
    failed: Mapping[str, str]
    inputs: Mapping[str, str] = field(default_factory=dict)
    kind: str = "run"

    @property
    def paths(self) -> Sequence[str]:
        """Paths of the documents, sorted."""
        return sorted(self.stems)

    def read(self, path: str) -> Document:
        """Blocks of the most detailed file: content lists, middle 2.0, model list, JSON line, Markdown."""
        stem = self.stems[path]
        items = _json(stem + "_content_list.json")
        model = _json(stem + "_model.json")
        count = len(model) if isinstance(model, list) else _page_count(stem)
        if items is not None:
            return Document(
                path, content_list_pages(items), page_count=count, failed_pages=failed_pages(items)
            )
        if (pages := _json(stem + "_content_list_v2.json")) is not None:
            return Document(path, content_list_v2_pages(pages), page_count=len(pages))
        middle = _json(stem + "_middle.json") if model is None else None
        if is_middle_2(middle):
            pages, failed = middle_2_pages(middle), failed_pages_2(middle)
            return Document(path, pages, page_count=page_count_2(middle), failed_pages=failed)
        if model is not None:
            return Document(path, model_pages(model), page_count=count)
        line = Path(stem + ".jsonl")
        if line.is_file():
            return text_line_document(path, line.read_text("utf-8"))
        markdown = Path(stem + ".md").read_text("utf-8", "replace")
        return Document(path, (Page(0, markdown_blocks(markdown)),), paged=False)

    def input_sha256(self, path: str) -> str | None:
        """Hash of the input, if the run's ledger has its path and the file still exists.

        Not that of MinerU's ``_origin.pdf``, which is a rewritten copy with different bytes.
        """
        file = self._ledger_input(path)
        try:
            return file_sha256(file) if file else None
        except OSError:
            return None

    def layout_pdf(self, path: str) -> Path | None:
        """The PDF with the boxes drawn on its pages, if it was written."""
        return self._beside(path, "_layout.pdf")

    def input_file(self, path: str) -> Path | None:
        """The input by the run's ledger, or MinerU's copy next to its output."""
        return self._ledger_input(path) or self._beside(path, "_origin.pdf")

    def _ledger_input(self, path: str) -> Path | None:
        file = Path(self.inputs[path]) if path in self.inputs else None
        return file if file is not None and file.is_file() else None

    def _beside(self, path: str, suffix: str) -> Path | None:
        file = Path(self.stems[path] + suffix) if path in self.stems else None
        return file if file is not None and file.is_file() else None


def open_mineru_folder(root: Path) -> MinerUFolder | None:
    """The folder at ``root``, or None if it has no output of MinerU."""
    stems = dict(_documents(root))
    state = root / STATE
    if not stems and not (state / SUMMARY).is_file():
        return None
    failed = {path: why for path, why in read_failures(state).items() if path not in stems}
    return MinerUFolder(root, stems, read_facts(state), failed, read_inputs(state))


def open_document_folder(root: Path, document: str) -> MinerUFolder:
    """A source with a single document of ``root``; the others are not read."""
    place = root / document
    folders = sorted(folder for folder in place.iterdir() if folder.is_dir()) if place.is_dir() else []
    for folder in folders:
        stem = _stem(folder, [file.name for file in folder.iterdir()])
        if _is_method(folder.name) and stem is not None:
            return MinerUFolder(root, {document: str(folder / stem)}, Facts(), {})
    return MinerUFolder(root, {}, Facts(), {document: "it has no output"})


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, read in chunks."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            digest.update(piece)
    return digest.hexdigest()


def _documents(root: Path) -> Iterator[tuple[str, str]]:
    for folder, subfolders, files in os.walk(root):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        stem = _stem(Path(folder), files)
        if stem is not None:
            subfolders[:] = [name for name in subfolders if name != "images"]
            place = PurePosixPath(Path(folder).relative_to(root).as_posix())
            document = place.parent if _is_method(place.name) and place.parent != place else place
            name = stem if document == PurePosixPath(".") else document.as_posix()
            yield name, str(Path(folder, stem))


def _stem(folder: Path, files: Sequence[str]) -> str | None:
    for suffix in _SUFFIXES:
        for name in sorted(files):
            if name.endswith(suffix):
                return name[: -len(suffix)]
    # Any folder of Markdown may be called "ocr": MinerU's file has the document's name.
    document = folder.parent.name
    if _is_method(folder.name):
        stems = (document, Path(document).stem)
        return next((stem for stem in stems for end in _OTHER_SUFFIXES if f"{stem}{end}" in files), None)
    return None


def _is_method(name: str) -> bool:
    return name.split("_", 1)[0].split("-", 1)[0] in _METHODS


def _json(path: str) -> Any:
    """The content of a file; None if it does not exist."""
    try:
        content = json.loads(Path(path).read_bytes())
    except FileNotFoundError:
        return None
    if content is None:
        raise ValueError(f"{path} holds nothing")
    return content


def _page_count(stem: str) -> int | None:
    middle = _json(stem + "_middle.json")
    pages = middle.get("pdf_info", middle.get("pages")) if isinstance(middle, dict) else None
    return len(pages) if isinstance(pages, list) else None
