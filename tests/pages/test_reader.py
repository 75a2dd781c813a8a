from __future__ import annotations

import os

import corpus
import pytest

from mineru_cli.errors import DocumentEmpty, DocumentUnreadable, FileTooLarge
from mineru_cli.pages.reader import open_document
from mineru_cli.settings import Limits, Rendering


def open_(path, limits=Limits()):
    return open_document(str(path), "pdf", rendering=Rendering(), limits=limits)


def test_zero_bytes(tmp_path):
    (tmp_path / "a.pdf").touch()
    with pytest.raises(DocumentEmpty):
        open_(tmp_path / "a.pdf")


def test_vanished(tmp_path):
    with pytest.raises(DocumentUnreadable, match="No such file"):
        open_(tmp_path / "a.pdf")


def test_no_permission(tmp_path, monkeypatch):
    (tmp_path / "a.pdf").write_bytes(b"x")

    def refuse(path, flags):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "open", refuse)  # tests may run as root, whom no mode keeps out
    with pytest.raises(DocumentUnreadable, match="Permission denied"):
        open_(tmp_path / "a.pdf")


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.pdf")
    with pytest.raises(DocumentUnreadable, match="not a regular file"):
        open_(tmp_path / "a.pdf")


def test_a_name_with_a_null_byte():
    with pytest.raises(DocumentUnreadable):
        open_("a\0.pdf")


def test_more_bytes_than_allowed(tmp_path):
    (tmp_path / "a.pdf").write_bytes(corpus.text_pdf(["x"]))
    with pytest.raises(FileTooLarge, match="limit is 10"):
        open_(tmp_path / "a.pdf", Limits(max_bytes=10))
