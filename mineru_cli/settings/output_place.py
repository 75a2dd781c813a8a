"""Outputs in object storage: each has a work folder on this machine, for its ledger and what is begun."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from mineru_cli.domain.location import object_location, work_folder


def with_work_folder(given: Any) -> Any:
    """Options as they were given, with an output that is a URL moved to ``output_url``."""
    if not isinstance(given, Mapping) or not isinstance(output := given.get("output"), (str, os.PathLike)):
        return given
    location = object_location(output)
    if location is None:
        return given
    folder = given.get("work_dir") or work_folder(location.url)
    return {**given, "output": folder, "output_url": location.url}
