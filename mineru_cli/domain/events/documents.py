"""Events of documents and pages."""

from __future__ import annotations

from dataclasses import dataclass

from mineru_cli.domain.confidence import PageConfidence
from mineru_cli.domain.document import Status
from mineru_cli.domain.events.run import RunEvent
from mineru_cli.domain.failure import Failure


@dataclass(frozen=True, slots=True)
class DocumentSkipped(RunEvent):
    """The document is unchanged since an earlier run. ``status`` is its result in that run."""

    document: str
    pages: int
    status: Status = "done"


@dataclass(frozen=True, slots=True)
class DocumentStarted(RunEvent):
    """A worker opened the document; ``pages`` is the number of selected pages, ``done`` of those reused."""

    document: str
    pages: int
    done: int
    worker: int


@dataclass(frozen=True, slots=True)
class PageFinished(RunEvent):
    """One page was read and stored in the spool. ``flaws`` is the number of its known defects.

    ``loss`` is the flaw because of which content is missing or wrong. See ``domain.flaws``. ``refusal`` is
    the server's message if it rejected all requests for the page's blocks.

    ``seconds`` counts from the opening of the page, including the ``waited`` seconds of its first request for
    a slot. ``server`` is the last server that answered, with ``model``. ``faults`` counts failed requests at
    servers, also those with a successful retry; ``answer_seconds`` is the total time of the answers.
    ``confidence`` is set with ``--confidence`` if the server returns probabilities.
    """

    document: str
    page: int
    worker: int
    seconds: float
    blocks: int
    flaws: int
    requests: int
    retried: int
    layer_blocks: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    waited: float = 0.0
    loss: Failure | None = None
    refusal: str = ""
    confidence: PageConfidence | None = None
    server: str = ""
    model: str = ""
    faults: int = 0
    answer_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class PageFailed(RunEvent):
    """One page failed; the other pages of its document continue."""

    document: str
    page: int
    worker: int
    failure: Failure
    requests: int = 0
    retried: int = 0


@dataclass(frozen=True, slots=True)
class DocumentFinished(RunEvent):
    """The document was written (done, partial) or failed, and its result was recorded.

    ``incomplete_pages`` were read with lost content: they are not in ``failed_pages``. ``target`` is
    "candidate" or "fallback" in a rollout, else empty.
    """

    document: str
    status: Status
    pages: int
    failed_pages: int
    seconds: float
    failure: Failure | None = None
    incomplete_pages: int = 0
    target: str = ""


@dataclass(frozen=True, slots=True)
class DocumentScored(RunEvent):
    """A finished document was compared with the baseline. Matches are 0-1, ``mean`` over ``documents``."""

    document: str
    match: float
    mean: float
    documents: int
