import itertools
from pathlib import Path

import pypdfium2
import pytest

from mineru_cli.bench.corpus.documents import LENGTHS, FolderCorpus, SyntheticCorpus, materialise
from mineru_cli.bench.corpus.synthetic_pages import KINDS
from mineru_cli.errors import InputNotFound


def texts(path: str) -> list[str]:
    with pypdfium2.PdfDocument(path) as document:
        return [page.get_textpage().get_text_range() for page in document]


def test_the_same_seed_gives_the_same_bytes_and_another_one_others() -> None:
    assert SyntheticCorpus(1).document(7) == SyntheticCorpus(1).document(7)
    assert SyntheticCorpus(1).document(7) != SyntheticCorpus(2).document(7)
    assert SyntheticCorpus(1).fingerprint == SyntheticCorpus(1).fingerprint
    assert SyntheticCorpus(1).fingerprint != SyntheticCorpus(2).fingerprint


def test_pages_are_readable_dense_and_all_different(tmp_path: Path) -> None:
    files = materialise(SyntheticCorpus(), 0, tmp_path, 8)
    pages = [text for file in files for text in texts(file.path)]
    assert len(pages) == 2 * sum(LENGTHS)
    assert len(set(pages)) == len(pages)
    assert all(len(text) > 400 for text in pages)
    assert sum(map(len, pages)) / len(pages) > 1200
    assert sum(LENGTHS) % len(KINDS) == 0


def test_no_run_repeats_a_page_of_another(tmp_path: Path) -> None:
    first, second = (materialise(SyntheticCorpus(), run, tmp_path, 4) for run in (0, 1))
    assert not {one.key for one in first} & {one.key for one in second}
    assert not {Path(one.path).read_bytes() for one in first} & {
        Path(one.path).read_bytes() for one in second
    }


def test_the_users_files_come_again_and_again_under_new_keys(tmp_path: Path) -> None:
    inputs = tmp_path / "in"
    inputs.mkdir()
    materialise(SyntheticCorpus(), 0, inputs, 2)
    corpus = FolderCorpus.of([str(inputs)], output=tmp_path / "out")
    taken = list(itertools.islice(corpus.documents(3, tmp_path), 5))
    assert len({one.key for one in taken}) == 5
    assert len({one.path for one in taken}) == 2
    assert corpus.fingerprint == FolderCorpus.of([str(inputs)], output=tmp_path).fingerprint


def test_no_documents_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputNotFound):
        FolderCorpus.of([str(tmp_path)], output=tmp_path / "out")
