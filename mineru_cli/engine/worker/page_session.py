"""A page's session with the servers: the interface for recipes, and the page's statistics."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from mineru_cli.domain.request import Completion, VisionRequest
from mineru_cli.engine.worker.admission import Admission
from mineru_cli.engine.worker.page_thread import CROPS, PageThread
from mineru_cli.errors import RequestError, RequestRejected
from mineru_cli.inference.fleet import Fleet
from mineru_cli.inference.request_trace import RequestTraces
from mineru_cli.recipes.asking import hotter_sampling

T = TypeVar("T")

WHOLE_PAGE = frozenset({"layout", "page"})
"""Kinds of requests with the whole page."""
_EVERY = 61
"""Every n-th byte of a JPEG or WebP goes into its key: encoded data differs all over where images do."""
_END = 32
_PNG_HEADER, _PNG_CHECKSUM = slice(33), slice(-20, -16)
"""Size and mode of a PNG, and the Adler-32 of its rows: the last bytes of IDAT, before its CRC and IEND."""


class PageSession:
    """Implements ``domain.request.Session`` for one page. ``order`` is its priority: older pages first.

    ``announced`` wraps what ``compute`` runs, so that a crash in it is attributed to this page. ``waited``
    are the seconds for which the first request waited for a slot; None before it is answered.

    ``known`` are good replies of an earlier run, where the page turned out incomplete: what they answer is
    not requested again. ``replies`` are all good ones by now. Both are keyed by ``question_key``.

    ``confidence`` asks for the probabilities of the tokens. Replies are kept without them, so none is kept.
    """

    def __init__(
        self,
        fleet: Fleet,
        thread: PageThread,
        admission: Admission,
        order: int,
        deadline: float | None,
        announced: Callable[[Callable[..., Any]], Callable[..., Any]],
        max_tokens: int | None,
        clock: Callable[[], float] = time.monotonic,
        known: Mapping[str, str] | None = None,
        confidence: bool = False,
        traces: RequestTraces | None = None,
    ) -> None:
        self._known = dict(known or {})
        self.replies = dict(self._known)
        self._fleet = fleet
        self._thread = thread
        self._admission = admission
        self._order = order
        self._deadline = deadline
        self._announced = announced
        self._max_tokens = max_tokens
        self._confidence = confidence
        self._clock = clock
        self._traces = traces
        self.requests = 0
        self.retried = 0
        self.prompt_tokens = 0
        self.completion_tokens = 0
        self.waited: float | None = None
        self.server = ""
        """The server that answered last."""
        self.faults = 0
        """Failures of servers on this page's requests, also where a retry helped."""
        self.answer_seconds = 0.0
        """Total time of the successful attempts."""
        self.refusal = ""
        """The server's message when it refused all requests for the page's blocks."""
        self._answered = False
        self._reading = 0

    async def ask(self, request: VisionRequest) -> Completion:
        """See ``domain.request.Session``."""
        key = question_key(request)
        if (text := self._known.get(key)) is not None:
            return Completion(text, "stop")
        sent_at = self._clock()
        self.requests += 1
        request = self._as_sent(request)
        with self._admission.asking(request.image):
            try:
                completion = await self._fleet.ask(
                    request, priority=self._order, deadline=self._deadline, traces=self._traces
                )
            except RequestError as error:
                self.faults += 1
                if isinstance(error, RequestRejected) and not self._answered:
                    self.refusal = self.refusal or error.message
                raise
        if request.kind != "layout":
            self._answered, self.refusal = True, ""
        if self.waited is None:
            self.waited = 0.0
            if completion.attempts == 1:  # of several only the last one's time is known
                self.waited = max(0.0, self._clock() - sent_at - completion.seconds)
        self.requests += completion.attempts - 1
        self.retried += completion.attempts - 1
        self.faults += completion.faults
        self.answer_seconds += completion.seconds
        self.server = completion.server
        self.prompt_tokens += completion.prompt_tokens
        self.completion_tokens += completion.completion_tokens
        if completion.finish_reason == "stop" and completion.text.strip() and not self._confidence:
            self.replies[key] = completion.text
        return completion

    def _as_sent(self, request: VisionRequest) -> VisionRequest:
        if self._max_tokens and request.sampling.max_tokens is None:
            request = replace(request, sampling=replace(request.sampling, max_tokens=self._max_tokens))
        if self._confidence:
            request = replace(request, fields={**request.fields, "logprobs": True})
        if self._reading and request.kind in WHOLE_PAGE:
            request = replace(request, sampling=hotter_sampling(request.sampling, self._reading))
        return request

    def forget(self, request: VisionRequest) -> None:
        """See ``domain.request.ModelClient``."""
        key = question_key(request)
        self.replies.pop(key, None)
        self._known.pop(key, None)

    def read_again(self) -> None:
        """From now on send requests for the whole page again, with other sampling."""
        self._reading += 1
        whole = tuple(f"{kind}:" for kind in WHOLE_PAGE)
        self.replies = {key: text for key, text in self.replies.items() if not key.startswith(whole)}
        self._known = dict(self.replies)

    def compute(self, function: Callable[..., T], *args: object) -> Awaitable[T]:
        """See ``domain.request.Session``."""
        return self._thread.run(CROPS, self._announced(function), *args)


def question_key(request: VisionRequest) -> str:
    """A key of prompt and picture, independent of sampling."""
    digest = hashlib.blake2b(_picture_key(request.image), digest_size=12)
    digest.update(f"{request.kind}\0{request.prompt}".encode())
    return f"{request.kind}:{digest.hexdigest()}"


def _picture_key(image: bytes) -> bytes:
    if image.startswith(b"\x89PNG"):  # isal's deflate may differ by a byte when it is given the same again
        return image[_PNG_HEADER] + image[_PNG_CHECKSUM]
    return image[::_EVERY] + image[-_END:] + str(len(image)).encode()
