"""Translates errors of object storage to errors of our tree.

obstore retries (connections, time-outs, 429, 5xx) with exponential backoff before it raises. Its errors carry
the server's answer as text: the code in it is more specific than the class.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from obstore.exceptions import (
    BaseError,
    InvalidPathError,
    NotSupportedError,
    PermissionDeniedError,
    UnauthenticatedError,
)

from mineru_cli.errors import (
    DocumentNotWritable,
    DocumentUnreadable,
    MinerUBatchError,
    StorageRefused,
    StorageUnavailable,
)

_CODE = re.compile(r"<Code>\s*([\w.]+)\s*</Code>")
_MESSAGE = re.compile(r"<Message>\s*([^<]+?)\s*</Message>")
_STATUS = re.compile(r"(?:non-2xx status code|HTTP status \w+ error \(|status): *(\d{3})")
_CREDENTIALS = re.compile(r"169\.254\.169\.254|credential|metadata\.google|identity", re.IGNORECASE)
_ONE_OBJECT = frozenset(
    {"AccessDenied", "InvalidObjectState", "KeyTooLongError", "InvalidRange", "NoSuchKey"}
)
"""Answers about one object. Every other refusal applies to all objects."""
_REASON_LENGTH = 300
RESUME = "then repeat the command: it continues where it stopped"


@contextmanager
def translated(place: str, key: str = "", *, reading: bool = False) -> Iterator[None]:
    """Errors of the block as ``StorageError``, or as those of the one object ``key`` in ``place``.

    ``FileNotFoundError`` for a missing object, and errors of preconditions, pass through.
    """
    try:
        yield
    except FileNotFoundError as error:
        if _code(error) == "NoSuchBucket":
            raise _no_bucket(place) from error
        raise
    except (PermissionDeniedError, UnauthenticatedError, InvalidPathError, BaseError, OSError) as error:
        if type(error).__name__ in ("AlreadyExistsError", "PreconditionError", "FileExistsError"):
            raise
        raise storage_error(error, place, key, reading=reading) from error


def storage_error(error: Exception, place: str, key: str, *, reading: bool) -> MinerUBatchError:
    """The error of our tree for one of obstore's. An unreadable object does not end a run."""
    code, status, where = _code(error), _status(error), f"{place}/{key}" if key else place
    reason = _reason(error)
    if code == "NoSuchBucket":
        return _no_bucket(place)
    if code == "KeyTooLongError" or isinstance(error, InvalidPathError):
        return DocumentNotWritable(
            f"{where} is not a possible name: {reason}", hint="shorten the names of folders and files"
        )
    if reading and code in _ONE_OBJECT:
        return DocumentUnreadable(f"{where} cannot be read: {reason}", hint="check the object's permissions")
    if isinstance(error, NotSupportedError):
        return StorageRefused(f"{place} cannot do what is needed: {reason}", hint="see docs/storage.md")
    refused = isinstance(error, (PermissionDeniedError, UnauthenticatedError))
    if refused or (400 <= status < 500 and status not in (408, 429)):
        return StorageRefused(f"{place} refuses access: {reason}", hint=_access_hint(code))
    if not status and _CREDENTIALS.search(str(error)):
        return StorageRefused(f"no credentials for {place}: {reason}", hint=_access_hint(""))
    return StorageUnavailable(
        f"{place} gives no usable answer, also after retries: {reason}",
        hint=f"check the address, the network and the service's state; {RESUME}",
    )


def _no_bucket(place: str) -> StorageRefused:
    return StorageRefused(f"there is no bucket {place}", hint="check its name, and --storage-endpoint")


def _access_hint(code: str) -> str:
    if code in ("SignatureDoesNotMatch", "InvalidAccessKeyId", "ExpiredToken", "InvalidToken"):
        return "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or the profile"
    return (
        "credentials come from the environment, ~/.aws or the machine's role (docs/storage.md); "
        "they need to list, read, write and delete"
    )


def _code(error: Exception) -> str:
    match = _CODE.search(str(error))
    return match[1] if match else ""


def _status(error: Exception) -> int:
    match = _STATUS.search(str(error))
    return int(match[1]) if match else 0


def _reason(error: Exception) -> str:
    """The server's message where there is one, otherwise the first line of obstore's."""
    text = str(error)
    code, message = _CODE.search(text), _MESSAGE.search(text)
    if code:
        return f"{code[1]}: {message[1]}"[:_REASON_LENGTH] if message else code[1]
    first = text.partition("\n\nDebug source")[0].strip().replace("\n", " ")
    return re.sub(r"^Generic \w+ error: ", "", first)[:_REASON_LENGTH]
