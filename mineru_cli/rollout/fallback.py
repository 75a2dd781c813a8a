"""The old service as a command line: it converts documents after a revert."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
import anyio.to_thread

from mineru_cli.engine.adopt import Adoption
from mineru_cli.engine.schedule.document_work import DocumentWork
from mineru_cli.isolation.child_process import open_process

SERVICE = "mineru -p {input} -o {output} --api-url "
"""MinerU's client, for a fallback that is the URL of its service (mineru-api)."""
LAST_WORDS = 500
_TEXT = ".md"
_PLACEHOLDER = re.compile(r"\{(input|output)\}")


class FallbackFailed(Exception):
    """The command did not convert the document. Internal: the baseline converts the document in that case."""


@dataclass(frozen=True, slots=True)
class Fallback:
    """``template`` is a command line with ``{input}`` and ``{output}``, or a URL."""

    template: str
    scratch: Path

    def command(self, document: str, output: str) -> list[str]:
        """The arguments of the command for one document; values are never split."""
        url = self.template.startswith(("http://", "https://"))
        line = f"{SERVICE}{self.template}" if url else self.template
        words = shlex.split(line)
        if "{input}" not in line:
            words += ["-p", "{input}", "-o", "{output}"]
        values = {"input": document, "output": output}
        return [_PLACEHOLDER.sub(lambda found: values[found[1]], word) for word in words]

    async def convert(self, work: DocumentWork, adoption: Adoption) -> None:
        """Convert the document with the old service and adopt its files. Raises ``FallbackFailed``.

        Raises what ``adoption.take`` raises as well. Files of a service may belong to another user: what
        cannot be read was not converted, and what cannot be removed is left.
        """
        try:
            folder = await anyio.to_thread.run_sync(self._folder)
            try:
                await self._run(self.command(work.ref.path, folder.name))
                found, pages = await anyio.to_thread.run_sync(_result, Path(folder.name), work.ref.stem)
                await adoption.take(work, found, pages)
            finally:
                with anyio.CancelScope(shield=True):
                    await anyio.to_thread.run_sync(folder.cleanup)
        except OSError as error:
            raise FallbackFailed(f"its files cannot be used: {error}") from error

    def _folder(self) -> TemporaryDirectory[str]:
        self.scratch.mkdir(parents=True, exist_ok=True)
        return TemporaryDirectory(prefix="fallback-", dir=self.scratch, ignore_cleanup_errors=True)

    async def _run(self, words: list[str]) -> None:
        try:
            process = await open_process(words, stdout=subprocess.DEVNULL)
        except OSError as error:
            raise FallbackFailed(f"{words[0]}: {error.strerror or error}") from error
        last = b""
        async with process:
            if process.stderr is not None:
                async for chunk in process.stderr:
                    last = (last + chunk)[-LAST_WORDS:]
        if process.returncode:
            text = last.decode("utf-8", "replace").strip()
            raise FallbackFailed(f"{words[0]} exited with {process.returncode}: {text}")


def _result(output: Path, stem: str) -> tuple[Path, int]:
    """The folder with the document's Markdown, its files with our names, and the number of pages."""
    texts = sorted(output.rglob(f"*{_TEXT}"), key=lambda path: (len(path.parts), path.name))
    if not texts:
        raise FallbackFailed("it wrote no Markdown")
    folder, theirs = texts[0].parent, texts[0].name.removesuffix(_TEXT)
    for path in folder.rglob("*"):
        if not (path.is_file() or path.is_dir()) or not os.access(path, os.R_OK):
            raise FallbackFailed(f"{path.relative_to(output)} of its output cannot be read")
    if theirs != stem:
        for path in list(folder.iterdir()):
            if path.is_file() and path.name.startswith(theirs):
                path.rename(folder / f"{stem}{path.name.removeprefix(theirs)}")
    return folder, _pages(folder / f"{stem}_middle.json")


def _pages(middle: Path) -> int:
    try:
        pages = json.loads(middle.read_bytes())["pdf_info"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return 1
    return max(1, len(pages)) if isinstance(pages, list) else 1
