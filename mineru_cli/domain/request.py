"""A request to a vision model and its answer, independent of HTTP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar

from mineru_cli.domain.confidence import TokenProbabilities

FinishReason = Literal["stop", "length", "repetition"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sampling:
    """Sampling parameters, named as in vLLM's OpenAI API. None keeps the server's default."""

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
    further fields of the body with vLLM's names (``stop``, ``chat_template_kwargs`` ...). ``kind`` is a block
    type, "layout" or "page": metrics and tests use it, it is not sent to the server.
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
    """The model's answer. ``seconds`` is the duration of the successful attempt, ``attempts`` starts at 1.

    ``tokens`` is set if the request asks for probabilities and the server returns them.
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
    """Number of attempts that failed at a server, without those where it was busy or unreachable."""


class ModelClient(Protocol):
    """The interface that a recipe uses while it processes one page."""

    async def ask(self, request: VisionRequest) -> Completion:
        """Wait for a free slot, send the request, and retry it after errors that may be temporary.

        Raises ``RequestRejected``, a retryable ``RequestError`` after the last retry, or a fatal
        ``ServerError``.
        """
        ...

    def forget(self, request: VisionRequest) -> None:
        """Discard the reply to this request, so that it is not reused as the answer to a retry."""
        ...

    def compute(self, function: Callable[..., T], *args: object) -> Awaitable[T]:
        """Run CPU-heavy work in the worker's page thread, off the event loop."""
        ...
