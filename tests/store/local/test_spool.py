from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from mineru_cli.domain.block import Block
from mineru_cli.domain.document import DocumentRef
from mineru_cli.domain.failure import Failure
from mineru_cli.domain.page import PageResult
from mineru_cli.errors import PageUnreadable
from mineru_cli.store.local.spool import Spool

DOCUMENT = DocumentRef("folder/a", "a", "/in/folder/a.pdf", "pdf", 100, 5)
OTHER = replace(DOCUMENT, key="b" * 3000)
PRINT = "0123456789abcdef"


def page(index, *, figure="", failed=False):
    blocks = (
        Block("text", (0.1, 0.1, 0.9, 0.2), content="中 \udce9\n"),
        Block("image", (0, 0, 1, 1), figure=figure),
    )
    if failed:
        return PageResult(index, 612.0, 792.0, failure=Failure("page-timeout", "too slow"))
    return PageResult(index, 612.0, 792.0, blocks, requests=3, seconds=0.5)


@pytest.fixture
def root(tmp_path):
    return tmp_path / "spool"


@pytest.fixture
def spool(root):
    return Spool(root, PRINT)


def page_files(root):
    return sorted(path for path in root.rglob("*") if path.is_file() and path.parent.name != "figures")


def test_pages_come_back_as_they_were(spool):
    spool.save(DOCUMENT, page(1, figure="f.jpg"), {"f.jpg": b"jpeg"})
    spool.save(DOCUMENT, page(0), {})
    spool.save(OTHER, page(0), {})
    assert spool.done(DOCUMENT) == {0: False, 1: False}
    assert list(spool.pages(DOCUMENT, [1, 0])) == [page(1, figure="f.jpg"), page(0)]
    assert (spool.figures(DOCUMENT) / "f.jpg").read_bytes() == b"jpeg"


def test_a_failed_page_is_listed_and_may_be_replaced(spool):
    spool.save(DOCUMENT, page(0, failed=True), {})
    assert spool.done(DOCUMENT) == {0: True}
    spool.save(DOCUMENT, page(0), {})
    assert spool.done(DOCUMENT) == {0: False}
    assert spool.load(DOCUMENT, 0) == page(0)
    spool.save(DOCUMENT, page(0, failed=True), {})
    assert spool.done(DOCUMENT) == {0: True}


@pytest.mark.parametrize(
    ("document", "fingerprint"),
    [(replace(DOCUMENT, size=101), PRINT), (replace(DOCUMENT, mtime_ns=6), PRINT), (DOCUMENT, "f" * 16)],
)
def test_pages_of_an_older_file_or_other_settings_are_dropped(root, spool, document, fingerprint):
    spool.save(DOCUMENT, page(0, figure="f.jpg"), {"f.jpg": b"jpeg"})
    assert Spool(root, fingerprint).done(document) == {}
    assert spool.done(DOCUMENT) == {}
    assert page_files(root) == []


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[]", b"\xff\xfe", b'{"event":"failure","code":"","message":""}', b"[" * 100_000]
)
def test_a_page_file_that_cannot_be_read_is_not_done_and_removed(root, spool, damage):
    for index in (0, 1):
        spool.save(DOCUMENT, page(index), {})
    page_files(root)[0].write_bytes(damage)
    with pytest.raises(PageUnreadable):
        spool.load(DOCUMENT, 0)
    assert spool.done(DOCUMENT) == {1: False}
    assert [path.name for path in page_files(root)] == ["1.json"]


def test_a_page_without_its_figure_is_not_done(spool):
    spool.save(DOCUMENT, page(0, figure="f.jpg"), {"f.jpg": b"jpeg"})
    (spool.figures(DOCUMENT) / "f.jpg").unlink()
    assert spool.done(DOCUMENT) == {}


def test_a_page_file_of_another_page_is_not_done(root, spool):
    spool.save(DOCUMENT, page(0), {})
    page_files(root)[0].rename(page_files(root)[0].with_name("7.json"))
    assert spool.done(DOCUMENT) == {}


def test_figures_have_plain_names(spool):
    with pytest.raises(ValueError, match="not a plain file name"):
        spool.save(DOCUMENT, page(0), {"../f.jpg": b"jpeg"})


def test_discard_and_sweep_forget_all_but_the_living(root, spool):
    for document in (DOCUMENT, OTHER, replace(DOCUMENT, key="c")):
        spool.save(document, page(0), {})
    spool.discard("c")
    spool.discard("never seen")
    half_written = page_files(root)[0].with_name(".tmp-0123")
    half_written.touch()
    spool.sweep({DOCUMENT.key, OTHER.key})
    assert not half_written.exists()
    assert len(page_files(root)) == 2
    spool.sweep({OTHER.key})
    assert spool.done(OTHER) == {0: False}
    assert spool.done(DOCUMENT) == {}
    assert len(list(root.iterdir())) == 1


def test_an_absent_spool_is_empty(spool):
    spool.sweep(())
    assert spool.done(DOCUMENT) == {}


WRITER = """
import sys
from pathlib import Path
from mineru_cli.domain.document import DocumentRef
from mineru_cli.domain.page import PageResult
from mineru_cli.store.local.spool import Spool
spool = Spool(Path(sys.argv[1]), "0123456789abcdef")
document = DocumentRef("folder/a", "a", "/in/folder/a.pdf", "pdf", 100, 5)
print("ready", flush=True)
sys.stdin.readline()
for index in range(int(sys.argv[2]), 10**9, 2):
    spool.save(document, PageResult(index, 1.0, 1.0), {"same.jpg": b"same" * 1000})
    print(index, flush=True)
"""


def test_workers_write_at_once_and_a_kill_loses_nothing_that_was_saved(tmp_path):
    root = tmp_path / "spool"
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(root), str(start)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for start in (0, 1)
    ]
    for writer in writers:
        assert writer.stdout.readline() == "ready\n"
    saved = set()
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for _ in range(30):
        saved |= {int(writer.stdout.readline()) for writer in writers}
    for writer in writers:
        writer.kill()
    for writer in writers:
        saved |= {int(line) for line in writer.stdout.read().split("\n")[:-1]}
        writer.wait(10)
        writer.stdin.close()
        writer.stdout.close()
    done = Spool(root, PRINT).done(DOCUMENT)
    assert saved <= set(done)
    assert len(done) <= len(saved) + 2
    assert not any(done.values())
    assert os.path.getsize(Spool(root, PRINT).figures(DOCUMENT) / "same.jpg") == 4000
