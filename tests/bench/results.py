"""Results made up for tests: a server with so many slots, measured with a little noise."""

from __future__ import annotations

import random

from mineru_cli.bench.knee import Saturation
from mineru_cli.bench.measure.metrics import (
    ClientFigures,
    GpuFigures,
    LoadTotals,
    Moment,
    Rates,
    RunFigures,
    ServerFigures,
)
from mineru_cli.bench.result import BenchResult, Fingerprint, Level
from mineru_cli.stats.descriptive import LatencySummary

SETTINGS = {"recipe": "mineru", "workers": 2}


def run(concurrency: int, speed: float, dice: random.Random, *, gpu: float | None = None) -> RunFigures:
    speed *= 1 + dice.gauss(0, 0.02)
    times = tuple(concurrency / speed * dice.uniform(0.8, 1.3) for _ in range(40))
    rates = Rates(20.0, 20 * speed, speed, speed * 0.9, 7 * speed, 9800 * speed, 300 * speed)
    return RunFigures(
        concurrency=concurrency,
        workers=2,
        whole=rates,
        steady=rates,
        totals=LoadTotals(50, 0, 16, 350, 489_300, 15_000),
        page_seconds=LatencySummary.of(times),
        document_seconds=LatencySummary.of(times),
        page_times=times,
        errors={},
        retries={},
        server=ServerFigures(
            ttft_p50=0.05, queue_mean=0.01, waiting=3.0, finished={"stop": 9.0, "length": 1.0}
        ),
        gpu=GpuFigures("NVML GPM SM_UTIL", gpu, names=("0 H200",)) if gpu is not None else GpuFigures(),
        client=ClientFigures(0.07, 0.5, 0.3, 8.0, 2**27, 0.8, 0),
        saturation=Saturation(False, None, None),
        timeline=tuple(Moment(float(at), speed, 8.0, 3.0, 1.0, gpu) for at in range(20)),
    )


def result(
    *, slots: int = 8, factor: float = 1.0, seed: int = 1, repeats: int = 3, levels=(2, 4, 8, 16, 32), **more
) -> BenchResult:
    dice = random.Random(seed)
    gpu = more.pop("gpu", None)
    mark = {"corpus": "c0", "model": "m", "gpu": "none", "settings": SETTINGS, **more.pop("mark", {})}
    return BenchResult(
        levels=tuple(
            Level(
                level,
                tuple(run(level, factor * min(level, slots) / 2, dice, gpu=gpu) for _ in range(repeats)),
            )
            for level in levels
        ),
        fingerprint=Fingerprint(**mark),
        pages_per_document=3.0,
        environment={"corpus": "synthetic", "cores": 2},
        caches={"prefix cache": "", "image cache": "the server answered 500"},
        workers=2,
        **more,
    )
