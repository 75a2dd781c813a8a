"""Readiness probe with a real request, and waiting for it to succeed."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import anyio

from mineru_cli.errors import NotAModelServer, RequestError, RequestRejected, ServerGivenUp
from mineru_cli.masking import login_headers, without_login
from mineru_cli.servers.readiness import ServerCard, probe, show_image

RETRY_EVERY = 1.0


async def wait_until_ready(
    url: str,
    *,
    model: str | None,
    api_key: str | None,
    timeout: float,  # noqa: ASYNC109 - the user's own option, said in the message
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
) -> ReadinessProof:
    """Poll until ``prove`` succeeds. Raises ``ServerGivenUp`` after ``timeout`` s, and ``ServerRefused``."""
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


PATIENCE = 120.0
"""Timeout of one small request in seconds: the first one may trigger a compilation."""


@dataclass(frozen=True, slots=True)
class ReadinessProof:
    """``answer_seconds`` is the time of the request alone."""

    card: ServerCard
    answer_seconds: float


async def prove(
    url: str,
    *,
    model: str | None = None,
    api_key: str | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> ReadinessProof:
    """Get the model's name, then send one image.

    Raises what ``probe`` and ``show_image`` raise; ``NotAModelServer`` if the request is rejected.
    """
    card = await probe(url, model=model, api_key=api_key)
    began = clock()
    try:
        await show_image(card, api_key=api_key, headers=login_headers(url), within=PATIENCE)
    except RequestRejected as error:
        raise NotAModelServer(
            f"{card.model} refuses a small request with an image: {error.message}",
            hint="see the server's log",
        ) from error
    return ReadinessProof(card, clock() - began)
