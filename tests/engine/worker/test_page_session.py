"""A page's way to the servers: what it asks is counted, bounded and sent in its turn."""

from __future__ import annotations

import contextlib
import threading
import zlib

import anyio
import pytest
from PIL import Image

from mineru_cli.domain.request import Completion, Sampling, VisionRequest
from mineru_cli.engine.worker.admission import Admission
from mineru_cli.engine.worker.page_session import PageSession, question_key
from mineru_cli.engine.worker.page_thread import PageThread
from mineru_cli.errors import RequestRejected
from mineru_cli.pages.pixels.encode import png

pytestmark = pytest.mark.anyio


class Fleet:
    """Answers with what it is told, and remembers what it was asked."""

    limit, queued = 4, 0

    def __init__(self, *answers: Completion | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[VisionRequest, float, float | None]] = []

    async def ask(self, request, *, priority, deadline, traces=None):
        self.asked.append((request, priority, deadline))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def thread():
    thread = PageThread()
    yield thread
    thread.close()


def request(max_tokens: int | None = None) -> VisionRequest:
    return VisionRequest("text", "read", b"png", Sampling(max_tokens=max_tokens))


def as_it_is(function):
    return function


def session(
    fleet: Fleet, thread: PageThread, *, max_tokens: int | None = None, confidence: bool = False
) -> PageSession:
    return PageSession(
        fleet,
        thread,
        Admission(fleet, 1),
        order=7,
        deadline=12.5,
        announced=as_it_is,
        max_tokens=max_tokens,
        confidence=confidence,
    )


async def test_requests_retries_and_tokens_add_up(thread):
    fleet = Fleet(Completion("a", "stop", 10, 3), Completion("b", "stop", 20, 4, attempts=3))
    page = session(fleet, thread)
    assert [(await page.ask(request())).text, (await page.ask(request())).text] == ["a", "b"]
    assert (page.requests, page.retried) == (4, 2)
    assert (page.prompt_tokens, page.completion_tokens) == (30, 7)


async def test_the_pages_order_and_deadline_go_along(thread):
    fleet = Fleet(Completion("a", "stop"))
    await session(fleet, thread).ask(request())
    assert fleet.asked[0][1:] == (7, 12.5)


@pytest.mark.parametrize(("own", "limit", "sent"), [(None, 99, 99), (5, 99, 5), (None, None, None)])
async def test_replies_are_bounded_where_the_recipe_does_not(thread, own, limit, sent):
    fleet = Fleet(Completion("a", "stop"))
    await session(fleet, thread, max_tokens=limit).ask(request(own))
    assert fleet.asked[0][0].sampling.max_tokens == sent


async def test_a_page_reports_how_long_its_first_request_waited(thread):
    times = iter([10.0, 13.5, 20.0])
    fleet = Fleet(Completion("a", "stop", seconds=1.5), Completion("b", "stop", seconds=1.0))
    page = PageSession(fleet, thread, Admission(fleet, 1), 7, 12.5, as_it_is, None, clock=lambda: next(times))
    assert page.waited is None
    await page.ask(request())
    await page.ask(request())
    assert page.waited == 2.0


async def test_a_request_that_failed_was_sent_and_wakes_the_feeder(thread):
    fleet = Fleet(RequestRejected("no"))
    admission = Admission(fleet, 1)
    page = PageSession(fleet, thread, admission, order=1, deadline=None, announced=as_it_is, max_tokens=None)
    fleet.queued = 99
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(admission.room, lambda: False)
        await anyio.wait_all_tasks_blocked()
        fleet.queued = 0
        with pytest.raises(RequestRejected):
            await page.ask(request())
    assert page.requests == 1


async def test_computing_leaves_the_event_loop(thread):
    assert await session(Fleet(), thread).compute(threading.get_ident) != threading.get_ident()


async def test_good_replies_of_an_earlier_run_are_not_requested_again(thread):
    first = session(Fleet(Completion("read", "stop")), thread)
    await first.ask(request())
    again = PageSession(
        fleet := Fleet(), thread, Admission(Fleet(), 1), order=1, deadline=None, announced=as_it_is,
        max_tokens=None, known=first.replies,
    )  # fmt: skip
    assert (await again.ask(request())).text == "read"
    assert (fleet.asked, again.requests) == ([], 0)
    assert again.replies == first.replies, "they are kept for a third run"


async def test_replies_that_are_empty_cut_or_of_no_use_are_not_kept(thread):
    page = session(
        Fleet(Completion("", "stop"), Completion("cut", "length"), Completion("prose", "stop")), thread
    )
    for _ in range(3):
        await page.ask(request())
    assert list(page.replies.values()) == ["prose"]
    page.forget(request())
    assert page.replies == {}


async def test_a_second_reading_asks_about_the_whole_page_again_and_keeps_the_blocks(thread):
    layout = VisionRequest("layout", "where", b"page", Sampling(temperature=0.0))
    fleet = Fleet(Completion("boxes", "stop"), Completion("text", "stop"), Completion("other boxes", "stop"))
    page = session(fleet, thread)
    await page.ask(layout)
    await page.ask(request())
    page.read_again()
    assert [(await page.ask(layout)).text, (await page.ask(request())).text] == ["other boxes", "text"]
    assert [asked.sampling.temperature for asked, _, _ in fleet.asked] == [0.0, 0.0, 0.3]


async def test_what_the_server_said_is_kept_while_it_refuses_every_block(thread):
    layout = VisionRequest("layout", "where", b"page", Sampling())
    no = RequestRejected("no room")
    page = session(Fleet(Completion("boxes", "stop"), no, no, Completion("text", "stop"), no), thread)
    await page.ask(layout)
    for said in ("no room", "no room", "", ""):
        with contextlib.suppress(RequestRejected):
            await page.ask(request())
        assert page.refusal == said


async def test_probabilities_are_requested_only_on_demand(thread):
    fleet = Fleet(Completion("a", "stop"), Completion("b", "stop"))
    plain, asking = session(fleet, thread), session(fleet, thread, confidence=True)
    await plain.ask(request())
    await asking.ask(request())
    assert [dict(asked.fields) for asked, _, _ in fleet.asked] == [{}, {"logprobs": True}]
    assert plain.replies
    assert not asking.replies, "they are kept without probabilities, so a later run asks again"


def recompressed(png: bytes, level: int) -> bytes:
    """A PNG with the same rows, deflated anew."""
    at, kept = 8, []
    while at < len(png):
        size = int.from_bytes(png[at : at + 4], "big")
        kind, data = png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        if kind == b"IDAT":
            data = zlib.compress(zlib.decompress(data), level)
        end = zlib.crc32(kind + data).to_bytes(4, "big")
        kept.append(len(data).to_bytes(4, "big") + kind + data + end)
        at += 12 + size
    return png[:8] + b"".join(kept)


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_equal_pictures_have_one_key_however_they_are_compressed(mode):
    image = Image.effect_noise((90, 40), 60).convert(mode)
    other = image.copy()
    other.putpixel((89, 39), 1 if mode == "L" else (1, 2, 3))

    def key(picture: bytes) -> str:
        return question_key(VisionRequest("text", "read", picture, Sampling()))

    first = png(image)
    assert recompressed(first, 1) != recompressed(first, 9)
    assert key(first) == key(recompressed(first, 1)) == key(recompressed(first, 9))
    assert len({key(first), key(png(other)), key(png(image.crop((0, 0, 90, 39))))}) == 3
