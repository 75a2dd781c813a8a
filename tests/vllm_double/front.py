"""The API process in front of the engine: one thread that takes everything in the order of its arrival."""

from __future__ import annotations

import asyncio


class Front:
    """A line. Each request of the model holds its head for ``seconds``, as an image that is decoded does.

    ``crowd`` is the load of other clients: that number of their requests is in the line at any time. What is
    quick by itself, such as ``/health``, waits for its turn as well.
    """

    def __init__(self, seconds: float, crowd: int) -> None:
        self.seconds = seconds
        self.crowd = crowd
        self._ours = 0

    async def pass_by(self) -> None:
        """Wait for everything that is in the line."""
        if self.seconds:
            await asyncio.sleep((self.crowd + self._ours) * self.seconds)

    async def take_turn(self) -> None:
        """Join the line and wait for the turn: others wait for this request meanwhile."""
        self._ours += 1
        try:
            await self.pass_by()
        finally:
            self._ours -= 1
