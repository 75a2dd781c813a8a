from __future__ import annotations

import os

from hypothesis import example, given
from hypothesis import strategies as st

from mineru_cli.sources.names import (
    document_components,
    folder_components,
    join,
    output_stem,
    split,
    with_root,
)

# Few letters, so that names meet often; a stray byte, an umlaut, our own names and marks among them.
PIECES = [
    "a",
    "b",
    ".",
    "%",
    "E9",
    "\udce9",
    "ü",
    "~",
    "_",
    "vlm",
    ".mineru-batch",
    ".pdf",
    ".png",
    ".PDF",
    "x" * 130,
]
RAW = st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join)
NAMES = st.sets(
    RAW.filter(lambda name: name not in (".", "..") and len(os.fsencode(name)) <= 255),
    min_size=1,
    max_size=12,
)


def components(names, *, at_top):
    special = document_components(sorted(names), at_top=at_top)
    return {name: special.get(name) or split(name)[0] for name in names}


@given(NAMES, st.booleans())
@example({"a.pdf", "a.png", "a.pdf.pdf"}, True)
@example({"\udce9.pdf", "%E9.pdf"}, True)
@example({"...pdf", "..pdf", ".pdf"}, True)
def test_components_of_documents_are_unique_and_can_be_made(names, at_top):
    found = components(names, at_top=at_top)
    assert len(set(found.values())) == len(names)
    for component in found.values():
        assert 0 < len(component.encode()) <= 255
        assert component not in (".", "..")
        assert "/" not in component
        assert component != (".mineru-batch" if at_top else "vlm")


@given(NAMES, st.booleans())
def test_components_of_folders_are_unique_and_can_be_made(names, at_top):
    special = folder_components(sorted(names), at_top=at_top)
    found = [special.get(name) or name for name in names]
    assert len(set(found)) == len(names)
    assert all(0 < len(component.encode()) <= 255 for component in found)


@given(NAMES)
def test_components_do_not_depend_on_the_order_of_listing(names):
    forwards = document_components(sorted(names), at_top=True)
    assert document_components(sorted(names, reverse=True), at_top=True) == forwards


def test_only_documents_that_would_share_a_folder_keep_their_suffix():
    assert components({"a.pdf", "a.png", "b.pdf"}, at_top=True) == {
        "a.pdf": "a.pdf",
        "a.png": "a.png",
        "b.pdf": "b",
    }
    assert components({"a.pdf", "a.pdf.pdf"}, at_top=True) == {"a.pdf": "a", "a.pdf.pdf": "a.pdf.pdf"}
    assert components({"scan.tiff.pdf"}, at_top=True) == {"scan.tiff.pdf": "scan.tiff"}


def test_our_own_folders_are_out_of_reach():
    assert components({"vlm.pdf"}, at_top=True) == {"vlm.pdf": "vlm"}
    assert components({"vlm.pdf"}, at_top=False) == {"vlm.pdf": "vlm_"}
    assert components({".mineru-batch.pdf"}, at_top=True) == {".mineru-batch.pdf": ".mineru-batch_"}
    assert with_root("x", "vlm") == "x/vlm_"


def test_a_suffix_has_a_letter():
    assert split("2301.12345") == ("2301.12345", "")
    assert split("a.PDF") == ("a", ".PDF")
    assert split(".pdf") == (".pdf", "")
    assert split("a.") == ("a.", "")


@given(RAW)
def test_output_files_have_room_for_the_longest_ending(name):
    assert 0 < len((output_stem(name) + "_content_list.json").encode()) <= 255


def test_very_deep_folders_do_not_make_endless_keys():
    key = ""
    for _ in range(200):
        key = join(key, "folder" * 20)
    assert len(key.encode()) < 1300
    other = join("x", "folder" * 20)
    for _ in range(198):
        other = join(other, "folder" * 20)
    assert other != key
