"""Where the configuration file is, and the restrictions of one that was found, not named.

It may have come with the PDFs. Naming it (``--config``, ``MINERU_BATCH_CONFIG``) is the user's consent, like
``direnv allow``. Without it the file may not run programs, send the user's secrets to another machine, or
write files outside the working directory except the output.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from mineru_cli.domain.exposure import is_local
from mineru_cli.errors import SettingsError
from mineru_cli.settings.resolve import DEFAULT, Resolved

NAME = "mineru-batch.yaml"
"""The file name that is searched for in the working directory."""
FALLBACK = ("rollout", "fallback")
WRITTEN = ("report", "log_file", "metrics_textfile")
SECRETS = (("api_key",), ("api_key_file",), ("headers",), ("header_file",))
BASELINE, CANDIDATE = ("server_url",), ("rollout", "candidate", "base_url")
UNVERIFIED = (("insecure",), ("ca_file",))
"""Settings that make a connection trust another party, which is equivalent to naming the server."""


def find_file(folder: Path, environ: Mapping[str, str]) -> Path | None:
    """``$MINERU_BATCH_CONFIG``, or the file in the working directory, if there is one."""
    if named := environ.get("MINERU_BATCH_CONFIG"):
        return Path(named)
    path = folder / NAME
    return path if path.is_file() else None


def is_discovered(environ: Mapping[str, str]) -> bool:
    """Whether ``find_file`` finds a file that the user has not named."""
    return not environ.get("MINERU_BATCH_CONFIG")


def check_discovered(found: Resolved, folder: Path) -> None:
    """Raise ``SettingsError`` for settings that a file found in ``folder`` may not have."""
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
    """Servers that the file names or makes trusted, by setting."""
    baseline = found.settings.server_url
    candidate = found.settings.rollout.candidate.base_url
    named = [(BASELINE, baseline), (CANDIDATE, candidate)]
    trusted = [(setting, baseline + candidate) for setting in UNVERIFIED]
    return ((setting, servers) for setting, servers in named + trusted if _from_file(found, setting))


def _is_the_users(found: Resolved, secret: tuple[str, ...]) -> bool:
    """Whether a secret is the user's: keys are (files only name their variable), a file's headers are not."""
    kind = found.origins.get(secret, DEFAULT).kind
    return kind in ("flag", "environment") or (kind == "file" and secret != ("headers",))


def _from_file(found: Resolved, path: tuple[str, ...]) -> bool:
    return found.origins.get(path, DEFAULT).kind == "file"


def _where(found: Resolved, path: tuple[str, ...]) -> str:
    return found.origins[path].name
