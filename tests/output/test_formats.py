"""What every format of a document's files must hold, and what each of the smaller ones writes."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from mineru_cli.domain.page import PageResult
from mineru_cli.errors import SettingsError
from mineru_cli.output.formats.registry import FORMATS, make_format
from mineru_cli.output.names import OutputOptions

from .published import publish
from .random_pages import documents
from .sheets import block, document, failed, page, stacked, table

WORD = re.compile(r"[A-Za-z]{4,}")
MINERU_4 = Path(os.environ.get("MINERU4_PYTHON", "/opt/mineru-4/bin/python"))
"""A Python that has mineru 4.0.12: its own models judge what is written for it."""


def written(name: str, pages: Iterable[PageResult], root: Path, **options: Any) -> dict[str, str]:
    """The text files of one document by the end of their names."""
    (root / "figures").mkdir(parents=True, exist_ok=True)
    chosen = OutputOptions(format=name, version="1.2.3", model="MinerU2.5", recipe="mineru", **options)
    target = root / "out" / "paper" / "vlm"
    publish(document("paper"), iter(pages), root / "figures", root / "out", chosen)
    return {
        file.name.removeprefix("paper"): file.read_text("utf-8")
        for file in target.iterdir()
        if file.is_file()
    }


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_knows_its_name(name: str) -> None:
    assert make_format(name).name == name


def test_an_unknown_format_is_refused_with_those_that_exist() -> None:
    with pytest.raises(SettingsError, match="mineru9") as raised:
        make_format("mineru9")
    assert "jsonl" in str(raised.value.hint)


@pytest.mark.parametrize("name", FORMATS)
def test_every_word_of_every_block_is_in_the_files(name: str, tmp_path: Path) -> None:
    pages = [
        page(
            0,
            *stacked(
                ("title", "Levels of water"),
                ("text", "Measured along coasts"),
                ("list", None),
                ("table", table("alpha|beta", "gamma|delta")),
                ("table_caption", "Monthly means"),
                ("code", "print(harbour)"),
                ("algorithm", "while tide: wait"),
                ("equation", r"\mathrm{mean} = \frac{total}{count}"),
                ("image_caption", "Caption without picture"),
                ("ref_text", "Author, Journal, nineteen"),
                ("phonetic", "fonetik"),
            ),
        ),
        page(2, *stacked(("text", "Second sheet follows"))),
        failed(3, *stacked(("text", "Layer fallback words"))),
    ]
    files = "\n".join(written(name, pages, tmp_path).values()).replace("\\n", "\n")
    words = {word for one in pages for b in one.blocks for word in WORD.findall(b.content or "")}
    assert words - set(WORD.findall(files)) == set()


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("pages", [[], [page(0)]], ids=["no pages", "an empty page"])
def test_a_document_without_text_is_still_well_formed(
    name: str, pages: list[PageResult], tmp_path: Path
) -> None:
    for suffix, text in written(name, pages, tmp_path).items():
        if suffix.endswith((".json", ".jsonl")):
            json.loads(text)


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pages=documents())
def test_whatever_a_model_says_the_files_are_well_formed(name: str, pages: list[PageResult]) -> None:
    with TemporaryDirectory() as root:
        for suffix, text in written(name, pages, Path(root)).items():
            if suffix.endswith((".json", ".jsonl")):
                json.loads(text)


# MinerU 4


def test_the_middle_json_of_mineru_4_says_what_its_protocol_says(tmp_path: Path) -> None:
    first = page(
        0,
        block("header", "Head", (0.1, 0.0, 0.9, 0.05)),
        block("title", "Levels", (0.1, 0.1, 0.9, 0.2)),
        block("text", r"Rise of \(x^2\) metres", (0.1, 0.2, 0.9, 0.3), merge_prev=True),
        block("table", table("a|b"), (0.1, 0.4, 0.9, 0.5), cell_merge=(1, 0)),
        block("table_caption", "Means", (0.1, 0.5, 0.9, 0.55)),
        block("code", "```c\nreturn;\n```", (0.1, 0.6, 0.9, 0.7)),
        block("image", "A ship", (0.1, 0.7, 0.9, 0.8), sub_type="photo"),
    )
    files = written("mineru4", [first, failed(1)], tmp_path)
    assert sorted(files) == [".md", "_middle.json"]
    middle = json.loads(files["_middle.json"])
    assert (middle["schema"], middle["schema_version"]) == ("docvortex.middle", "2.0")
    assert middle["is_full_document"] is True
    assert middle["metadata"]["producer"] == {"name": "mineru-batch", "version": "1.2.3"}
    blocks = middle["pages"][0]["blocks"]
    assert [b["index"] for b in blocks] == list(range(len(blocks)))
    by_type = {b["type"]: b for b in blocks}
    assert by_type["paragraph_title"]["level"] == 2
    assert by_type["text"]["continues_prev"] is True
    assert by_type["text"]["content"] == [
        {"type": "text", "content": "Rise of "},
        {"type": "equation_inline", "content": "x^2"},
        {"type": "text", "content": " metres"},
    ]
    assert by_type["table"]["cell_merge"] == [1, 0]
    assert [part["type"] for part in by_type["table"]["content"]] == ["table_body", "table_caption"]
    assert by_type["code"]["content"][0]["content"] == "return;"
    assert by_type["image"]["sub_type"] == "photo"
    notes = middle["extensions"]["mineru_batch"]["notes"]
    assert notes == [
        {"page_idx": 1, "failure": {"code": "page-timeout", "message": "it took too long"}, "fallback": False}
    ]


def test_a_selection_of_pages_is_not_the_full_document(tmp_path: Path) -> None:
    assert json.loads(written("mineru4", [page(3)], tmp_path)["_middle.json"])["is_full_document"] is False
    chosen = written("mineru4", [page(0)], tmp_path / "2", selection=True)
    assert json.loads(chosen["_middle.json"])["is_full_document"] is False


VERIFY = """
import sys
from pathlib import Path
from mineru.parser.base import ParseResult
for file in sorted(Path(sys.argv[1]).glob("*.json")):
    result = ParseResult.from_json(file.read_text("utf-8"))
    result.markdown()
    result.structured_content()
    print(file.name)
"""


@pytest.mark.skipif(not MINERU_4.exists(), reason="mineru 4.0.12 is not installed")
def test_mineru_4_itself_reads_what_is_written_for_it(tmp_path: Path) -> None:
    """By the pydantic models of mineru 4.0.12, on random documents; then its renderers run over them."""
    found: list[str] = []

    @settings(max_examples=60, deadline=None, database=None)
    @given(documents())
    def write(pages: list[PageResult]) -> None:
        with TemporaryDirectory() as root:
            found.append(written("mineru4", pages, Path(root))["_middle.json"])

    write()
    for number, text in enumerate(found):
        (tmp_path / f"{number:03d}.json").write_text(text, "utf-8")
    done = subprocess.run(
        [str(MINERU_4), "-c", VERIFY, str(tmp_path)], capture_output=True, text=True, timeout=110, check=False
    )
    assert len(done.stdout.split()) == len(found), done.stderr[-2000:]


# One line per document


def test_a_line_has_the_text_and_where_its_pages_are(tmp_path: Path) -> None:
    pages = [
        page(0, *stacked(("title", "Levels"), ("text", 'So "quoted"\\n and \u6c34'))),
        page(1, block("image", None, figure="a.jpg")),
        page(4, *stacked(("text", "Last page"))),
        failed(5),
    ]
    files = written("jsonl", pages, tmp_path)
    assert sorted(files) == [".jsonl"]
    assert files[".jsonl"].count("\n") == 1
    line = json.loads(files[".jsonl"])
    spans = line["attributes"]["pdf_page_numbers"]
    assert [number for *_, number in spans] == [1, 2, 5, 6]
    texts = [line["text"][start:end] for start, end, _ in spans]
    assert texts[0].startswith("# Levels\n\n")
    assert "\u6c34" in texts[0]
    assert texts[1:] == ["", "Last page", ""]
    assert line["text"] == "\n\n".join(text for text in texts if text)
    assert line["metadata"]["failed_pages"] == [{"page": 6, "code": "page-timeout", "fallback": False}]
    assert (line["source"], line["metadata"]["pages"]) == ("mineru-batch", 4)
    assert len(line["id"]) == 64


def test_equal_text_has_an_equal_id(tmp_path: Path) -> None:
    ids = [
        json.loads(written("jsonl", [page(0, *stacked(("text", text)))], tmp_path / str(n))[".jsonl"])["id"]
        for n, text in enumerate(("same", "same", "other"))
    ]
    assert ids[0] == ids[1] != ids[2]
