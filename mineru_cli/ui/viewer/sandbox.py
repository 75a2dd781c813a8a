"""What the viewer's process may still do while it serves: read results, and answer who has the address."""

from __future__ import annotations

from pathlib import Path

from mineru_cli.isolation.places import NULL, interpreter, system
from mineru_cli.isolation.sandbox import Allowed
from mineru_cli.store.run_folder import RunFolder

MEMORY = 4 * 1024**3
"""Bytes that it may allocate: results may be anybody's files."""


def allowed(output: Path, baseline: Path | None) -> Allowed:
    """Reading OUT, the baseline and its own program.

    SQLite's readers share a file next to the ledger while a run writes to it: so the run's own folder may be
    written to as well.
    """
    read = [output, *([baseline] if baseline else []), *interpreter(), *system()]
    return Allowed(tuple(read), (RunFolder(output).state, NULL))
