from __future__ import annotations

from pathlib import Path

import psutil
import pytest
from PIL import Image
from ui.run_folders import pdf

from mineru_cli.ui.viewer.pictures import Pictures


@pytest.fixture(scope="module")
def pictures():
    with Pictures() as pictures:
        yield pictures


def test_pages_are_drawn_as_png(pictures: Pictures, tmp_path: Path):
    path = str(pdf(tmp_path / "a.pdf", 2))
    first, second = pictures.page(path, 1, 0), pictures.page(path, 1, 1)
    assert first.data.startswith(b"\x89PNG")
    assert first.data != second.data
    assert pictures.page(path, 1, 0) is first  # kept


def test_images_are_drawn_too(pictures: Pictures, tmp_path: Path):
    Image.new("RGB", (300, 200), "red").save(tmp_path / "a.png")
    assert pictures.page(str(tmp_path / "a.png"), 1, 0).data.startswith(b"\x89PNG")


def test_what_cannot_be_drawn_says_why(pictures: Pictures, tmp_path: Path):
    path = pdf(tmp_path / "a.pdf", 1)
    assert "no such page" in pictures.page(str(path), 1, 7).reason
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.4 nothing in it")
    assert pictures.page(str(tmp_path / "b.pdf"), 1, 0).reason
    assert "No such file" in pictures.page(str(tmp_path / "gone.pdf"), 1, 0).reason


def test_a_crash_costs_one_page_and_the_next_is_drawn_again(pictures: Pictures, tmp_path: Path):
    path = str(pdf(tmp_path / "a.pdf", 3))
    assert pictures.page(path, 1, 0).data
    (drawing,) = psutil.Process(pictures._relay.pid).children()
    drawing.kill()
    assert "crashed" in pictures.page(path, 1, 1).reason
    assert pictures.page(path, 1, 2).data


def test_a_page_that_hangs_is_given_up(tmp_path: Path):
    path = str(pdf(tmp_path / "a.pdf", 1))
    with Pictures(seconds=0.0) as pictures:
        assert "longer than" in pictures.page(path, 1, 0).reason
