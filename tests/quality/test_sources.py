from __future__ import annotations

import datetime as dt
import hashlib
import json
import sqlite3
from pathlib import Path

import pytest

from mineru_cli.quality.baseline import record
from mineru_cli.quality.blocks import Kind
from mineru_cli.quality.compare import compare
from mineru_cli.quality.errors import DifferentInputs, DifferentPages, NothingToCompare
from mineru_cli.quality.matching.documents import pair_documents
from mineru_cli.quality.observer import RunningComparison
from mineru_cli.quality.reports.summary import summarise
from mineru_cli.quality.settings import CompareSettings
from mineru_cli.quality.sources.markdown_blocks import markdown_blocks
from mineru_cli.quality.sources.opening import open_source
from tests.quality.runs import make_run

TODAY = dt.date(2026, 1, 1)


def markdown_folder(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_a_run_folder_gives_its_documents_by_path_without_suffix(tmp_path: Path) -> None:
    source = open_source(make_run(3).write(tmp_path))
    assert source.kind == "run"
    assert list(source.paths) == ["even/doc00", "even/doc02", "odd/doc01"]
    document = source.read("even/doc02")
    assert document.paged
    assert document.page_count == 2
    kinds = [block.kind for block in document.pages[0].blocks]
    assert kinds.count(Kind.ASIDE) == 2
    assert kinds.count(Kind.TABLE) == kinds.count(Kind.FORMULA) == 1
    assert document.pages[0].blocks[1].level == 1


@pytest.mark.parametrize("method", ["auto", "vlm", "ocr", "hybrid_auto"])
def test_minerus_other_folders_are_read_too(tmp_path: Path, method: str) -> None:
    folder = tmp_path / "paper" / method
    folder.mkdir(parents=True)
    (folder / "paper_content_list.json").write_text(
        json.dumps([{"type": "text", "text": "a", "page_idx": 0}])
    )
    assert list(open_source(tmp_path).paths) == ["paper"]


def test_without_content_list_blocks_come_from_the_model_list_then_from_markdown(tmp_path: Path) -> None:
    folder = tmp_path / "doc" / "vlm"
    folder.mkdir(parents=True)
    (folder / "doc.md").write_text("# From Markdown")
    assert open_source(tmp_path).read("doc").pages[0].blocks[0].text == "From Markdown"
    block = {"type": "title", "bbox": [0.1, 0.1, 0.5, 0.2], "angle": 0, "content": "From the model"}
    (folder / "doc_model.json").write_text(json.dumps([[block], []]))
    document = open_source(tmp_path).read("doc")
    assert document.page_count == 2
    assert document.pages[0].blocks[0].text == "From the model"
    assert document.pages[0].blocks[0].box == (100, 100, 500, 200)


def test_markdown_pairs_with_a_run_by_path_without_suffix(tmp_path: Path) -> None:
    run = make_run(2)
    for items in run.documents.values():
        items[:] = [i for i in items if i["type"] == "text" and "text_level" not in i]
    texts = {path: "\n\n".join(i["text"] for i in items) for path, items in run.documents.items()}
    truth = markdown_folder(tmp_path / "truth", {f"{path}.md": text for path, text in texts.items()})
    found = compare(truth, run.write(tmp_path / "run"), today=TODAY).comparison
    assert found.run_match == 1.0
    assert {document.pages for document in found.documents} == {1}


def test_a_kept_suffix_is_not_another_document(tmp_path: Path) -> None:
    truth = markdown_folder(tmp_path / "truth", {"a.md": "one text", "b.md": "two texts"})
    run = markdown_folder(tmp_path / "run", {"a.pdf.md": "one text", "b.md": "two texts"})
    states = {
        pair.path: (pair.state, pair.run) for pair in pair_documents(open_source(truth), open_source(run))
    }
    assert states == {"a": ("paired", "a.pdf"), "b": ("paired", "b")}


def with_inputs(root: Path, inputs: dict[str, bytes]) -> Path:
    """Add a ledger that knows where the inputs are."""
    ledger = sqlite3.connect(root / ".mineru-batch" / "ledger.db")
    ledger.execute("CREATE TABLE documents (key TEXT, path)")
    for path, data in inputs.items():
        file = root.parent / f"{root.name}-{Path(path).name}.pdf"
        file.write_bytes(data)
        ledger.execute("INSERT INTO documents VALUES (?, ?)", (path, str(file)))
    ledger.commit()
    ledger.close()
    return root


def test_a_renamed_document_is_found_by_the_hash_of_its_input(tmp_path: Path) -> None:
    base = make_run(2)
    run = base.copy()
    run.documents["moved/elsewhere"] = run.documents.pop("odd/doc01")
    run.page_counts["moved/elsewhere"] = 2
    left = with_inputs(base.write(tmp_path / "a"), {"odd/doc01": b"%PDF one"})
    right = with_inputs(run.write(tmp_path / "b"), {"moved/elsewhere": b"%PDF one"})
    found = compare(left, right, today=TODAY).comparison
    renamed = next(document for document in found.documents if document.path == "odd/doc01")
    assert (renamed.state, renamed.run_path, found.run_match) == ("renamed", "moved/elsewhere", 1.0)
    assert open_source(left).input_sha256("odd/doc01") == hashlib.sha256(b"%PDF one").hexdigest()


def test_only_other_documents_are_not_comparable(tmp_path: Path) -> None:
    one = markdown_folder(tmp_path / "one", {"a.md": "text"})
    other = markdown_folder(tmp_path / "other", {"b.md": "text"})
    with pytest.raises(DifferentInputs, match="none of them"):
        compare(one, other, today=TODAY)


def test_other_pages_are_not_comparable(tmp_path: Path) -> None:
    base, run = make_run(2), make_run(2)
    run.settings["pages"] = "1-5"
    with pytest.raises(DifferentPages, match="1-5"):
        compare(base.write(tmp_path / "a"), run.write(tmp_path / "b"), today=TODAY)


def test_a_path_without_documents_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for location in ("empty", "nowhere"):
        with pytest.raises(NothingToCompare, match=location):
            open_source(tmp_path / location)


def test_extra_documents_count_unless_they_are_ignored(tmp_path: Path) -> None:
    base, run = make_run(2), make_run(3)
    one, other = base.write(tmp_path / "a"), run.write(tmp_path / "b")
    counting = compare(one, other, today=TODAY)
    assert counting.comparison.run_match == pytest.approx(2 / 3)
    assert any(note.startswith("1 document that only the run has") for note in summarise(counting).notes)
    ignoring = compare(one, other, CompareSettings(ignore_extra=True), today=TODAY).comparison
    assert ignoring.run_match == 1.0
    assert list(ignoring.ignored) == ["even/doc02"]


def test_a_failure_of_both_runs_is_not_a_difference(tmp_path: Path) -> None:
    base, run = make_run(2), make_run(2)
    for one in (base, run):
        one.failed["broken"] = "encrypted"
    judgement = compare(base.write(tmp_path / "a"), run.write(tmp_path / "b"), today=TODAY)
    assert judgement.verdict == "pass"
    assert judgement.comparison.run_match == 1.0


@pytest.mark.parametrize("content", ["{", "null", "5", '{"a": 1}', "[" * 100_000])
def test_a_damaged_output_counts_as_failed(tmp_path: Path, content: str) -> None:
    base = make_run(2).write(tmp_path / "a")
    run = make_run(2).write(tmp_path / "b")
    (run / "odd/doc01/vlm/doc01_content_list.json").write_text(content)
    (run / "odd/doc01/vlm/doc01_model.json").unlink()
    judgement = compare(base, run, today=TODAY)
    failed = {rule.rule for rule in judgement.rules if rule.status == "fail"}
    assert failed & {"document-failed", "document-empty"}


def test_a_baseline_that_cannot_be_read_is_named_as_the_reason(tmp_path: Path) -> None:
    base = make_run(2).write(tmp_path / "a")
    run = make_run(2).write(tmp_path / "b")
    (base / "odd/doc01/vlm/doc01_content_list.json").write_text("{")
    judgement = compare(base, run, today=TODAY)
    rule = next(rule for rule in judgement.rules if rule.rule == "baseline-unreadable")
    assert (rule.status, rule.documents) == ("fail", ["odd/doc01"])
    problems = [problem.message for one in judgement.comparison.documents for problem in one.problems]
    assert len(problems) == 1
    assert problems[0].startswith("in the baseline its output cannot be read: ")


def test_an_input_that_cannot_be_read_has_no_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> str:
        raise PermissionError(13, "Permission denied")

    run = open_source(with_inputs(make_run(2).write(tmp_path / "a"), {"odd/doc01": b"%PDF one"}))
    assert run.input_sha256("odd/doc01") is not None
    monkeypatch.setattr("mineru_cli.quality.sources.mineru.file_sha256", refused)
    assert run.input_sha256("odd/doc01") is None


def test_hostile_items_are_taken_for_what_they_are(tmp_path: Path) -> None:
    folder = tmp_path / "doc" / "vlm"
    folder.mkdir(parents=True)
    items = [
        {"type": "text", "text": None, "page_idx": -4, "bbox": "x"},
        {"type": ["x"], "text": "kept", "page_idx": "7", "bbox": [1e300, 0, 1, 1]},
        {"type": "table", "table_body": 5, "table_caption": "c", "page_idx": True},
        {"type": "list", "list_items": [1, "one", None]},
        "no item",
        None,
    ]
    (folder / "doc_content_list.json").write_text(json.dumps(items))
    texts = [block.text for page in open_source(tmp_path).read("doc").pages for block in page.blocks]
    assert "kept" in texts


def test_markdown_is_split_into_the_blocks_people_see() -> None:
    text = """\
Title
=====

# Second #
A paragraph
over two lines.
- one
- two

| a | b |
| - | - |
| 1 | x \\| y |

<table><tr>
<td>c</td></tr></table>

$$
E = mc^2
$$
\\[ x \\]

```python
# no heading
```
![](images/a.jpg)

---
"""
    blocks = markdown_blocks(text)
    assert [(block.kind.value, block.type, block.level) for block in blocks] == [
        ("text", "title", 1),
        ("text", "title", 1),
        ("text", "text", 0),
        ("text", "list", 0),
        ("table", "table", 0),
        ("table", "table", 0),
        ("formula", "equation", 0),
        ("formula", "equation", 0),
        ("text", "code", 0),
        ("image", "image", 0),
    ]
    assert blocks[1].text == "Second"
    assert "<td>x | y</td>" in blocks[4].text
    assert blocks[8].text == "# no heading"


@pytest.mark.parametrize(
    "text", ["$$ never closed", "```\nnever closed", "<table><tr>", "|\n-|-", "", "\x00", "# "]
)
def test_unfinished_markdown_is_split_without_failing(text: str) -> None:
    markdown_blocks(text)


def test_comments_that_never_end_are_text_and_take_no_quadratic_work() -> None:
    text = "<!-- a note -->kept " + "<!--" * 100_000
    assert [block.text for block in markdown_blocks(text)] == ["kept " + "<!--" * 100_000]


def test_a_document_or_folder_named_images_is_one_like_others(tmp_path: Path) -> None:
    run = make_run(1)
    items = run.documents["even/doc00"]
    run.documents = {"images": items, "images/one": items}
    location = run.write(tmp_path)
    (location / "images" / "vlm" / "images").mkdir()
    (location / "images" / "vlm" / "images" / "x_content_list.json").write_text("[]")
    assert list(open_source(location).paths) == ["images", "images/one"]


@pytest.mark.parametrize("name", ["ocr", "txt", "auto"])
def test_a_folder_of_markdown_may_be_called_as_minerus_methods_are(tmp_path: Path, name: str) -> None:
    folder = markdown_folder(tmp_path / name, {"a.md": "one", "b.md": "two", f"{name}/c.md": "three"})
    source = open_source(folder)
    assert (source.kind, list(source.paths)) == ("markdown", sorted(["a", "b", f"{name}/c"]))


def test_minerus_copy_of_the_input_is_a_picture_of_it_and_no_identity(tmp_path: Path) -> None:
    """MinerU writes the PDF anew: other bytes, another hash."""
    base = make_run(2).write(tmp_path / "mineru")
    (base / "odd/doc01/vlm/doc01_origin.pdf").write_bytes(b"%PDF written anew")
    run = with_inputs(make_run(2).write(tmp_path / "run"), {"odd/doc01": b"%PDF as it was"})
    source = open_source(base)
    assert source.input_sha256("odd/doc01") is None
    assert source.input_file("odd/doc01") == base / "odd/doc01/vlm/doc01_origin.pdf"
    record(source, tmp_path / "baseline", now=1.0)
    assert compare(tmp_path / "baseline", run, today=TODAY).verdict == "pass"


def test_another_input_than_the_baselines_is_not_comparable(tmp_path: Path) -> None:
    base = with_inputs(make_run(2).write(tmp_path / "a"), {"odd/doc01": b"%PDF one"})
    run = with_inputs(make_run(2).write(tmp_path / "b"), {"odd/doc01": b"%PDF other"})
    record(open_source(base), tmp_path / "baseline", now=1.0)
    with pytest.raises(DifferentInputs, match="odd/doc01"):
        compare(tmp_path / "baseline", run, today=TODAY)


def test_minerus_flat_output_pairs_with_a_run_that_has_folders(tmp_path: Path) -> None:
    run = make_run(3)
    flat = run.copy()
    for fields in (flat.documents, flat.page_counts):
        for path in list(fields):
            fields[Path(path).name] = fields.pop(path)
    base, ours = flat.write(tmp_path / "mineru"), run.write(tmp_path / "ours")
    found = compare(base, ours, today=TODAY).comparison
    assert {(one.path, one.run_path, one.state, one.match) for one in found.documents} == {
        (Path(path).name, path, "paired", 1.0) for path in run.documents
    }
    running = RunningComparison(base, ours)
    assert [score.match for path in run.documents if (score := running.add(path))] == [1.0] * 3


def test_names_that_two_documents_share_do_not_pair(tmp_path: Path) -> None:
    base = markdown_folder(tmp_path / "base", {"a.md": "one text", "c.md": "three"})
    run = markdown_folder(tmp_path / "run", {"x/a.md": "one text", "y/a.md": "two texts", "z/c.md": "three"})
    states = {pair.path: pair.state for pair in pair_documents(open_source(base), open_source(run))}
    assert states == {"a": "missing", "x/a": "extra", "y/a": "extra", "c": "paired"}


CODE = "def level(t):\n    # metres\n    return 2 * t"
ALGORITHM = (
    '<div class="mineru-algorithm" style="white-space: pre-wrap;">\nif a &lt; b then $x_1$\n  stop\n</div>'
)


def content_folder(root: Path, name: str, content: object) -> Path:
    folder = root / "doc" / "vlm"
    folder.mkdir(parents=True)
    (folder / name).write_text(json.dumps(content))
    return root


def blocks_of(root: Path) -> list[tuple[str, str, str]]:
    return [
        (block.kind.value, block.type, block.text)
        for page in open_source(root).read("doc").pages
        for block in page.blocks
    ]


def test_what_mineru_344_writes_is_read_as_the_content_it_is(tmp_path: Path) -> None:
    items = [
        {
            "type": "code",
            "sub_type": "code",
            "code_caption": ["Listing 1"],
            "code_body": f"```python\n{CODE}\n```",
        },
        {"type": "code", "sub_type": "algorithm", "code_caption": [], "code_body": ALGORITHM},
        {"type": "list", "sub_type": "ref_text", "list_items": ["[3] First", "• Second"]},
        {
            "type": "chart",
            "chart_caption": [],
            "content": "| a | b |\n| - | - |\n| 1 | 2 |",
            "sub_type": "bar",
        },
        {"type": "text", "text": "kept", "extra": True},
    ]
    root = content_folder(tmp_path, "doc_content_list.json", [{**item, "page_idx": 0} for item in items])
    assert blocks_of(root) == [
        ("text", "code_caption", "Listing 1"),
        ("text", "code", CODE),
        ("text", "code", "\nif a < b then $x_1$\n  stop\n\n"),
        ("text", "list", "[3] First\n• Second"),
        ("image", "chart", ""),
        (
            "table",
            "chart_content",
            "<table><tr><td>a</td><td>b</td></tr><tr><td>1</td><td>2</td></tr></table>",
        ),
        ("text", "text", "kept"),
    ]
    assert [block.extra for block in open_source(root).read("doc").pages[0].blocks] == [False] * 6 + [True]


def test_the_second_content_list_is_read_where_the_first_was_not_written(tmp_path: Path) -> None:
    def spans(*texts: str) -> list[dict]:
        return [{"type": "equation_inline" if t.startswith("\\") else "text", "content": t} for t in texts]

    pages = [
        [
            {
                "type": "title",
                "content": {"title_content": spans("Levels"), "level": 1},
                "bbox": [0, 0, 9, 9],
            },
            {"type": "paragraph", "content": {"paragraph_content": spans("so", "\\alpha", "is")}},
            {"type": "equation_interline", "content": {"math_content": "x=1", "math_type": "latex"}},
            {"type": "page_number", "content": {"page_number_content": spans("7")}},
        ],
        [
            {
                "type": "table",
                "content": {"html": "<table><tr><td>1</td></tr></table>", "table_caption": spans("T")},
            },
            {
                "type": "list",
                "content": {"list_items": [{"item_type": "text", "item_content": spans("- a")}]},
            },
            {"type": "algorithm", "content": {"algorithm_content": spans("stop")}},
            "no item",
        ],
    ]
    root = content_folder(tmp_path, "doc_content_list_v2.json", pages)
    assert blocks_of(root) == [
        ("text", "title", "Levels"),
        ("text", "text", "so $\\alpha$ is"),
        ("formula", "equation", "x=1"),
        ("aside", "page_number", "7"),
        ("text", "table_caption", "T"),
        ("table", "table", "<table><tr><td>1</td></tr></table>"),
        ("text", "list", "- a"),
        ("text", "code", "stop"),
    ]
    assert open_source(root).read("doc").page_count == 2


def test_what_mineru_folds_in_markdown_is_content(tmp_path: Path) -> None:
    text = "![](a.jpg)\n\n<details>\n<summary>bar chart</summary>\n\nLevels rise.\n</details>\n"
    assert [block.text for block in markdown_blocks(text) if block.kind is Kind.TEXT] == ["Levels rise."]


def test_additional_text_in_markdown_is_marked_as_such() -> None:
    text = "One paragraph.\n\n<!-- mineru-batch: extra -->\n\nA caption.\n\nAnother paragraph."
    blocks = [(block.text, block.extra) for block in markdown_blocks(text)]
    assert blocks == [("One paragraph.", False), ("A caption.", True), ("Another paragraph.", False)]


def test_the_middle_json_of_mineru_4_is_read(tmp_path: Path) -> None:
    def spans(text: str) -> list[dict]:
        return [{"type": "text", "content": text}]

    blocks = [
        {"type": "paragraph_title", "index": 0, "level": 2, "content": spans("Levels")},
        {
            "type": "text",
            "index": 1,
            "content": [*spans("so"), {"type": "equation_inline", "content": "x"}],
            "bbox": [0.1, 0.2, 0.3, 0.4],
        },
        {"type": "equation", "index": 2, "content": "x=1"},
        {"type": "list", "index": 3, "content": [{"type": "text", "content": spans("- a")}]},
        {
            "type": "table",
            "index": 4,
            "content": [
                {"type": "table_caption", "content": spans("T")},
                {"type": "table_body", "content": "<table><tr><td>1</td></tr></table>"},
            ],
        },
        {"type": "code", "index": 5, "content": [{"type": "code_body", "content": "stop"}]},
        {"type": "text", "index": 6, "content": spans("left over")},
        {"type": "header", "index": 7, "content": spans("Head")},
        {"type": ["text"], "index": [8]},
        "no block",
    ]
    notes = [
        {"page_idx": 0, "index": 6, "extra": True},
        {"page_idx": 1, "failure": {"code": "x"}},
        {"page_idx": [0], "index": {}, "extra": True, "failure": "of no page"},
        5,
    ]
    content = {
        "schema": "docvortex.middle",
        "schema_version": "2.0",
        "pages": [{"page_idx": 0, "blocks": blocks}, {"page_idx": 1, "blocks": []}],
        "extensions": {"mineru_batch": {"notes": notes}},
    }
    root = content_folder(tmp_path, "doc_middle.json", content)
    assert blocks_of(root) == [
        ("text", "title", "Levels"),
        ("text", "text", "so $x$ "),
        ("formula", "equation", "x=1"),
        ("text", "list", "- a"),
        ("text", "table_caption", "T"),
        ("table", "table", "<table><tr><td>1</td></tr></table>"),
        ("text", "code", "stop"),
        ("text", "text", "left over"),
        ("aside", "header", "Head"),
        ("text", "text", ""),
    ]
    document = open_source(root).read("doc")
    assert (document.page_count, document.failed_pages) == (2, (1,))
    assert [block.extra for block in document.pages[0].blocks].index(True) == 7
    assert document.pages[0].blocks[1].box == (100, 200, 300, 400)


def test_a_line_of_json_is_read_page_by_page(tmp_path: Path) -> None:
    folder = tmp_path / "doc" / "vlm"
    folder.mkdir(parents=True)
    line = {
        "text": "First page.\n\nSecond page.",
        "attributes": {"pdf_page_numbers": [[0, 11, 1], [13, 25, 2], [25, 25, 4]]},
        "metadata": {"failed_pages": [{"page": 4, "code": "page-timeout"}]},
    }
    (folder / "doc.jsonl").write_text(json.dumps(line) + "\n")
    document = open_source(tmp_path).read("doc")
    pages = [(page.index, [block.text for block in page.blocks]) for page in document.pages]
    assert pages == [(0, ["First page."]), (1, ["Second page."]), (3, [])]
    assert document.failed_pages == (3,)
    (folder / "doc.jsonl").write_text(
        json.dumps({"text": "No pages.", "attributes": {"pdf_page_numbers": "x"}})
    )
    assert not open_source(tmp_path).read("doc").paged


def test_a_line_without_text_is_a_document_that_cannot_be_read(tmp_path: Path) -> None:
    base = markdown_folder(tmp_path / "base", {"doc.md": "some text"})
    folder = tmp_path / "run" / "doc" / "vlm"
    folder.mkdir(parents=True)
    (folder / "doc.jsonl").write_text('{"texts": []}')
    judgement = compare(base, tmp_path / "run", today=TODAY)
    failed = {rule.rule: rule.documents for rule in judgement.rules if rule.status == "fail"}
    assert "document-failed" in failed
