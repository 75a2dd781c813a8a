"""Settings of a server that take effect with its next start. Plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServerSetting:
    """``values`` are worth trying beside the server's own default; ``flag`` is how the server takes one."""

    name: str
    flag: str
    values: tuple[int, ...]


VLLM = (
    ServerSetting("max_num_batched_tokens", "--max-num-batched-tokens", (4096, 8192, 16384, 32768)),
    ServerSetting("max_num_seqs", "--max-num-seqs", (64, 128, 256, 512)),
    ServerSetting("api_server_count", "--api-server-count", (1, 2, 4)),
    ServerSetting("mm_processor_cache_gb", "--mm-processor-cache-gb", (0, 4)),
)
"""Tokens and requests in one step; processes that prepare images; GB that keep prepared images."""

VARIABLES = {"api_server_count": "VLLM_API_SERVERS", "mm_processor_cache_gb": "VLLM_MM_CACHE_GB"}
EXTRA = "VLLM_EXTRA_ARGS"
"""Of docker-compose.yml: two settings have a variable, all others go with the rest of the arguments."""


def flags(settings: tuple[ServerSetting, ...], values: Mapping[str, int]) -> list[str]:
    """As words of a command line, those without a value left out."""
    known = [(setting.flag, values[setting.name]) for setting in settings if setting.name in values]
    return [word for flag, value in known for word in (flag, str(value))]


def compose_variables(values: Mapping[str, int], extra: str = "") -> dict[str, str]:
    """As variables of docker-compose.yml. ``extra`` is what the user has in ``VLLM_EXTRA_ARGS`` already."""
    own = {VARIABLES[name]: str(value) for name, value in values.items() if name in VARIABLES}
    rest = {name: value for name, value in values.items() if name not in VARIABLES}
    if rest:
        own[EXTRA] = " ".join([*extra.split(), *flags(VLLM, rest)])
    return own
