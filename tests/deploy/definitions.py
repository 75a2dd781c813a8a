"""``python -m tests.deploy.definitions CRD...``: reduce the operators' definitions to what our manifests use.

Custom resource definitions are megabytes (a RayJob holds two pod templates). What the tests need of them is the
types and rules of the fields that ``deploy/kubernetes`` sets: this keeps those, closes every object, and writes
``custom_resources.yaml``. Run it with the definitions of a newer operator, and see what fails.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

TARGET = Path(__file__).with_name("custom_resources.yaml")
RULES = (
    "type",
    "enum",
    "pattern",
    "format",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "minLength",
    "required",
)


def definitions(paths: Iterable[Path]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Kind, API version and schema of the stored version of each definition."""
    for path in paths:
        spec = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)["spec"]
        (stored,) = (version for version in spec["versions"] if version["storage"])
        schema = stored["schema"]["openAPIV3Schema"]
        yield spec["names"]["kind"], f"{spec['group']}/{stored['name']}", schema


def reduced(schema: dict[str, Any], values: list[Any]) -> dict[str, Any]:
    """The schema for the fields that any of ``values`` sets; others are refused, as a strict API server does."""
    kept: dict[str, Any] = {name: schema[name] for name in RULES if name in schema}
    if schema.get("x-kubernetes-int-or-string"):
        kept["type"] = ["integer", "string"]
    if "properties" in schema:
        used = {name for value in values if isinstance(value, dict) for name in value}
        kept["properties"] = {
            name: reduced(
                part, [value[name] for value in values if isinstance(value, dict) and name in value]
            )
            for name, part in schema["properties"].items()
            if name in used
        }
        kept["additionalProperties"] = bool(schema.get("x-kubernetes-preserve-unknown-fields"))
    elif isinstance(schema.get("additionalProperties"), dict):
        inner = [one for value in values if isinstance(value, dict) for one in value.values()]
        kept["additionalProperties"] = reduced(schema["additionalProperties"], inner)
    if "items" in schema:
        kept["items"] = reduced(schema["items"], [one for value in values for one in value])
    return kept


def main() -> None:
    from tests.deploy.test_kubernetes import every

    found: dict[str, Any] = {}
    for kind, version, schema in definitions(map(Path, sys.argv[1:])):
        ours = [resource for _, resource in every() if resource["kind"] == kind]
        found[kind] = reduced(schema, ours)
        found[kind]["properties"] |= {"apiVersion": {"const": version}, "metadata": {"type": "object"}}
        found[kind]["required"] = ["apiVersion", "kind", "metadata", "spec"]
    head = "# Written by tests/deploy/definitions.py from the operators' own definitions (versions: docs/kubernetes.md).\n"
    TARGET.write_text(head + yaml.safe_dump(found, sort_keys=True, width=110), encoding="utf-8")


if __name__ == "__main__":
    main()
