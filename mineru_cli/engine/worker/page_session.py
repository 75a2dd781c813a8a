"""A page's way to the servers: what a recipe sees, and the page's own account of it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from mineru_cli.domain.request import Completion, VisionRequest
from mineru_cli.engine.worker.admission import Admission
from mineru_cli.engine.worker.page_thread import CROPS, PageThread
from mineru_cli.inference.fleet import Fleet

T = TypeVar("T")

_EVERY = 61
"""Of an image's bytes one in so many marks it: encoded pixels differ everywhere where images differ."""
_END = 32


class PageSession:
    """Implements ``domain.request.Session`` for one page. ``order`` is its priority: older pages first.

    ``announced`` wraps what ``compute`` runs, so that a crash in it is known to be this page's. ``waited``
    are the seconds for which the first request waited for a slot; None before it is answered.

    ``known`` are good replies of an earlier run, where the page turned out incomplete: what they answer is
    not requested again. ``replies`` are all good ones by now. Both are keyed by ``question_key``.
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
    ) -> None:
        self.replies: dict[str, str] = dict(known or {})
        self._fleet = fleet
        self._thread = thread
        self._admission = admission
        self._order = order
        self._deadline = deadline
        self._announced = announced
        self._max_tokens = max_tokens
        self._clock = clock
        self.requests = 0
        self.retried = 0
        self.prompt_tokens = 0
        self.completion_tokens = 0
        self.waited: float | None = None

    async def ask(self, request: VisionRequest) -> Completion:
        """See ``domain.request.Session``."""
        key = question_key(request)
        if key in self.replies:
            return Completion(self.replies[key], "stop")
        asked = self._clock()
        self.requests += 1
        if self._max_tokens and request.sampling.max_tokens is None:
            request = replace(request, sampling=replace(request.sampling, max_tokens=self._max_tokens))
        with self._admission.asking(request.image):
            completion = await self._fleet.ask(request, priority=self._order, deadline=self._deadline)
        if self.waited is None:
            self.waited = 0.0
            if completion.attempts == 1:  # of several only the last one's time is known
                self.waited = max(0.0, self._clock() - asked - completion.seconds)
        self.requests += completion.attempts - 1
        self.retried += completion.attempts - 1
        self.prompt_tokens += completion.prompt_tokens
        self.completion_tokens += completion.completion_tokens
        if completion.finish_reason == "stop" and completion.text.strip():
            self.replies[key] = completion.text
        return completion

    def forget(self, request: VisionRequest) -> None:
        """See ``domain.request.ModelClient``."""
        self.replies.pop(question_key(request), None)

    def compute(self, function: Callable[..., T], *args: object) -> Awaitable[T]:
        """See ``domain.request.Session``."""
        return self._thread.run(CROPS, self._announced(function), *args)


def question_key(request: VisionRequest) -> str:
    """The same for the same question about the same picture, however it is sampled."""
    image = request.image
    digest = hashlib.blake2b(image[::_EVERY], digest_size=12)
    digest.update(image[-_END:] + str(len(image)).encode())
    digest.update(f"{request.kind}\0{request.prompt}".encode())
    return digest.hexdigest()
