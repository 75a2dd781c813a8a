"""Listing inputs: a local tree, and a bucket of a real S3 server on this machine."""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.report import Section
from benchmarks.scale.fresh_process import in_fresh_process
from benchmarks.scale.simulation import document
from mineru_cli.engine.run import find_documents
from mineru_cli.settings import Settings
from tests.object_storage import s3_server


def listing(given: argparse.Namespace) -> Section:
    """Keys per second, for the whole of discovery: filters, names, shares."""
    local, remote = min(given.documents, 200_000), min(given.documents, 20_000)
    with tempfile.TemporaryDirectory(prefix="mineru-batch-scale-") as name:
        folder = Path(name)
        source = folder / "in"
        _make(source, local)
        rows = [_row("local folder", in_fresh_process(_find, str(source), folder / "out"))]
        with s3_server(folder / "s3") as server:
            bucket_name = server.new_bucket()
            os.environ.update(server.environment)
            put_seconds = _upload(server.bucket(bucket_name), remote)
            rows.append(_row("SeaweedFS", in_fresh_process(_find, f"s3://{bucket_name}/in/", folder / "out")))
    note = f"Writing the {remote} objects, one prefix, 32 at once: {remote / put_seconds:.0f} objects/s."
    return Section("Listing", rows, [note])


def _row(place: str, found: tuple[int, float, float, float]) -> dict[str, Any]:
    count, seconds, cpu, peak = found
    return {
        "where": place,
        "documents": count,
        "documents/s": count / seconds,
        "documents/s of one core": count / cpu,
        "peak MB": peak,
    }


def _find(source: str, output: Path) -> tuple[int, float, float, float]:
    storage = {"endpoint": os.environ["MINERU_BATCH_STORAGE_ENDPOINT"]} if "://" in source else {}
    settings = Settings.model_validate({"inputs": (source,), "output": output, "storage": storage})
    began, cpu = time.perf_counter(), time.process_time()
    count = sum(1 for _ in find_documents(settings))
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    return count, seconds, cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _make(source: Path, documents: int) -> None:
    for number in range(documents):
        path = source / f"{document(number).key}.pdf"
        if number % 1000 == 0:
            path.parent.mkdir(parents=True)
        path.write_bytes(b"%PDF-")


def _upload(bucket: Any, documents: int) -> float:
    put: Callable[[int], None] = lambda number: bucket.put(f"in/{document(number).key}.pdf", b"%PDF-")  # noqa: E731
    began = time.perf_counter()
    with ThreadPoolExecutor(32) as pool:
        for _ in pool.map(put, range(documents)):
            pass
    return time.perf_counter() - began
