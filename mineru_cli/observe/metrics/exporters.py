"""Exporters of metrics: an HTTP port, a file for node_exporter, a Pushgateway."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mineru_cli.errors import OutputNotWritable, OutputRefused, SettingsError
from mineru_cli.masking import split_login
from mineru_cli.observe.metrics.run_metrics import Family, RunMetrics

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

EVERY = 15.0
"""Interval in seconds of writes and pushes: the usual scrape interval."""

JOB = "mineru_batch"
PUSH_SECONDS = 5.0

Complain = Callable[[str], None]
"""Callback that reports a warning to the user."""


@contextmanager
def exported(
    metrics: RunMetrics,
    *,
    port: int | None = None,
    textfile: Path | None = None,
    pushgateway: str | None = None,
    complain: Complain = lambda text: None,
    every: float = EVERY,
) -> Iterator[int | None]:
    """Export within the context, and once more at its end.

    Yields the listening port; 0 picks a free one. Raises ``SettingsError`` if the port is in use and
    ``OutputRefused`` if the file cannot be written at the start. Later faults are reported once and the
    run continues: metrics never end a run.
    """
    registry = _registry(metrics)
    with ExitStack() as held:
        bound = held.enter_context(_served(registry, port)) if port is not None else None
        if textfile is not None:
            _write(registry, textfile, OutputRefused)
            held.enter_context(_repeated(lambda: _write(registry, textfile), every, complain))
        if pushgateway is not None:
            held.enter_context(_repeated(lambda: _push(registry, pushgateway), every, complain))
        yield bound


def _registry(metrics: RunMetrics) -> CollectorRegistry:
    from prometheus_client import CollectorRegistry

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Collector(metrics))
    return registry


class Collector:
    """Adapter to prometheus_client's collector protocol."""

    def __init__(self, metrics: RunMetrics) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Any]:
        """See ``prometheus_client.registry.Collector``."""
        return [_family(family) for family in self._metrics.families()]


def _family(family: Family) -> Any:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

    metric = family.metric
    if metric.kind == "histogram":
        made = HistogramMetricFamily(metric.full_name, metric.help, labels=metric.labels)
        for labels, held in sorted(family.histograms.items()):
            made.add_metric(labels, held.cumulative(), held.total)
        return made
    kind = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
    name = metric.full_name.removesuffix("_total") if metric.kind == "counter" else metric.full_name
    plain = kind(name, metric.help, labels=metric.labels)
    for labels, value in sorted(family.values.items()):
        plain.add_metric(labels, value)
    return plain


@contextmanager
def _served(registry: CollectorRegistry, port: int) -> Iterator[int]:
    from prometheus_client import start_http_server

    try:
        server, thread = start_http_server(port, registry=registry)
    except OSError as error:
        raise SettingsError(
            f"metrics cannot be served on port {port}: {error.strerror}",
            hint="choose another one with --metrics-port",
        ) from None
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def _repeated(work: Callable[[], None], every: float, complain: Complain) -> Iterator[None]:
    """Call it periodically in a thread, and a last time at the end."""
    ended = threading.Event()
    reported = False

    def once() -> None:
        nonlocal reported
        try:
            work()
        except OutputNotWritable as error:
            if not reported:
                reported = True
                complain(error.message)

    def run() -> None:
        while not ended.wait(every):
            once()

    thread = threading.Thread(target=run, name="metrics", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        once()


def _write(
    registry: CollectorRegistry, path: Path, refusal: type[OutputNotWritable] = OutputNotWritable
) -> None:
    from prometheus_client import write_to_textfile

    try:
        write_to_textfile(str(path), registry)  # atomic: to a temporary file that is renamed
    except OSError as error:
        raise refusal(f"the metrics file {path} cannot be written: {error.strerror}") from None


def _push(registry: CollectorRegistry, url: str) -> None:
    from prometheus_client import push_to_gateway

    key = {"instance": socket.gethostname()}
    address, login = split_login(url)
    try:
        push_to_gateway(
            address,
            job=JOB,
            registry=registry,
            grouping_key=key,
            timeout=PUSH_SECONDS,
            handler=_sender(login),
        )
    except (OSError, ValueError, HTTPException) as error:
        cause = getattr(error, "reason", error)  # urllib's own text is "<urlopen error ...>"
        why = getattr(cause, "strerror", None) or cause
        raise OutputNotWritable(f"metrics cannot be pushed to {address}: {why}") from None


def _sender(login: str) -> Callable[..., Callable[[], None]]:
    """The HTTP handler for prometheus_client; with the credentials of the gateway's URL, if any."""
    from prometheus_client.exposition import basic_auth_handler, default_handler

    if not login:
        return default_handler
    user, _, password = login.partition(":")
    return partial(basic_auth_handler, username=user, password=password)
