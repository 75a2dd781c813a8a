"""Whatever lies in the folder: a bad file is recorded with a reason, every good one is converted."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import corpus
import pypdfium2
import pytest
from vllm_double import DoubleProcess

from mineru_cli.domain.document import DocumentRef  # noqa: F401  proves that tests import the package
from tests.chaos.command import Command, convert, failures, summary, tree

GOOD = {
    "plain.pdf": corpus.text_pdf([corpus.prose("plain", 0)]),
    "with space.pdf": corpus.text_pdf([corpus.prose("space", 0)]),
    "quo\"te's.pdf": corpus.text_pdf([corpus.prose("quotes", 0)]),
    "new\nline.pdf": corpus.text_pdf([corpus.prose("newline", 0)]),
    "x" * 251 + ".pdf": corpus.text_pdf([corpus.prose("long", 0)]),
    "日本語.pdf": corpus.text_pdf([corpus.prose("unicode", 0)]),
    "picture.png": corpus.png_bytes("picture"),
    "really-a-png.pdf": corpus.png_bytes("disguised"),
    "pages.tiff": corpus.tiff_bytes(["one", "two", "three"]),
    "huge-page.pdf": corpus.huge_page_pdf(),
    "same.pdf": corpus.text_pdf([corpus.prose("same", 0)]),
    "same.png": corpus.png_bytes("same"),
}
BAD = {
    "encrypted.pdf": (corpus.encrypted_pdf(["secret"], "open sesame"), "document-encrypted"),
    "truncated.pdf": (corpus.text_pdf([corpus.prose("cut", 0)])[:60], "document-corrupt"),
    "empty.pdf": (b"", "document-empty"),
    "not-a-pdf.pdf": (b"Dear reader, this is a letter." * 20, "unsupported-document"),
    "no-pages.pdf": (corpus.zero_page_pdf(), "no-pages"),
    "huge-image.png": (None, "page-too-large"),
}


def huge_png(width: int, height: int) -> bytes:
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    row = b"\0" + bytes(width // 8)
    packed = zlib.compressobj(1)
    data = b"".join(packed.compress(row) for _ in range(height)) + packed.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "pdfs"
    folder.mkdir()
    for name, data in GOOD.items():
        (folder / name).write_bytes(data)
    for name, (data, _) in BAD.items():
        (folder / name).write_bytes(huge_png(16_000, 16_000) if data is None else data)
    with open(os.fsencode(folder) + b"/bytes-\xff\xfe.pdf", "wb") as file:
        file.write(corpus.text_pdf([corpus.prose("bytes", 0)]))
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "dangling.pdf").symlink_to(folder / "nowhere.pdf")
    return folder


def test_good_files_are_converted_and_bad_ones_explained(tmp_path: Path, folder: Path) -> None:
    out = tmp_path / "out"
    with DoubleProcess("--blocks", "2") as double:
        run = convert(tmp_path, folder, "-o", out, "--server-url", double.url)
        assert run.process.returncode == 1, run.errors()
        codes = {key.split("/")[-1]: line["code"] for key, line in failures(out).items()}
        expected = {name.rsplit(".", 1)[0]: code for name, (_, code) in BAD.items()}
        assert {key: code for key, code in codes.items() if not key.startswith("dangling")} == expected
        assert codes["dangling"] == "document-unreadable"
        counts = summary(out)["documents"]
        assert counts["done"] == len(GOOD) + 1
        assert counts["failed"] == len(BAD) + 1
        for line in failures(out).values():
            assert len(line["message"]) > 10
        again = convert(
            tmp_path,
            folder,
            "-o",
            out,
            "--server-url",
            double.url,
            "--retry-failed",
            "--password",
            "open sesame",
        )
        assert again.process.returncode == 1
        assert summary(out)["documents"]["done"] == 1
        assert "encrypted" not in {key.split("/")[-1] for key in failures(out)}
    names = {name.split("/")[0] for name in tree(out)}
    assert {"same.pdf", "same.png", "with space", "pages", "bytes-%FF%FE"} <= names


def test_wrong_usage_says_what_to_do(tmp_path: Path) -> None:
    nothing = convert(tmp_path, tmp_path / "nowhere", "-o", tmp_path / "out")
    assert nothing.process.returncode == 2
    assert "nowhere" in nothing.errors()
    file = tmp_path / "file"
    file.write_text("")
    pdf = tmp_path / "a.pdf"
    pdf.write_bytes(GOOD["plain.pdf"])
    blocked = convert(tmp_path, pdf, "-o", file)
    assert blocked.process.returncode == 2
    assert "not a folder" in blocked.errors()
    pages = convert(tmp_path, pdf, "-o", tmp_path / "out", "--pages", "banana")
    assert pages.process.returncode == 2
    assert "banana" in pages.errors()
    url = convert(tmp_path, pdf, "-o", tmp_path / "out", "--server-url", "gpu:8000")
    assert url.process.returncode == 2
    assert "http://" in url.errors()


def test_a_low_limit_on_open_files_fails_no_document(tmp_path: Path, pdfs: Path) -> None:
    few = ("sh", "-c", 'ulimit -Sn 20; exec "$@"', "sh")
    with DoubleProcess("--slots", "32", "--block-seconds", "0.05") as double:
        arguments = (pdfs, "-o", tmp_path / "out", "--server-url", double.url, "--concurrency", 32)
        run = Command(tmp_path, *arguments, "--workers", 1, "--limit", 6, before=few)
        assert run.wait() == 0, run.errors()


BLOCKS = 3


def test_one_hundred_and_twenty_files_with_faults(tmp_path: Path) -> None:
    """Digital, scanned, broken, encrypted and empty files, while 2 % of requests fail."""
    folder, out = tmp_path / "pdfs", tmp_path / "out"
    good, bad = written(folder, 120)
    with DoubleProcess("--blocks", str(BLOCKS)) as double:
        double.control(faults=[{"kind": "500", "p": 0.01}, {"kind": "reset", "p": 0.01}], seed=3)
        run = convert(tmp_path, folder, "-o", out, "--server-url", double.url)
        stats = double.stats()
    assert run.process.returncode == 1, run.errors()
    summed = summary(out)
    assert summed["documents"] == {
        "total": 120, "done": len(good), "partial": 0, "failed": len(bad), "skipped": 0,
    }  # fmt: skip
    pages = sum(good.values())
    assert summed["pages"] == {
        "total": pages, "done": pages, "failed": 0, "incomplete": 0, "kept": 0, "skipped": 0,
    }  # fmt: skip
    calm, faults = sum(good.values()) * (1 + BLOCKS), stats["faults"]
    assert faults["500"]
    assert faults["reset"]
    print(f"120 files: {len(good)} done, {len(bad)} failed, {calm} requests and {dict(faults)} more")
    # A reset of a connection used before looks like a stale one: replaced on the spot, and no retry.
    more, retried = stats["requests"] - calm, summed["requests"]["retried"]
    assert sum(faults.values()) - faults["reset"] <= retried
    assert sum(faults.values()) <= more <= retried + faults["reset"], "every request more is one of these"
    told = {key: line["code"] for key, line in failures(out).items()}
    assert set(told) == set(bad)
    assert [key for key, code in told.items() if code not in REASONS[bad[key]]] == []
    for key, pages in good.items():
        assert pages_of_blocks(out / key / "vlm") == [page for page in range(pages) for _ in range(BLOCKS)]
    with closing(sqlite3.connect(out / ".mineru-batch/ledger.db")) as ledger:
        rows = dict(ledger.execute("SELECT key, status FROM documents"))
    assert rows == {**dict.fromkeys(good, "done"), **dict.fromkeys(bad, "failed")}


REASONS = {
    corpus.Expectation.ENCRYPTED: {"document-encrypted"},
    corpus.Expectation.BROKEN: {"document-corrupt", "unsupported-document"},
    corpus.Expectation.EMPTY: {"document-empty", "no-pages"},
}


def written(folder: Path, count: int) -> tuple[dict[str, int], dict[str, corpus.Expectation]]:
    """A tree of so many files: pages of each good one, and what is wrong with each bad one, by key."""
    good, bad = {}, {}
    for name, data, expectation in corpus.mixed_corpus(count, seed=11):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        if expectation in REASONS:
            bad[name.removesuffix(".pdf")] = expectation
        else:
            with pypdfium2.PdfDocument(data) as opened:
                good[name.removesuffix(".pdf")] = len(opened)
    return good, bad


def pages_of_blocks(folder: Path) -> list[int]:
    """The page of each block that was read, in the order of the document."""
    (file,) = folder.glob("*_content_list.json")
    return [item["page_idx"] for item in json.loads(file.read_text())]
