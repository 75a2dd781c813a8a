"""The built-in profiles, those of the user, and the choice of one for a served model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mineru_cli.errors import SettingsError
from mineru_cli.recipes.profiles.profile import Match, Profile, plain_name

MINERU = Profile(
    name="mineru",
    title="MinerU2.5",
    sources=("https://github.com/opendatalab/mineru-vl-utils",),
    licence="MinerU licence (based on Apache-2.0)",
    match=Match(contains=("mineru",), but_not=("mineru20",)),
    recipe="mineru",
    server_flags=("--logits-processors mineru_vl_utils:MinerULogitsProcessor",),
)
"""The profile that nearly every run takes: no file, so that such a run needs no YAML parser."""
GENERAL = "markdown"
"""The profile for general vision-language models; never chosen automatically for a specialised one."""

_WAY_OUT = (
    "if it is a general vision-language model, use --recipe markdown; "
    "for a prompt of its own write a profile and give it with --recipe-file (see docs/recipes.md)"
)
_SPECIALISED = (
    "ocr", "docling", "parser", "nougat", "florence", "dolphin", "points", "numarkdown", "surya", "ovis2docs",
)  # fmt: skip
"""Parts of the names of models that were trained on their own prompts."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen profile and the reason; ``profile`` is None where none is known."""

    profile: Profile | None
    reason: str


@cache
def names() -> tuple[str, ...]:
    """Names of the built-in profiles: MinerU first, the general one last."""
    ends = ".yaml"
    found = {entry.name.removesuffix(ends) for entry in _folder().iterdir() if entry.name.endswith(ends)}
    return (MINERU.name, *sorted(found - {GENERAL}), GENERAL)


@cache
def profile(name: str) -> Profile:
    """A built-in profile. Raises ``SettingsError`` when there is none of this name."""
    if name == MINERU.name:
        return MINERU
    if name not in names():
        known = ", ".join(names())
        raise SettingsError(f"no recipe is called {name!r}", hint=f"choose one of: auto, {known}")
    return _parsed((_folder() / f"{name}.yaml").read_text("utf-8"), f"profile {name}")


def profiles() -> Iterator[Profile]:
    """All built-in profiles."""
    return (profile(name) for name in names())


def read_profile(path: Path) -> Profile:
    """Read a profile from a user's file. Raises ``SettingsError`` with each mistake and its position."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8"
        raise SettingsError(f"the recipe file {path} cannot be read: {why}") from None
    return _parsed(text, f"recipe file {path}")


def choose(model: str, *, root: str = "", max_model_len: int | None = None) -> Choice:
    """The profile for a served model.

    The ``root`` that the server reports (the repository or path of the weights) counts first, because it does
    not depend on ``--served-model-name``; then the served name.
    """
    for name, what in ((root, "root"), (model, "served name")):
        plain = plain_name(name) if name else ""
        for one in profiles() if plain else ():
            if one.match.covers(plain, max_model_len, root=what == "root"):
                return Choice(one, f"the {what} {name!r} is that of {one.title}")
    for name in (root, model):
        if any(part in plain_name(name) for part in _SPECIALISED):
            return Choice(
                None,
                f"{name!r} looks like a document model with a prompt of its own, which is not known here",
            )
    return Choice(None, f"no recipe is known for the served model {model!r}")


def profile_for(model: str, *, root: str = "", max_model_len: int | None = None) -> Profile:
    """The profile for a served model.

    Raises ``SettingsError``, with a hint, where there is none, and for a model that is known not to work.
    """
    choice = choose(model, root=root, max_model_len=max_model_len)
    if choice.profile is None:
        raise SettingsError(choice.reason, hint=_WAY_OUT)
    if choice.profile.refuse:
        raise SettingsError(f"{model!r}: {choice.profile.refuse}", hint=_WAY_OUT)
    return choice.profile


def server_args(model: str) -> str | None:
    """Options of ``vllm serve`` that a model needs, as one string; None where nothing is known.

    MinerU's are part of its image: see deploy/vllm-mineru.
    """
    found = choose(model).profile
    if found is None or found.recipe == "mineru" or not found.server_flags:
        return None
    return " ".join(found.server_flags)


def _folder() -> Any:
    return files("mineru_cli.recipes.profiles") / "builtin"


def _parsed(text: str, what: str) -> Profile:
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        data = yaml.load(text, Loader=loader)  # noqa: S506 (a safe loader)
    except yaml.YAMLError as error:
        raise SettingsError(f"{what} is not valid YAML: {' '.join(str(error).split())}") from None
    if not isinstance(data, dict):
        raise SettingsError(f"{what} is not a profile: it must be a mapping with at least name and title")
    try:
        return Profile.model_validate(data)
    except ValidationError as error:
        wrong = "; ".join(_mistake(dict(one)) for one in error.errors(include_url=False))
        raise SettingsError(f"{what}: {wrong}", hint="see docs/recipes.md for all keys") from None


def _mistake(error: dict[str, Any]) -> str:
    place = ".".join(str(part) for part in error["loc"]) or "profile"
    unknown = error["type"] == "extra_forbidden"
    return f"{place}: unknown key" if unknown else f"{place}: {error['msg']}"
