"""Drawing the set, converting it with the embedded engine, and counting."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import mean

import pypdfium2

from benchmarks.layout.browser import PROGRAM
from benchmarks.layout.facts import COUNTED, Fact, Truth, cell_f1, holds, tables_of
from benchmarks.layout.kinds.registry import BROWSER, FONTS, KINDS
from benchmarks.layout.sheet import has_font, register

SCANNED = ("financial", "booktabs", "invoice", "journal", "columns", "slide", "mathematics", "statistics")
"""Kinds that are converted as pictures without a text layer as well."""

_SEED = re.compile(r"\.\d{3}$")


@dataclass
class Score:
    """What was found of one kind of pages."""

    held: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    tables: int = 0
    f1: list[float] = field(default_factory=list)
    false_tables: int = 0
    free_pages: int = 0


def draw(folder: Path, seeds: Iterable[int], kinds: Sequence[str]) -> dict[Path, Truth]:
    """PDFs of all kinds and seeds with their truth. "-scan" ones are pictures."""
    register()
    folder.mkdir(parents=True, exist_ok=True)
    truths = {}
    for seed in seeds:
        for kind in filter(_can_be_drawn, kinds):
            path = folder / f"{kind}.{seed:03}.pdf"
            truths[path] = KINDS[kind](path, Random(f"{kind} {seed}"))
            if kind in SCANNED and seed % 3 == 0:
                scanned = folder / f"{kind}-scan.{seed:03}.pdf"
                _scan(path, scanned)
                truths[scanned] = truths[path]
    return truths


def _can_be_drawn(kind: str) -> bool:
    if kind in BROWSER:
        return bool(PROGRAM)
    return kind not in FONTS or has_font(FONTS[kind])


def _scan(source: Path, target: Path) -> None:
    with pypdfium2.PdfDocument(source) as document:
        image = document[0].render(scale=150 / 72).to_pil().convert("L")
    image.save(target, "PDF", resolution=150, quality=80)


def convert(pdfs: Sequence[Path], output: Path, program: Sequence[str] = ()) -> None:
    """Convert all with ``mineru-batch convert`` and no server of its own: the embedded engine."""
    command = [
        *(program or (sys.executable, "-m", "mineru_cli")),
        "convert",
        *map(str, pdfs),
        "-o",
        str(output),
        "--overwrite",
    ]
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL)


def markdown_of(output: Path, stem: str) -> str:
    found = sorted(output.glob(f"**/{stem}/*/*.md"))
    return found[0].read_text(encoding="utf-8") if found else ""


def count(truths: dict[Path, Truth], output: Path) -> tuple[dict[str, Score], list[tuple[str, Fact]]]:
    """Scores by kind, and the facts that do not hold."""
    scores: dict[str, Score] = defaultdict(Score)
    missed = []
    for path, truth in truths.items():
        stem = path.stem
        score, page = scores[_SEED.sub("", stem)], markdown_of(output, stem)
        for fact in truth.facts:
            score.asked[fact.sort] += 1
            if holds(fact, page):
                score.held[fact.sort] += 1
            else:
                missed.append((stem, fact))
        for table in truth.tables:
            score.tables += 1
            f1 = cell_f1(table, page)
            score.f1 += [] if f1 is None else [f1]
        if not truth.may_have_tables:
            score.free_pages += 1
            score.false_tables += bool(tables_of(page))
    return scores, missed


def table_of(scores: dict[str, Score]) -> str:
    """The scores as Markdown."""
    lines = [
        "| kind | " + " | ".join(COUNTED) + " | tables found | cell F1 | false tables |",
        "|---" * (len(COUNTED) + 4) + "|",
    ]
    total = Score()
    for kind, score in [*scores.items(), ("all", total)]:
        lines.append(_row(kind, score))
        if score is not total:
            total.held += score.held
            total.asked += score.asked
            total.tables += score.tables
            total.f1 += score.f1
            total.false_tables += score.false_tables
            total.free_pages += score.free_pages
    return "\n".join(lines)


def _row(kind: str, score: Score) -> str:
    facts = [f"{score.held[s]}/{score.asked[s]}" if score.asked[s] else "" for s in COUNTED]
    found = f"{len(score.f1)}/{score.tables}" if score.tables else ""
    f1 = f"{mean(score.f1):.3f}" if score.f1 else ""
    false = f"{score.false_tables}/{score.free_pages}" if score.free_pages else ""
    return f"| {kind} | " + " | ".join([*facts, found, f1, false]) + " |"
