"""The proof that a server works: its model's name, and one small real request with an image."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import anyio
from PIL import Image

from mineru_cli.domain.request import Sampling, VisionRequest
from mineru_cli.errors import NotAModelServer, RequestRejected, RequestTimeout
from mineru_cli.inference.body import encode
from mineru_cli.inference.client import Client
from mineru_cli.inference.reply import read_completion
from mineru_cli.pages.encode import png
from mineru_cli.servers.readiness import ServerCard, probe

SIDE = 112
"""Pixels: a few patches of every vision model, and small enough to be free."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """``answer_seconds`` is the request's own time, ``answer`` the beginning of what the model said."""

    card: ServerCard
    answer_seconds: float
    answer: str


async def prove(
    url: str,
    *,
    model: str | None = None,
    api_key: str | None = None,
    within: float = 120.0,
    clock: Callable[[], float] = time.monotonic,
) -> Verdict:
    """Ask for the model's name, then send one image.

    Raises what ``probe`` raises, ``NotAModelServer`` when the model takes no images, another ``RequestError``
    when the request fails.
    """
    card = await probe(url, model=model, api_key=api_key)
    client = Client(url, api_key=api_key)
    began = clock()
    try:
        with anyio.move_on_after(within) as scope:
            reply = await client.chat(encode(_request(), card.model))
    finally:
        await client.aclose()
    if scope.cancelled_caught:
        raise RequestTimeout(f"{url} gave no answer to a small request within {within:g} s")
    try:
        answer = read_completion(reply, now=time.time(), server=url).text
    except RequestRejected as error:
        raise NotAModelServer(
            f"{card.model} takes no images: {error.message}", hint="load a vision model on it"
        ) from error
    return Verdict(card, clock() - began, answer[:80])


def _request() -> VisionRequest:
    image = png(Image.new("L", (SIDE, SIDE), 255))
    return VisionRequest("page", "What is on this image?", image, Sampling(temperature=0.0, max_tokens=4))
