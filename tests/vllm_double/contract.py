"""vLLM's contract: the parts of a request, the model's text for an image, the reply's JSON."""

from __future__ import annotations

import base64
import hashlib
import io
import math
import re
import zlib
from typing import Any

from PIL import Image

END_TOKEN = "<|im_end|>"
PNG = b"\x89PNG\r\n\x1a\n"
_TOKEN = re.compile(r"<\|\w+\|>|\w{1,3}|[^\w]")


def pixel_hash(image: bytes) -> str:
    """Sixteen hex digits of the decoded pixels: the same for every lossless encoding, grey or RGB."""
    with Image.open(io.BytesIO(image)) as opened:
        rgb = opened.convert("RGB")
    digest = hashlib.blake2b(b"%dx%d" % rgb.size, digest_size=8)
    digest.update(rgb.tobytes())
    return digest.hexdigest()


def rows_hash(png: bytes) -> str:
    """Sixteen hex digits of a PNG's rows, whatever their compression; cheaper than ``pixel_hash``.

    Equal pixels in another mode or with other row filters have another hash.
    """
    position, inflate, digest = len(PNG), zlib.decompressobj(), 0
    while position < len(png):
        length, kind = int.from_bytes(png[position : position + 4], "big"), png[position + 4 : position + 8]
        data = png[position + 8 : position + 8 + length]
        if kind in (b"IHDR", b"IDAT"):
            digest = zlib.crc32(inflate.decompress(data) if kind == b"IDAT" else data, digest)
        position += length + 12
    return f"{digest:016x}"


def kind_of(prompt: str) -> str:
    """Kind of a request, by its prompt: layout, block, page, or the readiness probe with an image."""
    if prompt == "Is this an image?":
        return "proof"
    if "Layout Detection" in prompt:
        return "layout"
    return "block" if "Recognition:" in prompt or "Image Analysis:" in prompt else "page"


def hash_of(image: bytes, how: str) -> str:
    """The hash that a reply depends on: of the file ("crc"), of a PNG's rows ("rows") or of the pixels."""
    if how == "crc":
        return f"{zlib.crc32(image):016x}"
    return rows_hash(image) if how == "rows" and image.startswith(PNG) else pixel_hash(image)


def layout_of(digest: str, blocks: int = 0, pictures: int = 0) -> list[tuple[str, tuple[int, int, int, int]]]:
    """Type and box (0-1000) of each block of a page: one title, then texts and pictures, in two columns."""
    count = blocks or 2 + int(digest[:2], 16) % 7
    rows = (count + 1) // 2
    height = 900 // rows
    boxes = []
    for i in range(count):
        column, row = divmod(i, rows)
        left, top = 60 + column * 460, 50 + row * height
        kind = "title" if not i else "text" if i < count - pictures else "image"
        boxes.append((kind, (left, top, left + 420, top + max(height - 12, 8))))
    return boxes


def reply_to(prompt: str, digest: str, blocks: int = 0, words: int = 0, pictures: int = 0) -> str:
    """The model's text for an image with this hash; a block of text has ``words`` additional words."""
    if kind_of(prompt) == "layout":
        return "\n".join(
            f"<|box_start|>{' '.join(f'{side:03d}' for side in box)}<|box_end|>"
            f"<|ref_start|>{kind}<|ref_end|><|rotate_up|>"
            for kind, box in layout_of(digest, blocks, pictures)
        )
    if "Table Recognition" in prompt:
        return f"<fcel>table<fcel>{digest}<nl><fcel>one<fcel>two<nl>"
    if "Formula Recognition" in prompt:
        return f"\\[ x_{{{digest}}} = 1 \\]"
    if "Image Analysis" in prompt:
        return (
            "<|class_start|>natural_image<|class_end|><|sub_class_start|>photo<|sub_class_end|>"
            f"<|caption_start|>Picture {digest}.<|caption_end|><|content_start|><|content_end|>"
        )
    if "QwenVL HTML" in prompt:
        return (
            f'<html><body><h1 data-bbox="60 50 900 120">Page {digest}</h1>'
            f'<p data-bbox="60 140 900 900">Read {digest} as HTML.</p></body></html>'
        )
    if kind_of(prompt) == "block":
        return " ".join([f"Read {digest} here.", *(digest[i % 9 : i % 9 + 3 + i % 5] for i in range(words))])
    return f"# Page {digest}\n\nRead {digest} as text."


def probability_of(token: str) -> float:
    """Probability of a token: deterministic per token, between 0.5 and 1."""
    return 1.0 if token == END_TOKEN else 0.5 + zlib.crc32(token.encode()) % 1000 / 2000


def logprobs_of(text: str) -> dict[str, Any]:
    """Log probabilities as vLLM writes them with ``logprobs: true``: one entry per token, the end token included."""
    return {
        "content": [
            {
                "token": token,
                "logprob": math.log(probability_of(token)),
                "bytes": list(token.encode()),
                "top_logprobs": [],
            }
            for token in (*_TOKEN.findall(text), END_TOKEN)
        ]
    }


def question_of(body: dict[str, Any]) -> tuple[str, bytes, str]:
    """Prompt, image and model of a request."""
    prompt, image = "", b""
    for part in body["messages"][-1]["content"]:
        if part["type"] == "text":
            prompt += part["text"]
        else:
            header, _, data = part["image_url"]["url"].partition(",")
            if not header.startswith("data:image/"):
                raise ValueError("only data URLs are served")
            image = base64.b64decode(data, validate=True)
    return prompt, image, body["model"]


def completion(model: str, text: str | None, reason: str, tokens: int) -> dict[str, Any]:
    """The body of a reply with status 200."""
    message = {"role": "assistant", "content": text, "refusal": None, "reasoning": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": reason, "stop_reason": None}
    usage = {"prompt_tokens": 1398, "total_tokens": 1398 + tokens, "completion_tokens": tokens}
    return {
        "id": "chatcmpl-b352eaf926137fa9",
        "object": "chat.completion",
        "created": 1795430857,
        "model": model,
        "choices": [choice],
        "usage": usage,
    }
