"""Quality and speed on real documents: minutes, so only with ``-m slow``; add ``-s`` for the figures.

pytest -m slow -s tests/embedded/test_quality.py
"""

from __future__ import annotations

import html
import re
import time
from dataclasses import dataclass, field

import loguru
import pypdfium2 as pdfium
import pytest
from lxml import etree
from mineru_vl_utils.mineru_client import DEFAULT_PROMPTS, DEFAULT_SAMPLING_PARAMS, MinerUClientHelper
from mineru_vl_utils.post_process.otsl2html import convert_otsl_to_html
from rapidfuzz.distance import Levenshtein

from mineru_cli.embedded.config import EmbeddedConfig
from mineru_cli.embedded.engine import Cores, OcrEngine, Task
from tests.embedded.table.test_otsl import cells_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]
pytest.importorskip("rapidocr", reason="the extra [embedded] is not installed")

LATIN = (
    "2305.03393v1-pg9",
    "code_and_formula",
    "multi_page",
    "picture_classification",
    "table_mislabeled_as_picture",
)


@dataclass
class Reader:
    """Pages through both steps, as a client of MinerU2.5 takes them, with the seconds they took."""

    engine: OcrEngine
    seconds: dict[str, float] = field(default_factory=lambda: {"layout": 0.0, "blocks": 0.0, "pages": 0.0})

    def read(self, page):
        client = MinerUClientHelper(
            "vllm",
            DEFAULT_PROMPTS,
            DEFAULT_SAMPLING_PARAMS,
            (1036, 1036),
            28,
            50,
            False,
            False,
            False,
            False,
            False,
            False,
        )
        image = page.render(scale=min(200 / 72, 3500 / max(page.get_size()))).to_pil().convert("RGB")
        started = time.perf_counter()
        blocks = client.parse_layout_output(self._run("Layout Detection:", client.prepare_for_layout(image)))
        between = time.perf_counter()
        crops, prompts, _, indices = client.prepare_for_extract(image, blocks)
        for index, crop, prompt in zip(indices, crops, prompts, strict=True):
            blocks[index].content = self._run(prompt.strip(), crop)
        self.seconds["layout"] += between - started
        self.seconds["blocks"] += time.perf_counter() - between
        self.seconds["pages"] += 1
        return blocks

    def _run(self, prompt, image):
        return self.engine.run(Task(prompt), image, lambda: None)


@pytest.fixture(scope="module")
def reader():
    loguru.logger.disable("mineru_vl_utils")
    made = Reader(OcrEngine(EmbeddedConfig(), Cores(1, 2)))
    yield made
    pages = made.seconds["pages"] or 1
    print(
        f"\nper page: layout {made.seconds['layout'] / pages:.2f} s, blocks {made.seconds['blocks'] / pages:.2f} s"
    )


def plain(block):
    content = block.content or ""
    if block.type == "table":
        return html.unescape(re.sub(r"<[^>]+>", " ", convert_otsl_to_html(content)))
    return content


def squeezed(text):
    return re.sub(r"\s+", " ", text).strip()


def layer_of(page):
    """The text layer, with pdfium's marks of broken words taken out."""
    return re.sub("[\ufffe\x02]\\s*", "", page.get_textpage().get_text_bounded())


def test_digital_pages_against_their_text_layer(reader, shared):
    found = {}
    for name in LATIN:
        document = pdfium.PdfDocument(shared / "pdfs" / "digital" / f"{name}.pdf")
        mine = squeezed(" ".join(plain(b) for page in document for b in reader.read(page)))
        theirs = squeezed(" ".join(layer_of(page) for page in document))
        found[name] = Levenshtein.normalized_similarity(mine, theirs)
        print(f"\n{name}: {found[name]:.3f}", end="")
    mean = sum(found.values()) / len(found)
    print(f"\nmean {mean:.3f}")
    assert mean >= 0.95


def bare(text):
    """Text without blanks, dashes and case, which is how the competition compares cells."""
    return (
        re.sub(r"[\s‐-―–—-]+", "", text or "").lower().replace("’", "'").replace("“", '"').replace("”", '"')
    )


def truth_of(path):
    """Page number to [(box in PDF points, cells)] of an ICDAR 2013 structure file."""
    tables = {}
    for region in etree.parse(path).findall(".//table/region"):
        cells = region.findall("cell")
        boxes = [[float(c.find("bounding-box").get(k)) for k in ("x1", "y1", "x2", "y2")] for c in cells]
        around = [f(b[i] for b in boxes) for i, f in enumerate((min, min, max, max))]
        texts = {
            (int(c.get("start-row")), int(c.get("start-col")), bare(c.findtext("content"))) for c in cells
        }
        tables.setdefault(int(region.get("page")), []).append((around, {t for t in texts if t[2]}))
    return tables


def common(block, box, size):
    """Share of the true table that a block covers."""
    left, top, right, bottom = block.bbox
    x0, y0, x1, y1 = box[0] / size[0], 1 - box[3] / size[1], box[2] / size[0], 1 - box[1] / size[1]
    width, height = min(right, x1) - max(left, x0), min(bottom, y1) - max(top, y0)
    return max(0.0, width) * max(0.0, height) / ((x1 - x0) * (y1 - y0))


def test_cells_of_tables(reader, shared):
    scores, missed = [], 0
    for path in sorted((shared / "pdfs" / "tables").glob("*.pdf")):
        document = pdfium.PdfDocument(path)
        for number, tables in sorted(truth_of(str(path.with_name(f"{path.stem}-str.xml"))).items()):
            page = document[number - 1]
            found = [b for b in reader.read(page) if b.type == "table" and b.content]
            for box, truth in tables:
                best = max(found, key=lambda b: common(b, box, page.get_size()), default=None)
                if best is None or common(best, box, page.get_size()) < 0.5:
                    missed += 1
                    continue
                read = cells_of(convert_otsl_to_html(best.content))
                mine = {(r, c, bare(t)) for r, c, _, _, t in read if t.strip()}
                scores.append(2 * len(mine & truth) / (len(mine) + len(truth)))
    mean = sum(scores) / len(scores)
    print(f"\n{len(scores)} tables found, {missed} missed, mean cell F1 {mean:.3f}")
    assert missed <= 2
    assert mean >= 0.95
