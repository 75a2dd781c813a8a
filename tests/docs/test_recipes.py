"""docs/recipes.md lists every profile with what it is, and its example is a profile."""

from __future__ import annotations

import re
from pathlib import Path

from mineru_cli.recipes.profiles.catalogue import choose, profiles, read_profile
from mineru_cli.recipes.readers.registry import READERS

PAGE = (Path(__file__).resolve().parents[2] / "docs/recipes.md").read_text(encoding="utf-8")


def test_every_profile_has_its_line():
    lines = re.findall(r"^\| `([\w.-]+)` \| ([^|]+) \|.*\| ([^|]+) \|$", PAGE, re.MULTILINE)
    assert [(name, title.strip(), licence.strip()) for name, title, licence in lines if "`" not in title][
        : len(list(profiles()))
    ] == [(one.name, one.title, one.licence or "-") for one in profiles()]


def test_the_example_is_a_profile(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[1], encoding="utf-8")
    assert read_profile(path).name == "my-model"
    assert all(name in PAGE for name in READERS)


def test_the_table_of_served_names_says_what_auto_does():
    page = (Path(__file__).resolve().parents[2] / "docs/models.md").read_text(encoding="utf-8")
    lines = re.findall(r"^\| `([^`]+)` \| [^|]+ \| `?([\w.-]+)`? \|$", page, re.MULTILINE)
    assert len(lines) == 54
    for served, recipe in lines:
        chosen = choose(served).profile
        assert recipe == ("refused" if chosen is None or chosen.refuse else chosen.name), served
