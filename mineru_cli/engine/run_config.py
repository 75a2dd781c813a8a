"""What shapes a run's output, once its model is known: recipe, source of text, and the fingerprint of all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mineru_cli.errors import SettingsError
from mineru_cli.recipes.registry import recipe_for_model
from mineru_cli.settings import Settings, TextMode, fingerprint


@dataclass(frozen=True, slots=True)
class Shape:
    """``shaping`` names everything behind the ``fingerprint``."""

    recipe: str
    text: TextMode
    shaping: dict[str, Any]
    fingerprint: str


def shape_of(settings: Settings, model: str, *, embedded: bool) -> Shape:
    """The shape of a run on a served model. Raises ``SettingsError`` when no recipe is known for it."""
    recipe = recipe_of(settings, model)
    text: TextMode = settings.text or ("auto" if embedded else "model")
    shaping = settings.shaping(model=model, recipe=recipe, text=text)
    return Shape(recipe, text, shaping, fingerprint(shaping))


def recipe_of(settings: Settings, model: str) -> str:
    """The recipe's name for a served model. Raises ``SettingsError`` when none is known for it."""
    recipe = settings.recipe if settings.recipe != "auto" else recipe_for_model(model)
    if recipe is None:
        raise SettingsError(
            f"no recipe is known for the served model {model!r}",
            hint="if it reads images, choose one with --recipe mineru, qwenvl or markdown",
        )
    return recipe
