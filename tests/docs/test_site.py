"""The site (zensical.toml) builds without a warning, has every page, and each of its links leads somewhere."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    pytest.skip("zensical needs Python 3.11", allow_module_level=True)
if importlib.util.find_spec("zensical") is None:
    pytest.skip("zensical is not installed: make dev", allow_module_level=True)

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))["project"]
SOURCES = ROOT / "docs"
LOADS = {"script": "src", "img": "src", "iframe": "src", "link": "href", "source": "src"}
LOADED = {"stylesheet", "icon", "preload", "modulepreload"}
"""Kinds of <link> that a browser fetches."""


class Page(HTMLParser):
    """Anchors of a built page, its links, and what a browser loads for it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.anchors: set[str] = set()
        self.links: set[str] = set()
        self.loads: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.add(given["href"])
        if (
            tag in LOADS
            and given.get(LOADS[tag])
            and (tag != "link" or given.get("rel", "").split(" ")[0] in LOADED)
        ):
            self.loads.add(given[LOADS[tag]])


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The site, built from a copy of its sources, and what the builder printed."""
    tree = tmp_path_factory.mktemp("site")
    shutil.copytree(SOURCES, tree / "docs", ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    shutil.copy(ROOT / "zensical.toml", tree)
    done = subprocess.run(
        [sys.executable, "-m", "zensical", "build", "--strict"],
        cwd=tree, env={**os.environ, "NO_COLOR": "1"}, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return tree / PROJECT["site_dir"], done.stdout + done.stderr


@pytest.fixture(scope="module")
def pages(built: tuple[Path, str]) -> dict[Path, Page]:
    return {path: Page(path) for path in sorted(built[0].rglob("*.html"))}


def navigation(entries: list[Any]) -> Iterator[str]:
    for entry in entries:
        for value in entry.values() if isinstance(entry, dict) else [entry]:
            yield from navigation(value) if isinstance(value, list) else [value]


def test_the_builder_warns_of_nothing(built: tuple[Path, str]) -> None:
    assert "No issues found" in built[1]


def test_the_navigation_has_every_page_once() -> None:
    named = list(navigation(PROJECT["nav"]))
    there = {
        path.relative_to(SOURCES).as_posix()
        for path in SOURCES.rglob("*.md")
        if "node_modules" not in path.parts
    }
    assert there - set(named) == set(), "name these pages in nav of zensical.toml"
    assert set(named) - there == set(), "these pages of nav in zensical.toml do not exist"
    assert len(named) == len(set(named))


def test_every_link_and_anchor_leads_somewhere(built: tuple[Path, str], pages: dict[Path, Page]) -> None:
    dead = []
    for page in pages.values():
        for link in page.links | page.loads:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc or page.path.name == "404.html":
                continue
            target = (page.path.parent / unquote(parts.path)).resolve() if parts.path else page.path
            if target.is_dir():
                target /= "index.html"
            anchor = unquote(parts.fragment)
            if not target.is_file() or (
                anchor and target in pages and anchor not in pages[target].anchors | {"__top"}
            ):
                dead.append(f"{page.path.relative_to(built[0])}: {link}")
    assert dead == []


def test_no_page_loads_anything_from_elsewhere(pages: dict[Path, Page]) -> None:
    assert {load for page in pages.values() for load in page.loads if urlsplit(load).netloc} == set()


def test_only_pages_and_what_they_show_are_published(built: tuple[Path, str]) -> None:
    published = {path.suffix for path in built[0].rglob("*") if path.is_file() and "assets" not in path.parts}
    assert published == {".html", ".png", ".svg", ".json", ".xml"}
