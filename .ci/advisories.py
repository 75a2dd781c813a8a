"""Match a lock file with a copy of PyPI's advisory database, where pip-audit's service cannot be reached.

    python .ci/advisories.py DATABASE requirements.lock

``DATABASE`` is a checkout of https://github.com/pypa/advisory-database: one OSV record per file below
``vulns/``. Prints how old the newest record is, and each advisory that affects a locked version. What was
published after the copy was made is not found. Exit code 0 if no advisory affects a locked version, 1 if one
does, 2 if the database holds no record.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from packaging.utils import canonicalize_name
from packaging.version import Version


def locked(text: str) -> list[tuple[str, Version]]:
    """Name and version of each pin of a lock file; a package may be pinned once per platform."""
    pins = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", text, flags=re.MULTILINE)
    return [(canonicalize_name(name), Version(version)) for name, version in pins]


def records(database: Path) -> Iterator[dict[str, Any]]:
    """Each record that is not withdrawn."""
    for path in sorted(database.glob("vulns/*/*.yaml")):
        record = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        if not record.get("withdrawn"):
            yield record


def affects(record: dict[str, Any], name: str, version: Version) -> bool:
    """Whether an OSV record lists the version, or has it within one of its ranges of versions."""
    return any(
        str(version) in (str(Version(one)) for one in affected.get("versions", ()) if _is_version(one))
        or any(
            _within(one["events"], version)
            for one in affected.get("ranges", ())
            if one["type"] == "ECOSYSTEM"
        )
        for affected in record["affected"]
        if affected["package"]["ecosystem"] == "PyPI"
        and canonicalize_name(affected["package"]["name"]) == name
    )


def _within(events: list[dict[str, str]], version: Version) -> bool:
    inside = False
    for event in sorted(events, key=lambda one: Version(next(iter(one.values())))):
        ((kind, value),) = event.items()
        if kind == "introduced" and version >= Version(value):
            inside = True
        elif (kind == "fixed" and version >= Version(value)) or (
            kind == "last_affected" and version > Version(value)
        ):
            inside = False
    return inside


def _is_version(text: str) -> bool:
    try:
        Version(text)
    except ValueError:
        return False
    return True


def main(database: str, lock: str) -> int:
    """Print what was found. Returns the exit code."""
    pins = locked(Path(lock).read_text(encoding="utf-8"))
    found, modified, named = [], [], 0
    for record in records(Path(database)):
        modified.append(str(record["modified"])[:10])
        names = {canonicalize_name(one["package"]["name"]) for one in record["affected"]}
        mine = [pin for pin in pins if pin[0] in names]
        named += bool(mine)
        found += [(pin, record) for pin in mine if affects(record, *pin)]
    if not modified:
        print(f"{database} holds no advisory", file=sys.stderr)
        return 2
    for (name, version), record in found:
        print(f"{name} {version}: {record['id']} {' '.join(record.get('aliases', ()))}")
    print(
        f"{len(pins)} pins, {len(modified)} advisories up to {max(modified)}, {named} of them about "
        f"packages that are locked: {len(found)} affect a locked version"
    )
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
