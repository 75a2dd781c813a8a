from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from mineru_cli.output import schema

DOCS = Path(__file__).parents[2] / "docs" / "output-format.md"
SHAPES = [
    shape
    for shape in vars(schema).values()
    if isinstance(shape, type) and issubclass(shape, BaseModel) and shape.__module__ == schema.__name__
]


def keys() -> set[str]:
    return {
        field.alias or name
        for shape in SHAPES
        for name, field in shape.model_fields.items()
        if name != "root"
    }


@pytest.mark.parametrize("key", sorted(keys()))
def test_the_docs_name_every_key(key: str) -> None:
    assert f"`{key}`" in DOCS.read_text(encoding="utf-8")


def test_strange_keys_and_boxes_off_the_page_are_refused() -> None:
    good = {"type": "text", "text": "x", "bbox": [0, 0, 1000, 1000], "page_idx": 0}
    schema.ContentList.model_validate([good])
    for bad in ({**good, "bbox": [0, 0, 1001, 1]}, {**good, "colour": "red"}, {**good, "type": "poem"}):
        with pytest.raises(ValidationError):
            schema.ContentList.model_validate([bad])
