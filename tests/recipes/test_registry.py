from __future__ import annotations

import pytest

from mineru_cli.recipes.registry import recipe_for_model


@pytest.mark.parametrize(
    ("model", "recipe"),
    [
        ("opendatalab/MinerU2.5-2509-1.2B", "mineru"),
        ("/models/MinerU2.5/", "mineru"),
        ("mineru-embedded-cpu", "mineru"),
        ("Qwen/Qwen2.5-VL-7B-Instruct", "qwenvl"),
        ("qwen2_5_vl", "qwenvl"),
        ("Qwen/Qwen3-VL-8B-Instruct", "markdown"),
        ("Qwen/Qwen2-VL-2B", "markdown"),
        ("gpt-4o-mini", "markdown"),
        ("allenai/olmOCR-2-7B", "markdown"),
        ("google/gemma-3-12b-it", "markdown"),
        ("meta-llama/Llama-3.1-8B", None),
        ("Qwen/Qwen2.5-7B-Instruct", None),
        ("", None),
    ],
)
def test_recipe_by_served_name(model, recipe):
    assert recipe_for_model(model) == recipe
