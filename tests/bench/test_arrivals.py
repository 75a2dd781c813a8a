import itertools
from random import Random

import pytest

from mineru_cli.bench.measure.arrivals import closed_loop, due_times, open_loop
from mineru_cli.domain.document import DocumentRef


def documents(count: int):
    return iter([DocumentRef(f"d{n}", "d", f"/d{n}", "pdf", 1, 1) for n in range(count)])


def test_arrivals_are_poisson_of_the_rate_and_the_same_for_a_seed() -> None:
    gaps = [b - a for a, b in itertools.pairwise(itertools.islice(due_times(4.0, Random(1)), 5001))]
    mean = sum(gaps) / len(gaps)
    variance = sum((gap - mean) ** 2 for gap in gaps) / len(gaps)
    assert mean == pytest.approx(0.25, rel=0.05)
    assert variance == pytest.approx(mean**2, rel=0.1)  # exponential: as wide as long
    assert list(itertools.islice(due_times(4.0, Random(1)), 3)) == list(
        itertools.islice(due_times(4.0, Random(1)), 3)
    )


@pytest.mark.anyio
async def test_open_loop_keeps_its_times_however_slow_the_taker_is() -> None:
    now, slept, arrivals, late = [100.0], [], {}, []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    async for document in open_loop(
        documents(3), iter([1.0, 2.0, 3.0]), arrivals, late, clock=lambda: now[0], sleep=sleep
    ):
        if document.key == "d0":
            now[0] += 5.0  # nobody takes the next one for a while
    assert arrivals == {"d0": 101.0, "d1": 102.0, "d2": 103.0}
    assert slept == [1.0, 0.0, 0.0]
    assert late == [(101.0, 0.0), (106.0, 4.0), (106.0, 3.0)]


@pytest.mark.anyio
async def test_closed_loop_gives_what_there_is() -> None:
    assert [document.key async for document in closed_loop(documents(2))] == ["d0", "d1"]
