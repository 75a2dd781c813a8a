"""The HTML report in a real headless Chromium: it opens, filters, expands, and asks the network for nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import corpus
import pytest
from browser import chromium, complaints, requests, window

from mineru_cli.quality.reports.html import html_report
from mineru_cli.quality.reports.summary import summarise
from mineru_cli.quality.results import Judgement

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One for all tests here: starting it takes longer than they do."""
    with chromium(tmp_path_factory.mktemp("profile")) as driver:
        driver.get("about:blank")
        requests(driver)  # those of its own first page
        yield driver


@pytest.fixture
def report(judgement: Judgement, tmp_path: Path) -> Path:
    pdf = tmp_path / "pdfs" / "even" / "doc02.pdf"
    pdf.parent.mkdir(parents=True)
    pdf.write_bytes(corpus.text_pdf([corpus.prose("doc02", page) for page in range(2)]))
    path = tmp_path / "report.html"
    path.write_text(html_report(judgement, summarise(judgement), pdfs=tmp_path / "pdfs"))
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


def test_from_a_rule_to_the_document_to_the_place_on_its_page(browser: Any, report: Path) -> None:
    window(browser, 1500, 1200)
    browser.get(report.as_uri())
    browser.find_element("link text", "even/doc02").click()
    opened = browser.find_elements("css selector", ".document[open]")
    assert [one.get_attribute("data-path") for one in opened] == ["even/doc02"]
    picture = opened[0].find_element("css selector", "svg image")
    assert picture.get_attribute("href").startswith("data:image/jpeg")
    assert picture.rect["width"] > 50
    box = opened[0].find_element("css selector", "rect.changed")
    block = opened[0].find_element("css selector", f".block[data-block='{box.get_attribute('data-block')}']")
    browser.execute_script("arguments[0].dispatchEvent(new MouseEvent('mouseover', {bubbles: true}))", block)
    assert "lit" in box.get_attribute("class")
    before = picture.rect["width"]
    opened[0].find_element("css selector", ".enlarge").click()
    assert picture.rect["width"] > 1.5 * before


def test_nothing_leaves_the_page_and_nothing_hostile_runs(browser: Any, report: Path) -> None:
    browser.get(report.as_uri())
    browser.find_element("id", "expand").click()
    assert browser.execute_script("return window.hacked") is None
    assert [url for url in requests(browser) if not url.startswith(("file:", "data:"))] == []
    assert complaints(browser) == []


@pytest.mark.parametrize("width", [1500, 500])
def test_it_fits_the_screen(browser: Any, report: Path, width: int) -> None:
    window(browser, width, 1200)
    browser.get(report.as_uri())
    browser.find_element("id", "expand").click()
    inner, scroll = browser.execute_script("return [window.innerWidth, document.documentElement.scrollWidth]")
    assert scroll <= inner
