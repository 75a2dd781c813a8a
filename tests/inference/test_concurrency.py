from __future__ import annotations

import pytest

from mineru_cli.inference.concurrency import Adaptive
from mineru_cli.settings import Adapting


class FakeServer:
    """Slots and a queue; a second of it at a time."""

    def __init__(self, slots: int, *, others: int = 0, seconds: float = 0.5) -> None:
        self.slots = slots
        self.others = others
        self.seconds = seconds

    def second(self, adaptive: Adaptive, *, tells: bool = True) -> None:
        asked = adaptive.limit + self.others
        running = min(asked, self.slots)
        for _ in range(max(1, int(running / self.seconds))):
            adaptive.succeeded(self.seconds * max(1.0, asked / self.slots))
        told = (float(running), float(asked - running)) if tells else (None, None)
        adaptive.tick(adaptive.limit, *told)


def limits(adaptive: Adaptive, server: FakeServer, seconds: int, *, tells: bool = True) -> list[int]:
    seen = []
    for _ in range(seconds):
        server.second(adaptive, tells=tells)
        seen.append(adaptive.limit)
    return seen


@pytest.mark.spec("mineru-service/backpressure/concurrency-follows-the-capacity")
@pytest.mark.parametrize("slots", [4, 32, 256])
def test_it_finds_what_the_server_takes_and_stays(slots):
    seen = limits(Adaptive(Adapting(), start=16), FakeServer(slots), 60)
    assert all(slots <= limit <= 2.2 * slots + 2 for limit in seen[20:])


@pytest.mark.parametrize("slots", [8, 32, 256])
def test_without_the_servers_word_latency_will_do(slots):
    seen = limits(Adaptive(Adapting(), start=4), FakeServer(slots), 120, tells=False)
    assert all(slots <= limit <= 3 * slots for limit in seen[30:])


def test_slower_pages_are_not_taken_for_a_crowd_for_ever():
    adaptive, server = Adaptive(Adapting(), start=4), FakeServer(32)
    limits(adaptive, server, 40, tells=False)
    server.seconds *= 4
    assert limits(adaptive, server, 120, tells=False)[-1] >= 24


def test_busy_shrinks_to_the_floor_and_it_comes_back():
    adaptive, server = Adaptive(Adapting(), start=16), FakeServer(64)
    before = limits(adaptive, server, 20)[-1]
    for _ in range(15):
        for _ in range(5):
            adaptive.busy()
        adaptive.tick(3, 0.0, 0.0)
    assert adaptive.limit == 1
    after = limits(adaptive, server, 12)[-1]
    assert after >= 0.6 * before


def test_a_little_noise_does_not_reduce_the_concurrency():
    adaptive, server = Adaptive(Adapting(), start=16), FakeServer(32)
    for _ in range(40):
        for _ in range(5):
            adaptive.failed()
        server.second(adaptive)
    assert adaptive.limit >= 32
    for _ in range(40):
        adaptive.failed()
    before = adaptive.limit
    server.second(adaptive)
    assert adaptive.limit < before


def test_what_is_not_used_does_not_grow():
    adaptive = Adaptive(Adapting(), start=16)
    for _ in range(20):
        adaptive.succeeded(0.1)
        adaptive.tick(3, 3.0, 0.0)
    assert adaptive.limit == 16


@pytest.mark.spec("mineru-service/backpressure/workers-share-a-server")
def test_workers_that_share_a_server_share_its_slots():
    workers = [Adaptive(Adapting(), start=start, share=0.25) for start in (4, 4, 4, 16)]
    for _ in range(200):
        for worker in workers:
            others = sum(other.limit for other in workers) - worker.limit
            FakeServer(64, others=others).second(worker)
    assert 64 <= sum(worker.limit for worker in workers) <= 140
    assert min(worker.limit for worker in workers) >= 8


def test_bounds_hold():
    adaptive = Adaptive(Adapting(floor=2, ceiling=40), start=100, share=0.5)
    assert adaptive.limit == 20
    limits(adaptive, FakeServer(1000), 20)
    assert adaptive.limit == 20
    for _ in range(50):
        adaptive.busy()
        adaptive.tick(1, None, None)
    assert adaptive.limit == 2


def test_a_server_that_falls_silent_under_load_is_sent_less_until_it_does_not():
    adaptive, server, silences = Adaptive(Adapting(), start=256), FakeServer(8), 0
    for _ in range(60):
        if adaptive.limit > 40:
            silences += 1
            adaptive.lost()
        else:
            server.second(adaptive)
    assert silences <= 8
    assert 8 <= adaptive.limit <= 40
