"""What a process that reads strangers' files gives up before it opens the first of them.

``confine`` takes away new privileges and core dumps everywhere, and on Linux with Landlock (5.13; TCP from
6.7) all files but those named, running programs, and connections. By ctypes, because three system calls are
not worth a package in the worker's image. Every module has to be loaded before: a late import is a foreign
file like any other.
"""

from __future__ import annotations

import ctypes
import os
import resource
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_SET_NO_NEW_PRIVS = 38
_BENEATH = 1
_EXECUTE, _WRITE, _READ, _LIST = 1, 2, 4, 8
_ALL_BY_VERSION = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF}
_TCP = 3
_READING = _READ | _LIST
_ON_A_FILE = _EXECUTE | _WRITE | _READ | 0x4000


def confine(*, read: Iterable[Path] = (), memory: int | None = None) -> bool:
    """Give up all but reading below ``read``; ``memory`` bounds the bytes that are allocated from now on.

    Returns whether files and connections are denied too: False where the kernel has no Landlock. Cannot be
    undone, and holds for threads that start later.
    """
    if memory is not None:
        bound = _address_space() + memory
        resource.setrlimit(resource.RLIMIT_AS, (bound, bound))
    return harden() and _landlock(ctypes.CDLL(None, use_errno=True), read)


def harden() -> bool:
    """No core dumps, which would hold the key, and no privileges from programs that are set-user-id.

    For this process and all that come from it. Returns whether the system knows the latter.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform != "linux":
        return False
    return bool(ctypes.CDLL(None, use_errno=True).prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)


def landlock_version() -> int:
    """Of the kernel's Landlock; 0 where there is none."""
    if sys.platform != "linux":
        return 0
    return max(0, int(ctypes.CDLL(None, use_errno=True).syscall(_CREATE, None, 0, 1)))


def _landlock(libc: ctypes.CDLL, read: Iterable[Path]) -> bool:
    version = landlock_version()
    if not version:
        return False
    handled = _ALL_BY_VERSION.get(version, 0x7FFF)
    attributes = struct.pack("=QQ", handled, _TCP) if version >= 4 else struct.pack("=Q", handled)
    ruleset = libc.syscall(_CREATE, attributes, len(attributes), 0)
    if ruleset < 0:
        return False
    try:
        for path in read:
            _allow(libc, ruleset, path)
        return bool(libc.syscall(_RESTRICT, ruleset, 0) == 0)
    finally:
        os.close(ruleset)


def _allow(libc: ctypes.CDLL, ruleset: int, path: Path) -> None:
    """A place that is not there needs no rule."""
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        rights = _READING if path.is_dir() else _READING & _ON_A_FILE
        libc.syscall(_ADD, ruleset, _BENEATH, struct.pack("=Qi", rights, place), 0)
    finally:
        os.close(place)


def _address_space() -> int:
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    except (OSError, ValueError):
        return 2**30
    return pages * os.sysconf("SC_PAGESIZE")
