"""Serves the results of a run to the browser until Ctrl-C."""

from __future__ import annotations

import os
import sys
import webbrowser
from pathlib import Path
from typing import TextIO

from mineru_cli.engine.history import NOT_A_RUN
from mineru_cli.errors import InputNotFound, SettingsError
from mineru_cli.isolation.places import NULL, interpreter, system
from mineru_cli.isolation.sandbox import Allowed
from mineru_cli.isolation.sandbox_mode import SandboxMode, check_sandbox, close_sandbox
from mineru_cli.store.ledger.archive import Archive
from mineru_cli.store.run_folder import RunFolder
from mineru_cli.ui.plain_text import Pipe, visible
from mineru_cli.ui.viewer.answers import Report, Viewer
from mineru_cli.ui.viewer.baseline import BaselineView
from mineru_cli.ui.viewer.pictures import Pictures
from mineru_cli.ui.viewer.server import ViewerServer

MEMORY = 4 * 1024**3
"""Bytes that it may allocate: results may be anybody's files."""


def serve(
    output: Path,
    stream: TextIO,
    *,
    port: int = 0,
    open_browser: bool = True,
    baseline: Path | None = None,
    report: Report | None = None,
    sandbox: SandboxMode = "off",
) -> None:
    """Serve until Ctrl-C. Raises ``InputNotFound``, ``OutputError``, ``SettingsError`` for a port in use.

    ``baseline`` is what the pages are compared with: raises ``NotComparable`` and ``UsageError`` as well.
    ``sandbox`` other than "off" confines the calling process for good, see ``allowed``; raises
    ``SettingsError`` where it is required and cannot be done.
    """
    check_sandbox(sandbox)
    ledger = RunFolder(output).ledger
    if not ledger.is_file():
        raise InputNotFound(f"{os.fspath(output)} holds no run", hint=NOT_A_RUN)
    with Archive(ledger):
        pass  # one that cannot be read is reported before anything is served
    base = BaselineView(baseline, output) if baseline is not None else None
    with Pictures() as pictures:
        try:
            server = ViewerServer(Viewer(output, pictures, base, report), port)
        except OSError as error:
            raise SettingsError(
                f"--port {port}: {error.strerror or error}", hint="leave it out to take a free port"
            ) from error
        with server:
            pipe = Pipe(stream)
            pipe.line(f"Results of {visible(str(output), 4096)}: {server.url}")
            pipe.line("Ctrl-C ends.")
            if open_browser and _has_screen():
                webbrowser.open(server.url)
            if sandbox != "off":
                close_sandbox(sandbox, allowed(output, baseline), process="the viewer", memory=MEMORY)
            try:
                server.serve_forever()
            except KeyboardInterrupt:
                return


def _has_screen() -> bool:
    """Whether a graphical browser can open: a text browser would take over the terminal."""
    return sys.platform in ("darwin", "win32") or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))


def allowed(output: Path, baseline: Path | None) -> Allowed:
    """What the process may still do: read OUT, the baseline and its own program.

    SQLite's readers share a file next to the ledger while a run writes to it: so the run's own folder may be
    written to as well.
    """
    read = [output, *([baseline] if baseline else []), *interpreter(), *system()]
    return Allowed(tuple(read), (RunFolder(output).state, NULL))
