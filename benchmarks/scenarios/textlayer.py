"""``--text model``, ``auto`` and ``layer`` on digital PDFs: requests a page, and what becomes of the text.

The model is the embedded engine, real OCR. Two measures: the similarity to the truth of the examples
(1 - edit distance / longer length, all markup and white space out), and for the PDFs of others the share of
the words of their own text layer that come out, which favours the layer where the layer is wrong.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
from rapidfuzz.distance import Levenshtein

from benchmarks.bench import Bench
from benchmarks.corpus import REAL, ROOT
from benchmarks.report import Section

EXAMPLES = ROOT / "examples"


def run(bench: Bench) -> Section:
    source = bench.folder / "digital"
    source.mkdir()
    for path in [*(EXAMPLES / "pdfs").glob("*.pdf"), *(REAL / "digital").glob("*.pdf")]:
        shutil.copy(path, source)
    rows = [_row(source, bench.folder / f"text-{mode}", mode) for mode in ("model", "auto", "layer")]
    return Section("Text from the model, or from the PDF's own layer", rows)


def _row(source: Path, output: Path, mode: str) -> dict:
    command = [sys.executable, "-m", "mineru_cli", "convert", str(source), "-o", str(output)]
    subprocess.run([*command, "--server", "embedded", "--text", mode, "--progress", "none"], check=True)
    summary = json.loads((output / ".mineru-batch" / "run.json").read_text())
    blocks = Counter(block.get("source", "model") for block in _blocks(output))
    truths = [_similarity(output, truth) for truth in sorted((EXAMPLES / "truth").glob("*.md"))]
    recalls = [_recall(output, path) for path in sorted((REAL / "digital").glob("*.pdf"))]
    return {
        "--text": mode,
        "requests/page": summary["requests"]["sent"] / summary["pages"]["done"],
        "blocks from the layer": f"{blocks['layer'] / max(1, blocks.total()):.0%}",
        "similarity to truth": sum(truths) / len(truths),
        "lowest": min(truths),
        "words of the layer found": f"{sum(recalls) / len(recalls):.1%}" if recalls else "",
        "seconds": summary["seconds"],
    }


def _blocks(output: Path) -> Iterator[dict]:
    for path in output.glob("*/vlm/*_model.json"):
        for page in json.loads(path.read_text()):
            yield from page


def _markdown(output: Path, stem: str) -> str:
    return (output / stem / "vlm" / f"{stem}.md").read_text()


def _similarity(output: Path, truth: Path) -> float:
    return Levenshtein.normalized_similarity(_plain(_markdown(output, truth.stem)), _plain(truth.read_text()))


def _plain(text: str) -> str:
    return "".join(_words(text))


def _words(text: str) -> list[str]:
    text = re.sub(r"!\[[^]]*\]\([^)]*\)|<[^>]*>", " ", text)
    return re.findall(r"[^\W_]+", text)


def _recall(output: Path, path: Path) -> float:
    document = pypdfium2.PdfDocument(path)
    own = Counter(word for page in document for word in _words(page.get_textpage().get_text_bounded()))
    document.close()
    found = Counter(_words(_markdown(output, path.stem)))
    return (own & found).total() / max(1, own.total())
