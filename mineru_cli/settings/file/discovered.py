"""What ``mineru-batch.yaml`` may not do where it was found and not named: it may have come with the PDFs.

Naming it (``--config``, ``MINERU_BATCH_CONFIG``) is the user's consent, as ``direnv allow`` is. Without it
the file runs no program, sends no secret of the user's to another machine, and writes no file outside of the
working directory but the output.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from mineru_cli.domain.exposure import is_local
from mineru_cli.errors import SettingsError
from mineru_cli.settings.resolve import DEFAULT, Resolved

FALLBACK = ("rollout", "fallback")
WRITTEN = ("report", "log_file", "metrics_textfile")
SECRETS = (("api_key",), ("api_key_file",), ("headers",), ("header_file",))
BASELINE, CANDIDATE = ("server_url",), ("rollout", "candidate", "base_url")
UNVERIFIED = (("insecure",), ("ca_file",))
"""What makes a connection trust somebody else: as good as naming the server."""


def check_discovered(found: Resolved, folder: Path) -> None:
    """Raise ``SettingsError`` for what a file that was found in ``folder`` may not do."""
    problem = next(_problems(found, folder), "")
    if problem:
        raise SettingsError(
            problem, hint="the file was found, not named: if it is yours, name it with --config, and it may"
        )


def _problems(found: Resolved, folder: Path) -> Iterator[str]:
    settings = found.settings
    if _from_file(found, FALLBACK):
        yield f"{_where(found, FALLBACK)} would run a program: {settings.rollout.fallback}"
    for name in WRITTEN:
        path = getattr(settings, name)
        if _from_file(found, (name,)) and not (folder / path).resolve().is_relative_to(folder.resolve()):
            yield f"{_where(found, (name,))} would write outside of this folder: {path}"
    secret = next((one for one in SECRETS if _is_the_users(found, one)), None)
    if secret is None:
        return
    for setting, servers in _servers(found):
        for server in servers:
            if not is_local(urlsplit(server).hostname or ""):
                yield f"{_where(found, setting)} would send {_where(found, secret)} to {server}"


def _servers(found: Resolved) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Servers that the file names or has trusted, by the setting that does it."""
    baseline = found.settings.server_url
    candidate = found.settings.rollout.candidate.base_url
    named = [(BASELINE, baseline), (CANDIDATE, candidate)]
    trusted = [(setting, baseline + candidate) for setting in UNVERIFIED]
    return ((setting, servers) for setting, servers in named + trusted if _from_file(found, setting))


def _is_the_users(found: Resolved, secret: tuple[str, ...]) -> bool:
    """Headers in the file are its own; its key is the user's, as the file only names a variable."""
    kind = found.origins.get(secret, DEFAULT).kind
    return kind in ("flag", "environment") or (kind == "file" and secret != ("headers",))


def _from_file(found: Resolved, path: tuple[str, ...]) -> bool:
    return found.origins.get(path, DEFAULT).kind == "file"


def _where(found: Resolved, path: tuple[str, ...]) -> str:
    return found.origins[path].name
