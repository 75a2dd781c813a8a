"""Sends requests to the model, retries poor answers with other sampling, and runs many concurrently."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import anyio

from mineru_cli.domain.block import Flaw
from mineru_cli.domain.confidence import Confidence, TokenProbabilities
from mineru_cli.domain.request import Completion, ModelClient, Sampling, VisionRequest
from mineru_cli.errors import InvalidReply, MinerUBatchError, RequestRejected
from mineru_cli.recipes.text_ink import shows_writing

T = TypeVar("T")

_END_TOKENS = (
    "<|im_end|>", "<|endoftext|>", "</s>", "<｜end▁of▁sentence｜>", "<|endofassistant|>", "<|end_of_text|>",
    "<end_of_utterance>", "<|user|>",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class QualityAnswer:
    """A cleaned reply: ``text`` bounded, without end tokens and repeated tails; ``flaw`` None when complete.

    ``tokens`` are those of the reply as it came.
    """

    text: str
    flaw: Flaw | None = None
    tokens: TokenProbabilities | None = None

    @property
    def confidence(self) -> Confidence | None:
        """Over the whole reply, its end token included."""
        return self.tokens.overall() if self.tokens else None


@dataclass(frozen=True, slots=True)
class LostBlock:
    """A block without a usable answer: the reason, and the picture that was sent (an encoded file)."""

    flaw: Flaw
    picture: bytes


def any_text(_text: str) -> bool:
    """Accepts every reply: an empty one may be correct."""
    return True


def answer_of(completion: Completion, max_chars: int) -> QualityAnswer:
    """The cleaned text of a completion, with its flaw if it has one."""
    text = _without_end_token(completion.text[:max_chars])
    if completion.finish_reason == "stop":
        cut = len(completion.text) > max_chars
        return QualityAnswer(text, "truncated" if cut else None, completion.tokens)
    shorter = without_repeated_tail(text)
    circles = len(shorter) < len(text) or completion.finish_reason == "repetition"
    return QualityAnswer(shorter, "repeated" if circles else "truncated", completion.tokens)


def hotter_sampling(sampling: Sampling, attempt: int) -> Sampling:
    """The sampling of a further attempt: a higher temperature, so that the reply differs."""
    if attempt == 0:
        return sampling
    return replace(
        sampling,
        temperature=min(1.0, (sampling.temperature or 0.0) + 0.3 * attempt),
        top_p=0.9,
        top_k=50,
    )


async def ask_with_quality_retries(
    session: ModelClient,
    request: VisionRequest,
    *,
    attempts: int,
    max_chars: int,
    usable: Callable[[str], bool] = any_text,
    sampling_of: Callable[[Sampling, int], Sampling] = hotter_sampling,
    first: int = 0,
) -> QualityAnswer | None:
    """Send a request up to ``attempts`` times, each time with a higher temperature, until an answer is good.

    Returns the first complete and usable answer, otherwise the longest usable one with its flaw, or None.
    ``sampling_of`` returns the sampling of an attempt. ``first`` is the number of the first attempt, for a
    request that was sent before.
    """
    best: QualityAnswer | None = None
    for attempt in range(first, attempts):
        completion = await session.ask(replace(request, sampling=sampling_of(request.sampling, attempt)))
        answer = answer_of(completion, max_chars)
        good = usable(answer.text)
        if good and answer.flaw is None:
            return answer
        session.forget(request)
        if not good:
            continue
        if best is None or len(answer.text) > len(best.text):
            best = answer
    return best


async def ask_about_block(
    session: ModelClient, request: VisionRequest, *, attempts: int, max_chars: int
) -> QualityAnswer | LostBlock:
    """Request the content of one block. A refused request costs this block alone.

    An empty answer is accepted for a picture without writing; otherwise the request is repeated.
    """
    try:
        answer = await ask_with_quality_retries(session, request, attempts=attempts, max_chars=max_chars)
        if answer is None or answer.text.strip() or not await session.compute(shows_writing, request.image):
            return answer or LostBlock("missing", request.image)
        again = await ask_with_quality_retries(
            session, request, attempts=attempts, max_chars=max_chars, usable=_says_something, first=1
        )
    except RequestRejected:
        return LostBlock("rejected", request.image)
    except InvalidReply:
        return LostBlock("missing", request.image)
    return again or LostBlock("empty", request.image)


def _says_something(text: str) -> bool:
    return bool(text.strip())


async def gather(work: Sequence[Callable[[], Awaitable[T]]]) -> list[T]:
    """Run all concurrently; results in order. The first error of our tree cancels the rest and is raised."""
    results: dict[int, T] = {}
    errors: list[MinerUBatchError] = []
    async with anyio.create_task_group() as group:

        async def do(number: int) -> None:
            try:
                results[number] = await work[number]()
            except MinerUBatchError as error:
                errors.append(error)
                group.cancel_scope.cancel()

        for number in range(len(work)):
            group.start_soon(do, number)
    if errors:
        raise errors[0]
    return [results[number] for number in range(len(work))]


def _without_end_token(text: str) -> str:
    for token in _END_TOKENS:
        if text.endswith(token):
            return text[: -len(token)]
    return text


_LONGEST_UNIT = 1_000
_FEWEST_TIMES = 4
_SHORTEST_TAIL = 60


def without_repeated_tail(text: str) -> str:
    """The text with a repeated tail reduced to its first occurrence; unchanged when there is none.

    A tail is repeated when it is a unit of up to 1,000 characters, at least four times, and at least 60
    characters in all. The last unit may be incomplete: generations are cut anywhere.
    """
    unit = _unit_of_tail(text)
    if not unit:
        return text
    start = len(text) - unit
    while start > 0 and text[start - 1] == text[start - 1 + unit]:
        start -= 1
    return text[: start + unit]


def _unit_of_tail(text: str) -> int:
    for unit in range(1, min(_LONGEST_UNIT, len(text) // _FEWEST_TIMES) + 1):
        tail = text[-max(unit * _FEWEST_TIMES, _SHORTEST_TAIL) :]
        if len(tail) >= _SHORTEST_TAIL and tail[unit:] == tail[:-unit]:
            return unit
    return 0
