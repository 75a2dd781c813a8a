from hypothesis import given
from hypothesis import strategies as st

from mineru_cli.bench.tune import AS_FAST, Trial, Tuning, plainest, worker_counts


@given(st.dictionaries(st.integers(1, 512), st.floats(0.1, 100), min_size=1))
def test_the_plainest_is_as_fast_as_the_fastest_and_none_smaller_is(speeds) -> None:
    trials = [Trial("concurrency", value, (speed,)) for value, speed in speeds.items()]
    chosen = plainest(trials)
    best = max(speeds.values())
    assert chosen.mean >= AS_FAST * best
    assert all(trial.mean < AS_FAST * best for trial in trials if trial.value < chosen.value)


def test_workers_never_outnumber_cores_or_requests() -> None:
    assert worker_counts(8, 100) == [1, 2, 4, 8]
    assert worker_counts(8, 3) == [1, 2]
    assert worker_counts(1, 64) == [1]


def test_what_is_written_holds_the_choice_and_its_evidence() -> None:
    tuning = Tuning({"workers": 2, "concurrency": 32}, (Trial("workers", 2, (3.0, 3.1)),), False)
    assert "    count: 2\n    concurrency: 32\n" in tuning.yaml()
    assert "# workers 2: 3.05 pages/s" in tuning.yaml()
    assert "MINERU_BATCH_CONCURRENCY=32\n" in tuning.env()
