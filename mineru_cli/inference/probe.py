"""Probes one model server, in levels: each shows more of it than the one before, and costs more."""

from __future__ import annotations

import re
import time
from base64 import b64decode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio

from mineru_cli.domain.request import Sampling, VisionRequest
from mineru_cli.errors import (
    AuthenticationFailed,
    InvalidReply,
    ModelNotFound,
    NotAModelServer,
    RequestError,
    RequestRejected,
    RequestTimeout,
    ServerError,
    ServerFault,
    ServerUnreachable,
)
from mineru_cli.inference.body import encode
from mineru_cli.inference.client import Client
from mineru_cli.inference.reply import KEY_HINT, URL_HINT, Reply, parse_json, read_completion

UNREACHABLE_HINT = "is the address right, is the server up, and has it loaded its model?"
VISION_HINT = (
    "load a vision model on it, such as opendatalab/MinerU2.5-Pro-2605-1.2B, and let vLLM take images: "
    "--limit-mm-per-prompt '{\"image\": 1}'"
)
PROOF_PROMPT = "Is this an image?"
PROOF_TOKENS = 1
_NAMES_SHOWN = 20
_NO_IMAGES = re.compile(
    r"at most 0 image|not (a )?multi-?modal|images? (input )?(is|are) not supported"
    r"|not support (images?|vision|multi-?modal)",
    re.IGNORECASE,
)
_WHITE_SQUARE = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAHAAAABwAQAAAADum8nmAAAAHElEQVR42mP8z4AMmBhGuaPcUe4od5Q7yh0ALgBuiAHfUKPgcgAA"
    "AABJRU5ErkJggg=="
)
"""112 x 112 pixels: a few patches of every vision model, at negligible cost."""


@dataclass(frozen=True, slots=True)
class ServerCard:
    """What a server reports about itself; None and "" for what it does not. ``max_model_len`` in tokens.

    ``root`` is the repository or path of the weights behind the served ``model`` name. ``prompts`` are the
    only ones that it supports, if it lists them, as the embedded engine does.
    """

    url: str
    model: str
    max_model_len: int | None = None
    version: str = ""
    is_vllm: bool = False
    root: str = ""
    prompts: tuple[str, ...] = ()


class ServerProbe:
    """Looks at the server behind ``client``. A look is answered ``within`` its own seconds, or the probe's.

    1. ``health``: a process listens. 2. ``models``: it speaks our protocol. 3. ``card``: it serves the model,
    and how it describes itself. 4. ``show_image``: the model sees, and requests are let through. ``metrics``
    are apart: a server need not have any.

    What may yet come (not there, still loading) is ``ServerUnreachable``; what never will is a
    ``ServerRefused``: ``AuthenticationFailed``, ``NotAModelServer``, ``ModelNotFound``, or itself for a
    certificate that is not trusted.
    """

    def __init__(self, client: Client, within: float = 10.0) -> None:
        self._client = client
        self._within = within

    async def health(self, within: float | None = None) -> int:
        """The status of ``/health``."""
        return (await self._get("/health", within)).status

    async def models(self, within: float | None = None) -> list[dict[str, Any]]:
        """What ``/v1/models`` lists."""
        return _cards(self._client.url, await self._get("/v1/models", within))

    async def card(self, model: str | None = None) -> ServerCard:
        """The model asked for, or the only one there is, of a server that is healthy."""
        url = self._client.url
        if (status := await self.health()) >= 500:
            raise ServerUnreachable(
                f"{url} is not ready: /health says {status}", hint=UNREACHABLE_HINT, status=status
            )
        card = _choose(url, await self.models(), model)
        length = card.get("max_model_len")
        return ServerCard(
            url,
            str(card["id"]),
            max_model_len=length if isinstance(length, int) else None,
            version=await self._version(),
            is_vllm=card.get("owned_by") == "vllm",
            root=str(card.get("root") or ""),
            prompts=_prompts(card),
        )

    async def show_image(self, model: str, *, within: float) -> None:
        """Send one tiny image: a model's name proves neither vision nor that the server allows images.

        Raises ``NotAModelServer`` if the server says that it takes no images, ``RequestTimeout`` after
        ``within`` seconds, else what the request raises.
        """
        url = self._client.url
        request = VisionRequest(
            "page", PROOF_PROMPT, _WHITE_SQUARE, Sampling(temperature=0.0, max_tokens=PROOF_TOKENS)
        )
        try:
            with anyio.move_on_after(within):
                reply = await self._client.chat(encode(request, model))
                read_completion(reply, now=time.time(), server=url)
                return
        except (RequestRejected, ServerFault) as error:
            if _NO_IMAGES.search(error.message):
                raise NotAModelServer(
                    f"{model} takes no images: {error.message}", hint=VISION_HINT
                ) from error
            raise
        raise RequestTimeout(f"{url} gave no answer to a small request within {within:g} s")

    async def require_vision(self, model: str, *, within: float = 5.0) -> None:
        """Raise ``NotAModelServer`` if the model takes no images, a ``ServerRefused`` if all requests fail.

        Any other outcome of one tiny request proves nothing and is left to the requests that follow.
        """
        with suppress(RequestError):
            await self.show_image(model, within=within)

    async def metrics(self, within: float | None = None) -> str:
        """What ``/metrics`` shows; empty where there is none, or none in time."""
        try:
            reply = await self._client.get("/metrics", within=within or self._within)
        except ServerError:
            return ""
        return reply.body.decode(errors="replace") if reply.status == 200 else ""

    async def _get(self, path: str, within: float | None = None) -> Reply:
        try:
            return await self._client.get(path, within=within or self._within)
        except (ServerUnreachable, RequestTimeout) as error:
            raise ServerUnreachable(error.message, hint=error.hint or UNREACHABLE_HINT) from error
        except InvalidReply as error:
            raise NotAModelServer(error.message, hint=_url_hint(self._client.url)) from error

    async def _version(self) -> str:
        """VLLM's version; other servers need not have one."""
        try:
            reply = await self._client.get("/version", within=self._within)
            version = parse_json(reply.body).get("version")
        except RequestError:
            return ""
        return version[:100] if isinstance(version, str) else ""


@asynccontextmanager
async def probing(
    url: str,
    *,
    api_key: str | None = None,
    headers: Mapping[str, str] | None = None,
    tls_verify: bool | Path = True,
    within: float = 10.0,
) -> AsyncIterator[ServerProbe]:
    """A probe of the server at ``url``. Raises ``SettingsError`` for what is not an address."""
    client = Client(url, api_key=api_key, headers=headers, tls_verify=tls_verify)
    try:
        yield ServerProbe(client, within)
    finally:
        await client.aclose()


async def probe(
    url: str,
    *,
    model: str | None = None,
    api_key: str | None = None,
    headers: Mapping[str, str] | None = None,
    tls_verify: bool | Path = True,
    within: float = 10.0,
) -> ServerCard:
    """The ``card`` of the server at ``url``, for those who want nothing else of it."""
    async with probing(url, api_key=api_key, headers=headers, tls_verify=tls_verify, within=within) as server:
        return await server.card(model)


def _prompts(card: Mapping[str, Any]) -> tuple[str, ...]:
    found = card.get("prompts")
    return tuple(map(str, found)) if isinstance(found, list) else ()


def _cards(url: str, reply: Reply) -> list[dict[str, Any]]:
    """The models in a reply to ``/v1/models``."""
    status = reply.status
    if status in (401, 403):
        raise AuthenticationFailed(
            f"{url} answered {status}: it requires an API key, or a different one", hint=KEY_HINT
        )
    if status in (408, 429) or status >= 500:
        raise ServerUnreachable(f"{url}/v1/models answered {status}", hint=UNREACHABLE_HINT, status=status)
    data = parse_json(reply.body).get("data")
    if status != 200 or not isinstance(data, list):
        raise NotAModelServer(
            f"{url} is not an OpenAI-compatible server: /v1/models {_instead(reply)}", hint=_url_hint(url)
        )
    return [card for card in data if isinstance(card, dict) and _is_name(card.get("id"))]


def _is_name(name: object) -> bool:
    """A lone surrogate cannot be encoded: no request could name such a model."""
    return isinstance(name, str) and not any("\ud800" <= letter <= "\udfff" for letter in name)


def _instead(reply: Reply) -> str:
    """What the reply was instead of a list of models."""
    if 300 <= reply.status < 400:
        return f"redirects to {reply.headers.get('location', '')[:200]!r}"
    if reply.status != 200:
        return f"answered {reply.status}"
    is_page = reply.body.lstrip()[:1] == b"<"
    return "gave a web page" if is_page else "gave no list of models"


def _url_hint(url: str) -> str:
    """The usual mistake is a path: the full URL of an endpoint, copied from an example."""
    parts = urlsplit(url)
    if parts.path:
        return f"leave out the path: --server-url {parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    return URL_HINT


def _choose(url: str, cards: list[dict[str, Any]], model: str | None) -> dict[str, Any]:
    """The card of the requested model, or of the only one there is."""
    names = ", ".join(str(card["id"])[:200] for card in cards[:_NAMES_SHOWN])
    if not cards:
        raise NotAModelServer(f"{url} serves no model at all", hint=VISION_HINT)
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
