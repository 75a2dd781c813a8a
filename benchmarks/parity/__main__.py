"""``python -m benchmarks.parity``: convert scripted pages with MinerU and with ours, and print what differs."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.parity import mineru
from benchmarks.parity.compare import compare, report, requests_row
from benchmarks.parity.generate import documents
from benchmarks.parity.script import ScriptedDocument, save
from benchmarks.parity.server import Log, ScriptedServer

_OURS_ALONE = '[null, "Is this an image?"'
"""The one request with which we prove that the server takes images."""


def main() -> int:
    options = _options()
    made: list[ScriptedDocument] = []
    for seed in range(options.seed, options.seed + options.seeds):
        made += documents(seed, options.pages, first=sum(len(one.pages) for one in made))
    work = options.work or Path(tempfile.mkdtemp(prefix="parity-"))
    save(made, work / "pdfs")
    with ScriptedServer(made) as server:
        theirs = _theirs(options, work, server)
        ours = _ours(work, server, options.convert)
    rows = compare(work / "mineru", work / "ours", [one.stem for one in made])
    rows.append(requests_row(_questions(theirs), _questions(ours)))
    pages = sum(len(one.pages) for one in made)
    print(
        f"{pages} pages in {len(made)} documents, seeds {options.seed} to {options.seed + options.seeds - 1}"
    )
    print(f"requests of MinerU: {dict(theirs.kinds)}\nrequests of ours:   {dict(ours.kinds)}\n")
    print("\n".join(report(rows, examples=options.examples)))
    if options.work is None:
        shutil.rmtree(work)
    return 0 if all(row.met for row in rows) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.parity", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="first seed")
    parser.add_argument("--seeds", type=int, default=1, help="how many seeds")
    parser.add_argument("--pages", type=int, default=20, help="pages of each seed")
    parser.add_argument("--mineru", type=Path, help="a mineru command; installed below ~/.cache by default")
    parser.add_argument("--work", type=Path, help="keep PDFs and outputs in this folder")
    parser.add_argument("--no-examples", dest="examples", action="store_false", help="only count differences")
    parser.add_argument("convert", nargs="*", help="further words for mineru-batch convert, after --")
    return parser.parse_args()


def _theirs(options: argparse.Namespace, work: Path, server: ScriptedServer) -> Log:
    shutil.rmtree(work / "mineru", ignore_errors=True)
    script = mineru.command(options.mineru)
    mineru.convert(script, work / "pdfs", work / "mineru", server.url, work / "mineru.log")
    return server.take_log()


def _ours(work: Path, server: ScriptedServer, more: list[str]) -> Log:
    shutil.rmtree(work / "ours", ignore_errors=True)
    words = [sys.executable, "-m", "mineru_cli", "convert", work / "pdfs", "-o", work / "ours"]
    words += ["--server-url", server.url, "--max-error-rate", "1", "--progress", "none", *more]
    subprocess.run(words, check=True)
    return server.take_log()


def _questions(log: Log) -> dict[str, int]:
    return {
        question: count for question, count in log.questions.items() if not question.startswith(_OURS_ALONE)
    }


if __name__ == "__main__":
    raise SystemExit(main())
