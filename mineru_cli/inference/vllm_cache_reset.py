"""Resets a vLLM server's caches, so that one measurement does not profit from the one before."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import anyio

from mineru_cli.errors import ServerError
from mineru_cli.inference.client import Client
from mineru_cli.inference.reply import parse_json

CACHES = {
    "prefix cache": "/reset_prefix_cache",
    "image cache": "/reset_mm_cache",
    "encoder cache": "/reset_encoder_cache",
}
"""The prefix cache, the cache of preprocessed images and the cache of encoder outputs."""

DEV_MODE = "the server has no such endpoint (vLLM has it with VLLM_SERVER_DEV_MODE=1)"
HELD = "the server says that requests still hold a part of it"
ATTEMPTS, BETWEEN = 5, 0.5
"""Attempts, and seconds between two: requests that ended a moment ago may still hold blocks."""


async def reset_caches(
    url: str,
    *,
    api_key: str | None = None,
    headers: Mapping[str, str] | None = None,
    tls_verify: bool | Path = True,
    within: float = 10.0,
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
) -> dict[str, str]:
    """Reset every cache. Returns by cache why it failed, "" when it succeeded.

    Raises ``SettingsError`` for what is not an address.
    """
    client = Client(url, api_key=api_key, headers=headers, tls_verify=tls_verify)
    try:
        return {name: await _reset(client, path, within, sleep) for name, path in CACHES.items()}
    finally:
        await client.aclose()


async def _reset(client: Client, path: str, within: float, sleep: Callable[[float], Awaitable[None]]) -> str:
    reason = ""
    for attempt in range(ATTEMPTS):
        if attempt:
            await sleep(BETWEEN)
        try:
            reply = await client.post(path, within=within)
        except ServerError as error:
            return error.message
        reason = _reason(reply.status, reply.body)
        if reason != HELD:
            break
    return reason


def _reason(status: int, body: bytes) -> str:
    """Newer servers answer 200 also on failure, and report it in the body."""
    if status != 200:
        return DEV_MODE if status in (404, 405) else f"the server answered {status}"
    return HELD if parse_json(body).get("success") is False else ""
