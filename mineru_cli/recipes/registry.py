"""All recipes by name, and which one a model needs."""

from __future__ import annotations

import re
from importlib import import_module

from mineru_cli.domain.request import Sampling
from mineru_cli.errors import SettingsError
from mineru_cli.pages.pixels.encode import ImageFormat
from mineru_cli.recipes.recipe import Recipe, RecipeOptions
from mineru_cli.settings import Limits, TextMode

RECIPES = {
    "mineru": "mineru_cli.recipes.mineru:MinerURecipe",
    "qwenvl": "mineru_cli.recipes.qwenvl:QwenVLRecipe",
    "markdown": "mineru_cli.recipes.markdown:MarkdownRecipe",
}
"""Module and class by name: a worker loads the one it needs, the coordinator none."""

_MODELS = {
    "mineru": ("mineru",),
    "qwenvl": ("qwen25vl",),
    "markdown": (
        "vl", "vision", "ocr", "omni", "multimodal", "llava", "pixtral", "molmo", "idefics", "gemma3",
        "minicpmv", "minicpmo", "gpt4o", "gpt41", "gpt5", "llama4", "mistralsmall", "mistralmedium",
        "docling", "ovis", "florence", "glm4v", "glm41v", "glm45v", "fuyu", "moondream", "nougat",
    ),
}  # fmt: skip
"""Parts of model names (letters and digits only), most special recipe first. "vl" alone means vision."""


def make_recipe(
    name: str, *, text: TextMode, image_format: ImageFormat, limits: Limits, quality_attempts: int
) -> Recipe:
    """The recipe of this name. Raises ``SettingsError`` when there is none."""
    try:
        module, _, recipe = RECIPES[name].partition(":")
    except KeyError:
        known = ", ".join(RECIPES)
        raise SettingsError(f"no recipe is called {name!r}", hint=f"choose one of: {known}") from None
    made: Recipe = getattr(import_module(module), recipe)(
        RecipeOptions(text, image_format, limits, quality_attempts)
    )
    return made


def samplings_of(name: str) -> dict[str, Sampling]:
    """What the recipe asks its model with, by kind of question; nothing for a name that is none."""
    if name not in RECIPES:
        return {}
    found: dict[str, Sampling] = import_module(RECIPES[name].partition(":")[0]).samplings()
    return found


def recipe_for_model(model: str) -> str | None:
    """The name of the recipe that a served model needs, by its name; None when it is not known to see."""
    name = re.sub(r"[^a-z0-9]", "", model.rpartition("/")[2].lower() or model.lower())
    for recipe, parts in _MODELS.items():
        if any(part in name for part in parts):
            return recipe
    return None
