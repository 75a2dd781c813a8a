"""What vLLM's ``/metrics`` page says of its load: a reader of the few series that we use."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mineru_cli.domain.events import ServerGauge

_SUMMED = {
    "vllm:num_requests_running": "running",
    "vllm:num_requests_waiting": "waiting",
    "vllm:generation_tokens_total": "generation_tokens",
    "vllm:prompt_tokens_total": "prompt_tokens",
    "vllm:num_preemptions_total": "preemptions",
    "vllm:time_to_first_token_seconds_sum": "ttft_sum",
    "vllm:time_to_first_token_seconds_count": "ttft_count",
    "vllm:iteration_tokens_total_count": "iterations",
}
_KV_USAGE = "vllm:kv_cache_usage_perc"
_CACHE_CONFIG = "vllm:cache_config_info{"
_PREFIX_CACHING = re.compile(r'[{,]enable_prefix_caching="(True|False)"')
_IMAGE_HITS = "vllm:mm_cache_hits_total"


@dataclass(frozen=True, slots=True)
class ServerLoad:
    """One sample, summed over the server's engines (``kv_usage``: their mean). None: the page does not say.

    ``iterations`` counts engine steps: while requests run it stands still only when the engine is stuck.
    """

    running: float | None = None
    waiting: float | None = None
    kv_usage: float | None = None
    generation_tokens: float | None = None
    prompt_tokens: float | None = None
    preemptions: float | None = None
    ttft_sum: float | None = None
    ttft_count: float | None = None
    iterations: float | None = None

    def gauge(self, server: str) -> ServerGauge:
        """The sample as an event."""
        return ServerGauge(
            server,
            running=self.running,
            waiting=self.waiting,
            kv_usage=self.kv_usage,
            generation_tokens=self.generation_tokens,
            prompt_tokens=self.prompt_tokens,
            preemptions=self.preemptions,
            ttft_sum=self.ttft_sum,
            ttft_count=self.ttft_count,
        )


def read_load(page: str) -> ServerLoad | None:
    """Read a page in Prometheus' text format. None when no series of ours is on it."""
    sums: dict[str, float] = {}
    kv_usage: list[float] = []
    for line in page.splitlines():
        if not line.startswith("vllm:"):
            continue
        name = line.partition("{")[0].partition(" ")[0]
        field = _SUMMED.get(name)
        if field is None and name != _KV_USAGE:
            continue
        value = _value(line)
        if value is None:
            continue
        if field is None:
            kv_usage.append(value)
        else:
            sums[field] = sums.get(field, 0.0) + value
    if not sums and not kv_usage:
        return None
    return ServerLoad(kv_usage=sum(kv_usage) / len(kv_usage) if kv_usage else None, **sums)


@dataclass(frozen=True, slots=True)
class ServerCaches:
    """Whether prompts' prefixes are cached, None where the page does not say; hits of the images' cache."""

    prefix_caching: bool | None = None
    image_hits: float = 0.0


def read_caches(page: str) -> ServerCaches:
    """What a page says of the server's caches; of several engines one that caches is enough."""
    caching: list[bool] = []
    hits = 0.0
    for line in page.splitlines():
        if line.startswith(_CACHE_CONFIG) and (said := _PREFIX_CACHING.search(line)):
            caching.append(said[1] == "True")
        elif line.startswith(_IMAGE_HITS):
            hits += _value(line) or 0.0
    return ServerCaches(any(caching) if caching else None, hits)


def _value(line: str) -> float | None:
    """The number behind the labels (which may hold spaces and braces); a time stamp may follow it."""
    tail = line.rpartition("}")[2].split() if "{" in line else line.split()[1:]
    try:
        value = float(tail[0])
    except (IndexError, ValueError):
        return None
    return value if value - value == 0.0 else None  # neither NaN nor infinite
