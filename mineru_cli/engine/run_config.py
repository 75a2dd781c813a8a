"""A run's configuration once its model is known: settings, recipe, source of text, and their fingerprint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mineru_cli.recipes.profiles.catalogue import profile, profile_for, read_profile
from mineru_cli.recipes.profiles.profile import Profile
from mineru_cli.settings import Settings, TextMode, fingerprint


@dataclass(frozen=True, slots=True)
class RunConfig:
    """``settings`` have the text mode that was decided; ``shaping`` names all behind the ``fingerprint``.

    ``given_profile`` is the user's own model profile as JSON, empty for one of the package.
    """

    settings: Settings
    model: str
    recipe: str
    profile: Profile
    given_profile: str
    text: TextMode
    shaping: dict[str, Any]
    fingerprint: str


def run_config(settings: Settings, model: str, *, embedded: bool, root: str = "") -> RunConfig:
    """The configuration of a run on a served model. Reads files: call it in a thread.

    ``root`` is what the server reports as the repository or path of the weights. Raises ``SettingsError``
    when no recipe is known for the model.
    """
    chosen = profile_of(settings, model, root=root)
    text: TextMode = settings.text or ("auto" if embedded else "model")
    own = settings.recipe_file is not None
    shaping = settings.shaping(
        model=model, recipe=chosen.name, text=text, profile=chosen.facts() if own else None
    )
    given = chosen.model_dump_json() if own else ""
    resolved = settings.model_copy(update={"text": text})
    return RunConfig(resolved, model, chosen.name, chosen, given, text, shaping, fingerprint(shaping))


def profile_of(settings: Settings, model: str, *, root: str = "") -> Profile:
    """The profile for a served model: the user's own file, the one that was named, or by the model.

    Raises ``SettingsError`` when there is none, or the file is not a profile.
    """
    if settings.recipe_file is not None:
        return read_profile(settings.recipe_file)
    return profile_for(model, root=root) if settings.recipe == "auto" else profile(settings.recipe)


def needs_of(profile: Profile) -> str:
    """A sentence for the user about what the server must have been started with; empty when nothing."""
    if not profile.server_flags or profile.recipe == "mineru":
        return ""
    return f"{profile.title} needs these options of vllm serve: {' '.join(profile.server_flags)}"
