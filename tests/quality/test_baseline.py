from __future__ import annotations

import datetime as dt
import json
import os
import sqlite3
from pathlib import Path

import pytest

from mineru_cli.engine.report import versions
from mineru_cli.errors import NotComparable, UsageError
from mineru_cli.quality.baseline import HISTORY, approve, record
from mineru_cli.quality.compare import compare
from mineru_cli.quality.errors import ApprovalRefused, BaselineDamaged, DifferentVersions
from mineru_cli.quality.reports.summary import summarise
from mineru_cli.quality.settings import CompareSettings
from mineru_cli.quality.sources.manifest import FILE
from mineru_cli.quality.sources.opening import open_source
from mineru_cli.quality.sources.shards import DOCUMENTS_PER_SHARD, pack, unpack
from tests.quality.runs import document, make_run

TODAY = dt.date(2026, 1, 1)
DOC = "even/doc02"


def recorded(tmp_path: Path, documents: int = 6) -> Path:
    base = make_run(documents).write(tmp_path / "base")
    record(open_source(base), tmp_path / "baseline", now=1.0)
    return tmp_path / "baseline"


def test_a_run_equals_the_baseline_recorded_from_it(tmp_path: Path) -> None:
    baseline = recorded(tmp_path)
    for location in (baseline, baseline / FILE):
        judgement = compare(location, tmp_path / "base", today=TODAY)
        assert (judgement.verdict, judgement.comparison.run_match) == ("pass", 1.0)
        assert judgement.comparison.base.kind == "baseline"


def test_a_change_is_found_as_it_is_between_two_folders(tmp_path: Path) -> None:
    baseline = recorded(tmp_path)
    run = make_run()
    run.texts(DOC)[0]["text"] = "something else altogether"
    changed = run.write(tmp_path / "run")
    by_baseline = compare(baseline, changed, today=TODAY).comparison
    by_folder = compare(tmp_path / "base", changed, today=TODAY).comparison
    assert by_baseline.documents == by_folder.documents


def test_blocks_come_back_from_a_shard_as_they_were(tmp_path: Path) -> None:
    source = open_source(make_run(4).write(tmp_path / "run"))
    documents = [source.read(path) for path in source.paths]
    assert unpack(pack(documents)) == {one.path: one for one in documents}
    assert pack(documents) == pack(documents)


@pytest.mark.parametrize("cut", [0, 10, -10])
def test_a_damaged_shard_is_a_value_error(tmp_path: Path, cut: int) -> None:
    source = open_source(make_run(2).write(tmp_path / "run"))
    with pytest.raises(ValueError, match="shard"):
        unpack(pack([source.read(path) for path in source.paths])[:cut])


def test_two_hundred_documents_take_less_than_300_kb(tmp_path: Path) -> None:
    run = make_run(2, pages=1)
    run.documents = {f"d{n:03d}": document(n, 1) for n in range(200)}
    run.page_counts = dict.fromkeys(run.documents, 1)
    done = record(open_source(run.write(tmp_path / "run")), tmp_path / "baseline", now=1.0)
    assert done.documents == 200
    assert done.size == sum(file.stat().st_size for file in (tmp_path / "baseline").iterdir())
    assert done.size < 300_000
    assert len(list((tmp_path / "baseline").glob("blocks-*.bz2"))) == -(-200 // DOCUMENTS_PER_SHARD)


def test_the_noise_of_repeats_is_subtracted_before_a_document_is_called_changed(tmp_path: Path) -> None:
    base = make_run(3)
    repeat = base.copy()
    repeat.texts(DOC)[0]["text"] += " and a few words more"
    for name, run in (("base", base), ("repeat", repeat)):
        run.write(tmp_path / name)
    repeats = [open_source(tmp_path / "repeat")]
    done = record(open_source(tmp_path / "base"), tmp_path / "baseline", now=1.0, repeats=repeats)
    assert done.noisy == 1
    found = compare(tmp_path / "baseline", tmp_path / "repeat", today=TODAY).comparison
    score = next(one for one in found.documents if one.path == DOC)
    assert score.match < 1.0
    assert not found.changed(score)
    without = compare(tmp_path / "base", tmp_path / "repeat", today=TODAY).comparison
    assert without.changed(score)


def changed_run(tmp_path: Path) -> Path:
    run = make_run()
    run.documents[DOC] = document(77)
    return run.write(tmp_path / "run")


def test_an_approved_document_passes_and_the_anchor_shows_the_drift(tmp_path: Path) -> None:
    baseline, run = recorded(tmp_path), changed_run(tmp_path)
    before = compare(baseline, run, today=TODAY)
    assert before.verdict == "fail"
    assert before.comparison.drift is None
    approve(baseline, open_source(run), ["even/*02"], "looked at it", now=2.0)
    after = compare(baseline, run, today=TODAY)
    assert (after.verdict, after.comparison.run_match) == ("pass", 1.0)
    drift = after.comparison.drift
    assert drift is not None
    assert drift.approved == 1
    assert drift.match == pytest.approx(before.comparison.run_match)
    by_option = CompareSettings(anchor=tmp_path / "base")
    assert compare(baseline, run, by_option, today=TODAY).comparison.drift.match == pytest.approx(drift.match)


def test_a_second_approval_keeps_the_first_version_as_anchor(tmp_path: Path) -> None:
    baseline, run = recorded(tmp_path), changed_run(tmp_path)
    approve(baseline, open_source(run), [DOC], "first", now=2.0)
    other = make_run()
    other.documents[DOC] = document(78)
    again = other.write(tmp_path / "again")
    approve(baseline, open_source(again), [DOC], "second", now=3.0)
    back = compare(baseline, tmp_path / "base", today=TODAY).comparison
    assert back.run_match < 1.0
    assert back.drift is not None
    assert back.drift.match == 1.0
    history = [json.loads(line) for line in (baseline / HISTORY).read_text().splitlines()]
    assert [entry.get("reason") for entry in history] == [None, "first", "second"]
    assert history[1]["documents"] == [DOC]


def test_a_document_the_baseline_lacks_can_be_approved(tmp_path: Path) -> None:
    baseline = recorded(tmp_path)
    run = make_run()
    run.documents["new/one"] = document(5)
    location = run.write(tmp_path / "run")
    assert compare(baseline, location, today=TODAY).verdict == "fail"
    approve(baseline, open_source(location), ["new/*"], "a new input", now=2.0)
    assert compare(baseline, location, today=TODAY).verdict == "pass"


def test_approving_is_refused_in_ci_without_reason_or_for_nothing(tmp_path: Path) -> None:
    baseline, run = recorded(tmp_path), open_source(changed_run(tmp_path))
    with pytest.raises(ApprovalRefused, match="CI"):
        approve(baseline, run, ["*"], "why not", now=2.0, in_ci=True)
    with pytest.raises(ApprovalRefused, match="reason"):
        approve(baseline, run, ["*"], "  ", now=2.0)
    with pytest.raises(ApprovalRefused, match="no document"):
        approve(baseline, run, ["nothing/*"], "why", now=2.0)
    assert compare(baseline, tmp_path / "base", today=TODAY).comparison.run_match == 1.0
    assert approve(baseline, run, ["*"], "forced", now=2.0, in_ci=True, force=True).documents == 6


@pytest.mark.parametrize("key", ["schema", "normaliser", "scores"])
def test_a_baseline_of_other_versions_is_not_comparable(tmp_path: Path, key: str) -> None:
    baseline = recorded(tmp_path)
    manifest = json.loads((baseline / FILE).read_text())
    manifest[key] = "norm-v0"
    (baseline / FILE).write_text(json.dumps(manifest))
    with pytest.raises(DifferentVersions, match=key) as raised:
        compare(baseline, tmp_path / "base", today=TODAY)
    assert isinstance(raised.value, NotComparable)
    assert raised.value.exit_code == 3


def test_a_shard_that_was_changed_by_hand_is_refused(tmp_path: Path) -> None:
    baseline = recorded(tmp_path)
    shard = next(baseline.glob("blocks-*.bz2"))
    shard.write_bytes(shard.read_bytes()[:-4] + b"abcd")
    with pytest.raises(BaselineDamaged, match="not the file"):
        compare(baseline, tmp_path / "base", today=TODAY)


def test_a_run_that_cannot_be_read_leaves_the_recorded_baseline_as_it_is(tmp_path: Path) -> None:
    baseline = recorded(tmp_path)
    changed = make_run(6)
    changed.texts("even/doc00")[0]["text"] = "another text"
    run = changed.write(tmp_path / "run")
    broken = next((run / "odd").rglob("*_content_list.json"))
    broken.write_text("{")
    before = {file.name: file.read_bytes() for file in baseline.iterdir()}
    with pytest.raises(UsageError, match=r"the output of odd/doc\d+ in .* cannot be read"):
        record(open_source(run), baseline, now=2.0)
    with pytest.raises(UsageError, match="cannot be read"):
        approve(baseline, open_source(run), ["*"], "new model", now=2.0)
    assert {name: (baseline / name).read_bytes() for name in before} == before
    assert compare(baseline, tmp_path / "base", today=TODAY).verdict == "pass"


def test_a_baseline_recorded_anew_is_read_anew_in_the_same_process(tmp_path: Path) -> None:
    baseline = recorded(tmp_path)
    compare(baseline, tmp_path / "base", CompareSettings(workers=1), today=TODAY)
    changed = make_run(6)
    changed.texts(DOC)[0]["text"] = "something else altogether"
    run = changed.write(tmp_path / "run")
    record(open_source(run), baseline, now=2.0)
    assert compare(baseline, run, CompareSettings(workers=1), today=TODAY).comparison.run_match == 1.0
    assert len(list(baseline.glob("blocks-*.bz2"))) == 1


def test_a_manifest_cannot_name_files_elsewhere(tmp_path: Path) -> None:
    baseline = recorded(tmp_path)
    manifest = json.loads((baseline / FILE).read_text())
    manifest["shards"] = {"../../etc/passwd": "0" * 64}
    (baseline / FILE).write_text(json.dumps(manifest))
    with pytest.raises(UsageError, match="not the name of a file"):
        open_source(baseline)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"schema": "x"}', "\x00", '{"schema": "mineru-batch/baseline/1"}']
)
def test_an_invalid_baseline_is_an_error_of_our_tree(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises((UsageError, NotComparable)):
        open_source(tmp_path)


def test_one_document_is_one_line_of_the_manifest(tmp_path: Path) -> None:
    lines = (recorded(tmp_path) / FILE).read_text().splitlines()
    assert sum('"path"' in line for line in lines) == 6


def test_a_repeat_that_failed_on_a_document_says_nothing_about_its_noise(tmp_path: Path) -> None:
    repeat = make_run(3)
    del repeat.documents[DOC]
    repeat.failed[DOC] = "server gone"
    run = open_source(make_run(3).write(tmp_path / "run"))
    repeats = [open_source(repeat.write(tmp_path / "repeat"))]
    assert record(run, tmp_path / "baseline", now=1.0, repeats=repeats).noisy == 0


def test_names_that_are_no_utf8_are_recorded_and_found_again(tmp_path: Path) -> None:
    folder = tmp_path / "md"
    folder.mkdir()
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.md")).write_text("one text 1.5")
    (folder / "中文.md").write_text("two texts")
    record(open_source(folder), tmp_path / "baseline", now=1.0)
    assert "中文" in (tmp_path / "baseline" / FILE).read_text()
    judgement = compare(tmp_path / "baseline", folder, today=TODAY)
    assert (judgement.verdict, len(judgement.comparison.documents)) == ("pass", 2)


def test_the_manifest_says_how_the_run_was_made(tmp_path: Path) -> None:
    run = make_run(1).write(tmp_path / "run")
    state = run / ".mineru-batch"
    settings = {"recipe": "auto", "pages": None}
    facts = {"settings": settings, "server": {"model": "m", "version": "0.28"}, "versions": versions()}
    (state / "run.json").write_text(json.dumps(facts))
    ledger = sqlite3.connect(state / "ledger.db")
    ledger.execute("CREATE TABLE runs (id INTEGER PRIMARY KEY, shaping TEXT)")
    ledger.execute(
        "INSERT INTO runs (shaping) VALUES (?)", (json.dumps({"recipe": "qwenvl", "max_tokens": 9}),)
    )
    ledger.commit()
    ledger.close()
    record(open_source(run), tmp_path / "baseline", now=1.0)
    manifest = json.loads((tmp_path / "baseline" / FILE).read_text())
    assert manifest["settings"] == {"recipe": "qwenvl", "pages": None, "max_tokens": 9}
    assert manifest["sampling"] == {"page": {"temperature": 0.0, "repetition_penalty": 1.05}}
    assert manifest["server"] == {"model": "m", "version": "0.28"}
    assert manifest["versions"]["mineru-vl-utils"]
    (state / "run.json").write_text(json.dumps({**facts, "versions": {"mineru-batch": "0.0.1"}}))
    record(open_source(run), tmp_path / "baseline", now=1.0)
    assert json.loads((tmp_path / "baseline" / FILE).read_text())["sampling"] == {}, "who knows what it asked"


def test_a_baseline_of_the_last_score_version_is_scored_again_and_says_so(tmp_path: Path) -> None:
    base = make_run(2)
    base.write(tmp_path / "run")
    record(open_source(tmp_path / "run"), tmp_path / "baseline", now=1.0)
    file = tmp_path / "baseline" / FILE
    old = json.loads(file.read_text())
    assert old["scores"] == "score-v2"
    old["scores"] = "score-v1"
    old["documents"][0]["noise"] = 0.25
    file.write_text(json.dumps(old))
    judgement = compare(tmp_path / "baseline", tmp_path / "run", today=TODAY)
    assert judgement.verdict == "pass"
    assert judgement.comparison.noise == {}, "it was measured in other scores"
    assert any("score-v1" in note for note in summarise(judgement).notes)
    approve(tmp_path / "baseline", open_source(tmp_path / "run"), ["*"], "as it is", now=2.0)
    assert json.loads(file.read_text())["scores"] == "score-v2"
    old["scores"] = "score-v9"
    file.write_text(json.dumps(old))
    with pytest.raises(DifferentVersions, match="score-v9"):
        compare(tmp_path / "baseline", tmp_path / "run", today=TODAY)


def test_additional_text_is_recorded_as_such(tmp_path: Path) -> None:
    run = make_run(1)
    run.texts("even/doc00")[0]["extra"] = True
    run.write(tmp_path / "run")
    record(open_source(tmp_path / "run"), tmp_path / "baseline", now=1.0)
    blocks = open_source(tmp_path / "baseline").read("even/doc00").pages[0].blocks
    assert [block.extra for block in blocks].count(True) == 1
