"""Whole runs from and to a real S3 server: as the local run, with faults, killed, on another machine."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from vllm_double import DoubleProcess

from tests.chaos.command import Command, convert, failures, summary
from tests.chaos.conftest import DOCUMENTS, PAGES, Calm

pytest.importorskip("obstore", reason="the storage extra is not installed")

from mineru_cli.store.objects.bucket import Bucket
from tests.faulty_proxy import faulty_proxy
from tests.object_storage import S3Server


@dataclass
class Cloud:
    """A bucket with the corpus below ``in``."""

    server: S3Server
    name: str
    bucket: Bucket
    environment: dict[str, str] = field(default_factory=dict)

    def arguments(self, work: Path, url: str) -> tuple[str | Path, ...]:
        place = f"s3://{self.name}"
        return (f"{place}/in/", "-o", f"{place}/out", "--work-dir", work, "--server-url", url)

    def files(self) -> dict[str, bytes]:
        """What lies below the output, without the run's own."""
        keys = [info.key for info in self.bucket.list("out") if not info.key.startswith("out/.mineru-batch/")]
        return {key.removeprefix("out/"): (self.bucket.get(key) or (b"",))[0] for key in keys}

    def state(self) -> set[str]:
        return {
            info.key.removeprefix("out/.mineru-batch/").split("/")[0]
            for info in self.bucket.list("out/.mineru-batch")
        }


@pytest.fixture
def cloud(s3: S3Server, pdfs: Path) -> Cloud:
    name = s3.new_bucket()
    bucket = s3.bucket(name)
    bucket.put_all((f"in/{path.name}", path) for path in sorted(pdfs.iterdir()))
    return Cloud(s3, name, bucket, dict(s3.environment))


def local_files(work: Path) -> Iterator[str]:
    """What is left on this machine besides ledger and reports."""
    ours = {"ledger.db", "run.json", "failures.jsonl", "timeline.json"}
    return (str(path) for path in work.rglob("*") if path.is_file() and path.name not in ours)


@pytest.mark.timeout(300)
def test_outputs_are_those_of_a_local_run_also_when_requests_fail(
    tmp_path: Path, cloud: Cloud, calm: Calm, double: DoubleProcess
) -> None:
    work = tmp_path / "work"
    with faulty_proxy(cloud.server.url, 0.05) as proxy:
        environment = {**cloud.environment, "MINERU_BATCH_STORAGE_ENDPOINT": proxy.url}
        run = convert(tmp_path, *cloud.arguments(work, double.url), environ=environment)
    assert run.process.returncode == 0, run.errors()
    assert proxy.failed > 5
    assert cloud.files() == calm.files
    requests = summary(work)["requests"]
    assert requests["sent"] - requests["retried"] == calm.requests
    assert summary(work)["documents"]["done"] == DOCUMENTS
    assert cloud.state() == {"manifests", "runs", "run.json", "failures.jsonl", "timeline.json"}
    assert list(local_files(work)) == []

    # A new machine, which knows nothing: the ledger comes from the manifests, and nothing is read again.
    elsewhere = tmp_path / "elsewhere"
    again = convert(tmp_path, *cloud.arguments(elsewhere, double.url), environ=cloud.environment)
    assert again.process.returncode == 0, again.errors()
    assert summary(elsewhere)["documents"]["skipped"] == DOCUMENTS
    assert summary(elsewhere)["requests"]["sent"] == 0

    # What is gone, changed or new is read again; nothing else. What is bad fails alone.
    cloud.bucket.delete(["out/.mineru-batch/manifests/doc03.json"])
    cloud.bucket.put("in/empty.pdf", b"")
    cloud.bucket.put("in/text.pdf", b"not a PDF")
    changed = (cloud.bucket.get("in/doc05.pdf") or (b"",))[0]
    cloud.bucket.put("in/doc05.pdf", changed + b"\n%")
    third = convert(tmp_path, *cloud.arguments(elsewhere, double.url), environ=cloud.environment)
    assert third.process.returncode == 1, third.errors()
    counts = summary(elsewhere)["documents"]
    assert (counts["done"], counts["skipped"], counts["failed"]) == (2, DOCUMENTS - 2, 2)
    codes = {key: line["code"] for key, line in failures(elsewhere).items()}
    assert codes == {"empty": "document-empty", "text": "unsupported-document"}
    assert cloud.files() == calm.files


@pytest.mark.timeout(300)
def test_a_killed_driver_is_followed_by_one_on_another_machine(
    tmp_path: Path, cloud: Cloud, calm: Calm, double: DoubleProcess
) -> None:
    run = Command(tmp_path, *cloud.arguments(tmp_path / "work", double.url), environ=cloud.environment)
    run.wait_for_pages(8)
    run.kill(signal.SIGSTOP)  # it lives, and gets no further
    second = convert(tmp_path, *cloud.arguments(tmp_path / "other", double.url), environ=cloud.environment)
    assert second.process.returncode == 2
    assert f"process {run.process.pid} on" in second.errors()
    run.kill()
    run.process.wait()
    kept = len(run.events("page-finished"))
    followed = convert(
        tmp_path, *cloud.arguments(tmp_path / "elsewhere", double.url), environ=cloud.environment
    )
    assert followed.process.returncode == 0, followed.errors()
    assert cloud.files() == calm.files
    assert len(followed.events("page-finished")) <= PAGES - kept  # what was read is not read again
    assert cloud.state() == {"manifests", "runs", "run.json", "failures.jsonl", "timeline.json"}


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"AWS_ACCESS_KEY_ID": "someone"}, 2, "refuses access: InvalidAccessKeyId"),
        ({"AWS_SECRET_ACCESS_KEY": "wrong"}, 2, "refuses access: SignatureDoesNotMatch"),
        (
            {"MINERU_BATCH_STORAGE_ENDPOINT": "http://127.0.0.1:9"},
            4,
            "gives no usable answer, also after retries",
        ),
    ],
)
def test_storage_that_refuses_is_explained_before_any_work(
    tmp_path: Path, cloud: Cloud, double: DoubleProcess, change: dict[str, str], code: int, words: str
) -> None:
    environment = {**cloud.environment, **change, "MINERU_BATCH_STORAGE_RETRY": "1"}
    run = convert(tmp_path, *cloud.arguments(tmp_path / "work", double.url), environ=environment)
    assert run.process.returncode == code, run.errors()
    assert words in run.errors()
    assert "wrong" not in run.errors().partition("refuses")[0]


def test_a_missing_bucket_is_named(tmp_path: Path, cloud: Cloud, pdfs: Path, double: DoubleProcess) -> None:
    for arguments in (
        ("s3://no-such-bucket/in/", "-o", tmp_path / "out"),
        (pdfs, "-o", "s3://no-such-bucket/out"),
    ):
        run = convert(
            tmp_path,
            *arguments,
            "--work-dir",
            tmp_path / "work",
            "--server-url",
            double.url,
            environ=cloud.environment,
        )
        assert run.process.returncode == 2
        assert "there is no bucket s3://no-such-bucket" in run.errors()
