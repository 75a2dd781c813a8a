"""The repeats as a table, one row each, for a spreadsheet."""

from __future__ import annotations

import csv
import io

from mineru_cli.bench.result import BenchResult

COLUMNS = (
    "concurrency", "repeat", "workers", "window_seconds", "steady", "pages_per_second",
    "good_pages_per_second", "pdfs_per_hour", "page_p50_seconds", "page_p95_seconds", "page_p99_seconds",
    "prompt_tokens_per_second",
    "completion_tokens_per_second", "ttft_p50_seconds", "server_queue_mean_seconds", "client_queue_seconds",
    "server_waiting", "kv_use", "preemptions", "truncated_answers", "aborted_answers", "gpu_utilisation",
    "gpu_source", "gpu_memory_bytes", "gpu_power_watts", "energy_joules_per_page",
    "client_cpu_seconds_per_page", "errors", "retries", "flawed_pages", "whole_pages_per_second",
)  # fmt: skip


def csv_report(result: BenchResult) -> str:
    """The whole file. Unknown figures are empty cells."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for level in result.levels:
        for number, run in enumerate(level.runs, 1):
            spread, best = run.page_seconds, run.best
            row = (
                level.concurrency,
                number,
                run.workers,
                best.seconds,
                int(run.steady is not None),
                run.pages_per_second,
                best.good_pages_per_second,
                run.pages_per_second * 3600 / result.pages_per_document,
                spread and spread.p50,
                spread and spread.p95,
                spread and spread.p99,
                best.prompt_tokens_per_second,
                best.completion_tokens_per_second,
                run.server.ttft_p50,
                run.server.queue_mean,
                run.client.queue_seconds,
                run.server.waiting,
                run.server.kv_use,
                run.server.preemptions,
                run.server.answers("length"),
                run.server.answers("abort"),
                run.gpu.utilisation,
                run.gpu.source,
                run.gpu.memory_used,
                run.gpu.power,
                run.gpu.energy_per_page,
                run.client.cpu_seconds_per_page,
                sum(run.errors.values()),
                sum(run.retries.values()),
                run.totals.flawed_pages,
                run.whole.pages_per_second,
            )
            writer.writerow(f"{cell:.6g}" if isinstance(cell, float) else cell for cell in row)
    return out.getvalue()
