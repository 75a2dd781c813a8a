"""A ``VisionRequest`` as the bytes of one POST to ``/v1/chat/completions``."""

from __future__ import annotations

import binascii
import json
from typing import Any

from mineru_cli.domain.request import Sampling, VisionRequest

_PLAIN = (
    "temperature",
    "top_p",
    "top_k",
    "presence_penalty",
    "frequency_penalty",
    "repetition_penalty",
    "max_tokens",
)


def encode(request: VisionRequest, model: str) -> bytes:
    """The JSON body, with the image as a data URL before the prompt, or after it where the request says so.

    Built around the image by hand: the image is most of the body, and ``json.dumps`` would copy it twice.
    """
    system = ""
    if request.system is not None:
        system = json.dumps({"role": "system", "content": request.system}) + ","
    head = f'{{"model":{json.dumps(model)},"messages":[{system}{{"role":"user","content":['
    text = f'{{"type":"text","text":{json.dumps(request.prompt)}}}'.encode() if request.prompt else b""
    image = _image(request)
    between = (b",",) if text and image else ()
    content = (text, *between, *image) if request.text_first else (*image, *between, text)
    return b"".join((head.encode(), *content, b"]}],", json.dumps(_options(request))[1:].encode()))


def _image(request: VisionRequest) -> tuple[bytes, ...]:
    """The image part of the message; empty for a prompt of text alone."""
    if not request.image:
        return ()
    url = f'{{"type":"image_url","image_url":{{"url":"data:{request.media_type};base64,'
    return url.encode(), binascii.b2a_base64(request.image, newline=False), b'"}}'


def _options(request: VisionRequest) -> dict[str, Any]:
    sampling: Sampling = request.sampling
    options: dict[str, Any] = {"skip_special_tokens": request.skip_special_tokens}
    for name in _PLAIN:
        value = getattr(sampling, name)
        if value is not None:
            options[name] = value
    if sampling.no_repeat_ngram_size is not None:
        options["vllm_xargs"] = {"no_repeat_ngram_size": sampling.no_repeat_ngram_size, "debug": False}
    options.update(request.fields)
    return options
