"""The front door for Python: what ``mineru-batch`` does, as calls. Use it as ``mineru_cli.convert``.

Options are keyword arguments with the names of the command's options: ``server_url=...`` is ``--server-url``.
What goes wrong is an error of ``mineru_cli.errors``; documents that fail never raise, they are in the report.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from mineru_cli.domain.events import Observer
from mineru_cli.domain.failure import Failure
from mineru_cli.engine.report import RunReport
from mineru_cli.engine.results import DocumentResult
from mineru_cli.engine.stop_token import StopToken
from mineru_cli.errors import Interrupted, OutputError, SettingsError, UsageError
from mineru_cli.settings import Settings
from mineru_cli.settings.declaration import settings_of
from mineru_cli.settings.problems import nearest
from mineru_cli.settings.resolve import Given, Origin, resolve

if TYPE_CHECKING:
    from mineru_cli.engine.pool import Engine
    from mineru_cli.engine.routes import Router
    from mineru_cli.quality.results import Judgement
    from mineru_cli.quality.settings import CompareSettings

__all__ = ["compare", "convert", "convert_async", "convert_one", "make_settings", "run"]

Inputs = str | Path | Iterable[str | Path]
T = TypeVar("T")
_SIGNALS_SEEN_EVERY = 0.5
"""Seconds. A thread that waits for a lock misses a signal that the kernel delivers to another thread."""


def make_settings(inputs: Inputs = (), **options: Any) -> Settings:
    """Settings from options by their names. Raises ``SettingsError``, which names each option at fault."""
    known = {one.name: one for one in settings_of(Settings)}
    for name in options:
        if name not in known:
            raise SettingsError(f"there is no option {name!r}{nearest(name, known)}")
    given = {name: value for name, value in options.items() if value is not None}
    values = {known[name].path: value for name, value in given.items()}
    names = {known[name].path: Origin("flag", name) for name in given}
    return resolve(Given(values, names), inputs=_paths(inputs)).settings


def convert(
    inputs: Inputs | Settings,
    *,
    observers: Iterable[Observer] = (),
    stop: StopToken | None = None,
    **options: Any,
) -> RunReport:
    """Convert files, folders and globs, as ``mineru-batch convert`` does, and return a report.

    ``options`` are those of the command; ready-made ``Settings`` may be passed instead of both. Blocks until
    the run is over; ``stop.request()`` from another thread or an observer ends it early, and the same call
    resumes it. Each observer is called with each event and its Unix time. Raises ``UsageError``,
    ``SettingsChanged``, ``ServerError`` and ``OutputError`` if a run cannot start.

    >>> report = convert("pdfs", output="out", server="embedded")  # doctest: +SKIP
    >>> [document.key for document in report.documents if document.status != "done"]  # doctest: +SKIP
    []
    """
    return run(_settings(inputs, options), observers, stop=stop)


async def convert_async(
    inputs: Inputs | Settings,
    *,
    observers: Iterable[Observer] = (),
    stop: StopToken | None = None,
    **options: Any,
) -> RunReport:
    """``convert`` for callers with an asyncio event loop. Cancelling it ends the run at once."""
    from mineru_cli.engine.process import allow_many_files

    settings = _settings(inputs, options)
    allow_many_files()
    work = (await asyncio.to_thread(import_module, "mineru_cli.engine.run")).convert_async
    with _own_observers(settings) as own:
        router = await asyncio.to_thread(_router, settings)
        report: RunReport = await work(settings, [*observers, *own], stop, router=router)
    return _with_page(settings, report)


def convert_one(path: str | Path, **options: Any) -> DocumentResult:
    """Convert one file and return its result; ``convert_one("a.pdf").markdown`` is its text.

    Meant for notebooks: it works inside a running event loop too. For more than a few files ``convert`` is
    far faster. Raises what ``convert`` raises; a document that fails does not raise, see
    ``DocumentResult.failure``.
    """
    if not os.path.isfile(path):  # noqa: PTH113  a path need not be text
        raise UsageError(f"{os.fspath(path)} is not a file", hint="convert() takes folders and globs")
    report = convert([path], **options)
    source = os.path.abspath(path)  # noqa: PTH100
    for document in report.documents:
        if os.path.abspath(document.source) == source:  # noqa: PTH100
            return document
    raise report.failure.error() if report.failure else Interrupted(report.message, hint=report.hint)


def compare(
    base: str | Path,
    run: str | Path,
    settings: CompareSettings | None = None,
    *,
    today: dt.date | None = None,
) -> Judgement:
    """Compare the quality of the output at ``run`` with that at ``base``, as ``compare-baseline`` does.

    ``today`` (UTC unless given) decides which entries of an allow-list have expired. Raises ``NotComparable``
    and ``UsageError``.
    """
    from mineru_cli.quality.compare import compare as judge

    return judge(Path(base), Path(run), settings, today=today or dt.datetime.now(dt.timezone.utc).date())


def run(
    settings: Settings,
    observers: Iterable[Observer] = (),
    *,
    stop: StopToken | None = None,
    engine: Engine | None = None,
) -> RunReport:
    """``convert`` with ready-made settings: what the command itself calls.

    With ``settings.baseline`` each document is scored when it is finished; with ``settings.report`` the HTML
    report is written at the end.
    """
    from mineru_cli.engine.start import convert as start

    stop = stop or StopToken()

    def work() -> RunReport:
        with _own_observers(settings) as own:
            router = _router(settings)
            return start(settings, [*observers, *own], stop=stop, engine=engine, router=router)

    return _with_page(settings, _outside_event_loops(work, stop))


@contextmanager
def _own_observers(settings: Settings) -> Iterator[list[Observer]]:
    if settings.baseline is None:
        yield []
        return
    from mineru_cli.quality.observer import BaselineObserver

    with BaselineObserver(settings.baseline, settings.output, pages=settings.pages or "") as observer:
        yield [observer]


def _router(settings: Settings) -> Router | None:
    """The router that sends a share of the documents to a candidate; None without one."""
    if not settings.rollout.candidate.given:
        return None
    from mineru_cli.rollout.router import RolloutRouter

    return RolloutRouter(settings)


def _with_page(settings: Settings, report: RunReport) -> RunReport:
    if settings.report is None:
        return report
    from mineru_cli.ui.report.run_page import write_run_page

    try:
        write_run_page(settings.output, settings.report)
    except OutputError as error:
        return replace(report, page_failure=Failure.of(error))
    return report


def _outside_event_loops(work: Callable[[], T], stop: StopToken) -> T:
    """Run ``work``, which starts an event loop: in a thread if one already runs (a notebook)."""
    if asyncio._get_running_loop() is None:
        return work()
    with ThreadPoolExecutor(1, thread_name_prefix="mineru-batch") as thread:
        try:
            done = thread.submit(work)
            while not wait((done,), _SIGNALS_SEEN_EVERY).done:
                pass
            return done.result()
        except KeyboardInterrupt:  # it ends the caller's wait only: the run would continue
            stop.request("Ctrl-C")
            stop.request()
            raise


def _settings(inputs: Inputs | Settings, options: dict[str, Any]) -> Settings:
    if not isinstance(inputs, Settings):
        inputs = make_settings(inputs, **options)
        options = {}
    if not inputs.inputs:
        raise UsageError("no INPUT is given", hint="name a file, a folder or a glob")
    if options:
        raise SettingsError(
            "give either Settings or options, not both", hint="settings.model_copy(update=...)"
        )
    return inputs


def _paths(inputs: Inputs) -> Sequence[str | Path]:
    return [inputs] if isinstance(inputs, str | Path) else list(inputs)
