"""``--sandbox``: how much a process insists on being confined."""

from __future__ import annotations

from typing import Literal

from mineru_cli.errors import SettingsError
from mineru_cli.isolation.sandbox import Allowed, bound_memory, confine, harden, lacking, landlock_version

HINT = "--sandbox auto runs without it; containers confine their processes in any case"
REFUSED = "the kernel refused"
SandboxMode = Literal["auto", "require", "off"]


def check_sandbox(mode: str, version: int | None = None) -> None:
    """Raise ``SettingsError`` where a sandbox is required and the kernel lacks what it takes."""
    missing = lacking(landlock_version() if version is None else version)
    if mode == "require" and missing:
        raise SettingsError(f"--sandbox require: {missing}", hint=HINT)


def close_sandbox(mode: str, allowed: Allowed, *, process: str, memory: int | None = None) -> bool:
    """Confine this process for good, as far as ``mode`` says. Call it before the first thread is started.

    Returns whether files and connections are denied, not memory (bytes) and privileges alone. Raises
    ``SettingsError``, which names ``process``, where that is required and the kernel does not do it.
    """
    if mode == "off":
        if memory is not None:
            bound_memory(memory)
        harden()
        return False
    missing = lacking(landlock_version())
    closed = confine(allowed, memory=memory) and not missing
    if mode == "require" and not closed:
        raise SettingsError(f"--sandbox require: {process} is not confined: {missing or REFUSED}", hint=HINT)
    return closed
