"""Whether a model server is there, speaks our protocol, and which model it serves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mineru_cli.errors import (
    AuthenticationFailed,
    InvalidReply,
    ModelMismatch,
    ModelNotFound,
    NotAModelServer,
    RequestError,
    RequestTimeout,
    ServerUnreachable,
)
from mineru_cli.inference.client import Client
from mineru_cli.inference.reply import KEY_HINT, URL_HINT, Reply, parse_json

UNREACHABLE_HINT = "is the address right, is the server up, and has it loaded its model?"
_NAMES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class ServerCard:
    """What a server says of itself. ``max_model_len`` in tokens; None and "" where it does not say."""

    url: str
    model: str
    max_model_len: int | None = None
    version: str = ""
    is_vllm: bool = False


async def probe(
    url: str,
    *,
    model: str | None = None,
    api_key: str | None = None,
    headers: Mapping[str, str] | None = None,
    tls_verify: bool | Path = True,
    within: float = 10.0,
) -> ServerCard:
    """Ask ``/health``, ``/v1/models`` and ``/version``, each answered ``within`` so many seconds.

    Raises ``ServerUnreachable`` when it may yet come (not there, still loading), else one of
    ``AuthenticationFailed``, ``NotAModelServer``, ``ModelNotFound``.
    """
    client = Client(url, api_key=api_key, headers=headers, tls_verify=tls_verify)
    try:
        health = await _get(client, "/health", within)
        if health.status >= 500:
            raise ServerUnreachable(
                f"{url} is not ready: /health says {health.status}",
                hint=UNREACHABLE_HINT,
                status=health.status,
            )
        card = _choose(url, _cards(url, await _get(client, "/v1/models", within)), model)
        version = await _version(client, within)
    finally:
        await client.aclose()
    length = card.get("max_model_len")
    return ServerCard(
        url,
        str(card["id"]),
        max_model_len=length if isinstance(length, int) else None,
        version=version,
        is_vllm=card.get("owned_by") == "vllm",
    )


def require_same_model(cards: Sequence[ServerCard]) -> str:
    """The model that all servers of a run serve. Raises ``ModelMismatch``."""
    if len({card.model for card in cards}) > 1:
        told = ", ".join(f"{card.url} serves {card.model}" for card in cards)
        raise ModelMismatch(
            f"the servers of one run must serve the same model: {told}",
            hint="leave out the odd one, or name a model that all of them serve with --model",
        )
    return cards[0].model


async def _get(client: Client, path: str, within: float) -> Reply:
    try:
        return await client.get(path, within=within)
    except (ServerUnreachable, RequestTimeout) as error:
        raise ServerUnreachable(error.message, hint=UNREACHABLE_HINT) from error
    except InvalidReply as error:
        raise NotAModelServer(error.message, hint=URL_HINT) from error


async def _version(client: Client, within: float) -> str:
    """VLLM's version; other servers need not have one."""
    try:
        version = parse_json((await client.get("/version", within=within)).body).get("version")
    except RequestError:
        return ""
    return version[:100] if isinstance(version, str) else ""


def _cards(url: str, reply: Reply) -> list[dict[str, Any]]:
    """The models in a reply to ``/v1/models``."""
    status = reply.status
    if status in (401, 403):
        raise AuthenticationFailed(
            f"{url} answered {status}: it wants an API key, or another one", hint=KEY_HINT
        )
    if status in (408, 429) or status >= 500:
        raise ServerUnreachable(f"{url}/v1/models answered {status}", hint=UNREACHABLE_HINT, status=status)
    data = parse_json(reply.body).get("data")
    if status != 200 or not isinstance(data, list):
        what = f"answered {status}" if status != 200 else "gave no list of models"
        moved = reply.headers.get("location", "")
        where = f" and redirects to {moved[:200]!r}" if moved else ""
        raise NotAModelServer(f"{url}/v1/models {what}{where}", hint=URL_HINT)
    return [card for card in data if isinstance(card, dict) and isinstance(card.get("id"), str)]


def _choose(url: str, cards: list[dict[str, Any]], model: str | None) -> dict[str, Any]:
    """The card of the model asked for, or of the only one there is."""
    names = ", ".join(str(card["id"])[:200] for card in cards[:_NAMES_SHOWN])
    if not cards:
        raise NotAModelServer(f"{url} serves no model at all", hint="load a vision model on it")
    if model is None:
        bases = [card for card in cards if not card.get("parent")] or cards  # adapters name their parent
        if len(bases) > 1:
            raise ModelNotFound(f"{url} serves several models: {names}", hint="choose one with --model")
        return bases[0]
    for card in cards:
        if card["id"] == model:
            return card
    raise ModelNotFound(
        f"{url} does not serve {model!r}; it serves: {names}", hint="give one of these names with --model"
    )
