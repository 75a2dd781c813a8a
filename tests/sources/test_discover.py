from __future__ import annotations

import os
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mineru_cli.domain.document import DocumentRef
from mineru_cli.errors import InputNotFound
from mineru_cli.sources import walk
from mineru_cli.sources.discover import Selection, Unusable, discover
from mineru_cli.sources.shard import Shard

PDF = b"%PDF-1.4"
NOWHERE = Path("/nowhere/out")


def make(folder, *names, content=PDF):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def find(*inputs, output=NOWHERE, **selection):
    return list(discover([str(one) for one in inputs], Selection(**selection), output=output))


def keys(*inputs, **more):
    return [found.key for found in find(*inputs, **more)]


def test_a_tree_in_order_with_what_a_run_needs_to_know(tmp_path):
    make(tmp_path, "b.pdf", "a.PNG", "sub/c.tif", "sub/deep/d.jpeg", "0/e.pdf")
    found = find(tmp_path)
    assert [document.key for document in found] == ["a", "b", "0/e", "sub/c", "sub/deep/d"]
    assert [document.kind for document in found] == ["image", "pdf", "pdf", "image", "image"]
    status = (tmp_path / "b.pdf").stat()
    assert found[1] == DocumentRef(
        "b", "b", str(tmp_path / "b.pdf"), "pdf", status.st_size, status.st_mtime_ns
    )


def test_in_folders_only_documents_are_taken(tmp_path):
    make(tmp_path, "a.pdf", "notes.txt", ".hidden.pdf", ".git/x.pdf", "2301.12345", "bare")
    make(tmp_path, "README", "a", content=b"plain text")
    assert keys(tmp_path) == ["2301.12345", "a", "bare"]


def test_a_file_named_explicitly_is_always_taken(tmp_path):
    make(tmp_path, "notes.txt", ".hidden.pdf", content=b"plain text")
    assert keys(tmp_path / "notes.txt", tmp_path / ".hidden.pdf") == [".hidden", "notes"]


def test_inputs_that_would_share_a_folder_keep_their_suffix(tmp_path):
    make(tmp_path, "a.pdf", "a.png", "a/b.pdf")
    assert keys(tmp_path) == ["a.pdf", "a.png", "a/b"]
    assert keys(tmp_path / "a.pdf", tmp_path / "a.png") == ["a.pdf", "a.png"]


def test_keys_of_one_input_do_not_change_when_a_folder_is_added(tmp_path):
    make(tmp_path, "one/a.pdf", "two/a.pdf", "two/b.pdf", "two/two/a.pdf", "x/two/a.pdf")
    assert keys(tmp_path / "one") == ["a"]
    both = keys(tmp_path / "one", tmp_path / "two")
    assert both == ["a", "two/a", "b", "two/two/a"]
    all_three = keys(tmp_path / "one", tmp_path / "two", tmp_path / "x/two")
    assert all_three[:4] == both
    assert len(set(all_three)) == 5


def test_a_file_named_twice_is_converted_once(tmp_path):
    make(tmp_path, "a.pdf", "sub/b.pdf", "sub/c.pdf")
    assert keys(tmp_path, tmp_path) == ["a", "sub/b", "sub/c"]
    assert keys(tmp_path, tmp_path / "sub") == ["a", "sub/b", "sub/c"]
    assert keys(tmp_path / "a.pdf", tmp_path) == ["a", "sub/b", "sub/c"]
    pattern = f"{tmp_path}/sub/b*"
    assert keys(pattern, tmp_path / "sub") == ["b", "c"]
    assert keys(pattern, f"{tmp_path}/sub/*.pdf") == ["b", "c"]


def test_patterns(tmp_path):
    make(tmp_path, "2024-01/a.pdf", "2024-02/x/b.pdf", "2023/c.pdf", "2024-01/a.png", "plain[1].pdf")
    assert keys(f"{tmp_path}/2024-*/*.pdf") == ["2024-01/a"]
    assert keys(f"{tmp_path}/**/*.pdf") == ["plain[1]", "2023/c", "2024-01/a", "2024-02/x/b"]
    assert keys(f"{tmp_path}/2024-0[2]") == ["2024-02/x/b"]
    assert keys(f"{tmp_path}/plain[1].pdf") == ["plain[1]"]


@pytest.mark.parametrize("text", ["missing", "missing/*.pdf", "", "a\0b", "*.nothing"])
def test_an_input_that_names_nothing_ends_it_at_once(tmp_path, monkeypatch, text):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputNotFound):
        discover([text], Selection(), output=NOWHERE)


def test_output_inside_an_input_is_passed_over(tmp_path):
    make(tmp_path, "a.pdf", "out/a/vlm/images/figure.jpg")
    assert keys(tmp_path, output=tmp_path / "out") == ["a"]
    assert keys(tmp_path, output=tmp_path / "elsewhere" / ".." / "out") == ["a"]


def test_output_that_comes_into_being_meanwhile_is_passed_over(tmp_path):
    make(tmp_path, "a.pdf", "b/c.pdf")
    documents = discover([str(tmp_path)], Selection(), output=tmp_path / "out")
    first = next(documents)
    make(tmp_path, "b/later.pdf")
    (tmp_path / "b" / "out").symlink_to(tmp_path / "out")
    make(tmp_path, "out/a/vlm/images/figure.jpg")
    assert [first.key, *(found.key for found in documents)] == ["a", "b/c", "b/later"]


def test_results_are_no_input_when_output_is_the_input(tmp_path):
    make(tmp_path, "a.pdf", "a/vlm/images/f.jpg", "a/vlm/a_content_list.json", "x/vlm/b.pdf")
    assert keys(tmp_path, output=tmp_path) == ["a", "x/vlm_/b"]
    assert keys(tmp_path / "a", tmp_path / "x", output=tmp_path) == ["vlm/b"]


def test_loops_of_links_end_and_links_to_files_are_followed(tmp_path):
    make(tmp_path, "tree/a.pdf", "tree/sub/b.pdf", "outside/c.pdf")
    (tmp_path / "tree/sub/up").symlink_to(tmp_path / "tree")
    (tmp_path / "tree/self").symlink_to("self")
    (tmp_path / "tree/more").symlink_to(tmp_path / "outside")
    (tmp_path / "tree/again").symlink_to(tmp_path / "outside")
    (tmp_path / "tree/link.pdf").symlink_to("a.pdf")
    assert keys(tmp_path / "tree", follow_links=True) == ["a", "link", "again/c", "sub/b"]


def test_links_that_lead_out_of_an_input_are_skipped_and_listed(tmp_path):
    make(tmp_path, "tree/a.pdf", "tree/sub/b.pdf", "outside/c.pdf", "tree-too/d.pdf")
    tree = tmp_path / "tree"
    (tree / "folder").symlink_to(tmp_path / "outside")
    (tree / "file.pdf").symlink_to(tmp_path / "outside" / "c.pdf")
    (tree / "sibling").symlink_to("../tree-too")
    (tree / "descriptors").symlink_to("/proc/self/fd")
    (tree / "twice").symlink_to("sub/on")
    (tree / "sub" / "on").symlink_to(tmp_path / "outside")
    (tree / "inside.pdf").symlink_to("sub/b.pdf")
    found = discover([str(tree)], Selection(), output=tmp_path / "out")
    assert [one.key for one in found] == ["a", "inside", "sub/b"]
    names = ["descriptors", "file.pdf", "folder", "sibling", "sub/on", "twice"]
    assert sorted(found.skipped_links) == [f"{tree}/{name}" for name in names]
    assert found.skipped_link_count == 6
    assert keys(tree, exclude=("folder", "file.pdf")) == ["a", "inside", "sub/b"]


def test_an_input_that_is_a_link_is_followed(tmp_path):
    make(tmp_path, "outside/c.pdf")
    (tmp_path / "link").symlink_to(tmp_path / "outside")
    (tmp_path / "one.pdf").symlink_to(tmp_path / "outside" / "c.pdf")
    assert keys(tmp_path / "link") == ["c"]
    assert keys(tmp_path / "one.pdf") == ["one"]


def test_nothing_but_links_that_lead_out_says_so(tmp_path):
    make(tmp_path, "outside/c.pdf")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "link").symlink_to(tmp_path / "outside")
    with pytest.raises(InputNotFound, match="1 links lead out of it and are not followed"):
        keys(tmp_path / "in")


def test_many_links_to_each_other_do_not_multiply(tmp_path):
    for n in range(25):
        folder = tmp_path / str(n)
        folder.mkdir()
        for name in "xy":
            (folder / name).symlink_to(tmp_path / str(n + 1))
    make(tmp_path, "25/a.pdf")
    assert len(keys(tmp_path)) == 1


def test_what_cannot_be_read_is_reported_and_the_rest_is_found(tmp_path, monkeypatch):
    make(tmp_path, "a.pdf", "locked/b.pdf", "z/c.pdf")
    (tmp_path / "gone.pdf").symlink_to("nothing")
    os.mkfifo(tmp_path / "pipe.pdf")
    scandir = os.scandir

    def guarded(path):
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(walk.os, "scandir", guarded)
    found = {one.key: one for one in find(tmp_path)}
    assert list(found) == ["a", "gone", "pipe", "locked/", "z/c"]
    assert [key for key, one in found.items() if isinstance(one, Unusable)] == ["gone", "pipe", "locked/"]
    assert found["locked/"].failure.code == "document-unreadable"
    assert "Permission denied" in found["locked/"].failure.message
    assert found["pipe"].failure.code == "unsupported-document"


def test_a_folder_that_vanishes_is_reported(tmp_path):
    make(tmp_path, "a.pdf", "sub/b.pdf")
    documents = discover([str(tmp_path)], Selection(), output=NOWHERE)
    assert next(documents).key == "a"
    (tmp_path / "sub/b.pdf").unlink()
    (tmp_path / "sub").rmdir()
    (lost,) = documents
    assert isinstance(lost, Unusable)
    assert lost.key == "sub/"


ODD_NAMES = [
    b"with space.pdf",
    b"quote'\".pdf",
    b"new\nline.pdf",
    b"caf\xe9.pdf",
    b"n" * 251 + b".pdf",
    b"*[x].pdf",
    b"-o.pdf",
    "中文.pdf".encode(),
    b"\xff" * 251 + b".pdf",
]


def test_odd_names_are_found_and_can_be_written(tmp_path):
    source = tmp_path / "in"
    source.mkdir()
    for name in ODD_NAMES:
        with open(os.fsencode(source) + b"/" + name, "wb") as file:
            file.write(PDF)
    found = find(source)
    assert len({document.key for document in found}) == len(ODD_NAMES)
    for document in found:
        folder = tmp_path / "out" / document.key / "vlm"
        folder.mkdir(parents=True)
        (folder / f"{document.stem}_content_list.json").touch()
        assert Path(document.path).read_bytes() == PDF
    assert {"new\nline", "caf%E9", "中文", "n" * 251} < {document.key for document in found}


def test_selection(tmp_path):
    make(tmp_path, "a.pdf", "b.png", "drafts/c.pdf", "final/d.pdf")
    assert keys(tmp_path, include=("*.pdf",)) == ["a", "drafts/c", "final/d"]
    assert keys(tmp_path, include=("final/**", "b.*")) == ["b", "final/d"]
    assert keys(tmp_path, exclude=("drafts",)) == ["a", "b", "final/d"]
    assert keys(tmp_path, exclude=("drafts/**",), limit=2) == ["a", "b"]


def test_filters_do_not_change_keys(tmp_path):
    make(tmp_path, "a.pdf", "a.png")
    assert keys(tmp_path, include=("*.pdf",)) == ["a.pdf"]


def test_the_limit_counts_documents(tmp_path):
    make(tmp_path, "b.pdf", "c.pdf", "d.pdf")
    (tmp_path / "a.pdf").symlink_to("nothing")
    assert keys(tmp_path, limit=2) == ["a", "b", "c"]


def test_shards_share_everything_out(tmp_path):
    make(tmp_path, *(f"{n % 7}/{n}.pdf" for n in range(60)))
    shards = [set(keys(tmp_path, shard=Shard(number, 4))) for number in (1, 2, 3, 4)]
    assert set.union(*shards) == set(keys(tmp_path))
    assert sum(map(len, shards)) == 60
    assert len(keys(tmp_path, shard=Shard(1, 4), limit=3)) == 3


TREE = st.sets(
    st.lists(st.sampled_from(["a", "vlm", "b", "%41", "ä"]), max_size=3).flatmap(
        lambda folders: st.sampled_from(
            ["a.pdf", "a.png", "vlm.pdf", "a.pdf.pdf", "vlm_.pdf", "bare", "%41.pdf"]
        ).map(lambda name: "/".join(["", *folders, name])[1:])
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(TREE)
def test_no_result_ever_lies_in_anothers_way(tmp_path_factory, tree):
    source = tmp_path_factory.mktemp("tree")
    make(source, *(name for name in tree if not any(other.startswith(name + "/") for other in tree)))
    found = keys(source, source / "a") if (source / "a").is_dir() else keys(source)
    assert len(set(found)) == len(found)
    results = {f"{key}/vlm" for key in found}
    assert not any(f"{key}/".startswith(f"{result}/") for key in found for result in results)


def test_the_first_document_comes_before_the_rest_is_looked_at(tmp_path, monkeypatch):
    for n in range(100):
        make(tmp_path / f"{n:03}", *(f"{m}.pdf" for m in range(3)))
    scans = []
    scandir = os.scandir
    monkeypatch.setattr(walk.os, "scandir", lambda path: scans.append(path) or scandir(path))
    documents = discover([str(tmp_path)], Selection(), output=NOWHERE)
    assert next(documents).key == "000/0"
    assert len(scans) == 2
    assert sum(1 for _ in documents) == 299


def test_memory_does_not_grow_with_the_tree(tmp_path):
    make(tmp_path, "000.pdf")
    for n in range(100):
        folder = tmp_path / f"{n:03}"
        folder.mkdir()
        for m in range(200):
            os.link(tmp_path / "000.pdf", folder / f"{m}.pdf")  # quicker to make than a file
    tracemalloc.start()
    try:
        peaks = []
        documents = discover([str(tmp_path)], Selection(), output=NOWHERE)
        for number, _ in enumerate(documents, start=1):
            if number % 2000 == 0:
                peaks.append(tracemalloc.get_traced_memory()[1])
                tracemalloc.reset_peak()
    finally:
        tracemalloc.stop()
    assert number == 20_001
    assert max(peaks[1:]) < peaks[0] * 1.5 + 50_000
