from __future__ import annotations

from pathlib import Path

import pytest

from mineru_cli.sources import names
from mineru_cli.sources.discover import Selection, discover
from mineru_cli.sources.walk import SkippedFiles

NOWHERE = Path("/nowhere/out")


def make(folder, *names, content=b"%PDF-1.4"):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def search(*inputs, **selection):
    found = discover([str(one) for one in inputs], Selection(**selection), output=NOWHERE)
    return [one.key for one in found], found.unsupported


@pytest.fixture
def without_heif(monkeypatch):
    monkeypatch.setattr(names, "can_read_heif", lambda: False)
    names._kinds.cache_clear()
    yield
    names._kinds.cache_clear()


def test_files_of_other_types_are_counted_by_suffix(tmp_path, without_heif):
    make(tmp_path, "a.pdf", "x.DOCX", "sub/y.docx", "sub/phone.heic", ".hidden.docx")
    make(tmp_path, "README", content=b"plain text")
    keys, unsupported = search(tmp_path)
    assert keys == ["a"]
    assert unsupported == {".docx": 2, ".heic": 1, "no suffix": 1}


def test_pictures_of_further_formats_are_documents(tmp_path):
    make(tmp_path, "a.gif", "b.jp2", "c.J2K", "d.jfif")
    keys, unsupported = search(tmp_path)
    assert (keys, unsupported) == (["a", "b", "c", "d"], {})


def test_heic_is_a_document_where_its_extra_is_installed(tmp_path):
    pytest.importorskip("pillow_heif")
    make(tmp_path, "a.heic", "b.HEIF")
    assert search(tmp_path) == (["a", "b"], {})


def test_what_is_not_wanted_is_not_counted(tmp_path):
    make(tmp_path, "a.pdf", "b.docx", "sub/c.docx", "d.xlsx")
    assert search(tmp_path, include=("*.pdf",)) == (["a"], {})
    assert search(tmp_path, exclude=("*.docx",)) == (["a"], {".xlsx": 1})
    assert search(f"{tmp_path}/*.pdf") == (["a"], {})


def test_rare_suffixes_take_bounded_memory():
    skipped = SkippedFiles()
    for number in range(1_000):
        skipped.add(f".x{number}")
    assert len(skipped.by_suffix) <= 201
    assert sum(skipped.by_suffix.values()) == 1_000
