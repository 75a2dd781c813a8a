"""What every ``PageStore`` keeps: a suite to inherit. An implementation gives ``store(fingerprint)``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace

import pytest

from mineru_cli.domain.block import Block
from mineru_cli.domain.document import DocumentRef
from mineru_cli.domain.failure import Failure
from mineru_cli.domain.page import PageResult
from mineru_cli.errors import PageUnreadable
from mineru_cli.store.ports import PageStore

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

    def test_pages_come_back_in_the_order_asked_for(self):
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

    def test_crops_are_files_by_their_names(self):
        self.store().save(DOCUMENT, page(0, "f.jpg"), {"f.jpg": b"jpeg"})
        assert (self.store().figures(DOCUMENT) / "f.jpg").read_bytes() == b"jpeg"

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

    def test_what_is_discarded_is_gone_and_nothing_else(self):
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
