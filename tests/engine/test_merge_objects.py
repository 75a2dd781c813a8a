"""``runs merge`` of outputs in object storage: what their manifests and the reports of their last runs say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import corpus
import pytest
from vllm_double import Double

pytest.importorskip("obstore", reason="the storage extra is not installed")

from mineru_cli.engine.merge import MergedRuns, merge_runs
from mineru_cli.errors import InputNotFound, StorageError
from mineru_cli.settings import Settings
from mineru_cli.store.ledger.summary import RunSummary
from tests.object_storage import S3Server

pytestmark = pytest.mark.timeout(300)
DOCUMENTS = 7
Program = Callable[..., tuple[int, str, str]]


@dataclass
class Shards:
    """Two shares of the same documents in a bucket, and the reports of their runs."""

    server: S3Server
    name: str
    bucket: Any
    reports: list[RunSummary]

    @property
    def urls(self) -> list[str]:
        return [f"s3://{self.name}/out/{number}" for number in (0, 1)]

    def merge(self, *outputs: str | Path, into: Path | None = None) -> MergedRuns:
        return merge_runs(outputs or self.urls, into=into, settings=Settings(storage=self.server.storage()))


@pytest.fixture(scope="module")
def shards(s3_process: S3Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shards]:
    """A pod of an Indexed Job after the other; one of the documents is broken."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in s3_process.environment.items():
            patch.setenv(name, value)
        yield _converted(s3_process, tmp_path_factory.mktemp("shards"))


def _converted(s3: S3Server, folder: Path) -> Shards:
    from tests.chaos.command import convert, summary

    name = s3.new_bucket()
    bucket = s3.bucket(name)
    for number in range(DOCUMENTS - 1):
        pages = [corpus.prose(f"d{number}", page) for page in range(2)]
        bucket.put(f"in/d{number}.pdf", corpus.text_pdf(pages))
    bucket.put("in/broken.pdf", b"not a PDF")
    reports = []
    with Double() as double:
        for index in ("0", "1"):
            work = folder / f"work-{index}"
            place = (f"s3://{name}/in/", "-o", f"s3://{name}/out/{index}", "--work-dir", work)
            options = ("--shard", "index/2", "--server-url", double.url, "--workers", "1")
            convert(folder, *place, *options, environ={"JOB_COMPLETION_INDEX": index})
            reports.append(RunSummary.model_validate(summary(work)))
    return Shards(s3, name, bucket, reports)


def test_shards_in_object_storage_are_one_run(shards: Shards, tmp_path: Path, program: Program) -> None:
    merged = shards.merge(into=tmp_path / "merged")
    first, second = shards.reports
    assert merged.complete
    assert [line.shard for line in merged.shards] == ["1/2", "2/2"]
    documents = merged.summary.documents
    assert (documents.total, documents.done, documents.failed) == (DOCUMENTS, DOCUMENTS - 1, 1)
    assert merged.summary.pages.done == 2 * (DOCUMENTS - 1)
    assert merged.summary.failures_by_class == {"unsupported-document": 1}
    assert merged.exit_code == 1, "a document failed"
    assert merged.summary.requests.sent == first.requests.sent + second.requests.sent > 0
    assert merged.summary.started == first.started
    assert merged.summary.seconds == pytest.approx(second.started + second.seconds - first.started, abs=0.01)
    assert merged.summary.pages_per_second > 0
    code, shown, _ = program("runs", "show", str(tmp_path / "merged"))
    assert (code, f"{DOCUMENTS - 1} done" in shown) == (0, True), shown
    code, shown, _ = program("runs", "merge", shards.urls[0])
    assert (code, "2/2" in shown) == (1, True), "the other share is missing"


def test_a_shard_that_is_at_work_again_or_was_killed_is_not_finished(shards: Shards) -> None:
    shards.bucket.put("out/1/.mineru-batch/lock", b"{}")  # the report that is there is of the run before
    try:
        merged = shards.merge()
    finally:
        shards.bucket.delete(["out/1/.mineru-batch/lock"])
    assert [line.outcome for line in merged.shards] == ["finished", "unfinished"]
    assert merged.summary.outcome == "unfinished"
    assert merged.exit_code == 1


def test_the_same_share_in_two_places_is_a_conflict(shards: Shards) -> None:
    merged = shards.merge(*shards.urls, shards.urls[0])
    assert merged.conflicting == shards.reports[0].documents.total
    assert "share 1/2 is there 2 times" in merged.problems[0]


def test_what_holds_no_run_is_named(shards: Shards) -> None:
    with pytest.raises(InputNotFound, match=f"s3://{shards.name}/in holds no run"):
        shards.merge(shards.urls[0], f"s3://{shards.name}/in")
    with pytest.raises(StorageError, match="there is no bucket s3://no-such-bucket"):
        shards.merge("s3://no-such-bucket/out")
