"""Proof that both clients send the same pictures: the server decodes each and counts it by its pixels."""

from __future__ import annotations

from benchmarks.bench import Bench
from benchmarks.report import Section


def run(bench: Bench) -> Section:
    peer = bench.peer(256, digest="pixels", layout=0.0, block=0.0).server
    ours = bench.ours(256, digest="pixels", layout=0.0, block=0.0).server
    theirs, mine = peer["asked_by_image"], ours["asked_by_image"]
    both = sum(min(theirs[image], mine.get(image, 0)) for image in theirs)
    rows = [
        {
            "images sent by the peer": sum(theirs.values()),
            "by mineru-batch": sum(mine.values()),
            "equal in every pixel": both,
        }
    ]
    return Section("Pixels", rows)
