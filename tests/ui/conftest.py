"""One browser for all pages that are looked at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from browser import chromium


@pytest.fixture(scope="session")
def shared_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with chromium(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


@pytest.fixture
def browser(shared_browser: Any) -> Iterator[Any]:
    """The browser on an empty page, with nothing in its logs."""
    shared_browser.get("about:blank")
    for log in ("performance", "browser"):
        shared_browser.get_log(log)
    yield shared_browser
    shared_browser.get("about:blank")
