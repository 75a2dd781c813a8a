"""Shards merged: sums, what is missing, what contradicts, and what can be read of the merged ledger."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import corpus
import pytest

from mineru_cli.domain.document import DocumentRef
from mineru_cli.domain.failure import Failure
from mineru_cli.engine.history import all_runs, failed_documents, last_run, retry_settings
from mineru_cli.engine.merge import MergedRuns, merge_runs
from mineru_cli.errors import InputNotFound, SettingsError, UsageError
from mineru_cli.sources.shard import Shard
from mineru_cli.store.ledger.archive import Archive
from mineru_cli.store.ledger.ledger import Ledger
from mineru_cli.store.local.files import write_file
from mineru_cli.store.run_folder import RunFolder
from mineru_cli.ui.report.run_page import write_run_page
from mineru_cli.ui.tables.runs import show_merged

KEYS = [f"d{number:02}" for number in range(30)]
BROKEN = Failure("document-corrupt", "broken", "mend it")
LOST = Failure("page-timeout", "too slow")


def ref(key: str) -> DocumentRef:
    return DocumentRef(key, key, f"/pdfs/{key}.pdf", "pdf", 10, 10)


def shard(
    out: Path, number: int, count: int = 3, *, more: tuple[str, ...] = (), end: str = "finished", at: float = 0.0,
    shaping: dict[str, object] | None = None,
) -> Path:  # fmt: skip
    """An output as a run over one share leaves it: d03 failed, d04 lost a page."""
    now = [1_000_000.0 + at]
    ledger = Ledger.open(RunFolder(out).ledger, clock=lambda: now[0])
    share = f"{number}/{count}" if count else None
    facts = {"settings": {"shard": share}, "server": {"model": "mineru"}, "inputs": ["/pdfs"]}
    ledger.begin(json.dumps(shaping or {}), shaping or {}, overwrite=False, facts=facts)
    own = [key for key in KEYS if not count or Shard(number, count).holds(key)]
    bad = 0
    for key in [*own, *more]:
        ledger.started(ref(key), 2)
        ledger.page(key, 0, seconds=1.0, requests=3)
        if key == "d03":
            ledger.finished(ref(key), "failed", pages=2, failure=BROKEN)
        elif key == "d04":
            ledger.page(key, 1, failure=LOST)
            ledger.finished(ref(key), "partial", pages=2, failed=[(1, LOST)], requests=5, retried=1)
        else:
            ledger.page(key, 1, seconds=1.0, requests=3)
            ledger.finished(ref(key), "done", pages=2, requests=6)
        bad += key in ("d03", "d04")
    now[0] += 10.0
    if end:
        ledger.end(end, 1 if bad else 0)
    ledger.close()
    return out


@pytest.fixture
def outputs(tmp_path: Path) -> list[Path]:
    return [shard(tmp_path / f"out{number}", number, at=number) for number in (1, 2, 3)]


def test_all_shards_are_one_run(outputs: list[Path]) -> None:
    merged = merge_runs(outputs)
    assert merged.complete
    assert (merged.missing, merged.conflicts, merged.problems) == ([], [], [])
    documents = merged.summary.documents
    assert (documents.total, documents.done, documents.partial, documents.failed) == (30, 28, 1, 1)
    assert merged.summary.pages.total == 60
    assert merged.summary.pages.failed == 1
    assert merged.summary.requests.sent == 28 * 6 + 5
    assert merged.summary.failures_by_class == {"document-corrupt": 1, "page-timeout": 1}
    assert (merged.summary.started, merged.summary.seconds) == (1_000_001.0, 12.0)
    assert sum(line.documents.total for line in merged.shards) == 30
    assert [line.shard for line in merged.shards] == ["1/3", "2/3", "3/3"]
    assert merged.exit_code == merged.summary.exit_code == 1, "documents failed"
    assert MergedRuns.model_validate_json(merged.model_dump_json(by_alias=True)) == merged


def test_shards_without_any_failure_end_with_zero(tmp_path: Path) -> None:
    names = [
        number
        for number in range(1, 31)
        if not {"d03", "d04"} & {k for k in KEYS if Shard(number, 30).holds(k)}
    ]
    outputs = [shard(tmp_path / str(number), number, 30) for number in names]
    merged = merge_runs(outputs)
    assert merged.summary.exit_code == 0
    assert merged.exit_code == 1, "some shares are missing"
    assert set(merged.missing) == {f"{number}/30" for number in range(1, 31) if number not in names}
    single = merge_runs([shard(tmp_path / "single", 1, 1, end="finished")])
    assert single.complete


def test_missing_shards_and_conflicts_are_named(tmp_path: Path, outputs: list[Path]) -> None:
    stray = "d03"
    holder = next(number for number in (1, 2, 3) if Shard(number, 3).holds(stray))
    other = 1 + holder % 3
    again = shard(tmp_path / "again", other, more=(stray, "z"))
    merged = merge_runs([outputs[holder - 1], again])
    assert merged.missing == [f"{6 - holder - other}/3"]
    assert [(one.key, one.outputs) for one in merged.conflicts] == [
        (stray, [str(outputs[holder - 1]), str(again)])
    ]
    assert merged.conflicting == 1
    shown = io.StringIO()
    show_merged(merged.model_dump(mode="json", by_alias=True), shown, {})
    assert f"missing: {merged.missing[0]}" in shown.getvalue()
    assert stray in shown.getvalue()


def test_of_two_outcomes_the_better_counts(tmp_path: Path) -> None:
    bad = shard(tmp_path / "bad", 0, 0)
    ledger = Ledger.open(RunFolder(tmp_path / "good").ledger, clock=lambda: 1_000_000.0)
    ledger.begin("{}", {}, overwrite=False, facts={"settings": {}, "server": {}})
    for key in ("d03", "d04"):
        ledger.finished(ref(key), "done", pages=2)
    ledger.end("finished")
    ledger.close()
    for order in ([bad, tmp_path / "good"], [tmp_path / "good", bad]):
        merged = merge_runs(order)
        assert merged.summary.documents.done == 30
        assert merged.summary.pages.failed == 0
        assert merged.conflicting == 2


def test_shards_that_do_not_belong_together_are_named(tmp_path: Path) -> None:
    first = shard(tmp_path / "a", 1, 3)
    twin = shard(tmp_path / "b", 1, 3, shaping={"dpi": 300})
    of_four = shard(tmp_path / "c", 2, 4)
    plain = shard(tmp_path / "d", 0, 0)
    problems = "\n".join(merge_runs([first, twin, of_four, plain]).problems)
    assert "shares of different counts: 3, 4" in problems
    assert "share 1/3 is there 2 times" in problems
    assert f"made without --shard: {plain}" in problems
    assert f"{twin} was written with other settings than {first}: dpi None -> 300" in problems


def test_a_shard_that_was_killed_makes_the_whole_unfinished(tmp_path: Path, outputs: list[Path]) -> None:
    killed = shard(tmp_path / "killed", 2, end="")
    merged = merge_runs([outputs[0], killed, outputs[2]])
    assert merged.summary.outcome == "unfinished"
    assert [line.outcome for line in merged.shards] == ["finished", "unfinished", "finished"]
    assert merged.exit_code == 1


def test_the_merged_ledger_is_read_like_a_run(tmp_path: Path, outputs: list[Path]) -> None:
    into = tmp_path / "merged"
    merged = merge_runs(outputs, into=into)
    assert last_run(into) == merged.summary
    assert [run.outcome for run in all_runs(into)] == ["finished"]
    assert [one.key for one in failed_documents(into)] == ["d03", "d04"]
    with Archive(RunFolder(into).ledger) as archive:
        assert [page.status for page in archive.pages("d04")] == ["done", "failed"]
        assert archive.count() == 30
    write_run_page(into, tmp_path / "page.html")
    assert "d03" in (tmp_path / "page.html").read_text()
    assert merge_runs(outputs, into=into) == merged, "a merge may be repeated"
    with pytest.raises(SettingsError, match="merged of 3 outputs"):
        retry_settings(into, {})


def test_the_output_of_a_run_is_not_overwritten(tmp_path: Path, outputs: list[Path]) -> None:
    with pytest.raises(UsageError, match="is the output of a run"):
        merge_runs(outputs, into=outputs[0])
    assert last_run(outputs[0]).documents.total


def test_what_is_not_an_output_is_named(tmp_path: Path, outputs: list[Path]) -> None:
    with pytest.raises(InputNotFound, match="nothing-here holds no run"):
        merge_runs([*outputs, tmp_path / "nothing-here"])
    write_file(RunFolder(tmp_path / "strange").ledger, b"not a database" * 100, private=True)
    with pytest.raises(Exception, match="strange") as error:
        merge_runs([*outputs, tmp_path / "strange"])
    assert error.value.exit_code == 1
    with pytest.raises(UsageError):
        merge_runs([])


def pod(folder: Path, index: str, source: Path) -> subprocess.CompletedProcess[str]:
    arguments = [
        source,
        "-o",
        folder / (index or "none"),
        "--shard",
        "index/2",
        "--server",
        "embedded",
        "--workers",
        "1",
    ]
    environment = {"HOME": str(folder), **({"JOB_COMPLETION_INDEX": index} if index else {})}
    command = [sys.executable, "-m", "mineru_cli", "convert", *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


@pytest.mark.timeout(300)
def test_pods_of_an_indexed_job_and_their_sum(tmp_path: Path) -> None:
    """Each pod takes its share by its number, which is what the output keeps."""
    source = tmp_path / "in"
    source.mkdir()
    for number in range(3):
        (source / f"d{number}.pdf").write_bytes(corpus.text_pdf([corpus.prose(f"d{number}", 0)]))
    (source / "broken.pdf").write_bytes(b"not a PDF")
    codes = []
    for index in ("0", "1"):
        done = pod(tmp_path, index, source)
        codes.append(done.returncode)
    assert sorted(codes) == [0, 1], "the pod with the broken document is not tried again: FailIndex"
    merged = merge_runs([tmp_path / "0", tmp_path / "1"])
    assert merged.complete
    assert [line.shard for line in merged.shards] == ["1/2", "2/2"]
    assert (merged.summary.documents.done, merged.summary.documents.failed) == (3, 1)
    assert merged.exit_code == 1
    done = pod(tmp_path, "", source)
    assert done.returncode == 2
    assert "JOB_COMPLETION_INDEX" in done.stderr
