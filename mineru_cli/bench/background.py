"""Something in the background while the real work runs, and the work's error as it was raised."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import anyio

from mineru_cli.errors import MinerUBatchError

T = TypeVar("T")


async def run_with_background(
    work: Awaitable[T], *background: Callable[[], Coroutine[Any, Any, object]]
) -> T:
    """Await ``work`` while the others run; they are cancelled when it ends.

    An error of ours is raised as itself: inside a group nobody would know its exit code.
    """
    failure: MinerUBatchError | None = None
    async with anyio.create_task_group() as tasks:
        for one in background:
            tasks.start_soon(one)
        try:
            result = await work
        except MinerUBatchError as error:
            failure = error
        tasks.cancel_scope.cancel()
    if failure is not None:
        raise failure
    return result
