from __future__ import annotations

import io
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

import anyio
from PIL import Image

from mineru_cli.domain.request import Completion, Sampling, VisionRequest
from mineru_cli.inference.fleet import Fleet
from mineru_cli.inference.fleet_settings import FleetSettings
from mineru_cli.settings import Adapting, Breaking, Resilience, Retrying, Watching
from tests.vllm_double import pixel_hash, reply_to

PROMPT = "\nText Recognition:"

QUICK = Resilience(
    retry=Retrying(base=0.02, busy_base=0.05, cap=0.2),
    breaker=Breaking(window=5, open_for=0.2, open_cap=1),
    watchdog=Watching(interval=0.3, probe_timeout=0.5, stuck_after=0.6),
    adaptive=Adapting(start=4, ceiling=64),
)


class Pages:
    """Requests that all differ, and the answers that belong to them."""

    def __init__(self, count: int) -> None:
        self.images = [self._image(number) for number in range(count)]

    @staticmethod
    def _image(number: int) -> bytes:
        buffer = io.BytesIO()
        Image.frombytes("L", (2, 2), number.to_bytes(4, "big")).save(buffer, "PNG")
        return buffer.getvalue()

    def request(self, number: int) -> VisionRequest:
        return VisionRequest("text", PROMPT, self.images[number], Sampling())

    def answer(self, number: int) -> str:
        return reply_to(PROMPT, pixel_hash(self.images[number]))

    async def ask_all(self, fleet: Fleet) -> list[Completion]:
        """Every request at once; each must come back with the answer to its own image."""
        answers: dict[int, Completion] = {}

        async def ask(number: int) -> None:
            answers[number] = await fleet.ask(self.request(number))

        async with anyio.create_task_group() as tasks:
            for number in range(len(self.images)):
                tasks.start_soon(ask, number)
        completions = [answers[number] for number in range(len(self.images))]
        assert [completion.text for completion in completions] == [
            self.answer(number) for number in range(len(self.images))
        ]
        return completions

    async def keep_asking(self, fleet: Fleet) -> None:
        """Every request again and again, until cancelled; each answer is checked."""

        async def ask(number: int) -> None:
            while True:
                assert (await fleet.ask(self.request(number))).text == self.answer(number)

        async with anyio.create_task_group() as tasks:
            for number in range(len(self.images)):
                tasks.start_soon(ask, number)


class Opened:
    """A fleet and what it announced."""

    def __init__(self, fleet: Fleet, events: list) -> None:
        self.fleet = fleet
        self.events = events

    def of(self, kind: type) -> list:
        return [event for event in self.events if isinstance(event, kind)]


@asynccontextmanager
async def open_fleet(*urls: str, limit: int = 8, adaptive: bool = False, **options) -> AsyncIterator[Opened]:
    options.setdefault("resilience", QUICK)
    names = {"resolve": options.pop("resolve")} if "resolve" in options else {}
    events: list = []
    fleet = Fleet(
        urls,
        options.pop("model", "mineru"),
        clock=time.monotonic,
        sleep=options.pop("sleep", anyio.sleep),
        random=Random(7),
        announce=events.append,
        settings=FleetSettings(limit, adaptive, **options),
        **names,
    )
    with anyio.fail_after(60):
        async with fleet:
            yield Opened(fleet, events)


async def until(condition) -> None:
    """Wait for what must happen; ``open_fleet`` ends a wait for what does not."""
    while not condition():
        await anyio.sleep(0.01)
