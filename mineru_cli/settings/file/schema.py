"""JSON Schema of the file, for editors and for CI."""

from __future__ import annotations

from typing import Any

from mineru_cli.settings.declaration import ROOT, Setting, size_text
from mineru_cli.settings.file.keys import BACKEND_KEY, HEALTH_CHECK, VERSION, file_keys
from mineru_cli.settings.file.monolith import BACKEND
from mineru_cli.settings.model import Settings

_TITLE = "mineru-batch.yaml"


def config_schema() -> dict[str, Any]:
    """The schema, generated from the declarations of the settings."""
    fields = Settings.model_json_schema()
    root: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": _TITLE,
        **_group(),
    }
    root["properties"]["version"] = {"const": VERSION}
    for key, setting in file_keys().items():
        _put(root, key, _value(setting, fields))
    _put(root, BACKEND_KEY, {"const": BACKEND, "description": "Workers are HTTP clients of a server."})
    health = root["properties"][ROOT]["properties"]["vllm_server"]["properties"]
    health["health_check"] = {"anyOf": [{"const": True}, health[HEALTH_CHECK.rpartition(".")[2]]]}
    return root


def _group() -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": {}}


def _put(root: dict[str, Any], key: str, value: dict[str, Any]) -> None:
    *above, last = key.split(".")
    group = root
    for part in above:
        group = group["properties"].setdefault(part, _group())
    group["properties"][last] = value


def _value(setting: Setting, fields: dict[str, Any]) -> dict[str, Any]:
    option = setting.option
    help_text = {"description": option.help} if option else {}
    if setting.is_secret:
        return {**help_text, "type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$"}
    plain = _plain(_field(setting.path, fields))
    accepted = plain.pop("anyOf", None) or [plain]
    if option and option.metavar == "SIZE":
        accepted.append({"type": "string", "pattern": "^[0-9.]+ *[KMGTkmgt]?[iI]?[bB]?$"})
    if option and option.metavar.endswith("|auto"):
        accepted.append({"const": "auto"})
    if setting.is_list:
        accepted += [{"type": "string"}, {"type": "array", "items": {"type": ["string", "number"]}}]
    if setting.type is str:
        accepted.append({"type": "number"})
    if setting.default is not None:
        help_text["default"] = _default(setting)
    return {**help_text, **(accepted[0] if len(accepted) == 1 else {"anyOf": accepted})}


def _default(setting: Setting) -> Any:
    if setting.option and setting.option.metavar == "SIZE":
        return size_text(setting.default)
    if isinstance(setting.default, (tuple, dict)):
        return type(setting.default)() if isinstance(setting.default, dict) else list(setting.default)
    return setting.default if isinstance(setting.default, (int, float, str)) else str(setting.default)


def _field(path: tuple[str, ...], fields: dict[str, Any]) -> dict[str, Any]:
    group = fields
    for part in path[:-1]:
        group = _resolved(group["properties"][part], fields)
    return dict(group["properties"][path[-1]])


def _resolved(field: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = fields["$defs"][field["$ref"].rpartition("/")[2]]
    return found


def _plain(field: dict[str, Any]) -> dict[str, Any]:
    """The schema without pydantic's titles and defaults."""
    kept = {name: value for name, value in field.items() if name not in ("title", "default")}
    kept.pop("format", None)
    if "anyOf" in kept:
        kept["anyOf"] = [_plain(one) for one in kept["anyOf"]]
    return kept
