"""Permissions of the engine's process while it serves: it reads its models and answers requests."""

from __future__ import annotations

from pathlib import Path

from mineru_cli.embedded.config import EmbeddedConfig
from mineru_cli.isolation.places import NULL, PROCESSORS, interpreter, system
from mineru_cli.isolation.sandbox import Allowed

_MACHINE = (
    *PROCESSORS,
    *map(Path, ("/proc/meminfo", "/sys/bus", "/sys/class", "/sys/devices", "/sys/fs/cgroup")),
)
"""Folders where the runtimes read facts about devices, cores, caches and memory."""


def allowed(config: EmbeddedConfig) -> Allowed:
    """Read access to its packages with their models, and to the folder of a recogniser's weights.

    It may not write files or open connections; its port is bound before.
    """
    weights = [config.recogniser_folder] if config.recogniser_folder else []
    return Allowed((*weights, *interpreter(), *system(), *_MACHINE), (NULL,))
