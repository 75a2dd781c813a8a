"""Outputs in object storage: each has a work folder on this machine, for its ledger and what is begun."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mineru_cli.domain.location import object_location


def with_work_folder(given: Any) -> Any:
    """Options as they were given, with an output that is a URL moved to ``output_url``."""
    if not isinstance(given, Mapping) or not isinstance(output := given.get("output"), (str, os.PathLike)):
        return given
    location = object_location(output)
    if location is None:
        return given
    folder = given.get("work_dir") or work_folder(location.url)
    return {**given, "output": folder, "output_url": location.url}


def work_folder(url: str, environment: Mapping[str, str] = os.environ) -> Path:
    """The default work folder of an output in object storage, the same each time."""
    state = environment.get("XDG_STATE_HOME") or Path(environment.get("HOME", "~"), ".local", "state")
    name = "".join(c if c.isalnum() or c in "-._" else "-" for c in url.partition("://")[2])[-80:].strip("-.")
    mark = hashlib.blake2b(url.encode("utf-8", "surrogateescape"), digest_size=4).hexdigest()
    return Path(state).expanduser() / "mineru-batch" / f"{name}-{mark}"


def local_folder(output: str | os.PathLike[str]) -> Path:
    """The folder of this machine that knows the runs of an output: itself, or its default work folder."""
    location = object_location(output)
    return work_folder(location.url) if location else Path(output)
