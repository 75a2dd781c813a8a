from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest
from hypothesis import HealthCheck, given, settings
from PIL import Image

from mineru_cli.domain.page import PageResult
from mineru_cli.errors import DiskFull, OutputNotWritable, PageUnreadable
from mineru_cli.output import schema
from mineru_cli.output.formats.mineru3.page_markdown import PageMarkdown
from mineru_cli.output.markdown import CleanMarkdown
from mineru_cli.output.writer import OutputOptions, Written

from .published import markdown_of, publish
from .random_pages import documents
from .sheets import block, document, failed, figure_name, many, page, stacked, table

JPEG = b"\xff\xd8\xff\xe0 not much of a picture"
NAME = figure_name(JPEG)
OPTIONS = OutputOptions(version="1.2.3", model="MinerU2.5", recipe="mineru")


class Place:
    """Folders of one test run."""

    def __init__(self, root: Path) -> None:
        self.figures, self.out = root / "figures", root / "out"
        self.scratch = self.out / ".mineru-batch" / "scratch"
        self.target = self.out / "paper" / "vlm"
        self.figures.mkdir()
        (self.figures / NAME).write_bytes(JPEG)
        (self.figures / "a.jpg").write_bytes(JPEG)

    def write(
        self, pages: Iterator[PageResult], options: OutputOptions = OPTIONS, stem: str = "paper"
    ) -> Written:
        return publish(replace(document(stem), key="paper"), pages, self.figures, self.out, options)

    def text(self, suffix: str) -> str:
        return (self.target / f"paper{suffix}").read_text(encoding="utf-8")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def check_schemas(place: Place) -> None:
    schema.ContentList.model_validate_json(place.text("_content_list.json"))
    schema.ContentListV2.model_validate_json(place.text("_content_list_v2.json"))
    schema.Middle.model_validate_json(place.text("_middle.json"))
    schema.Model.model_validate_json(place.text("_model.json"))


def sample() -> list[PageResult]:
    first = stacked(
        ("title", "T"), ("text", "A 北京 text."), ("table", table("a|b")), ("equation", "x"), ("code", "y")
    )
    picture = block("image", None, (0.1, 0.9, 0.9, 1.0), figure=NAME)
    return [page(0, *first, picture), failed(1), page(2, *stacked(("list_item", "• a"), ("chart", None)))]


def test_a_document_is_written_with_all_its_files(place: Place) -> None:
    written = place.write(iter(sample()))
    assert sorted(os.listdir(place.target)) == [
        "images",
        "paper.md",
        "paper_content_list.json",
        "paper_content_list_v2.json",
        "paper_middle.json",
        "paper_model.json",
    ]
    assert os.listdir(place.target / "images") == [NAME]
    sizes = sum(found.stat().st_size for found in place.target.rglob("*") if found.is_file())
    assert (written.pages, written.blocks, written.bytes) == (3, 8, sizes)
    check_schemas(place)
    middle = json.loads(place.text("_middle.json"))
    assert (middle["_backend"], middle["_version_name"], middle["_model"]) == ("vlm", "1.2.3", "MinerU2.5")
    assert [len(blocks) for blocks in json.loads(place.text("_model.json"))] == [6, 0, 2]
    assert list(place.scratch.iterdir()) == []


def test_only_the_files_that_are_wanted_are_written(place: Place) -> None:
    place.write(iter(sample()), OutputOptions(files=frozenset({"md", "model"})))
    assert sorted(os.listdir(place.target)) == ["paper.md", "paper_model.json"]
    assert "![](" not in place.text(".md")


def test_no_pages_give_empty_but_valid_files(place: Place) -> None:
    assert place.write(iter(())).pages == 0
    check_schemas(place)
    assert place.text(".md") == ""


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(documents())
def test_whatever_the_model_says_the_files_keep_their_shape(place: Place, pages: list[PageResult]) -> None:
    place.write(iter(pages))
    check_schemas(place)
    images = set(os.listdir(place.target / "images"))
    assert images <= {"a.jpg"}
    for item in json.loads(place.text("_content_list.json")):
        assert item.get("img_path", "") in {"", *(f"images/{name}" for name in images)}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(documents())
def test_streaming_gives_what_one_go_gives(place: Place, pages: list[PageResult]) -> None:
    plain = [replace(p, blocks=tuple(replace(b, figure="") for b in p.blocks)) for p in pages]
    place.write(iter(plain))
    assert place.text(".md") == markdown_of(plain, PageMarkdown())
    place.write(iter(plain), OutputOptions(markdown="clean"))
    assert place.text(".md") == markdown_of(plain, CleanMarkdown())


def test_the_layout_pdf_comes_on_request_one_page_image_at_a_time(place: Place) -> None:
    asked = []

    def render(index: int) -> Image.Image:
        asked.append(index)
        if index == 1:
            raise PageUnreadable("broken")
        return Image.new("RGB", (100, 140))

    options = OutputOptions(files=frozenset({"md", "layout"}))
    publish(document(), iter(sample()), place.figures, place.out, options, render)
    with pypdfium2.PdfDocument(place.target / "paper_layout.pdf") as pdf:
        assert len(pdf) == 3
    assert asked == [0, 1, 2]


def test_names_that_are_too_long_or_strange_are_written(place: Place) -> None:
    for stem in ("北" * 85, "a\nb", "'\"", "x" * 255, os.fsdecode(b"\xff\xfe")):
        assert place.write(iter(sample()), stem=stem).pages == 3
        assert len(os.listdir(place.target)) == 6


def test_an_error_in_the_pages_leaves_the_old_document_and_no_litter(place: Place) -> None:
    place.write(iter(sample()))
    before = place.text(".md")

    def broken() -> Iterator[PageResult]:
        yield page(0, block("text", "other"))
        raise PageUnreadable("gone")

    with pytest.raises(PageUnreadable):
        place.write(broken())
    assert place.text(".md") == before
    assert list(place.scratch.iterdir()) == []


def test_an_output_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.scratch.parent.mkdir(parents=True)
    place.scratch.write_text("a file where a folder should be")
    with pytest.raises(OutputNotWritable, match="vlm"):
        place.write(iter(sample()))


def test_a_full_disk_is_reported_and_leaves_the_old_document(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.write(iter(sample()))
    before = place.text(".md")

    def full(handle: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFull):
        place.write(iter(sample()))
    monkeypatch.undo()
    assert place.text(".md") == before
    assert list(place.scratch.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_disk_that_fills_up_while_writing_is_reported(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.open

    def on_full_disk(path: Path, *args: object, **rest: object) -> object:
        return real(Path("/dev/full") if path.suffix == ".md" else path, *args, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "open", on_full_disk)
    with pytest.raises(DiskFull):
        place.write(iter(sample()))
    assert not place.target.exists()


def peak(place: Place, count: int) -> int:
    tracemalloc.start()
    try:
        place.write(many(count))
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_pages(place: Place) -> None:
    # The interpreter keeps up to 2,000 freed tuples of each size: let it fill those lists before measuring.
    place.write(many(2_000))
    assert peak(place, 2_000) < 1.3 * peak(place, 200)


KILLED = """
import sys
from pathlib import Path
sys.path[:0] = {paths!r}
from output.sheets import document, many
from mineru_cli.output.names import OutputOptions
from output.published import publish
root = Path({root!r})
print("ready", flush=True)
while True:
    for count in (3, 5):
        publish(document(), many(count), root / "figures", root / "out", OutputOptions(version="1.2.3"))
"""


def test_a_killed_process_leaves_a_whole_document(place: Place, tmp_path: Path) -> None:
    place.write(many(3))
    tests = Path(__file__).parents[1]
    code = KILLED.format(paths=[str(tests), str(tests.parent)], root=str(tmp_path))
    for wait in range(5):
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            try:
                process.wait(0.05 + 0.017 * wait)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
        pages = len(json.loads(place.text("_middle.json"))["pdf_info"])
        assert pages in (3, 5)
        assert len(json.loads(place.text("_model.json"))) == pages
        assert place.text(".md").count("And ends without") == pages
        check_schemas(place)


def test_few_files_are_open_at_once(place: Place) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    opened = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 64
    resource.setrlimit(resource.RLIMIT_NOFILE, (opened + 12, hard))
    try:
        place.write(many(50))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
