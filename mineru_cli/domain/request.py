"""A question to a vision model and its answer, before and after they are HTTP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar

from mineru_cli.domain.confidence import TokenProbabilities

FinishReason = Literal["stop", "length", "repetition"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sampling:
    """Sampling parameters, named as in vLLM's OpenAI API. None leaves the server's default."""

    temperature: float | None = 0.0
    top_p: float | None = None
    top_k: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    repetition_penalty: float | None = None
    no_repeat_ngram_size: int | None = None
    max_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class VisionRequest:
    """One image and one prompt. ``image`` is an encoded file (PNG unless ``media_type`` says otherwise).

    An empty ``prompt`` sends the image alone; ``text_first`` puts the prompt before the image. ``fields`` are
    further fields of the body, as vLLM names them (``stop``, ``chat_template_kwargs`` ...).
    ``kind`` is a block type or "layout" or "page": metrics and tests use it, the server never sees it.
    """

    kind: str
    prompt: str
    image: bytes
    sampling: Sampling
    system: str | None = None
    media_type: str = "image/png"
    skip_special_tokens: bool = True
    text_first: bool = False
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Completion:
    """The model's answer. ``seconds`` is the successful attempt's own time, ``attempts`` counts from 1.

    ``tokens`` are there where the request wanted their probabilities and the server returns them.
    """

    text: str
    finish_reason: FinishReason
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    attempts: int = 1
    server: str = ""
    tokens: TokenProbabilities | None = None
    faults: int = 0
    """Attempts before in which a server failed: not those in which it was busy or away."""


class ModelClient(Protocol):
    """What a recipe may use while it works on one page."""

    async def ask(self, request: VisionRequest) -> Completion:
        """Wait for a free slot, send, retry what is worth retrying.

        Raises ``RequestRejected``, a retryable ``RequestError`` that outlived its retries, or a fatal
        ``ServerError``.
        """
        ...

    def forget(self, request: VisionRequest) -> None:
        """The reply to this request is of no use: it is not to be taken for the answer to a retry."""
        ...

    def compute(self, function: Callable[..., T], *args: object) -> Awaitable[T]:
        """Run CPU-heavy work in the worker's page thread, off the event loop."""
        ...
