"""Publishes a finished folder atomically.

An existing folder is exchanged for the new one where the system can (Linux: ``renameat2``). Where it cannot,
the old one is moved to ``scratch`` under a name that records its place, the new one is moved in, and
``recover`` restores the old one if the process died between the two. So a reader finds the old document or
the new one, or, between the two renames on a system without exchange, none.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import hashlib
import os
import shutil
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mineru_cli.errors import DocumentNotWritable
from mineru_cli.store.ledger.faults import shown, writing

_NEW = "new-"
_OLD = "old-"
_NOTE = ".place"
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_NO_EXCHANGE = frozenset({errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM})


_OF_THE_DOCUMENT = frozenset(
    {
        errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENOTEMPTY, errno.EACCES, errno.EPERM, errno.EROFS,
        errno.ENAMETOOLONG, errno.ELOOP, errno.EBUSY, errno.EXDEV,
    }
)  # fmt: skip
"""Errors caused by a name, a file in the way or one folder's permissions; those of the disk end the run."""


@contextmanager
def placing(target: Path, scratch: Path) -> Iterator[None]:
    """Translate errors that concern ``target`` alone, not the output folder, to ``DocumentNotWritable``.

    ``scratch`` was just written to, so the disk works. Other errors pass through.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _OF_THE_DOCUMENT or _forbidden_at_root(error, target, scratch):
            raise
        reason = error.strerror or type(error).__name__
        raise DocumentNotWritable(
            f"{shown(_obstacle(target))} stands in the way of its folder: {reason}",
            hint="move it away, mend its permissions or give another folder with -o, then use --retry-failed",
        ) from error


def _obstacle(target: Path) -> Path:
    """The deepest existing part of the path ``target``: a file in the way, or a folder."""
    return next((way for way in (target, *target.parents) if os.path.lexists(way)), target)


def _forbidden_at_root(error: OSError, target: Path, scratch: Path) -> bool:
    """Whether the output folder itself is not writable: then no document can be written."""
    root = scratch.parent.parent
    return error.errno in (errno.EACCES, errno.EPERM, errno.EROFS) and _obstacle(target) == root


@contextmanager
def fresh_folder(scratch: Path) -> Iterator[Path]:
    """A new empty folder in ``scratch``, removed at the end if it is still there."""
    scratch.mkdir(parents=True, exist_ok=True)
    folder = scratch / f"{_NEW}{uuid.uuid4().hex}"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def put(
    folder: Path, target: Path, scratch: Path, *, exchange: Callable[[Path, Path], bool] | None = None
) -> None:
    """Move ``folder`` to ``target``, replacing what is there. Both are on one file system.

    Afterwards ``folder`` is gone or holds the previous content. ``exchange`` swaps two paths or returns
    False; the default is the system call.
    """
    _refuse_link(target, scratch.parent.parent)
    target.parent.mkdir(parents=True, exist_ok=True)
    _restore(scratch, target)
    if target.exists():
        if not (exchange or _exchange)(folder, target):
            _replace_in_two_steps(folder, target, scratch)
    else:
        folder.rename(target)
    sync(target.parent)


def _refuse_link(target: Path, root: Path) -> None:
    """Raise ``OSError`` where a part of the path from ``root`` to ``target`` is a link."""
    for way in (target, *target.parents):
        if way == root or not way.is_relative_to(root):
            return
        if way.is_symlink():
            raise OSError(errno.ELOOP, "it is a link", str(way))


def recover(scratch: Path, root: Path) -> None:
    """Clean up ``scratch`` after a process that died. Call it while no document is being written.

    Old documents that were being replaced return to their place under ``root`` if it is empty; half-written
    ones are removed. What belongs outside ``root`` is left alone. Raises ``DiskFull``, ``OutputNotWritable``.
    """
    if not scratch.is_dir():
        return
    with writing(root):
        for note in scratch.glob(f"{_OLD}*{_NOTE}"):
            target = Path(os.path.normpath(scratch.absolute() / os.fsdecode(note.read_bytes())))
            if target.is_relative_to(os.path.normpath(root.absolute())):
                _restore(scratch, target)
        for left in scratch.glob(f"{_NEW}*"):
            _remove(left)


def link_or_copy(source: Path, target: Path) -> bool:
    """Give the file a second name, or copy it. False where there is none; ``target`` may exist already."""
    if not source.is_file():
        return False
    try:
        os.link(source, target)
    except FileExistsError:
        return True
    except OSError:
        # No hard links here (another file system, FAT, some network mounts).
        shutil.copyfile(source, target)
    return True


def sync(path: Path) -> None:
    """Flush a file or folder to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _replace_in_two_steps(folder: Path, target: Path, scratch: Path) -> None:
    old, note = _backup_of(scratch, target)
    note.write_bytes(os.fsencode(_relative_path(scratch, target)))
    target.rename(old)
    folder.rename(target)
    _remove(old)
    _remove(note)


def _restore(scratch: Path, target: Path) -> None:
    """Finish an interrupted replacement of ``target``: restore it if its place is empty, remove it if not."""
    old, note = _backup_of(scratch, target)
    if old.exists() and not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        old.rename(target)
    _remove(old)
    _remove(note)


def _backup_of(scratch: Path, target: Path) -> tuple[Path, Path]:
    """The temporary place of ``target``'s old folder, and the file that records where it belongs."""
    mark = hashlib.sha256(os.fsencode(_relative_path(scratch, target))).hexdigest()[:24]
    return scratch / f"{_OLD}{mark}", scratch / f"{_OLD}{mark}{_NOTE}"


def _relative_path(scratch: Path, target: Path) -> str:
    """The relative path from one to the other, which stays valid when the output folder is moved."""
    return os.path.relpath(target, scratch)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _exchange(a: Path, b: Path) -> bool:
    """Swap two paths atomically; False where the system or the file system cannot."""
    call = _renameat2()
    if call is None:
        return False
    if call(_AT_FDCWD, os.fsencode(a), _AT_FDCWD, os.fsencode(b), _RENAME_EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in _NO_EXCHANGE:
        return False
    raise OSError(code, os.strerror(code), str(b))


@functools.cache
def _renameat2() -> Callable[..., Any] | None:
    """The C library's ``renameat2``, None where there is none (not Linux, or glibc before 2.28)."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return None
    call.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint]
    call.restype = ctypes.c_int
    return call
