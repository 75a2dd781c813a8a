from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest

from mineru_cli.domain.location import ObjectLocation, object_location
from mineru_cli.sources.patterns import Filter
from mineru_cli.sources.source import InputSource
from mineru_cli.sources.walk import SkippedFiles

from .contract import PDF, InputSourceContract

pytest.importorskip("obstore", reason="the storage extra is not installed")

from obstore.store import MemoryStore

from mineru_cli.errors import StorageRefused
from mineru_cli.sources.objects import ObjectInputs
from mineru_cli.store.objects.bucket import Bucket, ObjectInfo
from tests.object_storage import S3Server


class ObjectContract(InputSourceContract):
    bucket: Bucket
    scratch: Path
    name = "bucket"

    def source(self) -> InputSource:
        return ObjectInputs(lambda location: self.bucket, self.scratch, object_location(f"{self.root()}/out"))

    def put(self, name: str, data: bytes = PDF) -> str:
        self.bucket.put(f"in/{name}", data)
        return f"{self.root()}/{name}"

    def root(self) -> str:
        return f"s3://{self.name}/in"

    def test_a_name_may_be_a_document_and_a_folder(self):
        for name in ("x/a.pdf", "x/a.pdf/c.pdf", "x/a.png"):
            self.put(name)
        assert set(self.found()) == {"x/a.pdf", "x/a.pdf/c", "x/a.png"}

    def test_names_of_our_own_never_meet_real_ones(self):
        for name in ("x/vlm/a.pdf", "x/vlm_/a.pdf", "x/vlm.pdf", "x/vlm_.pdf"):
            self.put(name)
        assert len(self.found()) == 4

    def test_the_listing_knows_versions(self):
        path = self.put("a.pdf")
        assert self.found()["a"].version == self.source().version(path)

    def test_a_copy_is_removed(self):
        with self.source().open(self.put("a.pdf")) as local:
            assert Path(local).parent == self.scratch
        assert list(self.scratch.iterdir()) == []


class TestInMemory(ObjectContract):
    @pytest.fixture(autouse=True)
    def place(self, tmp_path: Path) -> None:
        self.bucket, self.scratch = Bucket(MemoryStore(), "s3://bucket"), tmp_path / "scratch"


class TestOnS3(ObjectContract):
    @pytest.fixture(autouse=True)
    def place(self, tmp_path: Path, s3: S3Server) -> None:
        self.name = s3.new_bucket()
        self.bucket, self.scratch = s3.bucket(self.name), tmp_path / "scratch"

    def test_a_bucket_that_is_not_there_is_named(self, s3: S3Server):
        source = ObjectInputs(lambda location: s3.bucket("no-such-bucket"), self.scratch)
        with pytest.raises(StorageRefused, match="no bucket s3://no-such-bucket"):
            source.resolve("s3://no-such-bucket/in/")


@pytest.mark.parametrize(
    ("text", "location"),
    [
        ("s3://b/a/c", ObjectLocation("s3", "b", "a/c")),
        ("s3:/b/a/", ObjectLocation("s3", "b", "a")),
        ("gs://b", ObjectLocation("gs", "b", "")),
        ("az://box/a b.pdf", ObjectLocation("az", "box", "a b.pdf")),
        ("/s3://b/a", None),
        ("s3", None),
        ("http://b/a", None),
    ],
)
def test_urls_of_object_storage(text: str, location: ObjectLocation | None):
    assert object_location(text) == location
    assert location is None or object_location(location.url) == location


class Endless:
    """A bucket that lists any number of objects and holds none."""

    root = "s3://bucket"

    def __init__(self, count: int) -> None:
        self._count = count

    def info(self, key: str) -> None:
        return None

    def list(self, prefix: str, *, after: str = "") -> Iterator[ObjectInfo]:
        now = datetime(2026, 1, 1, tzinfo=timezone.utc)
        for number in range(self._count):
            yield ObjectInfo(f"in/{number // 1000:06}.{number % 1000:04}.pdf", 1, now, f"{number:x}")


def test_listing_takes_the_same_memory_whatever_the_number(tmp_path: Path):
    def peak(count: int) -> int:
        source = ObjectInputs(lambda location: Endless(count), tmp_path)
        folder = source.resolve("s3://bucket/in")
        tracemalloc.start()
        try:
            assert sum(1 for _ in source.list(folder, Filter(), SkippedFiles())) == count
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(1_000)
    assert peak(20_000) < 1.2 * peak(2_000)
