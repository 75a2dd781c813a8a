"""Emptying a vLLM server's caches, so that one measurement does not answer from the work of another."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import httpx

CACHES = {"prefix cache": "/reset_prefix_cache", "image cache": "/reset_mm_cache"}
DEV_MODE = "the server has no such endpoint (vLLM has it with VLLM_SERVER_DEV_MODE=1)"


async def reset_caches(
    url: str,
    *,
    api_key: str | None = None,
    headers: Mapping[str, str] | None = None,
    tls_verify: bool | Path = True,
    within: float = 10.0,
) -> dict[str, str]:
    """Ask for every cache to be emptied; for each the reason why it was not, "" when it was. Never raises."""
    own = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    verify = str(tls_verify) if isinstance(tls_verify, Path) else tls_verify
    outcome = {}
    async with httpx.AsyncClient(
        base_url=url, headers={**own, **(headers or {})}, verify=verify, timeout=within
    ) as client:
        for name, path in CACHES.items():
            try:
                reply = await client.post(path)
            except httpx.HTTPError as error:
                outcome[name] = str(error) or type(error).__name__
                continue
            outcome[name] = _reason(reply.status_code)
    return outcome


def _reason(status: int) -> str:
    if status == 200:
        return ""
    return DEV_MODE if status in (404, 405) else f"the server answered {status}"
