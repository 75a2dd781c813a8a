from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mineru_cli.errors import DiskFull, OutputNotWritable, OutputRefused
from mineru_cli.store.local import files as local
from mineru_cli.store.local.files import prepare_output, write_file


def everything(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def full_disk(monkeypatch, number=errno.ENOSPC):
    def refuse(_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(local.os, "fsync", refuse)


def test_a_device_is_written_to_and_stays_one(tmp_path):
    device = tmp_path / "null"
    device.symlink_to("/dev/null")
    write_file(device, b"gone")
    assert device.is_char_device()


def test_standard_output_stays_itself_also_when_it_is_a_file(tmp_path):
    with (tmp_path / "out").open("wb") as out:
        out.write(b"before\n")
        out.flush()
        code = "from pathlib import Path; from mineru_cli.store.local.files import write_file; write_file(Path('/dev/stdout'), b'x')"
        subprocess.run([sys.executable, "-c", code], stdout=out, check=True)
    assert os.path.islink("/dev/stdout")
    assert (tmp_path / "out").read_bytes() == b"before\nx"


def test_a_file_is_replaced_whole(tmp_path):
    for data in (b"old", b"new"):
        write_file(tmp_path / "a" / "b.json", data)
        assert (tmp_path / "a" / "b.json").read_bytes() == data
    assert everything(tmp_path) == ["a", "a/b.json"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, number):
    write_file(tmp_path / "a", b"old")
    full_disk(monkeypatch, number)
    with pytest.raises(DiskFull, match="no space left"):
        write_file(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"old"
    assert everything(tmp_path) == ["a"]


def test_a_target_that_is_a_folder_leaves_no_temporary_file(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    with pytest.raises(OutputNotWritable):
        write_file(tmp_path / "a", b"new")
    assert everything(tmp_path) == ["a", "a/b"]


def test_output_is_made_and_proven(tmp_path):
    prepare_output(tmp_path / "deep" / "out")
    assert everything(tmp_path) == ["deep", "deep/out", "deep/out/.mineru-batch"]


def test_output_that_is_a_file_says_so(tmp_path):
    (tmp_path / "out").touch()
    with pytest.raises(OutputRefused, match="is a file"):
        prepare_output(tmp_path / "out")
    with pytest.raises(
        OutputRefused, match=r"the output folder .*/out/below cannot be written: Not a directory"
    ):
        prepare_output(tmp_path / "out" / "below")
    assert OutputRefused.exit_code == 2


@pytest.mark.skipif(not os.path.isdir("/proc/sys/kernel"), reason="needs a folder that refuses even root")
def test_output_that_refuses_says_so():
    with pytest.raises(OutputRefused, match="the output folder /proc/sys/kernel/out cannot be written"):
        prepare_output(local.Path("/proc/sys/kernel/out"))


def test_a_link_or_a_pipe_is_written_to_and_stays_what_it_is(tmp_path):
    (tmp_path / "real").write_bytes(b"old and longer")
    (tmp_path / "link").symlink_to("real")
    write_file(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    write_file(tmp_path / "pipe", b"report")
    assert os.read(reader, 100) == b"report"
    os.close(reader)
    assert (tmp_path / "pipe").is_fifo()


def test_a_full_device_says_so():
    with pytest.raises(DiskFull):
        write_file(Path("/dev/full"), b"report")
    assert Path("/dev/full").is_char_device()
