"""What every ``InputSource`` keeps: a suite to inherit."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

import pytest

from mineru_cli.errors import DocumentError, InputNotFound
from mineru_cli.sources.inputs import Folder
from mineru_cli.sources.patterns import Filter
from mineru_cli.sources.source import InputSource
from mineru_cli.sources.walk import FoundFile, SkippedFiles

PDF = b"%PDF-1.4 not much of one"


class InputSourceContract(ABC):
    @abstractmethod
    def source(self) -> InputSource:
        """The storage, as one search sees it. Its output is at ``out`` below the root."""

    @abstractmethod
    def put(self, name: str, data: bytes = PDF) -> str:
        """A file at this name below the root. Returns its path."""

    @abstractmethod
    def root(self) -> str:
        """The INPUT that everything is below."""

    def found(
        self, below: str = "", wanted: Filter | None = None, skipped: SkippedFiles | None = None
    ) -> dict[str, FoundFile]:
        source = self.source()
        folder = source.resolve(f"{self.root()}{below}")
        assert isinstance(folder, Folder)
        listed = list(source.list(folder, wanted or Filter(), skipped or SkippedFiles()))
        assert all(isinstance(one, FoundFile) for one in listed)
        keys = {one.key: one for one in listed}
        assert len(keys) == len(listed)
        return keys

    def test_documents_have_the_path_below_the_input_as_key(self):
        paths = {name: self.put(name) for name in ("b.pdf", "deep/er/a.pdf", "a.PNG")}
        found = self.found()
        assert {key: one.path for key, one in found.items()} == {
            "b": paths["b.pdf"],
            "deep/er/a": paths["deep/er/a.pdf"],
            "a": paths["a.PNG"],
        }
        assert {one.kind for one in found.values()} == {"pdf", "image"}

    def test_the_order_does_not_change(self):
        for name in ("z.pdf", "m/y.pdf", "a.pdf", "m/b.pdf", "m.pdf"):
            self.put(name)
        assert list(self.found()) == list(self.found())

    @pytest.mark.parametrize(
        ("names", "keys"),
        [
            (("a.pdf", "a.png"), {"a.pdf", "a.png"}),
            (("a.pdf", "a-1.pdf", "a b.pdf", "a.b.pdf", "a/a.pdf"), {"a", "a-1", "a b", "a.b", "a/a"}),
            (("a.pdf", "a.pdf.pdf"), {"a", "a.pdf.pdf"}),
            (("a.bmp", "a.b.pdf", "a.b.png", "a.zip"), {"a", "a.b.pdf", "a.b.png"}),
            (("2301.00001.pdf", "2301.00002.pdf", "2301.pdf"), {"2301.00001", "2301.00002", "2301"}),
        ],
    )
    def test_names_that_share_a_stem_keep_their_suffix(self, names, keys):
        for name in names:
            self.put(name)
        assert set(self.found()) == keys

    def test_a_name_without_a_suffix_is_known_by_its_content(self):
        paths = {
            name: self.put(name, data) for name, data in {"a": PDF, "a.pdf": PDF, "note": b"text"}.items()
        }
        found = self.found()
        assert found["a"].path == paths["a"]
        assert found["a.pdf"].path == paths["a.pdf"]
        assert found["a"].kind is None
        source = self.source()
        assert source.kind(paths["a"]) == "pdf"
        assert source.kind(paths["note"]) is None
        assert source.kind(f"{paths['note']}.gone") is None

    def test_results_of_runs_and_hidden_files_are_passed_over(self):
        self.put("a/vlm/a_content_list.json")
        self.put("a/vlm/images/picture.jpg")
        self.put("out/b/b.pdf")
        self.put(".hidden.pdf")
        self.put(".folder/c.pdf")
        self.put("vlm/c.pdf")
        self.put("b/vlm/c.pdf")
        found = self.found()
        assert {one.path.rpartition("/")[2] for one in found.values()} == {"c.pdf"}
        assert len(found) == 2
        assert not any(key.endswith("b/vlm/c") for key in found)

    def test_other_files_are_counted(self):
        for name in ("a.pdf", "b.docx", "c/d.DOCX", "e.txt"):
            self.put(name)
        skipped = SkippedFiles()
        assert set(self.found(skipped=skipped)) == {"a"}
        assert skipped.by_suffix == {".docx": 2, ".txt": 1}

    @pytest.mark.parametrize(
        ("pattern", "keys"),
        [
            ("/**/*.pdf", {"a", "x/b", "x/y/c"}),
            ("/*.pdf", {"a"}),
            ("/x*", {"x/b", "x/y/c", "x/d"}),
            ("/{x/y,z}/*", {"x/y/c"}),
        ],
    )
    def test_a_pattern_takes_what_it_matches(self, pattern, keys):
        for name in ("a.pdf", "x/b.pdf", "x/y/c.pdf", "x/d.png", "w/e.png"):
            self.put(name)
        assert set(self.found(pattern)) == keys

    def test_filters_hold_for_paths_and_names(self):
        for name in ("a.pdf", "x/b.pdf", "x/y/c.pdf", "x/d.png"):
            self.put(name)
        assert set(self.found(wanted=Filter(include=["*.png", "a.*"]))) == {"x/d", "a"}
        assert set(self.found(wanted=Filter(exclude=["x/y", "*.png"]))) == {"a", "x/b"}

    def test_an_input_may_be_one_document(self):
        path = self.put("a.pdf")
        assert self.source().resolve(f"{self.root()}/a.pdf") == path

    def test_an_input_that_names_nothing_is_an_error(self):
        self.put("a.pdf")
        with pytest.raises(InputNotFound, match="gone"):
            self.source().resolve(f"{self.root()}/gone")

    def test_content_and_version_of_a_document(self):
        path = self.put("a.pdf")
        source = self.source()
        before = source.version(path)
        assert before.size == len(PDF)
        listed = self.found()["a"].version
        assert listed is None or listed == before
        with source.open(path) as local:
            assert Path(local).read_bytes() == PDF
        self.put("a.pdf", PDF[::-1])  # of the same size
        assert self.source().version(path) != before

    def test_a_missing_document_is_its_own_error(self):
        path = self.put("a.pdf") + ".gone"
        with pytest.raises(DocumentError):
            self.source().version(path)
