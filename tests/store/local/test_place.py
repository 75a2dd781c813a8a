from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest

from mineru_cli.errors import DocumentNotWritable
from mineru_cli.store.local import place
from mineru_cli.store.local.place import placing, put


def folder(path: Path, content: str) -> Path:
    path.mkdir(parents=True)
    (path / "a.md").write_text(content)
    return path


def swap(folder: Path, target: Path, scratch: Path, how: str) -> None:
    place.put(folder, target, scratch, exchange=(lambda a, b: False) if how == "two steps" else None)


@pytest.mark.parametrize("how", ["exchange", "two steps"])
def test_a_folder_is_put_in_place_and_replaced_whole(tmp_path: Path, how: str) -> None:
    scratch, target = tmp_path / "scratch", tmp_path / "out" / "a" / "vlm"
    for content in ("one", "two", "three"):
        with place.fresh_folder(scratch) as new:
            (new / "a.md").write_text(content)
            (new / f"{content}.jpg").touch()
            swap(new, target, scratch, how)
        assert (target / "a.md").read_text() == content
        assert sorted(os.listdir(target)) == sorted(["a.md", f"{content}.jpg"])
        assert list(scratch.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="renameat2 is Linux's")
def test_linux_exchanges_in_one_step(tmp_path: Path) -> None:
    a, b = folder(tmp_path / "a", "a"), folder(tmp_path / "b", "b")
    assert place._exchange(a, b)
    assert (a / "a.md").read_text() == "b"


def died_between(tmp_path: Path) -> tuple[Path, Path]:
    """A replacement cut short after the old folder was moved away."""
    scratch, target = tmp_path / "scratch", folder(tmp_path / "out" / "vlm", "old")
    scratch.mkdir()
    new = folder(scratch / "new-x", "new")

    class Killed(BaseException):
        pass

    def die(self: Path, to: Path) -> Path:
        raise Killed

    patch = pytest.MonkeyPatch()
    calls = iter([Path.rename, die])
    patch.setattr(Path, "rename", lambda self, to: next(calls)(self, to))
    with pytest.raises(Killed):
        place.put(new, target, scratch, exchange=lambda a, b: False)
    patch.undo()
    assert not target.exists()
    return scratch, target


def test_what_a_dead_process_left_is_put_back(tmp_path: Path) -> None:
    scratch, target = died_between(tmp_path)
    place.recover(scratch, tmp_path / "out")
    assert (target / "a.md").read_text() == "old"
    assert list(scratch.iterdir()) == []


def test_an_output_folder_that_was_moved_still_recovers(tmp_path: Path) -> None:
    (tmp_path / "before").mkdir()
    died_between(tmp_path / "before")
    moved = (tmp_path / "before").rename(tmp_path / "after")
    place.recover(moved / "scratch", moved / "out")
    assert (moved / "out" / "vlm" / "a.md").read_text() == "old"


def test_writing_the_document_again_also_recovers(tmp_path: Path) -> None:
    scratch, target = died_between(tmp_path)
    place.put(folder(scratch / "new-y", "newer"), target, scratch)
    assert (target / "a.md").read_text() == "newer"
    place.recover(scratch, tmp_path / "out")
    assert (target / "a.md").read_text() == "newer"
    assert list(scratch.iterdir()) == []


def test_a_note_that_names_another_place_moves_nothing(tmp_path: Path) -> None:
    scratch, target = died_between(tmp_path)
    place.recover(scratch, tmp_path / "elsewhere")
    assert not target.exists()
    place.recover(scratch, tmp_path / "out")
    assert (target / "a.md").read_text() == "old"
    place.recover(tmp_path / "missing", tmp_path)


@pytest.mark.parametrize("way", ["file", "name"])
def test_what_stands_in_a_documents_way_fails_it_alone(tmp_path: Path, way: str) -> None:
    out, scratch = tmp_path / "out", tmp_path / "out/.mineru-batch/scratch"
    scratch.mkdir(parents=True)
    key = "a" if way == "file" else "n" * 300
    if way == "file":
        (out / "a").write_text("in the way")
    with pytest.raises(DocumentNotWritable), placing(out / key / "vlm", scratch):
        put(folder(scratch / "new", "text"), out / key / "vlm", scratch)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
def test_errors_of_the_disk_are_not_a_documents_own(tmp_path: Path, code: int) -> None:
    with pytest.raises(OSError, match="disk"), placing(tmp_path / "a/vlm", tmp_path / ".own/scratch"):
        raise OSError(code, "disk")


def test_an_output_folder_that_takes_nothing_is_not_a_documents_own(tmp_path: Path) -> None:
    with pytest.raises(PermissionError), placing(tmp_path / "a/vlm", tmp_path / ".own/scratch"):
        raise PermissionError(errno.EACCES, "denied")
    (tmp_path / "a").mkdir()
    with pytest.raises(DocumentNotWritable), placing(tmp_path / "a/vlm", tmp_path / ".own/scratch"):
        raise PermissionError(errno.EACCES, "denied")
