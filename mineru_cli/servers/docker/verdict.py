"""The proof that a server works: its model's name, and one small real request with an image."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from mineru_cli.errors import NotAModelServer, RequestRejected
from mineru_cli.masking import login_headers
from mineru_cli.servers.readiness import ServerCard, probe, show_image

PATIENCE = 120.0
"""Seconds for one small request: the first one may wait for a compiler."""


@dataclass(frozen=True, slots=True)
class ReadinessProof:
    """``answer_seconds`` is the request's own time."""

    card: ServerCard
    answer_seconds: float


async def prove(
    url: str,
    *,
    model: str | None = None,
    api_key: str | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> ReadinessProof:
    """Ask for the model's name, then send one image.

    Raises what ``probe`` and ``show_image`` raise; a refusal of the request is ``NotAModelServer``.
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
