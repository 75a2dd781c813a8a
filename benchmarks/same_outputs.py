"""``python -m benchmarks.same_outputs BEFORE AFTER [PDFS...]``: two source trees must write the same bytes.

Each tree converts the same PDFs with the same simulated servers: the folders given, by the double of vLLM, and the
scripted pages of ``benchmarks.parity``. Every published file must be equal, and every question to the model must
have been answered as often. Exits with 1 where something differs. State of runs (``.mineru-batch``) has
times in it and is left out.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.parity.generate import documents
from benchmarks.parity.script import save
from benchmarks.parity.server import ScriptedServer
from tests.vllm_double import DoubleProcess


def main() -> int:
    """Compare; 0 if nothing differs."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.same_outputs", description=__doc__)
    parser.add_argument("before", type=Path, help="a source tree (git worktree add)")
    parser.add_argument("after", type=Path, help="another")
    parser.add_argument("pdfs", type=Path, nargs="*", help="folders or files for the double of vLLM")
    parser.add_argument("--pages", type=int, default=200, help="scripted pages")
    given = parser.parse_args()
    trees = (given.before.resolve(), given.after.resolve())
    with tempfile.TemporaryDirectory(prefix="same-outputs-") as scratch:
        work = Path(scratch)
        same = [_scripted(trees, work, given.pages)]
        if given.pdfs:
            inputs = [path.resolve() for path in given.pdfs]
            same += [_double(trees, work, inputs, name, words) for name, words in _WAYS.items()]
    return 0 if all(same) else 1


_WAYS = {
    "text layers": ("--text", "auto"),
    "pictures only": ("--text", "model"),
    "MinerU 4's files": ("--format", "mineru4", "--text", "auto"),
    "clean Markdown": ("--markdown", "clean", "--text", "auto"),
}
"""Ways to convert the given PDFs."""


def _scripted(trees: Sequence[Path], work: Path, pages: int) -> bool:
    made = documents(1, pages)
    save(made, work / "scripted")
    with ScriptedServer(made) as server:

        def questions() -> Counter[str]:
            return server.take_log().questions

        return compared(
            f"{pages} scripted pages", trees, work, [work / "scripted"], (), server.url, questions
        )


def _double(
    trees: Sequence[Path], work: Path, inputs: Sequence[Path], name: str, words: Sequence[str]
) -> bool:
    with DoubleProcess("--slots", "32") as server:

        def requests() -> Counter[str]:
            stats = server.stats()
            server.control(reset_stats=True)
            if stats[
                "cancelled"
            ]:  # sent once more: the machine was too busy for this server to answer in time
                print(
                    f"{name}: {stats['cancelled']} of {stats['requests']} requests were taken back",
                    flush=True,
                )
            return Counter(stats["answered_by_image"])

        return compared(name, trees, work, inputs, words, server.url, requests)


def compared(
    name: str,
    trees: Sequence[Path],
    work: Path,
    inputs: Sequence[Path],
    words: Sequence[str],
    url: str,
    count: Callable[[], Counter[str]],
) -> bool:
    """Convert with each tree; print and return whether files and counts are equal."""
    outputs, counts = [], []
    for side, tree in zip(("before", "after"), trees, strict=True):
        out = work / name.replace(" ", "-") / side
        command = [sys.executable, "-m", "mineru_cli", "convert", *map(str, inputs), "-o", str(out)]
        command += ["--server-url", url, "--max-error-rate", "1", "--progress", "none", *words]
        environment = {**os.environ, "PYTHONPATH": str(tree)}
        subprocess.run(command, check=True, cwd=tree, env=environment)
        outputs.append(_digests(out))
        counts.append(count())
    before, after = outputs
    differing = sorted(path for path in before | after if before.get(path) != after.get(path))
    requests = [sum(one.values()) for one in counts]
    print(
        f"{name}: {len(before)} and {len(after)} files, {len(differing)} differ; requests {requests}",
        flush=True,
    )
    for path in differing[:20]:
        print(f"  {path}")
    return bool(before) and not differing and counts[0] == counts[1]


def _digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".mineru-batch" not in path.relative_to(folder).parts
    }


if __name__ == "__main__":
    raise SystemExit(main())
