"""Measures any command line that converts a folder, such as that of MinerU itself.

It runs twice, on few documents and on many: the difference in time is the work, the rest is start-up. The
process is a black box, so there are no page latencies.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import anyio

from mineru_cli.bench.background import process_group, run_with_background, scratch_folder
from mineru_cli.bench.corpus.documents import Corpus, materialise
from mineru_cli.bench.measure.compute import gpu_figures
from mineru_cli.bench.measure.recording import Recording
from mineru_cli.bench.measure.sampling import watch_gpus_into
from mineru_cli.bench.measure.window import Window
from mineru_cli.bench.targets import ReferenceSystem
from mineru_cli.domain.document import DocumentRef
from mineru_cli.errors import SettingsError
from mineru_cli.pages.reader import open_document
from mineru_cli.settings import Limits, Rendering

INPUT, OUTPUT = "{input}", "{output}"
FEW, RUN = 1, 900
LAST_WORDS = 1500


def command_line(text: str, folder: Path, output: Path) -> list[str]:
    """The command with its folders filled in. Raises ``SettingsError`` without one for the input."""
    if INPUT not in text:
        raise SettingsError(
            f"--command {text!r} does not say where its input goes",
            hint="write --command 'mineru -p {input} -o {output}'",
        )
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise SettingsError(f"--command {text!r}: {error}") from None
    return [word.replace(INPUT, str(folder)).replace(OUTPUT, str(output)) for word in words]


async def measure_command(
    text: str, corpus: Corpus, *, documents: int, scratch: Path | None = None, dcgm_url: str | None = None
) -> ReferenceSystem:
    """Run it on ``FEW`` and on ``documents`` more documents. Raises ``SettingsError`` if it fails."""
    recording = Recording()
    async with scratch_folder(scratch) as place:
        few_pages, few_seconds = await _run(text, corpus, RUN, FEW, place / "few")
        began = time.time()
        pages, seconds = await run_with_background(
            _run(text, corpus, RUN + 1, FEW + documents, place / "many"),
            partial(watch_gpus_into, recording, dcgm_url),
        )
    found = start_and_speed((few_pages, few_seconds), (pages, seconds), FEW + documents)
    gpu = gpu_figures(recording.gpus, Window(began, began + seconds), found.pages_per_second or 0.0)
    return found.model_copy(update={"origin": f"measured: {text}", "gpu_utilisation": gpu.utilisation})


def start_and_speed(few: tuple[int, float], many: tuple[int, float], documents: int) -> ReferenceSystem:
    """Start-up and speed from (pages, seconds) of two runs of a command, of which ``many`` had ``documents``.

    Raises ``SettingsError`` if the second run was not longer than the first.
    """
    (few_pages, few_seconds), (pages, seconds) = few, many
    work, more = seconds - few_seconds, pages - few_pages
    if work <= 0 or more <= 0:
        raise SettingsError(
            f"--command took {seconds:.1f} s for {pages} pages, {few_seconds:.1f} s for {few_pages}: too few",
            hint="give more documents with --pages",
        )
    speed = more / work
    return ReferenceSystem(
        pages_per_second=speed,
        pdfs_per_hour=speed * 3600 * documents / pages,
        worker_start_seconds=max(0.0, few_seconds - few_pages / speed),
    )


async def _run(text: str, corpus: Corpus, run: int, documents: int, place: Path) -> tuple[int, float]:
    """Pages and seconds of one run."""
    folder, output = place / "in", place / "out"
    pages = await anyio.to_thread.run_sync(_prepare, corpus, run, documents, folder, output)
    words = command_line(text, folder, output)
    log, began = place / "log", time.monotonic()
    async with process_group(words, log, option="--command") as process:
        code = await process.wait()
        seconds = time.monotonic() - began
    if code:
        written = await anyio.Path(log).read_text("utf-8", "replace")
        raise SettingsError(f"--command ended with code {code}:\n{written[-LAST_WORDS:].strip()}")
    return pages, seconds


def _prepare(corpus: Corpus, run: int, documents: int, folder: Path, output: Path) -> int:
    """Create both folders and fill the first; returns its number of pages."""
    folder.mkdir(parents=True)
    output.mkdir()
    files = materialise(corpus, run, folder, documents)
    _gather(files, folder)
    return sum(_pages(file) for file in files)


def _gather(files: Sequence[DocumentRef], folder: Path) -> None:
    """Link files from outside the folder, under unique names."""
    for number, file in enumerate(files):
        path = Path(file.path)
        if path.parent != folder:
            (folder / f"{number:05}-{path.name}").symlink_to(path.resolve())


def _pages(file: DocumentRef) -> int:
    document = open_document(file.path, file.kind, rendering=Rendering(), limits=Limits())
    try:
        return document.page_count
    finally:
        document.close()
