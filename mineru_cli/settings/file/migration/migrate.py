"""Converts an old configuration to ``mineru-batch.yaml``."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mineru_cli.errors import SettingsError
from mineru_cli.settings.file.keys import API_KEY_ENV, BACKEND_KEY, VERSION, file_keys, groups, secret_keys
from mineru_cli.settings.file.migration.old_file import read_old_file
from mineru_cli.settings.file.migration.plan import CommentedValue, KeyChange, MigrationPlan, file_text
from mineru_cli.settings.file.monolith import BACKEND, OLD_BACKENDS, SINGLE_VALUES, OldKey, old_key

COUNT, CONCURRENCY = "mineru.workers.count", "mineru.workers.concurrency"
BASE_URL, LAUNCH, MODEL = (
    "mineru.vllm_server.base_url", "mineru.vllm_server.launch", "mineru.vllm_server.model",
)  # fmt: skip
PLACEHOLDER = "http://127.0.0.1:8000"

_AMBIGUOUS = ("interval", "window", "start", "base", "cap", "floor", "model", "folder", "failures")
"""Key names that are too general to be recognised without their group."""
_METHODS = {"auto": "auto", "txt": "layer", "ocr": "model"}
_MINERU_JSON: Mapping[str, str] = {
    "bucket_info": "credentials of object storage do not belong into the file",
    "latex-delimiter-config": "formulas are written with MinerU's default delimiters",
    "llm-aided-config": "headings are not revised by a second model",
    "config_version": "the version of MinerU's file",
    "models-dir": "workers load no model",
    "model-source": "workers load no model",
}


@dataclass(frozen=True, slots=True)
class Migration:
    """The new file's text and the result for each old key. ``needed`` is False for a current file."""

    text: str
    changes: tuple[KeyChange, ...]
    needed: bool


def migrate(text: str, name: str, *, server_url: str = "") -> Migration:
    """Convert the configuration in ``text``, read from ``name``, to the split architecture.

    Every key without an equivalent is in ``changes`` with the reason, and remains in the new file as a
    comment. Raises ``SettingsError``.
    """
    plan = MigrationPlan()
    if _is_mineru_json(text, name):
        _take_mineru_json(plan, text, name)
    else:
        old = read_old_file(text, name)
        plan.header, plan.trailer = old.header, old.trailer
        entries = dict(old.entries)
        if all(_is_current(key, entry) for key, entry in old.entries):
            return Migration(text, (), needed=False)
        for key, entry in old.entries:
            _take(plan, key, entry, entries)
    _complete(plan, server_url)
    return Migration(file_text(plan, VERSION), tuple(plan.changes), needed=True)


def _is_current(key: str, entry: CommentedValue) -> bool:
    if key == BACKEND_KEY:
        return bool(entry.value == BACKEND)
    return key == "version" or key in file_keys() or (key in groups() and not entry.value)


def _is_mineru_json(text: str, name: str) -> bool:
    return name.endswith(".json") or (
        text.lstrip().startswith("{") and any(f'"{key}"' in text for key in _MINERU_JSON)
    )


def _take_mineru_json(plan: MigrationPlan, text: str, name: str) -> None:
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise SettingsError(f"{name}:{error.lineno}:{error.colno}: not valid JSON: {error.msg}") from None
    except RecursionError:
        raise SettingsError(f"{name}: not valid JSON: nested too deeply") from None
    if not isinstance(found, dict):
        raise SettingsError(f"{name} holds no keys", hint="give MinerU's mineru.json")
    for key, value in found.items():
        secret = key == "bucket_info" or key == "llm-aided-config"
        plan.drop(key, CommentedValue("..." if secret else value), _MINERU_JSON.get(key, "unknown key"))
    models = found.get("models-dir")
    path = models.get("vlm") if isinstance(models, dict) else models
    if isinstance(path, str) and path:
        plan.put("models-dir.vlm", MODEL, CommentedValue(path), "the name that the server gives its model")


def _take(
    plan: MigrationPlan, key: str, entry: CommentedValue, entries: Mapping[str, CommentedValue]
) -> None:
    if key == "version":
        plan.drop(key, entry, "the version of the old file") if entry.value != VERSION else None
    elif key == BACKEND_KEY or key.endswith(".backend") or key == "backend":
        _take_backend(plan, key, entry)
    elif key in file_keys():
        plan.put(key, key, entry)
    elif key in groups() and not entry.value:
        plan.left_out += entry.before
    elif key in secret_keys():
        plan.put(
            key, key + API_KEY_ENV, CommentedValue("MINERU_BATCH_API_KEY", entry.before, entry.after), _SECRET
        )
    elif key in ("mineru.workers", "workers") and isinstance(entry.value, list):
        _take_workers(plan, key, entry)
    elif key in SINGLE_VALUES and not isinstance(entry.value, Mapping):
        _take_old(plan, key, SINGLE_VALUES[key], entry, entries)
    elif (rule := old_key(key)) is not None:
        _take_old(plan, key, rule, entry, entries)
    elif (renamed := _by_name(key)) is not None:
        plan.put(key, renamed, entry)
    else:
        plan.drop(key, entry, "unknown key: look up what it did")


_SECRET = "the file names the variable that holds the secret; set it"  # noqa: S105


def _take_backend(plan: MigrationPlan, key: str, entry: CommentedValue) -> None:
    if entry.value == BACKEND:
        plan.put(key, BACKEND_KEY, entry)
        return
    known = str(entry.value) in OLD_BACKENDS
    reason = f"was {entry.value}: " + (
        "workers are HTTP clients now" if known else "not a backend that is known"
    )
    plan.put(key, BACKEND_KEY, CommentedValue(BACKEND, entry.before, entry.after), reason)


def _take_workers(plan: MigrationPlan, key: str, entry: CommentedValue) -> None:
    """Migrate a list with one entry per worker, each with its GPU."""
    plan.put(key, COUNT, CommentedValue(len(entry.value), entry.before, entry.after), "one entry per worker")
    for number, worker in enumerate(entry.value):
        for name, value in worker.items() if isinstance(worker, dict) else ():
            rule = old_key(str(name))
            reason = (rule.reason or "it is the same for all workers now") if rule else "unknown key"
            plan.drop(f"{key}[{number}].{name}", CommentedValue(value), reason)


def _take_old(
    plan: MigrationPlan, key: str, rule: OldKey, entry: CommentedValue, entries: Mapping[str, CommentedValue]
) -> None:
    if rule.flag:
        plan.serve(key, rule.flag, entry, rule.reason or "the server's")
        return
    if rule.reason:
        plan.drop(key, entry, rule.reason)
        return
    convert = _CONVERSIONS.get(rule.new)
    value, reason = convert(entry.value, entries) if convert else (entry.value, "")
    if value is None:
        plan.drop(key, entry, reason)
    else:
        plan.put(key, rule.new, CommentedValue(value, entry.before, entry.after), reason)


def _concurrency(value: Any, entries: Mapping[str, CommentedValue]) -> tuple[Any, str]:
    workers = next((entry.value for key, entry in entries.items() if _target(key) == COUNT), 1)
    if isinstance(value, bool) or not isinstance(value, int) or not isinstance(workers, int) or value < 1:
        return None, "not a number of requests"
    return value * workers, f"requests in flight over all workers: {value} for each of {workers}"


def _attempts(value: Any, _: Mapping[str, CommentedValue]) -> tuple[Any, str]:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value + 1, "attempts count the first one too"
    return None, "not a number of retries"


def _text(value: Any, _: Mapping[str, CommentedValue]) -> tuple[Any, str]:
    return _METHODS.get(str(value)), "" if str(value) in _METHODS else "not a way of parsing that is known"


_CONVERSIONS: Mapping[str, Callable[[Any, Mapping[str, CommentedValue]], tuple[Any, str]]] = {
    CONCURRENCY: _concurrency,
    "mineru.resilience.retry.attempts": _attempts,
    "mineru.reading.text": _text,
}


def _complete(plan: MigrationPlan, server_url: str) -> None:
    """Add settings that the split architecture needs and old files lack."""
    if BACKEND_KEY not in plan.entries:
        plan.entries[BACKEND_KEY] = CommentedValue(BACKEND)
    if server_url:
        plan.entries[BASE_URL] = CommentedValue(server_url)
    elif BASE_URL not in plan.entries and LAUNCH not in plan.entries:
        plan.entries[BASE_URL] = CommentedValue(PLACEHOLDER, (), "# set this to the address of your server")
        plan.changes.append(KeyChange("", BASE_URL, "new and required: set it to the address of your server"))
    if plan.server:
        model = plan.entries[MODEL].value if MODEL in plan.entries else "MODEL"
        options = " ".join(f"{flag} {value}".rstrip() for flag, value in plan.server.items())
        first = next((key for key in plan.entries if key.startswith("mineru.vllm_server.")), BASE_URL)
        entry = plan.entries[first]
        line = f"# the server is started with: vllm serve {model} {options}"
        plan.entries[first] = CommentedValue(entry.value, (line, *entry.before), entry.after)


def _last(key: str) -> str:
    return key.rpartition(".")[2].lower().replace("-", "_")


def _target(key: str) -> str:
    rule = old_key(key)
    return (rule.new if rule else "") or key


def _by_name(key: str) -> str | None:
    """A current key with this name in another group, if there is exactly one."""
    same = [one for one in file_keys() if _last(one) == _last(key)]
    return same[0] if len(same) == 1 and _last(key) not in _AMBIGUOUS else None
