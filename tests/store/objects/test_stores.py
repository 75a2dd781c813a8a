"""Pages, results and manifests in object storage, in memory and on a real S3 server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mineru_cli.store.ports import PageStore, ResultStore
from mineru_cli.store.run_folder import METHOD, RunFolder
from tests.store.contract import PageStoreContract, ResultStoreContract

pytest.importorskip("obstore", reason="the storage extra is not installed")

from obstore.store import MemoryStore

from mineru_cli.store.objects.bucket import Bucket
from mineru_cli.store.objects.manifests import ObjectManifests
from mineru_cli.store.objects.results import ObjectResults
from mineru_cli.store.objects.spool import ObjectSpool
from tests.object_storage import S3Server


class InMemory:
    @pytest.fixture(autouse=True)
    def place(self, tmp_path: Path) -> None:
        self.bucket, self.folder = Bucket(MemoryStore(), "s3://bucket"), RunFolder(tmp_path / "work")


class OnS3:
    @pytest.fixture(autouse=True)
    def place(self, tmp_path: Path, s3: S3Server) -> None:
        self.bucket, self.folder = s3.bucket(s3.new_bucket()), RunFolder(tmp_path / "work")


class Pages(PageStoreContract):
    bucket: Bucket

    def store(self, fingerprint: str = "print") -> PageStore:
        return ObjectSpool(self.bucket, "out/.mineru-batch/spool", fingerprint)


class Results(ResultStoreContract):
    bucket: Bucket
    folder: RunFolder

    def results(self) -> ResultStore:
        return ObjectResults(self.bucket, "out", self.manifests(), self.folder.scratch)

    def manifests(self) -> ObjectManifests:
        return ObjectManifests(self.bucket, "out/.mineru-batch")

    def files(self, key: str) -> dict[str, bytes]:
        return dict(self._files(f"out/{key}/{METHOD}"))

    def _files(self, prefix: str) -> Iterator[tuple[str, bytes]]:
        for info in self.bucket.list(prefix):
            found = self.bucket.get(info.key)
            assert found is not None
            yield info.key[len(prefix) + 1 :], found[0]

    def test_while_a_document_is_replaced_it_has_no_manifest(self):
        self.publish("a", {"a.md": b"old"})
        seen = []
        put_all = self.bucket.put_all

        def watched(*files: object, **options: object) -> None:
            seen.append(self.manifests().read("a"))
            put_all(*files, **options)
            seen.append(self.manifests().read("a"))

        self.bucket.put_all = watched
        manifest = self.publish("a", {"a.md": b"newer"})
        assert seen == [None, None]
        assert self.manifests().read("a") == manifest

    def test_a_document_cut_short_is_written_again_without_its_rests(self):
        self.bucket.put(f"out/a/{METHOD}/images/rest.jpg", b"of a killed process")
        self.publish("a", {"a.md": b"text"})
        assert self.files("a") == {"a.md": b"text"}

    def test_nothing_is_left_of_the_probe(self):
        self.results().prepare()
        assert list(self.bucket.list("")) == []


class TestPagesInMemory(InMemory, Pages):
    pass


class TestPagesOnS3(OnS3, Pages):
    pass


class TestResultsInMemory(InMemory, Results):
    pass


class TestResultsOnS3(OnS3, Results):
    pass
