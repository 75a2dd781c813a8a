"""A simulated rollout over the pure core: documents with pages and blocks, faults, garbled blocks, slow answers.

Every run is a function of its seed. Documents differ as real ones do: pages and times spread over a factor of ten and
more. Comparisons arrive ``LAG`` documents of the candidate late, which is as far as the run lets it get ahead.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import exp
from random import Random

from mineru_cli.rollout.decisions import AHEAD, Decisions
from mineru_cli.rollout.guards import SideOutcome
from mineru_cli.rollout.split import PARTS, Placement
from mineru_cli.settings.rollout import Rollout

LAG = AHEAD
BLOCKS_PER_PAGE = 8
REQUESTS_PER_PAGE = 9


@dataclass(frozen=True)
class Side:
    """How one side behaves. Shares are 0-1; ``slowness`` multiplies the time of an answer."""

    garbled_blocks: float = 0.0
    failed_requests: float = 0.0005
    failed_documents: float = 0.0
    slowness: float = 1.0
    noise: float = 0.004
    """Mean loss of match between two runs of one and the same model."""


GOOD = Side()


@dataclass(frozen=True)
class Ending:
    """``candidates`` finished before the revert, or until the end; ``guard`` is None without a revert."""

    guard: str | None
    candidates: int


def run(
    seed: int, candidate: Side, baseline: Side = GOOD, *, percent: float = 10.0, documents: int = 5000
) -> Ending:
    """One rollout to its end or its revert."""
    random = Random(seed)
    decisions = Decisions(Rollout(percent=percent))
    waiting: deque[float] = deque()
    for _ in range(documents):
        place = Placement(random.randrange(PARTS), random.randrange(PARTS))
        pages = max(1, round(exp(random.gauss(1.2, 1.0))))
        base_time = exp(random.gauss(0.0, 0.5))
        if not decisions.goes_to_candidate(place):
            decisions.baseline_finished(_outcome(random, baseline, pages, base_time, True))
        else:
            fair = decisions.comparable_times
            if decisions.is_compared(place):
                decisions.baseline_finished(_outcome(random, baseline, pages, base_time, fair), shadow=True)
                waiting.append(_match(random, candidate, pages))
            decisions.candidate_finished(_outcome(random, candidate, pages, base_time, fair))
        if len(waiting) > LAG:
            decisions.compared(waiting.popleft())
        list(decisions.judge())
        if decisions.reverted:
            return Ending(decisions.reverted.guard, decisions.candidates)
    while waiting:
        decisions.compared(waiting.popleft())
    list(decisions.judge(final=True))
    guard = decisions.reverted.guard if decisions.reverted else None
    return Ending(guard, decisions.candidates)


def _outcome(random: Random, side: Side, pages: int, seconds: float, fair: bool) -> SideOutcome:
    requests = pages * REQUESTS_PER_PAGE
    healthy = (1 - side.failed_requests) ** requests * (1 - side.failed_documents)
    jitter = exp(random.gauss(0.0, 0.3))
    return SideOutcome(
        random.random() >= healthy, requests, requests * seconds * side.slowness * jitter, comparable=fair
    )


def _match(random: Random, side: Side, pages: int) -> float:
    blocks = pages * BLOCKS_PER_PAGE
    garbled = sum(random.random() < side.garbled_blocks for _ in range(blocks))
    noise = random.expovariate(1 / side.noise)
    return max(0.0, 1.0 - 0.9 * garbled / blocks - noise)


SCENARIOS = {
    "good": Side(),
    "good, slightly slower": Side(slowness=1.15),
    "5 % of blocks garbled": Side(garbled_blocks=0.05),
    "3 % of requests fail": Side(failed_requests=0.03),
    "3 % of documents fail": Side(failed_requests=0, failed_documents=0.03),
    "three times slower": Side(slowness=3.0),
}


ROWS = (
    ("good", 10, 5000, 100),
    ("good", 50, 2000, 100),
    ("good", 100, 1000, 100),
    ("good, slightly slower", 50, 1000, 100),
    ("5 % of blocks garbled", 10, 3000, 100),
    ("5 % of blocks garbled", 50, 1000, 100),
    ("5 % of blocks garbled", 100, 600, 100),
    ("3 % of requests fail", 10, 1000, 100),
    ("3 % of requests fail", 50, 400, 100),
    ("three times slower", 10, 2000, 100),
    ("three times slower", 50, 600, 100),
    ("three times slower", 100, 600, 100),
    ("3 % of documents fail", 50, 3000, 20),
)
"""Scenario, percent, documents and seeds of each row of the table."""


def main() -> None:
    """Print a table: how often and after how many documents of the candidate each scenario is reverted."""
    print("| candidate | percent | reverted | documents: median | 95 % | most |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, percent, documents, seeds in ROWS:
        baseline = Side(failed_requests=0) if "documents fail" in name else GOOD
        ends = [
            run(seed, SCENARIOS[name], baseline, percent=percent, documents=documents)
            for seed in range(seeds)
        ]
        over = sorted(one.candidates for one in ends if one.guard)
        spread = [over[len(over) // 2], over[int(len(over) * 0.95)], over[-1]] if over else ["", "", ""]
        cells = " | ".join(map(str, spread))
        print(f"| {name} | {percent} | {len(over)} of {seeds} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
