"""The viewer in a real browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from browser import complaints, requests, window
from ui.run_folders import changed_copy, folder_of_a_run

from mineru_cli.ui.report.run_page import page_for_viewer
from mineru_cli.ui.viewer.answers import Viewer
from mineru_cli.ui.viewer.baseline import BaselineView
from mineru_cli.ui.viewer.pictures import Pictures
from mineru_cli.ui.viewer.server import ViewerServer

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    root = tmp_path_factory.mktemp("run")
    out = folder_of_a_run(root)
    base = BaselineView(changed_copy(out, root / "base"), out)
    viewer = partial(Viewer, out, baseline=base, report=page_for_viewer)
    with Pictures() as pictures, ViewerServer(viewer(pictures)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server.url
        server.shutdown()
        thread.join()


@pytest.fixture
def seen(browser: Any, url: str) -> Iterator[Any]:
    """The browser at the viewer's first document, its picture drawn, at 1400 px."""
    window(browser, 1400)
    browser.get(url)
    wait(browser, "!document.getElementById('picture').hidden")
    return browser


def wait(browser: Any, condition: str) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(browser, 20, poll_frequency=0.02).until(lambda b: b.execute_script(f"return {condition}"))


def keys(browser: Any, text: str) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    ActionChains(browser, duration=0).send_keys(text).perform()


def chosen(browser: Any) -> list[str]:
    """Block numbers that are highlighted, on paper and in the text."""
    return browser.execute_script(
        "return [...document.querySelectorAll('.chosen')].map(e => e.parentNode.id + ' ' + e.dataset.block)"
    )


def shows(browser: Any, page: int, name: str = "") -> None:
    wait(browser, f"document.getElementById('number').value === '{page}'")
    if name:
        wait(browser, f"document.getElementById('name').textContent.includes('{name}')")
    wait(
        browser,
        "document.getElementById('picture').alt === 'Page ' + document.getElementById('number').value",
    )


def test_hostile_names_and_texts_run_nothing_and_cause_no_requests(seen, url):
    assert seen.title != "stolen"
    assert "<script>" in seen.find_element("id", "blocks").text
    assert (
        seen.execute_script("return document.querySelectorAll('#blocks script, [onclick], [onerror]').length")
        == 0
    )
    assert seen.execute_script("return document.querySelectorAll('#blocks img').length") == 1
    assert seen.execute_script("return document.querySelectorAll('#blocks a').length") == 0
    assert [one for one in requests(seen) if not one.startswith((url, "about:"))] == []
    assert complaints(seen) == []


def test_the_policy_stops_what_got_in_all_the_same(seen, url):
    seen.execute_script(
        "document.getElementById('blocks').innerHTML ="
        ' \'<img src=x onerror="document.title=`stolen`"><a href="javascript:document.title=1">x</a>\';'
        "fetch('http://127.0.0.1:9/').catch(() => { document.body.dataset.stopped = 'yes' })"
    )
    wait(seen, "document.body.dataset.stopped === 'yes'")
    assert seen.title != "stolen"
    assert any("Content Security Policy" in line for line in complaints(seen))


def test_a_click_on_a_box_marks_the_text_and_the_other_way_round(seen):
    seen.execute_script(
        "document.querySelector('#boxes g[data-block=\"2\"] rect').dispatchEvent(new MouseEvent('click', {bubbles: true}))"
    )
    assert chosen(seen) == ["boxes 2", "blocks 2"]
    seen.find_element("css selector", "#blocks [data-block='1']").click()
    assert chosen(seen) == ["boxes 1", "blocks 1"]


def test_boxes_lie_where_the_blocks_are(seen):
    share = seen.execute_script(
        "const s = document.getElementById('sheet').getBoundingClientRect();"
        "const b = document.querySelector('#boxes g[data-block=\"1\"]').getBoundingClientRect();"
        "return [(b.left - s.left) / s.width, (b.top - s.top) / s.height, (b.bottom - s.top) / s.height]"
    )
    assert share == pytest.approx([0.1, 0.12, 0.2], abs=0.01)


def test_keys_walk_through_blocks_pages_and_problems(seen):
    keys(seen, "jj")
    assert chosen(seen) == ["boxes 1", "blocks 1"]
    keys(seen, "k")
    assert chosen(seen) == ["boxes 0", "blocks 0"]
    keys(seen, "n")
    shows(seen, 2)
    wait(seen, "document.querySelector('#blocks .chosen .flaw') !== null")
    keys(seen, "n")
    shows(seen, 3)
    assert "too slow" in seen.find_element("id", "failure").text
    keys(seen, "n")
    shows(seen, 1, "locked")
    assert "a password is needed" in seen.find_element("id", "failure").text
    keys(seen, "N")
    shows(seen, 3, "hostile")
    keys(seen, "\ue012")  # left arrow
    shows(seen, 2)


def test_search_marks_hits_and_goes_over_pages(seen):
    keys(seen, "/")
    keys(seen, "lamp\n")
    wait(seen, "document.getElementById('hits').textContent === '1 of 3'")
    assert seen.execute_script("return document.querySelector('#blocks mark').textContent") == "Lamp"
    keys(seen, "\n\n")
    wait(seen, "document.getElementById('hits').textContent === '3 of 3'")
    shows(seen, 2)
    assert chosen(seen) == ["boxes 2", "blocks 2"]
    keys(seen, "nowhere\n")
    wait(seen, "document.getElementById('hits').textContent === 'not found'")


def test_the_list_is_filtered_by_name_and_by_trouble(seen):
    seen.find_element("id", "filter").send_keys("plain")
    wait(seen, "document.querySelectorAll('#list li').length === 1")
    seen.find_element("css selector", "#list button").click()
    shows(seen, 1, "plain/letter")
    seen.find_element("id", "filter").clear()
    seen.execute_script("document.getElementById('filter').dispatchEvent(new Event('input'))")
    seen.find_element("id", "troubled").click()
    wait(seen, "document.querySelectorAll('#list li').length === 2")


def test_an_address_leads_back_to_its_page(seen, url):
    seen.get("about:blank")
    seen.get(f"{url}#key=plain%2Fletter&page=1")
    shows(seen, 1, "plain/letter")


@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_a_narrow_window(browser, url, dark):
    window(browser, 420, dark=dark)
    browser.get(url)
    wait(browser, "!document.getElementById('picture').hidden")
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 420
    assert not browser.find_element("id", "documents").is_displayed()
    browser.find_element("id", "menu").click()
    assert browser.find_element("id", "documents").is_displayed()
    browser.find_element("css selector", "#list button[data-key='plain/letter']").click()
    shows(browser, 1, "plain/letter")
    assert not browser.find_element("id", "documents").is_displayed()


def test_each_document_leads_to_its_files(seen):
    wait(seen, "document.querySelectorAll('#files a').length > 2")
    names = [link.text for link in seen.find_elements("css selector", "#files a")]
    assert any(name.endswith(".md") for name in names)
    assert any(name.endswith("_content_list.json") for name in names)


def listed(browser: Any) -> list[str]:
    return browser.execute_script(
        "return [...document.querySelectorAll('#list button')].map(b => b.textContent)"
    )


def pick(browser: Any, menu: str, value: str) -> None:
    browser.execute_script(
        "const s = document.getElementById(arguments[0]); s.value = arguments[1];"
        "s.dispatchEvent(new Event('change'))",
        menu,
        value,
    )


def test_documents_and_pages_by_confidence(seen):
    assert listed(seen)[0].startswith("hostile/"), "with a baseline what differs most comes first"
    assert "100.0 %" in listed(seen)[1]
    pick(seen, "order", "documents name")
    wait(seen, "!document.querySelector('#list button').textContent.includes('%')")
    by_name = listed(seen)
    pick(seen, "order", "documents mean")
    wait(seen, "document.querySelector('#list button').textContent.includes('80 %')")
    assert [one.partition("/")[0] for one in listed(seen)[:2]] == ["hostile", "plain"]
    assert "80 %" in listed(seen)[0]
    assert "%" not in listed(seen)[2], "a failed document has no value and comes last"
    pick(seen, "order", "pages lowest")
    wait(seen, "document.getElementById('count').textContent === '3 pages'")
    assert ["page 1" in one for one in listed(seen)] == [True, True, False]
    assert listed(seen)[2].endswith("page 250 %")
    seen.find_elements("css selector", "#list button")[2].click()
    shows(seen, 2, "hostile")
    assert seen.execute_script("return document.querySelectorAll('#list [aria-current]').length") == 1
    pick(seen, "order", "documents name")
    wait(seen, "document.getElementById('count').textContent === '3 documents'")
    assert listed(seen) == by_name


def test_blocks_by_confidence(seen):
    def order() -> list[str]:
        return seen.execute_script(
            "return [...document.querySelectorAll('#blocks > *')].map(b => b.dataset.block)"
        )

    in_order = order()
    pick(seen, "sort", "mean")
    assert order()[:2] == ["3", "0"]
    assert seen.find_element("css selector", "#blocks .sure").text == "80 %, lowest token 70 %"
    keys(seen, "jj")
    assert chosen(seen) == ["boxes 0", "blocks 0"], "keys follow the order that is shown"
    pick(seen, "sort", "lowest")
    assert order()[:2] == ["0", "3"]
    assert chosen(seen) == ["boxes 0", "blocks 0"]
    pick(seen, "sort", "")
    assert order() == in_order


def test_without_confidence_nothing_can_be_sorted_by_it(seen):
    assert seen.find_element("id", "sort").is_displayed()
    keys(seen, "n")
    shows(seen, 2)
    keys(seen, "n")
    shows(seen, 3)
    assert not seen.find_element("id", "sort").is_displayed()


def test_what_differs_from_the_baseline_is_shown_on_both_sides(seen):
    seen.find_element("id", "changed").click()
    shows(seen, 2, "hostile")
    wait(seen, "document.querySelector('#blocks del') !== null")
    assert [one.text for one in seen.find_elements("css selector", "#blocks del, #blocks ins")] == [
        "torch",
        "lamp",
    ]
    assert seen.execute_script("return document.querySelectorAll('#boxes .d-changed rect').length") == 2
    keys(seen, "j")
    assert [one.partition(" ")[0] for one in chosen(seen)] == ["boxes", "boxes", "blocks"]
    assert "baseline=1" in seen.current_url
    keys(seen, "b")
    wait(seen, "document.querySelector('#blocks del') === null")
    assert "baseline" not in seen.current_url


def test_words_are_searched_in_all_documents(seen):
    pick(seen, "scope", "all")
    seen.find_element("id", "words").send_keys("letter\n")
    wait(seen, "document.getElementById('count').textContent.includes('with')")
    assert [one.partition(" ")[0] for one in listed(seen)] == ["plain/letter"]
    seen.find_element("css selector", "#list button").click()
    shows(seen, 1, "letter")
    wait(seen, "document.querySelector('#blocks mark') !== null")
    assert seen.find_element("css selector", "#blocks mark").text == "letter"


def test_the_page_can_be_enlarged(seen):
    def width() -> float:
        return seen.execute_script("return document.getElementById('sheet').getBoundingClientRect().width")

    fitted = width()
    keys(seen, "++")
    assert seen.find_element("id", "fit").text == "156 %"
    assert width() == pytest.approx(fitted * 1.5625, rel=0.05)
    keys(seen, "0")
    assert width() == pytest.approx(fitted, rel=0.01)


def test_report_and_viewer_lead_to_each_other(seen, url):
    seen.find_element("id", "report").click()
    wait(seen, "document.querySelector('h1') !== null && location.pathname.endsWith('/report')")
    assert complaints(seen) == []
    link = seen.find_element("css selector", "#failures a")
    name = link.text
    link.click()
    wait(seen, "document.getElementById('list') !== null")
    wait(seen, "document.getElementById('name').textContent !== 'Results'")
    assert seen.find_element("id", "name").text == name
