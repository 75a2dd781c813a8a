from __future__ import annotations

from typing import Any

from mineru_cli.domain.page import PageResult
from mineru_cli.output import middle
from mineru_cli.output.assemble import assemble

from .sheets import LEFT, RIGHT, block, failed, page, table


def entries(*pages: PageResult) -> list[dict[str, Any]]:
    return [middle.page(layout) for layout in assemble(pages)]


def test_boxes_are_points_and_lines_hold_spans() -> None:
    (entry,) = entries(page(0, block("text", r"a \(x\) b", (0.1, 0.5, 0.9, 1.0)), block("header", "H")))
    box = [60, 421, 536, 842]
    assert entry["page_size"] == [595, 842]
    assert entry["para_blocks"] == [
        {
            "type": "text",
            "bbox": box,
            "angle": 0,
            "index": 0,
            "lines": [
                {
                    "bbox": box,
                    "spans": [
                        {"bbox": box, "type": "text", "content": "a "},
                        {"bbox": box, "type": "inline_equation", "content": "x"},
                        {"bbox": box, "type": "text", "content": " b"},
                    ],
                }
            ],
        }
    ]
    assert [found["type"] for found in entry["discarded_blocks"]] == ["header"]


def test_figures_tables_and_listings_have_two_levels() -> None:
    (entry,) = entries(
        page(
            0,
            block("table_caption", "Table 1", (0.1, 0.1, 0.9, 0.12)),
            block("table", table("a|b"), (0.1, 0.13, 0.9, 0.3), figure="t.jpg"),
            block("list", None, (0.1, 0.4, 0.9, 0.6)),
            block("ref_text", "[1] A", (0.1, 0.4, 0.9, 0.5)),
            block("ref_text", "[2] B", (0.1, 0.5, 0.9, 0.6)),
        )
    )
    tabled, listed = entry["para_blocks"]
    assert [inner["type"] for inner in tabled["blocks"]] == ["table_caption", "table_body"]
    (span,) = tabled["blocks"][1]["lines"][0]["spans"]
    assert (span["type"], span["html"], span["image_path"]) == ("table", table("a|b"), "t.jpg")
    assert (listed["type"], listed["sub_type"]) == ("list", "ref_text")
    assert [inner["type"] for inner in listed["blocks"]] == ["ref_text", "ref_text"]


def test_joined_lines_move_to_the_first_block() -> None:
    text = "One that runs on for quite a while and does"
    first, second = entries(
        page(0, block("text", text, LEFT), block("text", "not end and does", RIGHT)),
        PageResult(1, 100.0, 200.0, (block("text", "not end.", RIGHT),)),
    )
    head, tail = first["para_blocks"]
    assert [line["spans"][0]["content"] for line in head["lines"]] == [text, "not end and does"]
    assert (tail["lines"], tail["lines_deleted"]) == ([], True)
    assert len(first["preproc_blocks"][1]["lines"]) == 1
    assert second["para_blocks"][0]["lines"]


def test_lines_of_another_page_are_in_that_page_s_points() -> None:
    text = "One that runs on for quite a while and does"
    first, second = entries(
        page(0, block("text", text, LEFT)), PageResult(1, 100.0, 200.0, (block("text", "not end.", LEFT),))
    )
    last = first["para_blocks"][0]["lines"][1]
    assert last["bbox"] == [10, 20, 48, 180]
    assert last["spans"][0]["cross_page"] is True
    assert second["para_blocks"][0]["lines_deleted"] is True


def test_a_failed_page_says_why() -> None:
    (entry,) = entries(failed(2))
    assert entry["failure"] == {"code": "page-timeout", "message": "it took too long"}
    assert entry["para_blocks"] == []
