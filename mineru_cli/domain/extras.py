"""Installation of extras: the one place that knows where the package comes from."""

from __future__ import annotations

from typing import Final


def install_command(extra: str) -> str:
    """The command that installs an extra. It runs in a clone: there is no release on PyPI."""
    return f"pip install '.[{extra}]'"


def install_hint(extra: str) -> str:
    """A hint for a missing extra."""
    return f"{install_command(extra)} in a clone of mineru-batch"


EMBEDDED_HINT: Final = install_hint("embedded")
HEIF_HINT: Final = install_hint("heif")
