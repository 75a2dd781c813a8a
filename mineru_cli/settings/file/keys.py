"""The keys of the file: one for each setting, and those that only the file has."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from mineru_cli.settings.declaration import ROOT, Setting, settings_of
from mineru_cli.settings.model import Settings

VERSION = 1
"""Of the file's shape. It is written as ``version: 1``; a file without it counts as this one."""

BACKEND_KEY = f"{ROOT}.workers.backend"
API_KEY_ENV = "_env"
"""What is added to the key of a secret: the file names the variable that holds it."""

HEALTH_CHECK = f"{ROOT}.vllm_server.health_check"
NOT_IN_FILE = frozenset({("inputs",), ("logins",), ("output_url",)})
"""INPUT is given to each command anew; logins are taken out of URLs, the output's URL out of the output."""
ALIASES: Mapping[str, tuple[str, ...]] = {
    f"{HEALTH_CHECK}.interval": ("resilience", "watchdog", "interval"),
    f"{HEALTH_CHECK}.timeout": ("resilience", "watchdog", "probe_timeout"),
    f"{HEALTH_CHECK}.failures": ("resilience", "watchdog", "dead_after"),
    f"{ROOT}.workers.fallback": ("rollout", "fallback"),
}
"""Second names of settings, from the proposal."""


@cache
def file_keys() -> Mapping[str, Setting]:
    """Every key that holds the value of a setting. Secrets have the key of their variable."""
    found = {one.key: one for one in settings_of(Settings) if one.path not in NOT_IN_FILE}
    keys = {f"{key}{API_KEY_ENV}" if one.is_secret else key: one for key, one in found.items()}
    by_path = {one.path: one for one in found.values()}
    return {**keys, **{alias: by_path[path] for alias, path in ALIASES.items()}}


@cache
def secret_keys() -> Mapping[str, Setting]:
    """Keys under which somebody might write a secret itself."""
    return {one.key: one for one in settings_of(Settings) if one.is_secret}


@cache
def groups() -> frozenset[str]:
    """Keys that hold other keys: ``mineru``, ``mineru.workers``, ``mineru.resilience.retry``."""
    above: set[str] = set()
    for key in (*file_keys(), BACKEND_KEY):
        parts = key.split(".")
        above.update(".".join(parts[:end]) for end in range(1, len(parts)))
    return frozenset(above)
