"""The real models on drawn pages."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from tests.embedded.drawn import FIRST, SECOND, TABLE, TITLE, columns, page, table, wrapped

pytest.importorskip("rapidocr", reason="the extra [embedded] is not installed")

from mineru_vl_utils.mineru_client import DEFAULT_PROMPTS, DEFAULT_SAMPLING_PARAMS, MinerUClientHelper
from mineru_vl_utils.post_process.otsl2html import convert_otsl_to_html
from rapidfuzz.distance import Levenshtein

from mineru_cli.embedded.config import EmbeddedConfig
from mineru_cli.embedded.engine import Abandoned, Cores, OcrEngine, Task
from tests.embedded.table.test_otsl import cells_of

CHINESE = Path(__file__).resolve().parents[2] / "examples" / "fonts" / "wqy-microhei-subset.ttf"


def go_on():
    pass


@pytest.fixture(scope="module")
def engine():
    return OcrEngine(EmbeddedConfig(), Cores(1, 2))


@pytest.fixture(scope="module")
def client():
    return MinerUClientHelper(
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


def blocks_of(engine, client, image):
    return client.parse_layout_output(engine.run(Task.LAYOUT, client.prepare_for_layout(image), go_on))


def read_page(engine, client, image):
    """Both steps, as a client of MinerU2.5 takes them: (type, text) in reading order."""
    blocks = blocks_of(engine, client, image)
    crops, prompts, _, indices = client.prepare_for_extract(image, blocks)
    for index, crop, prompt in zip(indices, crops, prompts, strict=True):
        blocks[index].content = engine.run(Task(prompt.strip()), crop, go_on)
    return [(b.type, b.content) for b in blocks]


def similar(a, b):
    return Levenshtein.normalized_similarity(a, b)


def test_a_page_is_read_in_order(engine, client):
    read = read_page(engine, client, page())
    assert [kind for kind, _ in read] == ["title", "text", "text", "page_number"]
    assert similar(" ".join(text for _, text in read), f"{TITLE} {FIRST} {SECOND} 17") > 0.98


def test_columns_are_read_one_after_the_other(engine, client):
    text = " ".join(text for _, text in read_page(engine, client, columns()))
    assert similar(text, f"{TITLE} {' '.join([FIRST] * 3)} {' '.join([SECOND] * 3)}") > 0.97


@pytest.mark.parametrize(("turn", "angle"), [(90, 270), (180, 180), (270, 90)])
def test_a_turned_page_says_how_to_turn_it_back(engine, client, turn, angle):
    image = page().rotate(turn, expand=True)
    assert {b.angle for b in blocks_of(engine, client, image)} == {angle}
    if turn == 270:
        text = " ".join(text for _, text in read_page(engine, client, image))
        assert similar(text, f"{TITLE} {FIRST} {SECOND} 17") > 0.97


def test_a_slightly_slanted_page(engine, client):
    image = page().rotate(-0.8, Image.Resampling.BICUBIC, fillcolor="white")
    text = " ".join(text for _, text in read_page(engine, client, image))
    assert similar(text, f"{TITLE} {FIRST} {SECOND} 17") > 0.97


def test_a_blank_page_has_no_blocks(engine, client):
    assert (
        engine.run(Task.LAYOUT, client.prepare_for_layout(Image.new("RGB", (1240, 1754), "white")), go_on)
        == ""
    )


def test_a_page_that_is_one_picture_is_an_image(engine, client):
    gradient = Image.radial_gradient("L").resize((1240, 1754)).convert("RGB")
    ImageDraw.Draw(gradient).ellipse((300, 400, 900, 1300), "black")
    assert [b.type for b in blocks_of(engine, client, gradient)] == ["image"]


@pytest.mark.parametrize("task", [Task.TEXT, Task.TABLE, Task.FORMULA])
def test_a_blank_crop_has_no_text(engine, task):
    assert engine.run(task, Image.new("RGB", (300, 80), "white"), go_on) == ""


@pytest.mark.parametrize("size", [(1, 1), (28, 2000), (2000, 28)])
def test_odd_crops_do_not_break_the_engine(engine, size):
    for task in Task:
        assert isinstance(engine.run(task, Image.new("L", size, 128), go_on), str)


@pytest.mark.parametrize("ruled", [True, False])
def test_tables_are_read_cell_by_cell(engine, ruled):
    markup = convert_otsl_to_html(engine.run(Task.TABLE, table(ruled=ruled), go_on))
    assert cells_of(markup) == [
        (r, c, 1, 1, text) for r, row in enumerate(TABLE) for c, text in enumerate(row)
    ]


def test_a_ruled_table_is_found_on_its_page(engine, client):
    image = page()
    image.paste(table(ruled=True), (250, 900))
    kinds = [b.type for b in blocks_of(engine, client, image)]
    assert kinds == ["title", "text", "text", "table", "page_number"]


@pytest.mark.skipif(not CHINESE.is_file(), reason="the examples' font is not there")
def test_chinese_lines_are_joined_without_blanks(engine):
    text = "为了方便白天上班的居民借书和自习经街道办事处同意"
    image = Image.new("RGB", (420, 120), "white")
    draw = ImageDraw.Draw(image)
    face = ImageFont.truetype(str(CHINESE), 30)
    draw.text((10, 10), text[:12], "black", face)
    draw.text((10, 60), text[12:], "black", face)
    assert engine.run(Task.TEXT, image, go_on) == text


WITHOUT_OPENCV = """
import sys
sys.modules["cv2"] = None
from PIL import Image
from mineru_cli.embedded.config import EmbeddedConfig
from mineru_cli.embedded.engine import Cores, OcrEngine, Task
engine = OcrEngine(EmbeddedConfig(), Cores(1, 1))
print(repr(engine.run(Task.LAYOUT, Image.new("RGB", (200, 200), "white"), lambda: None)))
print([name for name in ("rapidocr", "rapid_layout", "requests") if name in sys.modules])
"""


def test_it_works_where_opencv_cannot_be_loaded():
    run = subprocess.run([sys.executable, "-c", WITHOUT_OPENCV], capture_output=True, text=True)
    assert run.stdout.split() == ["''", "[]"], run.stderr


def test_abandoned_work_stops(engine):
    calls = []

    def checkpoint():
        calls.append(1)
        if len(calls) == 3:
            raise Abandoned

    lines = wrapped(FIRST, ImageFont.load_default(24), 500)
    image = Image.new("RGB", (540, 40 * len(lines)), "white")
    for n, line in enumerate(lines):
        ImageDraw.Draw(image).text((10, 40 * n), line, "black", ImageFont.load_default(24))
    with pytest.raises(Abandoned):
        engine.run(Task.TEXT, image, checkpoint)
    assert len(calls) == 3


def test_both_runtimes_read_the_same(client):
    pytest.importorskip("openvino")
    texts = []
    for runtime in ("onnxruntime", "openvino"):
        engine = OcrEngine(EmbeddedConfig(runtime=runtime), Cores(1, 2))
        texts.append(engine.run(Task.TEXT, page().crop((130, 260, 1110, 420)), go_on))
    assert similar(*texts) > 0.99
