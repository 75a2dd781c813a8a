"""The fork server: imports what workers need once, and forks each of them.

A worker that imports by itself takes 0.4 s and 48 MB to start; a forked one takes 2 ms, and 1.6 MB of its own
at first: it shares the libraries with the others.

stdin is a Unix socket. A byte with three descriptors requests one worker with these as stdin, stdout and
stderr. Replies are lines: ``start PID`` or ``none ERRNO``, and later ``end PID STATUS``, the status negative
for a signal. When the socket is closed, all workers end. It runs no threads: a fork copies only the calling
one.
"""

from __future__ import annotations

import gc
import importlib
import os
import select
import signal
import socket
from contextlib import suppress

from mineru_cli.engine.local.fork_client import ASK, STREAMS
from mineru_cli.engine.process import die_with_parent
from mineru_cli.isolation.sandbox import harden


def main() -> None:
    """Serve until the socket ends."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    die_with_parent()
    harden()
    gc.disable()  # this process only imports: garbage collection would find nothing, and costs time
    load()
    gc.freeze()  # a collection in a worker would touch, and thereby copy, every shared page
    with socket.socket(fileno=os.dup(0)) as control:
        _Server(control).serve()


def load() -> None:
    """Import everything that a worker needs."""
    from mineru_cli.engine.worker.process import LATE

    for module in LATE:
        with suppress(ImportError):  # a missing module is reported by the worker that needs it
            importlib.import_module(module)


class _Server:
    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._awake, self._wake = socket.socketpair()
        self._children: set[int] = set()

    def serve(self) -> None:
        for end in (self._awake, self._wake):
            end.setblocking(False)
        signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        try:
            while self._step():
                pass
        except (BrokenPipeError, ConnectionResetError):
            pass  # the coordinator ended
        for pid in self._children:
            os.kill(pid, signal.SIGKILL)
        for pid in self._children:
            os.waitpid(pid, 0)

    def _step(self) -> bool:
        """Wait for one event and handle it. False when the socket was closed."""
        ready, _, _ = select.select((self._control, self._awake), (), ())
        if self._awake in ready:
            self._awake.recv(4096)
            self._reap()
        if self._control not in ready:
            return True
        request, descriptors, _, _ = socket.recv_fds(self._control, len(ASK), STREAMS)
        if request:
            self._fork(descriptors)
        return bool(request)

    def _fork(self, streams: list[int]) -> None:
        try:
            pid = os.fork()
        except OSError as error:  # the system cannot start a process; the other workers continue
            answer = f"none {error.errno}"
        else:
            if pid == 0:
                self._become_worker(streams)
            self._children.add(pid)
            answer = f"start {pid}"
        for descriptor in streams:
            os.close(descriptor)
        self._send(answer)

    def _become_worker(self, streams: list[int]) -> None:
        """In the child: never returns."""
        from mineru_cli.engine.worker.process import main as work

        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for end in (self._control, self._awake, self._wake):
                end.close()
            os.setsid()
            for number, descriptor in enumerate(streams):
                os.dup2(descriptor, number)
                os.close(descriptor)
            gc.enable()
            work()
            os._exit(0)
        except BaseException:  # noqa: BLE001  as an interpreter ends: reported on stderr, status 1
            import traceback

            traceback.print_exc()
        finally:
            os._exit(1)

    def _reap(self) -> None:
        with suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    return
                self._children.discard(pid)
                self._send(f"end {pid} {os.waitstatus_to_exitcode(status)}")

    def _send(self, line: str) -> None:
        self._control.sendall(line.encode() + b"\n")


if __name__ == "__main__":
    main()
