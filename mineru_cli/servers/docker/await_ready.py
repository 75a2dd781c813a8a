"""Waiting for a server that somebody else starts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio

from mineru_cli.errors import RequestError, ServerGivenUp
from mineru_cli.masking import without_login
from mineru_cli.servers.docker.verdict import ReadinessProof, prove

RETRY_EVERY = 1.0


async def wait_until_ready(
    url: str,
    *,
    model: str | None,
    api_key: str | None,
    timeout: float,  # noqa: ASYNC109 - the user's own option, said in the message
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
) -> ReadinessProof:
    """The proof that the server works. Raises ``ServerGivenUp`` after ``timeout`` s, ``ServerRefused``."""
    last = "no answer yet"
    with anyio.move_on_after(timeout):
        while True:
            try:
                return await prove(url, model=model, api_key=api_key)
            except RequestError as error:
                last = error.message
            await sleep(RETRY_EVERY)
    raise ServerGivenUp(
        f"{without_login(url)} was not ready within {timeout:g} s: {last}", hint="see its log, or wait longer"
    )
