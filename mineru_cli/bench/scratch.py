"""A folder that is gone when its user is done, made and removed off the event loop."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import anyio


@asynccontextmanager
async def scratch_folder(parent: Path | None = None) -> AsyncIterator[Path]:
    """An empty folder with an empty folder ``in`` in it."""
    make = partial(tempfile.TemporaryDirectory, prefix="mineru-bench-", dir=parent)
    held = await anyio.to_thread.run_sync(make)
    try:
        folder = Path(held.name)
        await anyio.to_thread.run_sync((folder / "in").mkdir)
        yield folder
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(held.cleanup)
