"""Waiting until the embedded engine answers: it knows MinerU's prompts only, so no general proof will do."""

from __future__ import annotations

import time

import anyio
from PIL import Image

from mineru_cli.domain.request import Sampling, VisionRequest
from mineru_cli.errors import ServerGivenUp, ServerUnreachable
from mineru_cli.inference.body import encode
from mineru_cli.inference.client import Client
from mineru_cli.inference.reply import read_completion
from mineru_cli.pages.pixels.encode import png
from mineru_cli.servers.readiness import probe

PROMPT, SIDE = "\nLayout Detection:", 112
LOOK, GIVE_UP = 0.05, 120.0


async def await_first_answer(url: str) -> float:
    """Seconds that the first request took, once the models are loaded. Raises ``ServerGivenUp``."""
    with anyio.move_on_after(GIVE_UP):
        while True:
            try:
                card = await probe(url)
            except ServerUnreachable:
                await anyio.sleep(LOOK)
            else:
                return await _ask(url, card.model)
    raise ServerGivenUp(f"{url} gave no answer within {GIVE_UP:g} s", hint="see its log")


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
