"""What the engine's process may still do while it serves: read its models, and answer requests."""

from __future__ import annotations

from pathlib import Path

from mineru_cli.embedded.config import EmbeddedConfig
from mineru_cli.isolation.places import NULL, interpreter, system
from mineru_cli.isolation.sandbox import Allowed

_MACHINE = tuple(
    map(Path, ("/proc/cpuinfo", "/proc/meminfo", "/sys/bus", "/sys/class", "/sys/devices", "/sys/fs/cgroup"))
)
"""Where the runtimes look for devices, cores, caches and memory."""


def allowed(config: EmbeddedConfig) -> Allowed:
    """Reading its packages with their models, and the folder of a recogniser's weights.

    It writes nothing and connects nowhere; its port is bound before.
    """
    weights = [config.recogniser_folder] if config.recogniser_folder else []
    return Allowed((*weights, *interpreter(), *system(), *_MACHINE), (NULL,))
