"""The wire format: requests, completions and errors like vLLM's. Pure except for image decoding."""

from __future__ import annotations

import base64
import binascii
import io
import json
import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image, UnidentifiedImageError

from mineru_cli.embedded.config import MAX_MODEL_LEN
from mineru_cli.embedded.engine import LIMITS, Task
from mineru_cli.pages.page import Word
from mineru_cli.pages.page_words import MARK, split_prompt

MAX_PIXELS = 120_000_000
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "PPM")
CHARS_PER_TOKEN = 4
PATCH = 28
"""Side in pixels of the square that counts as one prompt token (as in MinerU2.5's vision tower)."""

Json = dict[str, Any]


class BadRequest(Exception):
    """An invalid request, answered with an error body. ``status`` is the HTTP status."""

    def __init__(self, message: str, *, param: str | None = None, status: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.status = status

    def body(self) -> Json:
        """The error body in vLLM's format."""
        kind = {404: "NotFoundError", 400: "BadRequestError"}.get(self.status, "InternalServerError")
        return error_body(self.message, kind, self.param, self.status)


def error_body(message: str, kind: str, param: str | None, status: int) -> Json:
    """An error object in vLLM's format."""
    return {"error": {"message": message, "type": kind, "param": param, "code": status}}


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A validated request: the task, the encoded image, and the maximum reply length in tokens.

    ``words`` are the words in the picture, where the client sent the page's text layer.
    """

    task: Task
    image: bytes
    max_tokens: int | None
    words: Sequence[Word] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """Estimated token counts: image patches, and a quarter of the characters."""

    prompt: int
    completion: int


def parse_chat(raw: bytes, model: str) -> ChatRequest:
    """Validate a body of ``/v1/chat/completions``. Raises BadRequest."""
    body = _object(raw)
    name = body.get("model")
    if name is not None and name != model:
        raise BadRequest(f"The model `{name}` does not exist.", param="model", status=404)
    _check_sampling(body)
    prompt, images = _content(body)
    if len(images) > 1:
        raise BadRequest("At most 1 image(s) may be provided in one prompt. (parameter=image)", param="image")
    if not images:
        raise BadRequest("This model reads images: the request has none.", param="messages")
    try:
        prompt, words = split_prompt(prompt)
    except ValueError:
        raise BadRequest(
            "The words behind 'Text Layer:' cannot be read: "
            "send a JSON list of [text, x0, y0, x1, y1, baseline, height].",
            param="messages",
        ) from None
    return ChatRequest(_task(prompt), _image_bytes(images[0]), _max_tokens(body), words)


def _object(raw: bytes) -> Json:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        reason = str(error).split(": line")[0]
        detail = {
            "type": "json_invalid",
            "loc": "body",
            "msg": "JSON decode error",
            "ctx": {"error": reason},
        }
        raise BadRequest(f"1 validation error:\n  {detail}", param="body") from None
    if not isinstance(body, dict):
        raise BadRequest("1 validation error:\n  the body is not a JSON object", param="body")
    return body


def _check_sampling(body: Json) -> None:
    temperature = body.get("temperature")
    if isinstance(temperature, int | float) and temperature < 0:
        raise BadRequest(
            f"temperature must be non-negative, got {float(temperature)}. "
            f"(parameter=temperature, value={float(temperature)})",
            param="temperature",
        )
    if body.get("stream"):
        raise BadRequest("This engine does not stream: send stream=false.", param="stream")
    if body.get("n", 1) not in (None, 1):
        raise BadRequest("This engine gives one choice: n must be 1.", param="n")


def _max_tokens(body: Json) -> int | None:
    value = body.get("max_completion_tokens", body.get("max_tokens"))
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise BadRequest(f"max_tokens must be at least 1, got {value}.", param="max_tokens")
    if value > MAX_MODEL_LEN:
        raise BadRequest(
            f"max_tokens={value} cannot be greater than max_model_len={MAX_MODEL_LEN}. "
            f"Please request fewer output tokens. (parameter=max_tokens, value={value})",
            param="max_tokens",
        )
    return value


def _content(body: Json) -> tuple[str, list[str]]:
    """The user's text and the image URLs of all messages."""
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise BadRequest(
            "1 validation error:\n  messages: a list with at least one message", param="messages"
        )
    texts: list[str] = []
    images: list[str] = []
    for message in messages:
        if not isinstance(message, dict):
            raise BadRequest("1 validation error:\n  messages: each is an object", param="messages")
        content = message.get("content")
        parts = content if isinstance(content, list) else [{"type": "text", "text": content or ""}]
        is_user = message.get("role") != "system"
        for part in parts:
            _take(part, texts if is_user else [], images)
    return "".join(texts), images


def _take(part: object, texts: list[str], images: list[str]) -> None:
    kind = part.get("type") if isinstance(part, dict) else None
    if isinstance(part, dict) and kind == "text":
        texts.append(str(part.get("text", "")))
    elif isinstance(part, dict) and kind == "image_url":
        holder = part.get("image_url")
        images.append(str(holder.get("url", "") if isinstance(holder, dict) else holder))
    else:
        raise BadRequest(f"Unknown part type: {kind}", param="messages")


def _task(prompt: str) -> Task:
    wanted = prompt.strip()
    for task in Task:
        if wanted == task.value:
            return task
    known = ", ".join(repr(task.value) for task in Task)
    raise BadRequest(
        f"This engine answers MinerU2.5's prompts only ({known}); it cannot follow other instructions.",
        param="messages",
    )


def _image_bytes(url: str) -> bytes:
    head, _, data = url.partition(",")
    if not head.startswith("data:image/") or not head.endswith(";base64"):
        raise BadRequest("Failed to load image: send it as data:image/...;base64,...", param=None)
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise BadRequest("Failed to load image: incorrect base64") from None


def open_image(data: bytes) -> Image.Image:
    """The decoded image. Raises BadRequest for data that is not an image, or one that is too large."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=FORMATS)
            if image.width * image.height > MAX_PIXELS:
                raise BadRequest(
                    f"Failed to load image: {image.width} x {image.height} is above {MAX_PIXELS} pixels"
                )
            image.load()
    except BadRequest:
        raise
    except UnidentifiedImageError:
        raise BadRequest("Failed to load image: cannot identify image file <_io.BytesIO object>") from None
    except Exception as error:  # noqa: BLE001 - Pillow raises anything on hostile files
        raise BadRequest(f"Failed to load image: {error}") from None
    return image


def tokens_in(text: str) -> int:
    """Estimated tokens of a reply."""
    return math.ceil(len(text) / CHARS_PER_TOKEN) + 1


def usage_of(image: Image.Image, text: str) -> Usage:
    """Estimated usage of one request."""
    patches = math.ceil(image.width / PATCH) * math.ceil(image.height / PATCH)
    return Usage(patches + 12, tokens_in(text))


def limited(text: str, max_tokens: int | None) -> tuple[str, str]:
    """The text within the limit, and its finish reason: "stop", or "length" when it was truncated."""
    if max_tokens is None or tokens_in(text) <= max_tokens:
        return text, "stop"
    return text[: max(0, max_tokens - 1) * CHARS_PER_TOKEN], "length"


def completion(request_id: str, created: int, model: str, text: str, finish: str, usage: Usage) -> Json:
    """A chat completion in vLLM's format."""
    return {
        "id": f"chatcmpl-{request_id}",
        "object": "chat.completion",
        "created": created,
        "model": model,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text, "refusal": None},
                "logprobs": None,
                "finish_reason": finish,
                "stop_reason": None,
            }
        ],
        "usage": {
            "prompt_tokens": usage.prompt,
            "total_tokens": usage.prompt + usage.completion,
            "completion_tokens": usage.completion,
            "prompt_tokens_details": None,
        },
    }


def model_card(model: str, created: int, recogniser: str) -> Json:
    """The reply of ``/v1/models``; ``limitations`` lists what the engine does not support.

    ``prompts`` are the supported ones of MinerU2.5; the one for formulas returns plain characters.
    """
    return {
        "object": "list",
        "data": [
            {
                "id": model,
                "object": "model",
                "created": created,
                "owned_by": "mineru-batch",
                "root": model,
                "parent": None,
                "max_model_len": MAX_MODEL_LEN,
                "recogniser": recogniser,
                "prompts": [*(task.value for task in Task if task is not Task.FORMULA), MARK.strip()],
                "limitations": list(LIMITS),
            }
        ],
    }
