"""The embedded engine in a process of its own."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from mineru_cli.bench.servers.own_server import ServerSetting, Up, await_first_answer, flags
from mineru_cli.bench.servers.phases import LAST
from mineru_cli.embedded.config import EmbeddedConfig
from mineru_cli.embedded.process import embedded_server


class EmbeddedServer:
    """The embedded engine. ``cores`` limits its concurrent requests."""

    name = "embedded"

    def __init__(self, cores: int) -> None:
        slots = tuple(2**power for power in range(5) if 2**power <= cores)
        self.settings = (ServerSetting("slots", "--slots", slots),)

    @asynccontextmanager
    async def started(self, values: Mapping[str, int]) -> AsyncIterator[Up]:
        """See ``OwnServer``."""
        began = time.monotonic()
        async with embedded_server(EmbeddedConfig(slots=values.get("slots", 0))) as server:
            listening = time.monotonic()
            answered = await await_first_answer(server.url)
            loaded = time.monotonic() - answered
            yield Up(
                server.url,
                (
                    ("process up and listening", listening - began),
                    ("models loaded", max(0.0, loaded - listening)),
                    (LAST, answered),
                ),
            )

    def as_environment(self, values: Mapping[str, int]) -> Mapping[str, str]:
        """Flags of ``mineru-batch server embedded``: it has no variables."""
        words = flags(self.settings, values)
        return {"mineru-batch server embedded": " ".join(words)} if words else {}
