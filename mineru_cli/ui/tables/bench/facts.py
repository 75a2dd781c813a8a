"""Further facts about a bench, as lines of a name and a text."""

from __future__ import annotations

from collections import Counter

from mineru_cli.bench.result import BenchResult, Level
from mineru_cli.ui.format import count, counted, percent, size
from mineru_cli.ui.tables.bench.format import headline_range, load_text, requests, seconds, speed


def facts(result: BenchResult) -> list[tuple[str, str]]:
    """The facts, most useful first; unknown ones are left out."""
    best = result.best
    rows = [
        ("knee", knee_text(result)),
        ("best", _best(result, best)),
        ("goodput", f"{speed(best.good_pages_per_second)} pages/s {_objective(result)}"),
        ("server", _server(best)),
        ("client", _client(best)),
        ("tokens", _tokens(best)),
        ("GPU", _gpu(result)),
        ("lost", _by_class(Counter(best.errors))),
        ("retried", _by_class(_retries(best))),
        ("caches", _caches(result)),
        ("corpus", f"{result.environment.get('corpus')}, {result.pages_per_document:.1f} pages per document"),
        ("cost", _cost(result)),
    ]
    return [(name, value) for name, value in rows if value]


def knee_text(result: BenchResult) -> str:
    """The knee, or why there is none."""
    search = result.knee
    if search.knee is None:
        return search.reason
    return f"{requests(search.knee.concurrency)} in flight, {speed(search.knee.pages_per_second)} pages/s"


def _best(result: BenchResult, best: Level) -> str:
    load, how_sure = load_text(best.concurrency, result.rate), headline_range(best)
    return f"{load}: {speed(best.pages_per_second)} pages/s" + (f" ({how_sure})" if how_sure else "")


def _objective(result: BenchResult) -> str:
    return f"valid and within {result.slo:g} s (--slo)" if result.slo is not None else "valid"


def _server(best: Level) -> str:
    server = best.runs[-1].server
    parts = [f"TTFT p50 {seconds(server.ttft_p50)}", f"queue mean {seconds(server.queue_mean)}"]
    if server.waiting is not None:
        parts.append(f"{server.waiting:.0f} requests waiting")
    if server.kv_use is not None:
        parts.append(f"KV {percent(server.kv_use)}")
    if server.preemptions:
        parts.append(f"{count(server.preemptions)} preemptions")
    odd = {reason: number for reason, number in server.finished.items() if reason != "stop"}
    parts += [
        f"{counted(round(number), 'answer')} ended by {reason}" for reason, number in sorted(odd.items())
    ]
    return ", ".join(parts)


def _client(best: Level) -> str:
    parts = [
        f"queue {seconds(best.mean(lambda run: run.client.queue_seconds))}",
        f"CPU {seconds(best.mean(lambda run: run.client.cpu_seconds_per_page))} per page",
    ]
    if (memory := best.mean(lambda run: run.client.memory_per_worker)) is not None:
        parts.append(f"{memory / 2**20:.0f} MiB per worker")
    return ", ".join(parts)


def _tokens(best: Level) -> str:
    read = best.mean(lambda run: run.best.prompt_tokens_per_second)
    written = best.mean(lambda run: run.best.completion_tokens_per_second)
    return f"{count(read)} read and {count(written)} written per second"


def _gpu(result: BenchResult) -> str:
    gpu = result.gpu
    parts = [f"{percent(gpu.utilisation)} ({gpu.source})"]
    if gpu.memory_used is not None:
        parts.append(size(gpu.memory_used))
    if gpu.power is not None:
        parts.append(f"{gpu.power:.0f} W")
    if gpu.energy_per_page is not None:
        parts.append(f"{gpu.energy_per_page:.1f} J per page")
    return ", ".join(parts)


def _retries(level: Level) -> Counter[str]:
    return sum((Counter(run.retries) for run in level.runs), Counter[str]())


def _by_class(counts: Counter[str]) -> str:
    return ", ".join(f"{count(number)} {code}" for code, number in counts.most_common())


def _caches(result: BenchResult) -> str:
    if not result.caches:
        return "left as they were"
    servers: dict[str, list[str]] = {}
    for name, why in result.caches.items():
        servers.setdefault(f"not emptied: {why}" if why else "emptied before each level", []).append(name)
    return "; ".join(f"{', '.join(names)} {what}" for what, names in servers.items())


def _cost(result: BenchResult) -> str:
    cost = result.cost_per_thousand(result.best)
    return f"${cost:.3f} for 1,000 pages" if cost is not None else ""
