"""Two source trees are compared by the files they write and the requests they send."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from benchmarks.same_outputs import compared

WRITES = """
import pathlib, sys
out = pathlib.Path(sys.argv[sys.argv.index("-o") + 1])
(out / ".mineru-batch").mkdir(parents=True)
(out / ".mineru-batch" / "run.json").write_text(__file__)
(out / "page.md").write_text({text!r})
"""


def tree(folder: Path, text: str) -> Path:
    (folder / "mineru_cli").mkdir(parents=True)
    (folder / "mineru_cli" / "__init__.py").touch()
    (folder / "mineru_cli" / "__main__.py").write_text(WRITES.format(text=text))
    return folder


@pytest.mark.parametrize(
    ("text", "counts", "same"),
    [
        ("one", [Counter(a=2), Counter(a=2)], True),
        ("two", [Counter(a=2), Counter(a=2)], False),
        ("one", [Counter(a=2), Counter(a=3)], False),
        ("one", [Counter(a=2), Counter(b=2)], False),
    ],
)
def test_trees_are_the_same_where_every_file_and_every_request_is(
    tmp_path: Path, text: str, counts: list[Counter[str]], same: bool
) -> None:
    trees = (tree(tmp_path / "before", "one"), tree(tmp_path / "after", text))
    pending = iter(counts)
    assert compared("way", trees, tmp_path, [], (), "http://server", lambda: next(pending)) is same
