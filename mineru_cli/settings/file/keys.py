"""The keys of the file: one per setting, and those without a setting."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from mineru_cli.settings.declaration import ROOT, Setting, settings_of
from mineru_cli.settings.model import Settings

VERSION = 1
"""The version of the file's format (``version: 1``), also assumed for a file without a version."""

BACKEND_KEY = f"{ROOT}.workers.backend"
API_KEY_ENV = "_env"
"""Suffix for keys of secrets: the file has the name of the variable with the secret."""

HEALTH_CHECK = f"{ROOT}.vllm_server.health_check"
NOT_IN_FILE = frozenset({("inputs",), ("logins",), ("output_url",)})
"""Settings without a key: INPUT is an argument of each command; logins and the output's URL are derived."""
ALIASES: Mapping[str, tuple[str, ...]] = {
    f"{HEALTH_CHECK}.interval": ("resilience", "watchdog", "interval"),
    f"{HEALTH_CHECK}.timeout": ("resilience", "watchdog", "probe_timeout"),
    f"{HEALTH_CHECK}.failures": ("resilience", "watchdog", "dead_after"),
    f"{ROOT}.workers.fallback": ("rollout", "fallback"),
}
"""Alternative keys of settings, from the proposal."""


@cache
def file_keys() -> Mapping[str, Setting]:
    """Every key of a setting. The keys of secrets have the suffix."""
    found = {one.key: one for one in settings_of(Settings) if one.path not in NOT_IN_FILE}
    keys = {f"{key}{API_KEY_ENV}" if one.is_secret else key: one for key, one in found.items()}
    by_path = {one.path: one for one in found.values()}
    return {**keys, **{alias: by_path[path] for alias, path in ALIASES.items()}}


@cache
def secret_keys() -> Mapping[str, Setting]:
    """Keys under which a user might write the secret itself."""
    return {one.key: one for one in settings_of(Settings) if one.is_secret}


@cache
def groups() -> frozenset[str]:
    """Keys of groups: ``mineru``, ``mineru.workers``, ``mineru.resilience.retry``."""
    above: set[str] = set()
    for key in (*file_keys(), BACKEND_KEY):
        parts = key.split(".")
        above.update(".".join(parts[:end]) for end in range(1, len(parts)))
    return frozenset(above)
