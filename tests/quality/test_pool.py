from __future__ import annotations

import multiprocessing
from pathlib import Path

from mineru_cli.quality.matching.documents import pair_documents
from mineru_cli.quality.pool import Job, score_pairs
from mineru_cli.quality.settings import Scoring
from mineru_cli.quality.sources.opening import open_source
from tests.quality.runs import make_run


def test_a_killed_process_costs_time_and_no_score(tmp_path: Path) -> None:
    base = make_run(64, pages=1)
    run = base.copy()
    for path in list(run.documents)[::3]:
        run.texts(path)[0]["text"] = "something else"
    left, right = open_source(base.write(tmp_path / "a")), open_source(run.write(tmp_path / "b"))
    job, pairs = Job(left, right, Scoring()), pair_documents(left, right)
    scores = score_pairs(job, pairs, workers=2)
    found = [next(scores)]
    for process in multiprocessing.active_children():
        process.kill()
    found += scores
    assert found == list(score_pairs(job, pairs, workers=1))
