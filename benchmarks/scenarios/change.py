"""Whether ``bench --against`` tells a slowdown from a rerun: the real command, a server of known speed.

``python -m benchmarks.scenarios.change --until 20``: bench the server as it is, then with everything a fifth
slower, and again as it is, over and over. Each bench is held against the last one of the server as it was.
What is found is kept in a folder, so that it can be made in pieces: ``--stop-after`` ends one.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.bench import simulated

SLOTS, BLOCKS, SECONDS, SLOWER = 4, 3, 0.25, 1.2
"""Four pages a second: the server's slots are the limit, the client needs a quarter of a core."""

LOAD = ("--sweep", "8", "--repeats", "3", "--duration", "4", "--warm-up", "0", "--workers", "1")
AS_EXPECTED = {"rerun": ("no difference shown", 0), "slower": ("worse", 1)}


@dataclass(frozen=True)
class Verdict:
    """One comparison: what was done to the server, what was said of it, and the command's exit code."""

    kind: str
    word: str
    code: int
    ratio: float
    low: float
    high: float

    @property
    def right(self) -> bool:
        return (self.word, self.code) == AS_EXPECTED[self.kind]


class Trials:
    """The comparisons in a folder, and the next one."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._before, self._after = folder / "before.json", folder / "after.json"
        self._file = folder / "verdicts.jsonl"

    @property
    def found(self) -> list[Verdict]:
        lines = self._file.read_text().splitlines() if self._file.exists() else []
        return [Verdict(**json.loads(line)) for line in lines]

    def next(self) -> Verdict | None:
        """Slower after every rerun. None for the first bench, which has nothing to be held against."""
        if not self._before.exists():
            self._bench(1.0)
            self._after.replace(self._before)
            return None
        kind = "slower" if len(self.found) % 2 == 0 else "rerun"
        code = self._bench(SLOWER if kind == "slower" else 1.0, "--against", str(self._before))
        change = json.loads(self._after.read_text())["comparison"]["changes"][0]
        if kind == "rerun":
            self._after.replace(self._before)
        verdict = Verdict(kind, change["word"], code, change["ratio"], change["low"], change["high"])
        with self._file.open("a") as file:
            file.write(json.dumps(asdict(verdict)) + "\n")
        return verdict

    def _bench(self, factor: float, *more: str) -> int:
        with simulated(SLOTS, layout=SECONDS * factor, block=SECONDS * factor, blocks=BLOCKS) as double:
            command = [sys.executable, "-m", "mineru_cli", "bench", "--server-url", double.url, *LOAD, *more]
            done = subprocess.run([*command, "--save", str(self._after)], capture_output=True, text=True)
        if done.returncode not in (0, 1):
            raise SystemExit(f"bench ended with {done.returncode}: {done.stderr}")
        return done.returncode


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scenarios.change", description=__doc__)
    parser.add_argument("--until", type=int, default=20, help="comparisons of each kind (default 20)")
    parser.add_argument("--stop-after", type=float, default=float("inf"), help="seconds; go on later")
    parser.add_argument("--output", type=Path, default=Path("out/benchmarks/change"))
    given = parser.parse_args()
    trials, began = Trials(given.output), time.monotonic()
    while len(trials.found) < 2 * given.until and time.monotonic() - began < given.stop_after:
        verdict = trials.next()
        if verdict is not None:
            print(verdict, flush=True)
    for kind in AS_EXPECTED:
        of_kind = [verdict for verdict in trials.found if verdict.kind == kind]
        print(f"{kind}: right {sum(verdict.right for verdict in of_kind)} times out of {len(of_kind)}")


if __name__ == "__main__":
    main()
