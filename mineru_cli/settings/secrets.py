"""Secret settings: moved out of URLs, read from files, and masked before anything else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from mineru_cli.errors import SettingsError
from mineru_cli.masking import conceal, conceal_login, place, split_login
from mineru_cli.settings.values import headers, several

_KEY_FILE = "the file holds the key and nothing else"
_LINES_FILE = "the file holds one per line and nothing else"
DCGM, PUSHGATEWAY = "dcgm", "pushgateway"
"""The keys of these logins in ``logins``; those of servers have their address as the key."""

_URLS = {"dcgm_url": DCGM, "pushgateway": PUSHGATEWAY}


def take_secrets(options: Any) -> Any:
    """The options with the logins of URLs moved to ``logins``; every secret is masked."""
    if not isinstance(options, Mapping):
        return options
    found: dict[str, Any] = dict(options.get("logins") or {})
    changed = dict(options)
    if urls := changed.get("server_url"):
        changed["server_url"] = _without_logins(urls, found)
    _take_candidate(changed, found)
    for name, key_of_login in _URLS.items():
        if isinstance(url := changed.get(name), str):
            changed[name], login = split_login(url)
            found.update({key_of_login: login} if login else {})
    if isinstance(key := changed.get("api_key"), SecretStr):
        key = key.get_secret_value()
    if isinstance(key, str) or (key is None and changed.get("api_key_file")):
        changed["api_key"] = one_key(key, changed.get("api_key_file"))
    if file := changed.get("password_file"):
        changed["password"] = (*several(changed.get("password")), *_lines("--password-file", file))
    if file := changed.get("header_file"):
        given_headers = headers(changed.get("headers") or {})
        changed["headers"] = {**headers(_lines("--header-file", file)), **given_headers}
    if found:
        changed["logins"] = found
    _conceal_all(changed)
    return changed


def _take_candidate(changed: dict[str, Any], found: dict[str, Any]) -> None:
    """The same for the servers of a rollout's candidate."""
    rollout = changed.get("rollout")
    candidate = rollout.get("candidate") if isinstance(rollout, Mapping) else None
    if isinstance(candidate, Mapping) and isinstance(rollout, Mapping):
        clean = {**candidate, "base_url": _without_logins(candidate.get("base_url", ()), found)}
        changed["rollout"] = {**rollout, "candidate": clean}


def one_key(key: Any, file: str | Path | None) -> str | None:
    """The API key, given or from a file, without surrounding white space. Raises ``SettingsError``."""
    if key and file:
        raise SettingsError(
            "an API key and a file with one are given",
            hint="leave out --api-key or --api-key-file, or the variable MINERU_BATCH_API_KEY(_FILE)",
        )
    key = (_text("--api-key-file", file, _KEY_FILE) if file else str(key or "")).strip()
    conceal(key)
    return key or None


def _lines(option: str, file: str | Path) -> list[str]:
    """The secrets in a file, one per line, without surrounding white space."""
    lines = [line.strip() for line in _text(option, file, _LINES_FILE).splitlines()]
    conceal(*lines)
    return [line for line in lines if line]


def _text(option: str, file: str | Path, hint: str) -> str:
    path = Path(file).expanduser()
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not text"
        raise SettingsError(f"{option} {path}: {why}", hint=hint) from error
    if not text.strip():
        raise SettingsError(f"{option} {path} is empty", hint=hint)
    return text


def _without_logins(value: Any, found: dict[str, Any]) -> Any:
    if isinstance(value, str):
        return ",".join(_without_login(url.strip(), found) for url in value.split(","))
    if isinstance(value, (list, tuple)):
        return [_without_logins(one, found) for one in value]
    return value


def _without_login(url: str, found: dict[str, Any]) -> str:
    clean, login = split_login(url)
    if login:
        found[place(clean)] = login
    return clean


def _conceal_all(options: dict[str, Any]) -> None:
    lines, logins = options.get("headers") or {}, options.get("logins") or {}
    if isinstance(lines, Mapping):
        lines = list(lines.values())
    else:
        lines = [str(one).partition(":")[2] for one in several(lines)]
    for secret in (options.get("api_key"), *lines, *several(options.get("password"))):
        if secret:
            conceal(_plain(secret))
    for login in logins.values():
        conceal_login(_plain(login))


def _plain(secret: Any) -> str:
    return secret.get_secret_value() if isinstance(secret, SecretStr) else str(secret)
