from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given, settings

from mineru_cli.domain.page import PageResult
from mineru_cli.output.elements import Continued, Paragraph, TableElement
from mineru_cli.output.markdown import CleanMarkdown

from .published import assembled, markdown_of
from .random_pages import documents
from .sheets import LEFT, RIGHT, block, failed, page, stacked, table

OPEN = "The measurement was repeated ten times, and the results were"


def text_of(*pages: PageResult) -> str:
    return markdown_of(pages, CleanMarkdown())


def test_a_paragraph_continues_after_a_figure_and_on_the_next_page() -> None:
    first = page(0, block("text", OPEN + " aver-", LEFT), block("page_number", "1", (0.4, 0.95, 0.6, 0.97)))
    second = page(
        1,
        block("header", "Journal", (0.1, 0.01, 0.9, 0.03)),
        block("image", None, (0.1, 0.1, 0.48, 0.3), figure="a.jpg"),
        block("image_caption", "Fig. 1", (0.1, 0.31, 0.48, 0.33)),
        block("text", "aged over all runs.", (0.1, 0.4, 0.48, 0.5)),
    )
    assert text_of(first, second) == f"{OPEN} averaged over all runs.\n\n![](images/a.jpg)\n\nFig. 1\n"


def test_nothing_is_joined_across_a_title_a_failed_page_or_a_missing_one() -> None:
    opened, rest = page(0, block("text", OPEN, LEFT)), block("text", "then averaged.", LEFT)
    titled = page(1, block("paragraph_title", "2 More", (0.1, 0.05, 0.4, 0.08)), rest)
    for pages in ([opened, titled], [opened, failed(1), page(2, rest)], [opened, page(2, rest)]):
        assert f"{OPEN}\n\n" in text_of(*pages)
    assert f"{OPEN} then averaged.\n" == text_of(opened, page(1, rest))


def test_the_places_of_joined_blocks_are_kept() -> None:
    joined = list(
        assembled(
            [
                page(0, block("text", OPEN, LEFT), block("text", "then", RIGHT)),
                page(1, block("text", "x", LEFT)),
            ]
        )
    )
    first, continued = joined[0].elements
    assert isinstance(first, Paragraph)
    assert [part.page for part in first.parts] == [0, 0, 1][: len(first.parts)]
    assert isinstance(continued, Continued)
    assert len(joined[0].before) == 2


def test_a_table_over_three_pages_is_one() -> None:
    places = [(0.1, 0.5, 0.9, 0.95), (0.1, 0.05, 0.9, 0.95), (0.1, 0.05, 0.9, 0.4)]
    pages = [page(i, block("table", table("H|I", f"r{i}|1"), place)) for i, place in enumerate(places)]
    layouts = list(assembled(pages))
    assert isinstance(layouts[0].elements[0], TableElement)
    assert [type(layout.elements[0]) for layout in layouts[1:]] == [Continued, Continued]
    assert text_of(*pages) == table("H|I", "r0|1", "r1|1", "r2|1") + "\n"


def test_a_table_after_text_on_the_next_page_is_another() -> None:
    pages = [
        page(0, block("table", table("H|I", "a|1"), (0.1, 0.5, 0.9, 0.95))),
        page(1, block("text", "Now this."), block("table", table("H|I", "b|1"), (0.1, 0.5, 0.9, 0.95))),
    ]
    assert text_of(*pages).count("<table>") == 2


def test_a_table_without_end_is_cut_and_keeps_its_header() -> None:
    pages = [page(i, block("table", table("H|I", f"r{i}|1"), (0.1, 0.05, 0.9, 0.95))) for i in range(80)]
    text = text_of(*pages)
    assert text.count("<table>") == 3
    assert text.count("<td>H</td>") == 3
    assert all(f"<td>r{i}</td>" in text for i in range(80))


def test_pages_are_read_only_as_far_as_needed() -> None:
    read = 0

    def pages() -> Iterator[PageResult]:
        nonlocal read
        for index in range(100):
            read += 1
            yield page(index, *stacked(("text", "A sentence."), ("text", "Another one.")))

    layouts = assembled(pages())
    for index in range(50):
        assert next(layouts).page.index == index
        assert read - index <= 3


@settings(max_examples=40, deadline=None)
@given(documents())
def test_every_page_comes_out_once_in_order_with_every_block_in_its_place(pages: list[PageResult]) -> None:
    layouts = list(assembled(iter(pages)))
    assert [layout.page for layout in layouts] == pages
    assert layouts == list(assembled(pages))
    for layout in layouts:
        assert len(layout.elements) == len(layout.before)
