"""Starts the fork server before this process imports anything heavy, so that both import concurrently.

Imports nothing slow.
"""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from mineru_cli.isolation.command import python_command

MODULE = "mineru_cli.engine.local.fork_server"
SURROUNDINGS = {
    "PYDANTIC_DISABLE_PLUGINS": "__all__",
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": str(64 * 1024**2),
    "MALLOC_TRIM_THRESHOLD_": str(64 * 1024**2),
}
"""Default environment of workers; variables of the user take precedence.

pydantic would search all installed packages for plugins. glibc would give each thread its own arena, and
return each page's image to the kernel before requesting the next: 60 MB more, and half of the system time.
"""


@dataclass(frozen=True)
class Launch:
    """A fork server's process, the socket that it serves, and its stderr."""

    process: subprocess.Popen[bytes]
    control: socket.socket
    stderr: socket.socket

    def end(self) -> None:
        """Kill it, unless it has ended with its run."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.control.close()
        self.stderr.close()


def launch() -> Launch:
    """Start a fork server. The caller owns its three parts."""
    control, theirs = socket.socketpair()
    stderr, their_stderr = socket.socketpair()
    with theirs, their_stderr:
        process = subprocess.Popen(
            python_command(MODULE),
            stdin=theirs.fileno(),
            stdout=subprocess.DEVNULL,
            stderr=their_stderr.fileno(),
            start_new_session=True,
            env={**SURROUNDINGS, **os.environ},
        )
    return Launch(process, control, stderr)


@contextmanager
def launched() -> Iterator[Launch]:
    """A fork server that ends with the context."""
    server = launch()
    try:
        yield server
    finally:
        server.end()
