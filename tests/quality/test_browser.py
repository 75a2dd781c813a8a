"""The HTML report in a real headless Chromium: it opens, filters, expands, and asks the network for nothing."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mineru_cli.quality.comparison import Judgement
from mineru_cli.quality.reports.html import write_html

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
SWITCHES = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="chromium and chromedriver are not installed"),
]


@pytest.fixture
def browser() -> Iterator[Any]:
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for switch in SWITCHES:
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()


@pytest.fixture
def report(judgement: Judgement, tmp_path: Path) -> Path:
    path = tmp_path / "report.html"
    write_html(judgement, path)
    return path


def shown(browser: Any) -> list[str]:
    return browser.execute_script(
        "return [...document.querySelectorAll('.document')].filter(d => d.checkVisibility()).map(d => d.dataset.path)"
    )


def test_it_opens_filters_and_expands(browser: Any, report: Path) -> None:
    browser.get(report.as_uri())
    assert browser.find_element("css selector", "h1").text == "Fail"
    everything = shown(browser)
    assert "odd/doc03" in everything
    browser.find_element("id", "name").send_keys("DOC02")
    assert shown(browser) == ["even/doc02"]
    browser.find_element("id", "expand").click()
    cells = browser.find_elements("css selector", ".document[open] td.changed")
    assert cells
    assert cells[0].find_element("css selector", "del").is_displayed()
    browser.find_element("id", "name").clear()
    browser.execute_script("document.getElementById('name').dispatchEvent(new Event('input'))")
    browser.find_element("id", "broken").click()
    broken = shown(browser)
    assert set(broken) < set(everything)
    assert "even/doc04" not in broken


def test_nothing_leaves_the_page_and_nothing_hostile_runs(browser: Any, report: Path) -> None:
    browser.get(report.as_uri())
    browser.find_element("id", "expand").click()
    assert browser.execute_script("return window.hacked") is None
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []


@pytest.mark.parametrize("width", [1500, 500])
def test_it_fits_the_screen(browser: Any, report: Path, width: int) -> None:
    browser.set_window_size(width, 1200)
    browser.get(report.as_uri())
    browser.find_element("id", "expand").click()
    inner, scroll = browser.execute_script("return [window.innerWidth, document.documentElement.scrollWidth]")
    assert scroll <= inner
