"""A folder that MinerU or mineru-batch wrote: ``OUT/<document>/vlm/<stem>_content_list.json`` and so on."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from mineru_cli.quality.blocks import Document, Page
from mineru_cli.quality.markdown_blocks import markdown_blocks
from mineru_cli.quality.sources.content_list import content_list_pages, failed_pages, model_pages
from mineru_cli.quality.sources.source import Facts

STATE = ".mineru-batch"
_METHODS = ("vlm", "auto", "ocr", "txt", "hybrid", "pipeline")
_SUFFIXES = ("_content_list.json", "_model.json", "_middle.json")
_CHUNK = 1 << 20


@dataclass(frozen=True)
class MinerUFolder:
    """See the module. ``stems`` has for each document the path of its files without their suffixes."""

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
        """Blocks from the content list, else from the model list, else from the Markdown."""
        stem = self.stems[path]
        items = _json(stem + "_content_list.json")
        model = _json(stem + "_model.json")
        count = len(model) if isinstance(model, list) else _page_count(stem)
        if items is not None:
            return Document(
                path, content_list_pages(items), page_count=count, failed_pages=failed_pages(items)
            )
        if model is not None:
            return Document(path, model_pages(model), page_count=count)
        markdown = Path(stem + ".md").read_text("utf-8", "replace")
        return Document(path, (Page(0, markdown_blocks(markdown)),), paged=False)

    def input_sha256(self, path: str) -> str | None:
        """Hash of the input, when the file is at hand."""
        file = self.input_file(path)
        return file_sha256(file) if file else None

    def layout_pdf(self, path: str) -> Path | None:
        """The PDF with the boxes drawn on its pages, where one was asked for."""
        file = Path(self.stems[path] + "_layout.pdf") if path in self.stems else None
        return file if file is not None and file.is_file() else None

    def input_file(self, path: str) -> Path | None:
        """The input by the run's ledger, or the copy that MinerU keeps beside its output."""
        candidates = [Path(self.inputs[path])] if path in self.inputs else []
        if path in self.stems:
            candidates.append(Path(self.stems[path] + "_origin.pdf"))
        return next((file for file in candidates if file.is_file()), None)


def open_mineru_folder(root: Path) -> MinerUFolder | None:
    """The folder at ``root``, or None when nothing in it looks like MinerU's."""
    stems = dict(_documents(root))
    state = root / STATE
    if not stems and not (state / "run.json").is_file():
        return None
    failed = {path: why for path, why in _failures(state / "failures.jsonl").items() if path not in stems}
    return MinerUFolder(root, stems, _facts(state / "run.json"), failed, _inputs(state / "ledger.db"))


def open_document_folder(root: Path, document: str) -> MinerUFolder:
    """A source with one document of ``root`` only, without a look at the others."""
    place = root / document
    folders = sorted(folder for folder in place.iterdir() if folder.is_dir()) if place.is_dir() else []
    for folder in folders:
        stem = _stem(folder.name, [file.name for file in folder.iterdir()])
        if _is_method(folder.name) and stem is not None:
            return MinerUFolder(root, {document: str(folder / stem)}, Facts(), {})
    return MinerUFolder(root, {}, Facts(), {document: "it has no output"})


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, read piece by piece."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            digest.update(piece)
    return digest.hexdigest()


def _documents(root: Path) -> Iterator[tuple[str, str]]:
    for folder, subfolders, files in os.walk(root):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith(".") and name != "images")
        stem = _stem(Path(folder).name, files)
        if stem is not None:
            place = PurePosixPath(Path(folder).relative_to(root).as_posix())
            document = place.parent if _is_method(place.name) and place.parent != place else place
            name = stem if document == PurePosixPath(".") else document.as_posix()
            yield name, str(Path(folder, stem))


def _stem(folder: str, files: Sequence[str]) -> str | None:
    for suffix in _SUFFIXES:
        for name in sorted(files):
            if name.endswith(suffix):
                return name[: -len(suffix)]
    if _is_method(folder):
        return next((name[:-3] for name in sorted(files) if name.endswith(".md")), None)
    return None


def _is_method(name: str) -> bool:
    return name.split("_", 1)[0].split("-", 1)[0] in _METHODS


def _json(path: str) -> Any:
    """The content of a file, None when there is no such file."""
    try:
        content = json.loads(Path(path).read_bytes())
    except FileNotFoundError:
        return None
    if content is None:
        raise ValueError(f"{path} holds nothing")
    return content


def _page_count(stem: str) -> int | None:
    middle = _json(stem + "_middle.json")
    pages = middle.get("pdf_info") if isinstance(middle, dict) else None
    return len(pages) if isinstance(pages, list) else None


def _failures(path: Path) -> dict[str, str]:
    """Documents of ``failures.jsonl`` that failed as a whole, with the reason."""
    found: dict[str, str] = {}
    try:
        lines = path.read_text("utf-8", "replace").splitlines()
    except OSError:
        return found
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and entry.get("status", "failed") == "failed":
            key = entry.get("key") or entry.get("path")
            if isinstance(key, str):
                found[key] = f"{entry.get('code', '')}: {entry.get('message', '')}".strip(": ")
    return found


def _facts(path: Path) -> Facts:
    try:
        run = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return Facts()
    if not isinstance(run, dict):
        return Facts()
    settings, server, versions = (_mapping(run.get(key)) for key in ("settings", "server", "versions"))
    model = server.get("model") or settings.get("model") or ""
    return Facts(
        pages=str(settings.get("pages") or "") if "settings" in run else None,
        model=str(model),
        server=server,
        settings=settings,
        versions={str(key): str(value) for key, value in versions.items()},
    )


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _inputs(ledger: Path) -> dict[str, str]:
    """Input files by document, from the run's ledger; nothing when it cannot be read."""
    if not ledger.is_file():
        return {}
    try:
        connection = sqlite3.connect(f"{ledger.absolute().as_uri()}?mode=ro", uri=True, timeout=5)
        try:
            rows = connection.execute("SELECT key, path FROM documents").fetchall()
        finally:
            connection.close()
    except sqlite3.Error:
        return {}
    return {key: path if isinstance(path, str) else os.fsdecode(path) for key, path in rows if path}
