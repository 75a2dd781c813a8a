"""Whether a model server is ready for a run: proved by an image, and waited for."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import anyio

from mineru_cli.errors import ModelMismatch, NotAModelServer, RequestError, RequestRejected, ServerGivenUp
from mineru_cli.inference.probe import ServerCard, probing
from mineru_cli.masking import without_login

RETRY_EVERY = 1.0
PROOF_TIMEOUT = 120.0
"""Timeout of one small request in seconds: the first one may trigger a compilation."""

Seen = TypeVar("Seen")


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

    Raises what ``ServerProbe`` raises; a refusal of the request is ``NotAModelServer``.
    """
    async with probing(url, api_key=api_key) as server:
        card = await server.card(model)
        began = clock()
        try:
            await server.show_image(card.model, within=PROOF_TIMEOUT)
        except RequestRejected as error:
            raise NotAModelServer(
                f"{card.model} refuses a small request with an image: {error.message}",
                hint="see the server's log",
            ) from error
        return ReadinessProof(card, clock() - began)


async def wait_until_ready(
    url: str,
    *,
    model: str | None,
    api_key: str | None,
    timeout: float,  # noqa: ASYNC109 - the user's own option, said in the message
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    waiting: Callable[[str], None] = lambda reason: None,
) -> ReadinessProof:
    """Poll until ``prove`` succeeds. Raises ``ServerGivenUp`` after ``timeout`` s, and ``ServerRefused``.

    ``waiting`` gets the reason of the first failure, and each that differs from the one before.
    """
    return await wait_for(
        lambda: prove(url, model=model, api_key=api_key),
        url,
        within=timeout,
        every=RETRY_EVERY,
        sleep=sleep,
        waiting=waiting,
    )


async def wait_for(
    look: Callable[[], Awaitable[Seen]],
    url: str,
    *,
    within: float,
    every: float,
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    waiting: Callable[[str], None] = lambda reason: None,
) -> Seen:
    """The first result of ``look``, repeated every ``every`` seconds while it raises ``RequestError``.

    Raises ``ServerGivenUp`` after ``within`` seconds, and what else ``look`` raises at once.
    """
    last = "no answer yet"
    with anyio.move_on_after(within):
        while True:
            try:
                return await look()
            except RequestError as error:
                if error.message != last:
                    waiting(error.message)
                last = error.message
            await sleep(every)
    raise ServerGivenUp(
        f"{without_login(url)} was not ready within {within:g} s: {last}", hint="see its log, or wait longer"
    )


def require_same_model(cards: Sequence[ServerCard]) -> str:
    """The model that all servers of a run serve. Raises ``ModelMismatch``."""
    if len({card.model for card in cards}) > 1:
        served = ", ".join(f"{card.url} serves {card.model}" for card in cards)
        raise ModelMismatch(
            f"the servers of one run must serve the same model: {served}",
            hint="leave out the odd one, or name a model that all of them serve with --model",
        )
    return cards[0].model
