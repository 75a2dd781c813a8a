"""Every error this package raises, as one tree.

Each class has what a caller needs: ``retryable`` (a retry may succeed), ``fatal`` (the whole run must end)
and ``exit_code`` (of the command, if fatal). ``code`` is the stable name used in ``failures.jsonl``,
``run.json`` and metrics. Errors of other libraries are translated once, at the edge.

::

    MinerUBatchError
    ├── UsageError                    exit 2   wrong options, configuration or paths
    │   ├── SettingsError
    │   ├── InputNotFound
    │   ├── OutputLocked                       another process works on the same output folder
    │   └── VersionMismatch                    the machines of one run have different versions
    ├── NotComparable                 exit 3   two things that must not be mixed
    │   └── SettingsChanged                    a resume would mix outputs of different settings
    ├── ServerError
    │   ├── RequestError                       about one request
    │   │   ├── RequestRejected                400: the request itself is wrong, never retried
    │   │   ├── ServerBusy        retryable    503 busy, 429: back off, send less
    │   │   ├── ServerFault       retryable    other 5xx, 408
    │   │   ├── ServerUnreachable retryable    refused, reset, no route, TLS
    │   │   ├── RequestTimeout    retryable
    │   │   ├── RequestCancelledByWatchdog     retryable: the server is dead or stuck
    │   │   ├── GenerationAborted retryable    finish_reason "abort": the server is shutting down
    │   │   └── InvalidReply      retryable    not JSON, no choices, a layout that is prose
    │   ├── ServerRefused         fatal, 4     about the server as a whole
    │   │   ├── AuthenticationFailed           401, 403
    │   │   ├── ModelNotFound                  404 with param "model", or no such model
    │   │   ├── NotAModelServer                404 route, 501, not OpenAI-compatible
    │   │   ├── ModelMismatch                  servers of one run serve different models
    │   │   └── EveryPageRefused               the first pages of a run were refused, for one reason
    │   ├── ServerGivenUp         fatal, 4     no server came back within --server-wait
    │   └── EngineUnavailable     fatal, 4     a server of our own cannot be started
    ├── Interrupted           fatal, 130       stopped before any work began
    ├── DocumentError                          one document, never the run
    │   ├── DocumentUnreadable                 permission, vanished, I/O error
    │   ├── DocumentEmpty                      zero bytes
    │   ├── DocumentCorrupt
    │   ├── DocumentEncrypted                  a password is needed, or the one given is wrong
    │   ├── UnsupportedDocument                not a PDF or an image, whatever its name says
    │   ├── NoPages
    │   ├── FileTooLarge                       bytes above the limit
    │   ├── TooManyPages                       pages above the limit
    │   ├── DocumentNotWritable                something is in the way of its folder
    │   └── PageError                          one page, never its document
    │       ├── PageUnreadable
    │       ├── PageTooLarge                   pixels above the limit
    │       ├── PageTimeout                    reading it took longer than --page-timeout
    │       ├── ReaderCrashed                  reading it killed the worker twice
    │       ├── WorkerOutOfMemory              reading it passed --worker-memory twice
    │       ├── PageNotRecognised              the model gave no usable answer
    │       └── PageBroken                     a fault of our own met on this page
    ├── WorkersFailed         fatal, 1         worker processes die repeatedly
    ├── MeasurementFailed             exit 1   a bench that reads not one page has nothing to say
    ├── StorageError          fatal, 1         object storage gives no usable answer
    │   ├── StorageRefused            exit 2       credentials, permissions, a bucket that does not exist
    │   └── StorageUnavailable        exit 4       no answer, however often it was retried
    └── OutputError                   exit 1   the output folder cannot be written
        ├── OutputNotWritable         fatal
        │   └── OutputRefused         fatal, 2         the same before any work: name another place
        └── DiskFull                  fatal
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from typing import ClassVar

from mineru_cli.masking import masked


class MinerUBatchError(Exception):
    """Root of the tree. ``hint`` is one sentence that says what to do next."""

    code: ClassVar[str] = "error"
    retryable: ClassVar[bool] = False
    fatal: ClassVar[bool] = False
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        self.message = masked(message)
        self.hint = masked(hint)
        super().__init__(self.message)

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "code" not in cls.__dict__:
            cls.code = kebab_case(cls.__name__)

    def __reduce__(self) -> tuple[object, ...]:
        """Keep ``hint`` when the error crosses a process boundary."""
        return partial(type(self), hint=self.hint), (self.message,)


def error_class(code: str) -> type[MinerUBatchError]:
    """The class with this ``code``; the root class for an unknown one."""
    waiting = [MinerUBatchError]
    while waiting:
        cls = waiting.pop()
        if cls.code == code:
            return cls
        waiting.extend(cls.__subclasses__())
    return MinerUBatchError


@lru_cache(maxsize=256)
def kebab_case(name: str) -> str:
    """``PageFinished`` as ``page-finished``."""
    return "".join("-" + c.lower() if c.isupper() else c for c in name).lstrip("-")


class UsageError(MinerUBatchError):
    """Wrong options, configuration or paths."""

    fatal = True
    exit_code = 2


@dataclass(frozen=True, slots=True)
class SettingProblem:
    """What is wrong with one setting. ``path`` leads to its field: ``("limits", "max_pages")``."""

    path: tuple[str, ...]
    message: str


class SettingsError(UsageError):
    """A setting has a value that cannot be used. ``problems`` lists all that were found, if known."""

    def __init__(self, message: str, *, hint: str = "", problems: tuple[SettingProblem, ...] = ()) -> None:
        super().__init__(message, hint=hint)
        self.problems = problems


class InputNotFound(UsageError):
    """An INPUT does not exist, or matches no file."""


class OutputLocked(UsageError):
    """Another process works on the same output folder.

    ``renewal`` identifies the owner's last renewal of its lock where the owner may be dead. It is empty
    where the owner is known to live.
    """

    def __init__(self, message: str, *, hint: str = "", renewal: str = "") -> None:
        super().__init__(message, hint=hint)
        self.renewal = renewal


class VersionMismatch(UsageError):
    """The machines of one run have different versions of Ray, Python or mineru-batch."""


class NotComparable(MinerUBatchError):
    """Two things that must not be mixed or compared."""

    fatal = True
    exit_code = 3


class SettingsChanged(NotComparable):
    """A resume would mix outputs of different settings."""


class ServerError(MinerUBatchError):
    """An error between us and a model server."""

    exit_code = 4


class RequestError(ServerError):
    """One request failed. ``retry_after`` is the server's Retry-After, in seconds."""

    def __init__(
        self, message: str, *, hint: str = "", status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.retry_after = retry_after


class RequestRejected(RequestError):
    """The server rejects the request itself (400, 413, 422): a retry cannot succeed."""


class ServerBusy(RequestError):
    """The server is at capacity (503 busy, 429). Back off and send less; it is not broken."""

    retryable = True


class ServerFault(RequestError):
    """The server failed on this request (other 5xx, 408)."""

    retryable = True


class ServerUnreachable(RequestError):
    """No connection: refused, reset, no such name, TLS."""

    retryable = True


class RequestTimeout(RequestError):
    """No answer within --request-timeout."""

    retryable = True


class RequestCancelledByWatchdog(RequestError):
    """The watchdog saw that the server is dead or stuck while this request hung."""

    code = "request-taken-back"  # stable, whatever the class is called
    retryable = True


class GenerationAborted(RequestError):
    """The server cut the generation because it is shutting down (finish_reason "abort")."""

    retryable = True


class InvalidReply(RequestError):
    """A 200 that is not a usable answer: not JSON, no choices, a layout that is prose."""

    retryable = True


class ServerRefused(ServerError):
    """No request to this server can succeed as things are configured."""

    fatal = True


class AuthenticationFailed(ServerRefused):
    """401, 402 (no quota left) or 403."""


class ModelNotFound(ServerRefused):
    """The server does not serve the requested model."""


class NotAModelServer(ServerRefused):
    """What answers is not an OpenAI-compatible server with a vision model."""


class ModelMismatch(ServerRefused):
    """The servers of one run serve different models."""


class EveryPageRefused(ServerRefused):
    """The server refused every one of a run's first pages, for the same reason."""


class ServerGivenUp(ServerError):
    """No server came back within --server-wait; the run is resumable."""

    fatal = True


class EngineUnavailable(ServerError):
    """An own server, embedded or in a container, cannot be started."""

    fatal = True


class Interrupted(MinerUBatchError):
    """Stopped by a signal before any work began."""

    fatal = True
    exit_code = 130


class DocumentError(MinerUBatchError):
    """One document cannot be converted; the run continues."""


class DocumentUnreadable(DocumentError):
    """The file cannot be read: permission, vanished, I/O error."""


class DocumentEmpty(DocumentError):
    """Zero bytes."""


class DocumentCorrupt(DocumentError):
    """The file's structure is broken beyond what the reader repairs."""


class DocumentEncrypted(DocumentError):
    """A password is needed, or the one given is wrong."""


class UnsupportedDocument(DocumentError):
    """Neither a PDF nor an image, whatever its name says."""


class NoPages(DocumentError):
    """A valid file with nothing in it."""


class FileTooLarge(DocumentError):
    """The file exceeds the limit in bytes."""


class TooManyPages(DocumentError):
    """The document exceeds the limit of pages."""


class DocumentNotWritable(DocumentError):
    """The document's output folder cannot be created or replaced: a file in the way, permission, its name."""


class PageError(DocumentError):
    """One page cannot be converted; its document continues."""


class PageUnreadable(PageError):
    """The reader cannot load or render the page."""


class PageTooLarge(PageError):
    """The page exceeds the limit in pixels."""


class PageTimeout(PageError):
    """Reading the page took longer than --page-timeout, twice."""


class ReaderCrashed(PageError):
    """Reading the page killed the worker, twice. The message names the signal."""


class WorkerOutOfMemory(PageError):
    """Reading the page made the worker exceed --worker-memory, twice."""


class PageNotRecognised(PageError):
    """The model gave no usable answer for the page after all retries and fallbacks."""


class PageBroken(PageError):
    """A bug in mineru-batch triggered by this page. The message names it; please report it."""


class WorkersFailed(MinerUBatchError):
    """Worker processes die repeatedly, without a page done in between."""

    code = "worker-failed"
    fatal = True


class MeasurementFailed(MinerUBatchError):
    """Every page of a measurement failed; the message is the reason."""


class StorageError(MinerUBatchError):
    """Object storage of inputs or outputs gives no usable answer."""

    fatal = True


class StorageRefused(StorageError):
    """Credentials, permissions or names are wrong: no request can succeed with this configuration."""

    exit_code = 2


class StorageUnavailable(StorageError):
    """No answer, or only server errors, after all retries; the run is resumable."""

    exit_code = 4


class OutputError(MinerUBatchError):
    """The output folder cannot be written: no document can succeed."""

    fatal = True


class OutputNotWritable(OutputError):
    """Permission, read-only file system, folder removed."""


class OutputRefused(OutputNotWritable):
    """The same before any work: another place has to be named."""

    exit_code = 2


class DiskFull(OutputError):
    """No space left, or quota exceeded."""
