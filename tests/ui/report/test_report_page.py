"""The report in a real browser."""

from __future__ import annotations

import pytest
from browser import complaints, requests, window

from mineru_cli.ui.report.run_page import write_run_page
from tests.ui.run_folders import folder_of_a_run

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    root = tmp_path_factory.mktemp("report")
    write_run_page(folder_of_a_run(root), root / "run.html")
    return (root / "run.html").as_uri()


def test_charts_are_drawn_without_network_requests(browser, page):
    browser.get(page)
    widths = browser.execute_script(
        "return [...document.querySelectorAll('path.line.one')].map(p => p.getBoundingClientRect().width)"
    )
    assert len(widths) >= 4
    assert min(widths) > 200
    assert browser.execute_script("return document.querySelectorAll('#page-times rect.bar').length") >= 2
    assert browser.execute_script("return document.querySelectorAll('.bands rect').length") >= 2
    assert browser.title.startswith("Finished")
    assert [url for url in requests(browser) if not url.startswith(("file:", "about:"))] == []
    assert complaints(browser) == []


def test_hostile_names_and_messages_run_nothing(browser, page):
    browser.get(page)
    assert browser.title != "stolen"
    assert browser.execute_script("return document.querySelectorAll('main img, main script').length") == 0
    assert "<script>" in browser.find_element("id", "failures").text


def test_the_policy_stops_a_script_that_got_in_all_the_same(browser, page):
    browser.get(page)
    browser.execute_script(
        "const s = document.createElement('script'); s.textContent = 'document.title = \"stolen\"';"
        "document.body.append(s);"
        "const i = new Image(); i.src = 'http://127.0.0.1:9/x.png'; document.body.append(i);"
    )
    assert browser.title.startswith("Finished")
    assert any("Content Security Policy" in line for line in complaints(browser))


def test_pointing_at_a_chart_shows_values_in_all_charts(browser, page):
    browser.get(page)
    notes = browser.execute_script(
        "const plot = document.querySelector('.plot'), box = plot.getBoundingClientRect();"
        "plot.dispatchEvent(new PointerEvent('pointermove', {clientX: box.left + box.width / 2}));"
        "return [...document.querySelectorAll('.chart .note')].map(n => n.textContent)"
    )
    assert "pages/s" in notes[0]
    assert all(note.startswith("1:00") for note in notes)


@pytest.mark.parametrize("width", [420, 1400])
@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_the_window(browser, page, width, dark):
    window(browser, width, dark=dark)
    browser.get(page)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    back = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert (int(back[4:].split(",")[0]) < 100) is dark
