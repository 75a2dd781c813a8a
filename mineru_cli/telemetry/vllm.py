"""vLLM's load from its ``/metrics`` page: the few series that we use."""

from __future__ import annotations

from dataclasses import dataclass

from mineru_cli.domain.events import ServerGauge
from mineru_cli.telemetry.prometheus_text import samples

PREFIX = "vllm:"
_SUMMED = {
    "num_requests_running": "running",
    "num_requests_waiting": "waiting",
    "generation_tokens_total": "generation_tokens",
    "prompt_tokens_total": "prompt_tokens",
    "num_preemptions_total": "preemptions",
    "time_to_first_token_seconds_sum": "ttft_sum",
    "time_to_first_token_seconds_count": "ttft_count",
    "iteration_tokens_total_count": "iterations",
}
_KV_USAGE = "kv_cache_usage_perc"
_LOAD = frozenset((*_SUMMED, _KV_USAGE))
_CACHE_CONFIG, _IMAGE_HITS = "cache_config_info", "mm_cache_hits_total"


@dataclass(frozen=True, slots=True)
class ServerLoad:
    """One sample, summed over the server's engines (``kv_usage``: their mean). None: not on the page.

    ``iterations`` counts engine steps: while requests run it stops only if the engine is stuck.
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
    """Parse a page in Prometheus' text format; None if it has none of the series."""
    sums: dict[str, float] = {}
    kv_usage: list[float] = []
    for name, _, value in samples(page, PREFIX, _LOAD):
        if name == _KV_USAGE:
            kv_usage.append(value)
        else:
            field = _SUMMED[name]
            sums[field] = sums.get(field, 0.0) + value
    if not sums and not kv_usage:
        return None
    return ServerLoad(kv_usage=sum(kv_usage) / len(kv_usage) if kv_usage else None, **sums)


@dataclass(frozen=True, slots=True)
class ServerCaches:
    """Whether prefix caching is on, None if not on the page; hits of the image cache."""

    prefix_caching: bool | None = None
    image_hits: float = 0.0


def read_caches(page: str) -> ServerCaches:
    """The server's caches from a page; with several engines, one that caches is enough."""
    caching: list[bool] = []
    hits = 0.0
    for sample in samples(page, PREFIX, (_CACHE_CONFIG, _IMAGE_HITS)):
        if sample.name == _IMAGE_HITS:
            hits += sample.value
        elif (enabled := sample.labels.get("enable_prefix_caching")) in ("True", "False"):
            caching.append(enabled == "True")
    return ServerCaches(any(caching) if caching else None, hits)
