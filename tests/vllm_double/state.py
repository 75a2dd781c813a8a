"""The server's options, counters and current behaviour."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

from .faults import Fault
from .front import Front
from .slots import Slots


@dataclass
class Options:
    """Options of the server; every field is also a flag (``layout_seconds`` is ``--layout-seconds``)."""

    host: str = "127.0.0.1"
    port: int = 0
    slots: int = 256
    layout_seconds: float = 0.0
    block_seconds: float = 0.0
    model: str = "mineru"
    api_key: str = ""
    blocks: int = 0
    words: int = 0  # additional words in a block of text, as on a page of prose
    pictures: int = 0  # of the blocks of a page
    queue_cap: int = 0
    front_seconds: float = 0.0  # of the API process for a request, one after the other
    crowd: int = 0  # requests of other clients that are always in its line
    hash: str = "pixels"
    keep_alive: float = 5.0
    start_after: float = 0.0
    warmup: float = 0.0
    seed: int = 1
    max_model_len: int = 16384
    version: str = "0.28.0"
    root: str = ""  # the weights behind the model's name; "./MODEL" unless given
    logprobs: int = 1  # 0: leaves them out, as some gateways do
    prefix_caching: str = "True"  # as in vLLM's metrics
    tls: str = ""  # PEM file with a key and its certificate

    @property
    def scheme(self) -> str:
        return "https" if self.tls else "http"


class Counts:
    """Counters of requests and replies."""

    def __init__(self) -> None:
        self.requests = self.answered = self.cancelled = self.in_flight = self.max_in_flight = 0
        self.by_kind: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        self.replied: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.paths: Counter[str] = Counter()
        self.hosts: Counter[str] = Counter()
        self.finished: Counter[str] = Counter()
        self.tokens = [0, 0]
        self.proofs = self.with_logprobs = 0
        self.traceparents: list[str] = []


class State:
    """State shared by the endpoints and the control port."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.slots = Slots(options.slots)
        self.front = Front(options.front_seconds, options.crowd)
        self.counts = Counts()
        self.random = random.Random(options.seed)
        self.faults: list[Fault] = []
        self.health = "ok"
        self.with_metrics = True
        self.models = [options.model]
        self.images = True
        self.proof_seconds = 0.0
        self.born = time.monotonic()

    def reset(self) -> None:
        """Reset the counters; requests in flight stay."""
        in_flight = self.counts.in_flight
        self.counts = Counts()
        self.counts.in_flight = self.counts.max_in_flight = in_flight
        self.slots.reset()

    def obey(self, order: dict[str, Any]) -> None:
        """Apply the part of a command that changes how requests are answered."""
        if order.get("reset_stats"):
            self.reset()
        if "seed" in order:
            self.random = random.Random(order["seed"])
        if "faults" in order:
            self.faults = [Fault(**fault) for fault in order["faults"]]
        for name in ("health", "models", "images", "proof_seconds"):
            setattr(self, name, order.get(name, getattr(self, name)))
        self.with_metrics = order.get("metrics", self.with_metrics)
        if "slots" in order:
            self.slots.resize(order["slots"])
        self.front.seconds = order.get("front_seconds", self.front.seconds)
        self.front.crowd = order.get("crowd", self.front.crowd)
        if "stuck" in order:
            self.slots.tick()
            (self.slots.flowing.clear if order["stuck"] else self.slots.flowing.set)()

    def struck(self, kind: str, digest: str) -> Fault | None:
        """The fault that hits this request, if any."""
        for fault in self.faults:
            if fault.strikes(kind, digest, self.random.random()):
                return fault
        return None

    def stats(self) -> dict[str, Any]:
        """Counters since the start or the last ``reset_stats``."""
        self.slots.tick()
        counts, slots = self.counts, self.slots
        span = (slots.last - slots.first) if slots.first is not None else 0.0
        return {
            "requests": counts.requests,
            "answered": counts.answered,
            "cancelled": counts.cancelled,
            "in_flight": counts.in_flight,
            "max_in_flight": counts.max_in_flight,
            "max_running": slots.max_running,
            "running": slots.running,
            "waiting": len(slots.queue),
            "by_kind": counts.by_kind,
            "asked_by_image": counts.asked,
            "answered_by_image": counts.replied,
            "faults": counts.faults,
            "paths": counts.paths,
            "hosts": counts.hosts,
            "proofs": counts.proofs,
            "with_logprobs": counts.with_logprobs,
            "traceparents": counts.traceparents,
            "finished": counts.finished,
            "busy_slot_seconds": slots.busy,
            "span_seconds": span,
            "busy_share": slots.busy / (span * slots.count) if span > 0 else 0.0,
        }
