"""What puts a ledger together again: its rebuild from manifests, and the merge of the shards of a Job."""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.report import Section
from benchmarks.scale.fresh_process import in_fresh_process
from benchmarks.scale.simulation import document
from mineru_cli.domain.manifest import Manifest, PublishedFile, RunSettings
from mineru_cli.engine.merge import merge_runs
from mineru_cli.engine.rebuild import rebuild
from mineru_cli.store.ledger.ledger import Ledger
from mineru_cli.store.local.manifests import Manifests
from mineru_cli.store.run_folder import METHOD, RunFolder

PAGES = 10
SHARDS = 8
FINGERPRINT = "measured"


def recovered(given: argparse.Namespace) -> Section:
    """Both with the documents of ``--small`` and of ``--documents``: time, and memory that should not grow."""
    rows = []
    for documents in (given.small, given.documents):
        for name, make, work in (
            ("rebuild", make_output, rebuild_output),
            (f"merge of {SHARDS} shards", make_shards, merge_shards),
        ):
            with tempfile.TemporaryDirectory(prefix="mineru-batch-scale-") as folder:
                in_fresh_process(make, Path(folder), documents)
                count, seconds, cpu, peak = in_fresh_process(_measured, work, Path(folder))
            if count != documents:
                raise RuntimeError(f"{name}: {count} documents of {documents}")
            rows.append(_row(name, documents, seconds, cpu, peak))
    notes = [f"Documents of {PAGES} pages, one manifest and one file each."]
    return Section("Ledgers rebuilt and merged", rows, notes)


def _row(name: str, documents: int, seconds: float, cpu: float, peak: float) -> dict[str, Any]:
    return {
        "what": name,
        "documents": documents,
        "s": seconds,
        "CPU s": cpu,
        "documents/s of one core": documents / cpu,
        "peak MB": peak,
    }


def _measured(work: Callable[[Path], int], folder: Path) -> tuple[int, float, float, float]:
    began, cpu = time.perf_counter(), time.process_time()
    count = work(folder)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    return count, seconds, cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def rebuild_output(output: Path) -> int:
    return rebuild(output).done


def merge_shards(folder: Path) -> int:
    merged = merge_runs([folder / str(number) for number in range(SHARDS)], into=folder / "merged")
    return merged.summary.documents.done


def make_output(output: Path, documents: int) -> None:
    """A finished output whose ledger is lost."""
    manifests = Manifests(RunFolder(output).manifests)
    manifests.write_run(RunSettings(FINGERPRINT, {}, _facts("")))
    for number in range(documents):
        ref = document(number)
        folder = output / ref.key / METHOD
        folder.mkdir(parents=True)
        (folder / f"{ref.stem}.md").write_bytes(b"")
        files = (PublishedFile(f"{ref.stem}.md", 0, "0" * 64),)
        manifests.write(Manifest(ref, f"{ref.key}/{METHOD}", FINGERPRINT, PAGES, files))


def make_shards(folder: Path, documents: int) -> None:
    for shard in range(SHARDS):
        ledger = Ledger.open(RunFolder(folder / str(shard)).ledger, clock=time.time)
        ledger.begin(FINGERPRINT, {}, overwrite=False, facts=_facts(f"{shard + 1}/{SHARDS}"))
        for number in range(shard, documents, SHARDS):
            ref = document(number)
            ledger.started(ref, PAGES)
            for page in range(PAGES):
                ledger.page(ref.key, page, seconds=1.0, blocks=12, requests=13)
            ledger.finished(ref, "done", pages=PAGES, sizes=((f"{ref.stem}.md", 1000),))
        ledger.end("finished")
        ledger.close()


def _facts(shard: str) -> dict[str, Any]:
    return {"settings": {"shard": shard}, "server": {}}
