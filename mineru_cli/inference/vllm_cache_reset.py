"""Resets a vLLM server's caches, so that one measurement does not profit from the one before."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import anyio
import httpx

CACHES = {
    "prefix cache": "/reset_prefix_cache",
    "image cache": "/reset_mm_cache",
    "encoder cache": "/reset_encoder_cache",
}
"""The prefix cache, the cache of preprocessed images and the cache of encoder outputs."""

DEV_MODE = "the server has no such endpoint (vLLM has it with VLLM_SERVER_DEV_MODE=1)"
HELD = "the server says that requests still hold a part of it"
MOST_BYTES = 65_536
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
    """Reset every cache. Returns by cache why it failed, "" when it succeeded. Never raises."""
    own = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    verify = str(tls_verify) if isinstance(tls_verify, Path) else tls_verify
    async with httpx.AsyncClient(
        base_url=url, headers={**own, **(headers or {})}, verify=verify, timeout=within
    ) as client:
        return {name: await _reset(client, path, sleep) for name, path in CACHES.items()}


async def _reset(client: httpx.AsyncClient, path: str, sleep: Callable[[float], Awaitable[None]]) -> str:
    reason = ""
    for attempt in range(ATTEMPTS):
        if attempt:
            await sleep(BETWEEN)
        try:
            async with client.stream("POST", path, headers={"Accept-Encoding": "identity"}) as reply:
                reason = _reason(reply.status_code, await _start_of(reply))
        except httpx.HTTPError as error:
            return str(error) or type(error).__name__
        if reason != HELD:
            break
    return reason


async def _start_of(reply: httpx.Response) -> bytes:
    """The beginning of the body, as received."""
    body = b""
    async for part in reply.aiter_raw():
        body += part
        if len(body) > MOST_BYTES:
            break
    return body


def _reason(status: int, body: bytes) -> str:
    """Newer servers answer 200 also on failure, and report it in the body."""
    if status != 200:
        return DEV_MODE if status in (404, 405) else f"the server answered {status}"
    try:
        reply = json.loads(body or b"{}")
    except ValueError:
        return ""
    return HELD if isinstance(reply, dict) and reply.get("success") is False else ""
