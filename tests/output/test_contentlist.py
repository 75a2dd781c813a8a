from __future__ import annotations

from typing import Any

from mineru_cli.domain.page import PageResult
from mineru_cli.output.assemble import assemble
from mineru_cli.output.contentlist import items

from .sheets import LEFT, block, failed, page, table


def items_of(*pages: PageResult) -> list[dict[str, Any]]:
    return [item for layout in assemble(pages) for item in items(layout)]


def test_items_have_mineru_s_keys() -> None:
    assert items_of(
        page(
            0,
            block("title", "T", (0.1, 0.1, 0.9, 0.12345)),
            block("image", None, (0.1, 0.2, 0.9, 0.3), figure="i.jpg"),
            block("image_caption", "Fig", (0.1, 0.3, 0.9, 0.32)),
            block("table", table("a|b"), (0.1, 0.4, 0.9, 0.5)),
            block("equation", "\\[x\\]", (0.1, 0.6, 0.9, 0.7)),
            block("algorithm", "for x", (0.1, 0.7, 0.9, 0.8)),
            block("footer", "F", (0.1, 0.9, 0.9, 1.0)),
        )
    ) == [
        {"type": "text", "text": "T", "text_level": 1, "bbox": [100, 100, 900, 123], "page_idx": 0},
        {
            "type": "image",
            "img_path": "images/i.jpg",
            "image_caption": ["Fig"],
            "image_footnote": [],
            "bbox": [100, 200, 900, 300],
            "page_idx": 0,
        },
        {
            "type": "table",
            "img_path": "",
            "table_caption": [],
            "table_footnote": [],
            "table_body": table("a|b"),
            "bbox": [100, 400, 900, 500],
            "page_idx": 0,
        },
        {
            "type": "equation",
            "img_path": "",
            "text": "$$\nx\n$$",
            "text_format": "latex",
            "bbox": [100, 600, 900, 700],
            "page_idx": 0,
        },
        {
            "type": "code",
            "sub_type": "algorithm",
            "code_caption": [],
            "code_footnote": [],
            "code_body": "for x",
            "bbox": [100, 700, 900, 800],
            "page_idx": 0,
        },
        {"type": "footer", "text": "F", "bbox": [100, 900, 900, 1000], "page_idx": 0},
    ]


def test_a_joined_paragraph_is_one_item_at_its_first_place() -> None:
    first = block("text", "One that runs on for quite a while and does", LEFT, source="layer")
    found = items_of(
        page(0, first), page(1, block("text", "not end, *see* \\(x\\).", LEFT, flaw="truncated"))
    )
    assert found == [
        {
            "type": "text",
            "text": "One that runs on for quite a while and does not end, *see* $x$.",
            "bbox": [100, 100, 480, 900],
            "page_idx": 0,
            "flaw": "truncated",
        }
    ]


def test_text_of_the_layer_says_so() -> None:
    (item,) = items_of(page(0, block("text", "One.", source="layer")))
    assert item["source"] == "layer"


def test_a_failed_page_is_an_empty_text_with_the_reason() -> None:
    (item,) = items_of(failed(4))
    assert item == {
        "type": "text",
        "text": "",
        "bbox": [0, 0, 1000, 1000],
        "page_idx": 4,
        "failure": {"code": "page-timeout", "message": "it took too long"},
        "fallback": False,
    }
