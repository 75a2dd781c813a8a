"""Passes every event to every observer, with run id and time, without secrets. Observers are equals.

An observer that raises is switched off with one warning, and the run continues: a view, a report or an
exporter must not cost a document. One with a method ``attach`` gets the announcer before the first event, and
may announce events itself, from within a call. The run's own record is not an observer in this sense: a
ledger that cannot be written ends the run.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from importlib.metadata import entry_points
from typing import Any

from mineru_cli import __version__
from mineru_cli.domain.events import BreakerChanged, Event, Notice, Observer, RunFinished, stamped
from mineru_cli.masking import masked
from mineru_cli.observe.traces.environment import TraceSettings, missing, trace_settings
from mineru_cli.settings import Settings

GROUP = "mineru_batch.observers"
"""Entry points of this group are functions from ``Settings`` to an observer, or None."""


def new_run_id(wall: Callable[[], float] = time.time, token: Callable[[int], str] = secrets.token_hex) -> str:
    """A unique id that sorts by time: ``20261128T154502Z-3f9c1a``."""
    return f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime(wall()))}-{token(3)}"


class Announcer:
    """Callable with an event. ``wall`` returns Unix seconds, ``record`` is called first and may raise."""

    def __init__(self, observers: Iterable[Observer], wall: Callable[[], float], run: str = "") -> None:
        self._observers: list[Observer] = []
        self.add(observers)
        self._wall = wall
        self.run = run
        self.record: Observer | None = None

    def add(self, observers: Iterable[Observer]) -> None:
        """Add observers, for events from now on."""
        for observer in observers:
            if attach := getattr(observer, "attach", None):
                attach(self)
            self._observers.append(observer)

    def __call__(self, event: Event) -> None:
        """Announce one event to all observers."""
        at = self._wall()
        event = stamped(without_secrets(event), self.run)
        if self.record is not None:
            self.record(event, at)
        failed: list[tuple[Observer, Exception]] = []
        for observer in self._observers:
            try:
                observer(event, at)
            except Exception as error:  # noqa: BLE001  see the module
                failed.append((observer, error))
        for observer, fault in failed:
            self._observers.remove(observer)
            self(Notice("warning", f"{_name(observer)} failed and is switched off: {_words(fault)}"))


def without_secrets(event: Event) -> Event:
    """The event with its free text masked. Failures are masked where they are created, as errors."""
    if isinstance(event, Notice):
        return replace(event, text=masked(event.text))
    if isinstance(event, BreakerChanged):
        return replace(event, reason=masked(event.reason))
    if isinstance(event, RunFinished):
        return replace(event, message=masked(event.message), hint=masked(event.hint))
    return event


def _name(observer: Observer) -> str:
    named = observer if hasattr(observer, "__qualname__") else type(observer)
    return f"the observer {named.__qualname__}"


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500]


def wanted_tracing(environment: Mapping[str, str]) -> tuple[TraceSettings | None, list[Notice]]:
    """How the run is traced, None where it is not; and warnings about what is missing or wrong."""
    tracing = trace_settings(environment)
    if tracing is None:
        return None, []
    if hint := missing(tracing):
        text = f"the environment (OTEL_*) asks for traces, and there will be none: {hint}"
        return None, [Notice("warning", masked(text))]
    return tracing, [Notice("warning", masked(text)) for text in tracing.warnings]


@contextmanager
def settings_observers(
    settings: Settings, complain: Callable[[str], None], tracing: TraceSettings | None = None
) -> Iterator[list[Observer]]:
    """Observers that the settings ask for: the log file, the exporters of metrics, that of traces.

    ``complain`` is called from any thread with later errors. Raises ``OutputNotWritable`` and
    ``SettingsError`` for what cannot work from the start.
    """
    found: list[Observer] = []
    with ExitStack() as held:
        if settings.log_file is not None:
            from mineru_cli.observe.log_file import LogFile

            found.append(held.enter_context(LogFile(settings.log_file, complain=complain)))
        wanted = (settings.metrics_port, settings.metrics_textfile, settings.pushgateway_address)
        if any(one is not None for one in wanted):
            from mineru_cli.observe.metrics.exporters import exported
            from mineru_cli.observe.metrics.run_metrics import RunMetrics

            metrics = RunMetrics(__version__)
            port, textfile, gateway = wanted
            held.enter_context(
                exported(metrics, port=port, textfile=textfile, pushgateway=gateway, complain=complain)
            )
            found.append(metrics)
        if tracing is not None:
            from mineru_cli.observe.traces.exporter import exported as exported_traces

            found.append(held.enter_context(exported_traces(tracing, os.environ, complain)))
        yield found


def load_observers(settings: Settings) -> tuple[list[Observer], list[Notice]]:
    """Observers registered by other packages, and a warning for each that cannot be loaded. Reads files."""
    found: list[Observer] = []
    warnings: list[Notice] = []
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        try:
            observer = point.load()(settings)
        except Exception as error:  # noqa: BLE001  a stranger's package must not keep a run from starting
            warnings.append(_left_out(point.name, error))
        else:
            if observer is not None:
                found.append(observer)
    return found, warnings


@contextmanager
def opened(observers: Iterable[Any]) -> Iterator[tuple[list[Observer], list[Notice]]]:
    """``observers``, those that are context managers entered; warnings about those that cannot be."""
    ready: list[Observer] = []
    warnings: list[Notice] = []
    with ExitStack() as held:
        for observer in observers:
            try:
                if isinstance(observer, AbstractContextManager):
                    observer = held.enter_context(observer)
                ready.append(observer)
            except Exception as error:  # noqa: BLE001  see load_observers
                warnings.append(_left_out(_name(observer), error))
        yield ready, warnings


def _left_out(name: str, error: Exception) -> Notice:
    return Notice("warning", f"the observer {name!r} is left out: {_words(error)}")
