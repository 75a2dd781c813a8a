"""The messages between coordinator and worker, one JSON line each.

Messages of a worker are JSON, which cannot carry code, because a worker reads untrusted files. A worker also
sends domain events, which the coordinator announces unchanged.
"""

from __future__ import annotations

from dataclasses import dataclass

from mineru_cli.domain.codec import registry
from mineru_cli.domain.document import DocumentRef, Unit
from mineru_cli.domain.events import PageFailed, PageFinished
from mineru_cli.domain.failure import Failure
from mineru_cli.domain.manifest import FileSize
from mineru_cli.settings import TextMode

OPENING = -1
"""``PageEntered.page`` while the document itself is being opened."""


@dataclass(frozen=True, slots=True)
class WorkerJob:
    """The first line a worker reads. ``settings`` is ``Settings.to_wire()``, with secrets in the clear.

    ``profile`` is the user's model profile as JSON; empty for a built-in recipe. ``run`` is
    the run's id, ``trace_ratio`` the share (0-1) of the pages whose requests are recorded; None: no tracing.
    ``target`` separates the pages of this target from those of others; it is empty for the first.
    ``readable`` has the folders and files that hold the inputs.
    ``page_words``: the server uses a page's words along with its picture; ``formulas``: it reads formulas.
    """

    worker: int
    settings: str
    output: str
    servers: tuple[str, ...]
    model: str
    recipe: str
    text: TextMode
    limit: int
    adaptive: bool
    fingerprint: str
    profile: str = ""
    page_words: bool = False
    formulas: bool = True
    run: str = ""
    trace_ratio: float | None = None
    target: str = ""
    readable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Assign:
    """Read these pages."""

    unit: Unit


@dataclass(frozen=True, slots=True)
class Assemble:
    """All pages are in the spool: write the document's files."""

    job: int
    document: DocumentRef
    pages: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Drain:
    """Finish the pages in flight, start no others, return the rest."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Start no page while ``paused``."""

    paused: bool


@dataclass(frozen=True, slots=True)
class Resize:
    """Limit the requests in flight to ``limit``: the number of workers changed."""

    limit: int


@dataclass(frozen=True, slots=True)
class WorkerReady:
    """The worker is ready. ``seconds`` since its process started, ``sandboxed`` as in ``WorkerStarted``."""

    pid: int
    seconds: float
    sandboxed: bool = False


@dataclass(frozen=True, slots=True)
class PageEntered:
    """The page thread is about to process this page (``OPENING``: the file): a crash is attributed to it."""

    unit: int
    page: int


@dataclass(frozen=True, slots=True)
class PageLeft:
    """The page thread has finished with the page."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The document has ``pages`` pages."""

    unit: int
    pages: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The document cannot be opened."""

    unit: int
    failure: Failure


@dataclass(frozen=True, slots=True)
class PageDone:
    """A page is in the spool, read or failed."""

    unit: int
    finished: PageFinished | None = None
    failed: PageFailed | None = None


@dataclass(frozen=True, slots=True)
class UnitRead:
    """Every page of the unit is prepared: room for another unit."""

    unit: int


@dataclass(frozen=True, slots=True)
class UnitDone:
    """Every page of the unit is done, or returned because of ``Drain``."""

    unit: int


@dataclass(frozen=True, slots=True)
class Assembled:
    """The document's files are in place. ``sizes`` of them, see ``Manifest.sizes``.

    ``changed``: the input is no longer the version that was found, so its pages may be of two versions.
    """

    job: int
    sizes: tuple[FileSize, ...] = ()
    changed: bool = False


@dataclass(frozen=True, slots=True)
class NotAssembled:
    """The document could not be written."""

    job: int
    failure: Failure


@dataclass(frozen=True, slots=True)
class RunAborted:
    """The whole run must end: no server, no disk."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class Drained:
    """Nothing is in flight any more."""


COMMANDS = registry(WorkerJob, Assign, Assemble, Drain, Pause, Resize)
MESSAGES = registry(
    WorkerReady,
    PageEntered,
    PageLeft,
    Opened,
    Refused,
    PageDone,
    UnitRead,
    UnitDone,
    Assembled,
    NotAssembled,
    RunAborted,
    Drained,
)
