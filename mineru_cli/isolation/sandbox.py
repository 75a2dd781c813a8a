"""Sandbox of a process that reads untrusted files, entered before the first of them is opened.

``confine`` drops new privileges, core dumps and unbounded memory everywhere, and on Linux with Landlock
access to all other files, the execution of programs, and connections to other ports. Files need Linux 5.19
(before it, no file could be moved between folders), connections 6.7, signals to other processes 6.12. Uses
ctypes: three system calls do not justify a dependency.
"""

from __future__ import annotations

import ctypes
import os
import resource
import struct
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

MOVES_FILES, KNOWS_PORTS, KNOWS_SIGNALS = 2, 4, 6
"""Landlock ABI versions that introduced these rights."""

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_SET_NO_NEW_PRIVS, _SET_DUMPABLE = 38, 4
_BENEATH, _PORT = 1, 2
_EXECUTE, _WRITE, _READ, _LIST, _TRUNCATE = 1, 2, 4, 8, 0x4000
_ALL_BY_VERSION = {2: 0x3FFF}
_ALL = 0x7FFF
_BIND, _CONNECT = 1, 2
_ABSTRACT_SOCKETS, _SIGNALS = 1, 2
_READING = _READ | _LIST
_ON_A_FILE = _WRITE | _READ | _TRUNCATE


@dataclass(frozen=True, slots=True)
class Allowed:
    """What stays allowed: files, folders with everything below them, and TCP ports of any host.

    ``write`` includes reading. ``connect`` of None allows every port. Programs can never be executed.
    """

    read: tuple[Path, ...] = ()
    write: tuple[Path, ...] = ()
    connect: tuple[int, ...] | None = ()


NOTHING = Allowed()


def confine(allowed: Allowed = NOTHING, *, memory: int | None = None) -> bool:
    """Give up all access but ``allowed``; ``memory`` limits the bytes allocated from now on.

    Returns whether files and connections are restricted too: False if the kernel's Landlock cannot.
    Irreversible; applies to the calling thread and threads that it starts later.
    """
    if memory is not None:
        bound_memory(memory)
    return harden() and _landlock(ctypes.CDLL(None, use_errno=True), allowed)


def bound_memory(size: int) -> None:
    """Limit this process to ``size`` bytes of address space on top of what it has now."""
    bound = _address_space() + size
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        bound = min(bound, hard)
    resource.setrlimit(resource.RLIMIT_AS, (bound, bound))


def harden() -> bool:
    """Disable core dumps, which would contain the API key, and privileges from set-user-ID programs.

    For this process and all forked from it. Returns whether the system supports the latter.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_SET_DUMPABLE, 0, 0, 0, 0)  # a limit of 0 does not keep systemd-coredump from dumping
    return bool(libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)


def landlock_version() -> int:
    """The kernel's Landlock ABI version; 0 without Landlock."""
    if sys.platform != "linux":
        return 0
    return max(0, int(ctypes.CDLL(None, use_errno=True).syscall(_CREATE, None, 0, 1)))


def lacking(version: int) -> str:
    """Why a kernel with this version of Landlock cannot confine workers fully; empty if it can."""
    if not version:
        return "the kernel has no Landlock (Linux 5.19 and newer have it, where it is switched on)"
    if version < MOVES_FILES:
        return "the kernel's Landlock cannot move files between folders: that needs Linux 5.19"
    if version < KNOWS_PORTS:
        return "the kernel's Landlock covers files only: connections need Linux 6.7"
    return ""


def _landlock(libc: ctypes.CDLL, allowed: Allowed) -> bool:
    version = landlock_version()
    if version < MOVES_FILES:
        return False
    handled = _ALL_BY_VERSION.get(version, _ALL)
    ports = 0 if version < KNOWS_PORTS else _BIND if allowed.connect is None else _BIND | _CONNECT
    words = [handled, *([ports] if version >= KNOWS_PORTS else [])]
    words += [_ABSTRACT_SOCKETS | _SIGNALS] if version >= KNOWS_SIGNALS else []
    attributes = struct.pack(f"={len(words)}Q", *words)
    ruleset = libc.syscall(_CREATE, attributes, len(attributes), 0)
    if ruleset < 0:
        return False
    try:
        _allow_below(libc, ruleset, allowed.read, _READING)
        _allow_below(libc, ruleset, allowed.write, handled & ~_EXECUTE)
        if ports & _CONNECT:
            for port in allowed.connect or ():
                libc.syscall(_ADD, ruleset, _PORT, struct.pack("=QQ", _CONNECT, port), 0)
        return bool(libc.syscall(_RESTRICT, ruleset, 0) == 0)
    finally:
        os.close(ruleset)


def _allow_below(libc: ctypes.CDLL, ruleset: int, places: Iterable[Path], rights: int) -> None:
    """Skips paths that do not exist: they need no rule."""
    for path in places:
        try:
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except (OSError, ValueError):
            continue
        try:
            allowed = rights if path.is_dir() else rights & _ON_A_FILE
            libc.syscall(_ADD, ruleset, _BENEATH, struct.pack("=Qi", allowed, place), 0)
        finally:
            os.close(place)


def _address_space() -> int:
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    except (OSError, ValueError):
        return 2**30
    return pages * os.sysconf("SC_PAGESIZE")
