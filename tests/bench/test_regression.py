import json
from pathlib import Path

import pytest
from bench.results import result

from mineru_cli.bench.regression import compare, read_saved
from mineru_cli.bench.reports.json import json_report
from mineru_cli.errors import NotComparable, UsageError


def saved(folder: Path, **how):
    path = folder / "before.json"
    path.write_text(json_report(result(**how), targets=[]))
    return read_saved(path)


def test_a_slowdown_of_a_fifth_is_worse_and_a_rerun_is_not_twenty_times_each(tmp_path: Path) -> None:
    for seed in range(20):
        before = saved(tmp_path, seed=seed)
        slower = compare(before, result(seed=100 + seed, factor=1 / 1.2))
        again = compare(before, result(seed=200 + seed))
        assert slower.throughput.word == "worse"
        assert slower.regressed(0.05)
        assert again.throughput.word == "no difference shown"
        assert not again.regressed(0.0)


def test_every_figure_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    same = compare(saved(tmp_path), result())
    assert len(same.changes) == 5
    assert [change.ratio for change in same.changes] == pytest.approx([1.0] * 5, rel=1e-4)
    assert same.levels == (2, 4, 8, 16, 32)


@pytest.mark.parametrize(
    ("mark", "told"),
    [
        ({"corpus": "c1"}, "corpus: 'c0' then, 'c1' now"), ({"model": "n"}, "model"), ({"gpu": "H200"}, "gpu"),
        ({"settings": {"recipe": "mineru", "workers": 4}}, "settings.workers: 2 then, 4 now"),
    ],
)  # fmt: skip
def test_another_fingerprint_is_refused_by_name(tmp_path: Path, mark, told: str) -> None:
    with pytest.raises(NotComparable, match=told):
        compare(saved(tmp_path), result(mark=mark))


def test_no_common_level_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotComparable, match="no level"):
        compare(saved(tmp_path), result(levels=(3, 5)))


MARK = '"fingerprint": {"corpus": "c", "model": "m", "gpu": "none", "settings": {}}'


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{}", '{"fingerprint": 1}', "[" * 100_000,
        f'{{{MARK}, "levels": []}}',
        f'{{{MARK}, "levels": [{{"concurrency": 2, "runs": []}}]}}',
        f'{{{MARK}, "levels": [{{"concurrency": 0, "runs": [{{}}]}}]}}',
        f'{{{MARK}, "levels": [{{"concurrency": 2, "runs": [3]}}]}}',
        f'{{{MARK}, "levels": [{{"concurrency": 2, "runs": [{{"steady": 3}}]}}]}}',
    ],
)  # fmt: skip
def test_a_file_that_is_not_a_bench_is_reported(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(UsageError, match="not a saved bench"):
        read_saved(path)
    with pytest.raises(UsageError, match="cannot be read"):
        read_saved(tmp_path / "missing.json")


def test_single_repeats_decide_nothing(tmp_path: Path) -> None:
    found = compare(saved(tmp_path, repeats=1), result(repeats=1, factor=0.5))
    assert found.throughput.word == "no difference shown"
    assert not found.regressed(0.0)
    assert json.dumps(found.plain())
