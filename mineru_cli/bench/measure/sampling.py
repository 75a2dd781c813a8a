"""Samples servers, GPUs and our own CPU while a level is measured."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import anyio

from mineru_cli.bench.measure.recording import Recording
from mineru_cli.errors import RequestError
from mineru_cli.inference.client import Client
from mineru_cli.settings import Settings
from mineru_cli.telemetry.gpu import watch_gpus
from mineru_cli.telemetry.series import MetricsPage

EVERY = 0.5
"""Seconds between two scrapes."""

DRIVERS = ("libcuda.so", "libnvidia", "/dev/nvidia")


class Scraper:
    """Scrapes every server's metrics. Close with ``aclose``."""

    def __init__(self, settings: Settings, urls: Sequence[str]) -> None:
        key = settings.api_key.get_secret_value() if settings.api_key else None
        self._clients = [
            Client(url, api_key=key, headers=settings.headers_for(url), tls_verify=settings.tls_verify)
            for url in urls
        ]

    async def aclose(self) -> None:
        """Close all connections."""
        for client in self._clients:
            await client.aclose()

    async def scrape(self) -> Mapping[str, MetricsPage]:
        """Every server's series by URL; without those whose scrape failed."""
        found = {}
        for client in self._clients:
            try:
                reply = await client.get("/metrics", within=3.0)
            except RequestError:
                continue
            if reply.status == 200:
                found[client.url] = MetricsPage.of(reply.body.decode("utf-8", "replace"))
        return found


async def sample(recording: Recording, settings: Settings, urls: Sequence[str], dcgm_url: str | None) -> None:
    """Fill a recording until cancelled. Never raises."""
    async with AsyncExitStack() as held, anyio.create_task_group() as tasks:
        scraper = Scraper(settings, urls)
        held.push_async_callback(scraper.aclose)
        tasks.start_soon(watch_gpus_into, recording, dcgm_url)
        while True:
            recording.own_cpu.append((time.time(), sum(os.times()[:2])))
            scrape = await scraper.scrape()
            recording.scrapes.append((time.time(), scrape))
            await anyio.sleep(EVERY)


async def watch_gpus_into(recording: Recording, dcgm_url: str | None) -> None:
    """Note every GPU once a second until cancelled."""
    await watch_gpus(lambda gauge: recording.gpus.append((time.time(), gauge)), dcgm_url=dcgm_url)


def gpu_drivers_mapped(pids: Sequence[int]) -> int | None:
    """Number of these processes with a GPU driver mapped; None if the system does not report it."""
    answers = [_maps_driver(pid) for pid in pids]
    known = [answer for answer in answers if answer is not None]
    return sum(known) if known else None


def _maps_driver(pid: int) -> bool | None:
    try:
        text = Path(f"/proc/{pid}/maps").read_text("utf-8", "replace")
    except OSError:
        return None
    return any(name in text for name in DRIVERS)
