"""Prometheus metrics with vLLM's names, where they apply to an OCR engine."""

from __future__ import annotations

from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from mineru_cli.embedded.http.protocol import Usage

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0)
STEPS = (1, 8, 16, 32, 64, 128, 256, 512)
FINISHES = ("stop", "length", "abort", "error")


class Metrics:
    """The metrics of one server in a separate registry. ``engine`` is always "0"."""

    def __init__(self, model: str) -> None:
        self.registry = CollectorRegistry()
        labels = {"model_name": model, "engine": "0"}

        def made(kind: type[Any], name: str, text: str, **options: Any) -> Any:
            metric = kind(name, text, list(labels), registry=self.registry, **options)
            return metric.labels(**labels)

        self.running = made(Gauge, "vllm:num_requests_running", "Requests running in a slot.")
        self.waiting = made(Gauge, "vllm:num_requests_waiting", "Requests waiting for a slot.")
        self._prompt = made(Counter, "vllm:prompt_tokens", "Image patches read (estimate).")
        self._generated = made(Counter, "vllm:generation_tokens", "Tokens of replies (estimate).")
        self._steps = made(
            Histogram,
            "vllm:iteration_tokens_total",
            "Inference steps; the count grows with work.",
            buckets=STEPS,
        )
        self._latency = made(
            Histogram, "vllm:e2e_request_latency_seconds", "Seconds from arrival to reply.", buckets=SECONDS
        )
        self._queued = made(
            Histogram, "vllm:request_queue_time_seconds", "Seconds spent waiting for a slot.", buckets=SECONDS
        )
        finished = Counter(
            "vllm:request_success",
            "Requests finished, by reason.",
            [*labels, "finished_reason"],
            registry=self.registry,
        )
        self._finished = {f: finished.labels(**labels, finished_reason=f) for f in FINISHES}

    def step(self) -> None:
        """Count one finished inference: watchdogs read this progress."""
        self._steps.observe(1)

    def waited(self, seconds: float) -> None:
        """Observe the seconds that a request waited for its slot."""
        self._queued.observe(seconds)

    def finished(self, reason: str, seconds: float, usage: Usage | None = None) -> None:
        """Observe a request that ended after ``seconds``."""
        self._finished[reason].inc()
        self._latency.observe(seconds)
        if usage is not None:
            self._prompt.inc(usage.prompt)
            self._generated.inc(usage.completion)

    def text(self) -> bytes:
        """The metrics in Prometheus' text format."""
        return generate_latest(self.registry)
