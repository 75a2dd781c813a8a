"""The floor: what no client can do without. Render each page, encode losslessly each picture that is sent.

One process, one thread, nothing else: pdfium at 200 dpi, then isal's PNG of the layout square and of every
crop. Resizing, cropping, HTTP, JSON and files are not in it.
"""

from __future__ import annotations

import time
from pathlib import Path

import pypdfium2
from PIL import Image

from benchmarks.bench import BLOCKS, Bench
from benchmarks.report import Section
from mineru_cli.pages.pixels.encode import png
from mineru_cli.pages.pixels.packed_image import to_greyscale_if_colourless
from tests.vllm_double import layout_of

LONGEST = 3500


def run(bench: Bench) -> Section:
    folder, pages = bench.corpus
    render, encode = 0.0, 0.0
    for path in sorted(folder.glob("*.pdf")):
        for image, seconds in _rendered(path):
            render += seconds
            pictures = [image.resize((1036, 1036), Image.Resampling.BICUBIC)]
            pictures += [image.crop(_box(image, box)) for _, box in layout_of("00", BLOCKS)]
            pictures = [
                to_greyscale_if_colourless(one) or one if one.mode == "RGB" else one for one in pictures
            ]
            began = time.process_time()
            for one in pictures:
                png(one)
            encode += time.process_time() - began
    rows = [
        {
            "render ms/page": render / pages * 1000,
            "encode ms/page": encode / pages * 1000,
            "floor CPU ms/page": (render + encode) / pages * 1000,
        }
    ]
    ours = bench.ours(32)
    rows[0]["mineru-batch CPU ms/page"] = ours.cpu
    rows[0]["x floor"] = ours.cpu / rows[0]["floor CPU ms/page"]
    return Section("The floor", rows)


def _rendered(path: Path):
    document = pypdfium2.PdfDocument(path)
    for page in document:
        scale = min(200 / 72, LONGEST / max(page.get_size()))
        began = time.process_time()
        bitmap = page.render(scale=scale, rev_byteorder=True, prefer_bgrx=True)
        seconds = time.process_time() - began
        shared = bitmap.to_pil()
        yield to_greyscale_if_colourless(shared) or shared.convert("RGB"), seconds
        page.close()
    document.close()


def _box(image: Image.Image, box: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    sides = zip(box, image.size * 2, strict=True)
    left, top, right, bottom = (round(share * length / 1000) for share, length in sides)
    return left, top, right, bottom
