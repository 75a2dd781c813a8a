"""What every ``PageStore`` and every ``ResultStore`` keeps: suites to inherit."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from pathlib import Path

import pytest

from mineru_cli.domain.block import Block
from mineru_cli.domain.document import DocumentRef
from mineru_cli.domain.failure import Failure
from mineru_cli.domain.manifest import Manifest, RunSettings
from mineru_cli.domain.page import PageResult
from mineru_cli.errors import PageUnreadable
from mineru_cli.store.ledger.records import DocumentRecord
from mineru_cli.store.local.files import published_files
from mineru_cli.store.ports import ManifestStore, PageStore, ResultStore
from mineru_cli.store.run_folder import METHOD

DOCUMENT = DocumentRef("folder/a", "a", "/in/folder/a.pdf", "pdf", 100, 5)
OTHER = replace(DOCUMENT, key="b")
FAILED = PageResult(0, 1.0, 1.0, failure=Failure("page-unreadable", "no"))


def page(index: int, figure: str = "") -> PageResult:
    return PageResult(
        index, 595.0, 842.0, (Block("image", (0.0, 0.0, 1.0, 1.0), figure=figure),) if figure else ()
    )


class PageStoreContract(ABC):
    @abstractmethod
    def store(self, fingerprint: str = "print") -> PageStore:
        """The same storage, as a run with these settings sees it."""

    def test_pages_are_returned_in_the_requested_order(self):
        for index in (2, 0, 1):
            self.store().save(DOCUMENT, page(index), {})
        assert [one.index for one in self.store().pages(DOCUMENT, [1, 0, 2])] == [1, 0, 2]
        assert self.store().done(DOCUMENT) == {0: False, 1: False, 2: False}

    def test_the_latest_result_of_a_page_counts(self):
        self.store().save(DOCUMENT, FAILED, {})
        assert self.store().done(DOCUMENT) == {0: True}
        self.store().save(DOCUMENT, page(0), {})
        assert self.store().done(DOCUMENT) == {0: False}
        assert self.store().load(DOCUMENT, 0) == page(0)

    def test_replies_of_an_incomplete_page_come_back(self):
        self.store().save(DOCUMENT, page(0), {}, {"question": "reply"})
        assert self.store().replies(DOCUMENT, 0) == {"question": "reply"}
        assert self.store().replies(DOCUMENT, 1) == {}

    def test_crops_come_back_by_their_names(self, tmp_path: Path):
        self.store().save(DOCUMENT, page(0, "f.jpg"), {"f.jpg": b"jpeg"})
        target = tmp_path / "crop.jpg"
        assert self.store().bring_figure(DOCUMENT, "f.jpg", target)
        assert target.read_bytes() == b"jpeg"
        assert not self.store().bring_figure(DOCUMENT, "g.jpg", tmp_path / "other.jpg")
        assert not self.store().bring_figure(DOCUMENT, "../f.jpg", tmp_path / "other.jpg")
        assert not self.store().bring_figure(OTHER, "f.jpg", tmp_path / "other.jpg")

    def test_a_crop_cannot_be_written_elsewhere(self):
        with pytest.raises(ValueError, match="not a plain file name"):
            self.store().save(DOCUMENT, page(0), {"../f.jpg": b""})

    @pytest.mark.parametrize("document", [replace(DOCUMENT, size=101), replace(DOCUMENT, mtime_ns=6), OTHER])
    def test_pages_of_another_version_or_document_are_never_returned(self, document):
        self.store().save(DOCUMENT, page(0), {})
        with pytest.raises(PageUnreadable):
            self.store().load(document, 0)
        assert self.store().done(document) == {}

    def test_pages_of_other_settings_are_never_returned(self):
        self.store().save(DOCUMENT, page(0), {})
        assert self.store("other").done(DOCUMENT) == {}

    def test_a_missing_page_is_an_error_and_the_ones_before_it_are_not(self):
        self.store().save(DOCUMENT, page(0), {})
        pages = self.store().pages(DOCUMENT, [0, 1])
        assert next(pages) == page(0)
        with pytest.raises(PageUnreadable, match="page 2"):
            next(pages)

    def test_only_discarded_pages_are_removed(self):
        for document in (DOCUMENT, OTHER):
            self.store().save(document, page(0), {})
        self.store().discard("never seen")
        self.store().discard_all([DOCUMENT.key])
        assert self.store().done(DOCUMENT) == {}
        assert self.store().done(OTHER) == {0: False}

    def test_a_sweep_leaves_what_is_alive(self):
        for document in (DOCUMENT, OTHER):
            self.store().save(document, page(0), {})
        self.store().sweep({OTHER.key})
        assert self.store().done(DOCUMENT) == {}
        assert self.store().done(OTHER) == {0: False}


class ResultStoreContract(ABC):
    @abstractmethod
    def results(self) -> ResultStore:
        """The storage, as one process sees it."""

    @abstractmethod
    def manifests(self) -> ManifestStore:
        """The manifests of the same storage."""

    @abstractmethod
    def files(self, key: str) -> dict[str, bytes]:
        """What a reader finds below a document's folder, by name."""

    def publish(
        self, key: str, files: dict[str, bytes], failed: tuple[tuple[int, Failure], ...] = ()
    ) -> Manifest:
        results, folder = self.results(), f"{key}/{METHOD}"
        with results.draft(folder) as draft:
            for name, data in files.items():
                (draft / name).parent.mkdir(exist_ok=True)
                (draft / name).write_bytes(data)
            document = replace(DOCUMENT, key=key)
            manifest = Manifest(document, folder, "print", 2, published_files(draft), failed)
            results.publish(draft, manifest)
        return manifest

    def record(self, manifest: Manifest) -> dict[str, DocumentRecord]:
        document = manifest.document
        numbers = (document.size, document.mtime_ns, 2, 0, 1)
        return {document.key: DocumentRecord(document.key, "done", *numbers, "print", manifest.sizes)}

    def test_what_is_published_is_there_with_its_manifest(self):
        self.results().prepare()
        lost = ((1, Failure("page-unreadable", "no")),)
        manifest = self.publish("deep/er/a", {"a.md": b"text", "images/x.jpg": b"jpeg"}, lost)
        assert self.files("deep/er/a") == {"a.md": b"text", "images/x.jpg": b"jpeg"}
        assert self.manifests().read("deep/er/a") == manifest
        assert list(self.manifests().all()) == [manifest]
        assert self.results().missing(self.record(manifest)) == set()

    def test_an_older_version_is_replaced_whole(self):
        self.publish("a", {"a.md": b"old", "images/x.jpg": b"jpeg", "more.json": b"{}"})
        manifest = self.publish("a", {"a.md": b"newer", "images/y.jpg": b"jpeg"})
        assert self.files("a") == {"a.md": b"newer", "images/y.jpg": b"jpeg"}
        assert self.manifests().read("a") == manifest

    def test_documents_do_not_touch_each_other(self):
        self.publish("a", {"a.md": b"a"})
        self.publish("a/b", {"b.md": b"b"})
        self.publish("a", {"a.md": b"again"})
        assert self.files("a/b") == {"b.md": b"b"}
        assert {one.document.key for one in self.manifests().all()} == {"a", "a/b"}

    def test_a_draft_that_fails_leaves_the_old_document_and_no_litter(self):
        self.publish("a", {"a.md": b"old"})
        seen = []

        def fail() -> None:
            with self.results().draft(f"a/{METHOD}") as draft:
                (draft / "a.md").write_bytes(b"half")
                seen.append(draft)
                raise RuntimeError

        with pytest.raises(RuntimeError):
            fail()
        assert not seen[0].exists()
        assert self.files("a") == {"a.md": b"old"}

    def test_what_a_killed_process_left_is_removed(self):
        with self.results().draft(f"a/{METHOD}") as draft:
            left = draft.with_name(f"{draft.name}x")
            draft.rename(left)
            self.results().recover()
            assert not left.exists()
        self.publish("a", {"a.md": b"text"})

    def test_what_was_never_published_is_missing(self):
        manifest = self.publish("a", {"a.md": b"text"})
        records = {**self.record(manifest), **self.record(replace(manifest, document=OTHER))}
        assert self.results().missing(records) == {"b"}
        failed = {"b": replace(records["b"], status="failed")}
        assert self.results().missing(failed) == set()

    def test_the_settings_of_runs_come_back(self):
        run = RunSettings("print", {"model": "m"}, {"server": {}})
        self.manifests().write_run(run)
        self.manifests().write_run(run)
        assert self.manifests().runs() == [run]
        assert list(self.manifests().all()) == []
