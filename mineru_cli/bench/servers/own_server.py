"""A server that the bench starts itself: protocol, settings, first answer."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from PIL import Image

from mineru_cli.domain.request import Sampling, VisionRequest
from mineru_cli.inference.body import encode
from mineru_cli.inference.client import Client
from mineru_cli.inference.probe import probe
from mineru_cli.inference.reply import read_completion
from mineru_cli.pages.pixels.encode import png
from mineru_cli.servers.readiness import wait_for


@dataclass(frozen=True, slots=True)
class Up:
    """A server that gave its first answer. ``phases`` are (name, seconds) in order since the start."""

    url: str
    phases: tuple[tuple[str, float], ...]


class OwnServer(Protocol):
    """The embedded engine, a container, or a server started by any command line."""

    @property
    def name(self) -> str:
        """One word for it."""
        ...

    @property
    def settings(self) -> tuple[ServerSetting, ...]:
        """Settings to try, in this order."""
        ...

    def started(self, values: Mapping[str, int]) -> AbstractAsyncContextManager[Up]:
        """Run it within the context. Settings without a value keep the default.

        Raises ``EngineUnavailable``, ``ServerGivenUp``.
        """
        ...

    def as_environment(self, values: Mapping[str, int]) -> Mapping[str, str]:
        """The settings as environment variables."""
        ...


@dataclass(frozen=True, slots=True)
class ServerSetting:
    """``values`` to try in addition to the server's default; ``flag`` is its command-line option."""

    name: str
    flag: str
    values: tuple[int, ...]


VLLM = (
    ServerSetting("max_num_batched_tokens", "--max-num-batched-tokens", (4096, 8192, 16384, 32768)),
    ServerSetting("max_num_seqs", "--max-num-seqs", (64, 128, 256, 512)),
    ServerSetting("api_server_count", "--api-server-count", (1, 2, 4)),
    ServerSetting("mm_processor_cache_gb", "--mm-processor-cache-gb", (0, 4)),
)
"""Tokens and requests per step; processes that prepare images; GB of image cache."""

VARIABLES = {"api_server_count": "VLLM_API_SERVERS", "mm_processor_cache_gb": "VLLM_MM_CACHE_GB"}
EXTRA = "VLLM_EXTRA_ARGS"
"""Variables of docker-compose.yml: two settings have one, the others are extra arguments."""


def flags(settings: tuple[ServerSetting, ...], values: Mapping[str, int]) -> list[str]:
    """Command-line arguments; settings without a value are left out."""
    known = [(setting.flag, values[setting.name]) for setting in settings if setting.name in values]
    return [word for flag, value in known for word in (flag, str(value))]


def compose_variables(values: Mapping[str, int], extra: str = "") -> dict[str, str]:
    """As variables of docker-compose.yml. ``extra`` is the user's ``VLLM_EXTRA_ARGS``."""
    own = {VARIABLES[name]: str(value) for name, value in values.items() if name in VARIABLES}
    rest = {name: value for name, value in values.items() if name not in VARIABLES}
    if rest:
        own[EXTRA] = " ".join([*extra.split(), *flags(VLLM, rest)])
    return own


PROMPT, SIDE = "\nLayout Detection:", 112
LOOK, GIVE_UP = 0.05, 120.0


async def await_first_answer(url: str) -> float:
    """Send the first request once the models are loaded; returns its seconds. Raises ``ServerGivenUp``."""
    card = await wait_for(lambda: probe(url), url, within=GIVE_UP, every=LOOK)
    return await _ask(url, card.model)


async def _ask(url: str, model: str) -> float:
    image = png(Image.new("L", (SIDE, SIDE), 255))
    request = VisionRequest("layout", PROMPT, image, Sampling(temperature=0.0, max_tokens=16))
    client = Client(url)
    began = time.monotonic()
    try:
        reply = await client.chat(encode(request, model))
    finally:
        await client.aclose()
    read_completion(reply, now=time.time(), server=url)
    return time.monotonic() - began
