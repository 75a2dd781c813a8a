"""Says once that a server returns no probabilities, where ``--confidence`` wants them."""

from __future__ import annotations

from collections.abc import Callable

from mineru_cli.domain.events import Event, Notice, PageFinished

MISSING = (
    "--confidence has no values: the server returns no probabilities of tokens "
    "(vLLM does; the embedded engine does not, and a gateway may drop them)"
)


class MissingConfidence:
    """An observer. The first page that the model read without any probability makes it speak."""

    def __init__(self) -> None:
        self._said = False
        self._announce: Callable[[Event], None] = lambda event: None

    def attach(self, announce: Callable[[Event], None]) -> None:
        """See ``engine.observers``."""
        self._announce = announce

    def __call__(self, event: Event, at: float) -> None:
        """See ``domain.events.Observer``."""
        if self._said or not isinstance(event, PageFinished) or event.confidence is not None:
            return
        if event.blocks > event.layer_blocks and event.requests:
            self._said = True
            self._announce(Notice("warning", MISSING))
