"""A server that refuses everything ends the run early; one that refuses something does not."""

from __future__ import annotations

import pytest

from mineru_cli.domain.events import PageFailed, PageFinished
from mineru_cli.domain.failure import Failure
from mineru_cli.engine.schedule.refusals import FIRST_PAGES, Refusals

CACHE = "http://a answered 400: an image item with length {}, which exceeds the encoder cache size 3721"


def refused(page: int, said: str = CACHE) -> PageFinished:
    return PageFinished("d", page, 0, 1.0, 2, 2, 3, 0, refusal=said.format(4000 + page))


def read(page: int) -> PageFinished:
    return PageFinished("d", page, 0, 1.0, 2, 0, 3, 0)


def failed(page: int, code: str, said: str) -> PageFailed:
    return PageFailed("d", page, 0, Failure(code, said))


def test_the_first_pages_refused_for_one_reason_end_the_run():
    watch = Refusals()
    assert all(watch.page(refused(page)) is None for page in range(FIRST_PAGES - 1))
    error = watch.page(refused(FIRST_PAGES))
    assert error is not None
    assert (error.exit_code, error.fatal) == (4, True)
    assert "--max-num-batched-tokens" in error.hint
    assert "--retry-failed" in error.hint


@pytest.mark.parametrize(
    ("said", "setting"),
    [
        (
            "answered 400: The decoder prompt (length {}) is longer than the maximum model length",
            "--max-model-len",
        ),
        ("answered 413: Request Entity Too Large", "client_max_body_size"),
        ("answered 400: [{{'type': 'extra_forbidden', 'loc': ('body', 'vllm_xargs')}}]", "vllm_xargs"),
        ("answered 400: At most 0 image(s) may be provided in one prompt.", "--limit-mm-per-prompt"),
        ("answered 402: Insufficient balance", "server's log"),
    ],
)
def test_refused_layouts_count_too_and_the_setting_is_named(said, setting):
    watch = Refusals()
    found = [watch.page(failed(page, "request-rejected", said.format(page))) for page in range(FIRST_PAGES)]
    assert found[:-1] == [None] * (FIRST_PAGES - 1)
    assert found[-1] is not None
    assert setting in found[-1].hint


def test_one_answered_page_keeps_the_run_going():
    watch = Refusals()
    watch.page(read(0))
    assert [watch.page(refused(page)) for page in range(3 * FIRST_PAGES)] == [None] * (3 * FIRST_PAGES)


def test_pages_with_reasons_of_their_own_say_nothing():
    watch = Refusals()
    for page in range(FIRST_PAGES - 1):
        assert watch.page(refused(page)) is None
        assert watch.page(failed(page, "page-unreadable", "broken")) is None
    assert watch.page(refused(99)) is not None


def test_other_reasons_start_the_count_again():
    watch = Refusals()
    for page in range(FIRST_PAGES - 1):
        watch.page(refused(page))
    assert watch.page(refused(50, "answered 413: too large")) is None
