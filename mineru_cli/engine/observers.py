"""Hands every event to every observer, stamped with the run's id and the time. Observers are equals.

An observer that raises is switched off with one warning, and the run goes on: a view, a report or an exporter
is never worth a document. The run's own record is not an observer in this sense: what the ledger cannot keep
ends the run.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from importlib.metadata import entry_points

from mineru_cli import __version__
from mineru_cli.domain.events import Event, Notice, Observer
from mineru_cli.settings import Settings

GROUP = "mineru_batch.observers"
"""Entry points here are functions from ``Settings`` to an observer, or to None where it has no use."""


def new_run_id(wall: Callable[[], float] = time.time, token: Callable[[int], str] = secrets.token_hex) -> str:
    """An id that sorts by time and that no two runs share: ``20261128T154502Z-3f9c1a``."""
    return f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime(wall()))}-{token(3)}"


class Announcer:
    """Callable with an event. ``wall`` gives Unix seconds, ``record`` comes first and may raise.

    ``observers`` may be added to as long as nothing is announced.
    """

    def __init__(self, observers: Iterable[Observer], wall: Callable[[], float], run: str = "") -> None:
        self.observers = list(observers)
        self._wall = wall
        self.run = run
        self.record: Observer | None = None

    def __call__(self, event: Event) -> None:
        """Announce one event to all observers."""
        at = self._wall()
        event = replace(event, run=self.run)
        if self.record is not None:
            self.record(event, at)
        failed: list[tuple[Observer, Exception]] = []
        for observer in self.observers:
            try:
                observer(event, at)
            except Exception as error:  # noqa: BLE001  see the module
                failed.append((observer, error))
        for observer, fault in failed:
            self.observers.remove(observer)
            self(Notice("warning", f"{_name(observer)} failed and is switched off: {_words(fault)}"))


def _name(observer: Observer) -> str:
    named = observer if hasattr(observer, "__qualname__") else type(observer)
    return f"the observer {named.__qualname__}"


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500]


@contextmanager
def settings_observers(settings: Settings, complain: Callable[[str], None]) -> Iterator[list[Observer]]:
    """Observers that the settings ask for: the log file and the exporters of metrics.

    ``complain`` is called from any thread with what went wrong later. Raises ``OutputNotWritable`` and
    ``SettingsError`` for what cannot work from the start.
    """
    found: list[Observer] = []
    with ExitStack() as held:
        if settings.log_file is not None:
            from mineru_cli.observe.log_file import LogFile

            found.append(held.enter_context(LogFile(settings.log_file, complain=complain)))
        wanted = (settings.metrics_port, settings.metrics_textfile, settings.pushgateway)
        if any(one is not None for one in wanted):
            from mineru_cli.observe.metrics.exporters import exported
            from mineru_cli.observe.metrics.run_metrics import RunMetrics

            metrics = RunMetrics(__version__)
            port, textfile, gateway = wanted
            held.enter_context(
                exported(metrics, port=port, textfile=textfile, pushgateway=gateway, complain=complain)
            )
            found.append(metrics)
        yield found


@contextmanager
def installed_observers(settings: Settings) -> Iterator[tuple[list[Observer], list[Notice]]]:
    """Observers that other packages registered, open for as long as the context lasts.

    One that is a context manager is entered and left. What cannot be loaded comes as a warning.
    """
    found: list[Observer] = []
    warnings: list[Notice] = []
    with ExitStack() as held:
        for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
            try:
                observer = point.load()(settings)
                if hasattr(observer, "__exit__"):
                    observer = held.enter_context(observer)
            except Exception as error:  # noqa: BLE001  a stranger's package must not keep a run from starting
                warnings.append(
                    Notice("warning", f"the observer {point.name!r} is left out: {_words(error)}")
                )
            else:
                if observer is not None:
                    found.append(observer)
        yield found, warnings
