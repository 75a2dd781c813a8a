"""The ``.env`` file that compose reads: in an untrusted folder it could choose the image and the address."""

from __future__ import annotations

import re
import stat
from pathlib import Path

from mineru_cli.servers.docker.config import DockerConfig

_NAME = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(\S?)")
_SECRETS = frozenset({"HF_TOKEN", "MINERU_BATCH_API_KEY", "GRAFANA_PASSWORD"})
_FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def env_file(config: DockerConfig) -> Path:
    """Its path. The file need not exist."""
    return (config.folder / ".env").absolute()


def describe_env_file(config: DockerConfig) -> str:
    """Which file is read, what it sets, and whether other users can read its secrets; empty without one."""
    path = env_file(config)
    try:
        text, mode = path.read_text("utf-8", "replace"), path.stat().st_mode
    except OSError:
        return ""
    lines = (_NAME.match(line) for line in text.splitlines())
    names = [line[1] for line in lines if line and line[2]]
    text = f"{path} sets {', '.join(names) or 'nothing'}"
    if _SECRETS.intersection(names) and mode & _FOR_OTHERS:
        text += "; others on this machine can read the secrets in it: chmod 600"
    return text
