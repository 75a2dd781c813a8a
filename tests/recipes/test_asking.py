from __future__ import annotations

import anyio
import pytest
from corpus import page_picture
from PIL import Image
from recipes.sessions import ScriptedSession

from mineru_cli.domain.request import Completion, Sampling, VisionRequest
from mineru_cli.errors import InvalidReply, RequestRejected, ServerFault
from mineru_cli.pages.pixels.encode import png
from mineru_cli.recipes.asking import (
    LostBlock,
    QualityAnswer,
    answer_of,
    ask_about_block,
    gather,
    hotter_sampling,
    without_repeated_tail,
)


@pytest.mark.parametrize(
    ("text", "shorter"),
    [
        ("", ""),
        ("no circle here at all", "no circle here at all"),
        ("dots" + "." * 100, "dots."),
        ("dots" + "." * 20, "dots" + "." * 20),
        ("Go. " + "abc def " * 20, "Go. abc def"),
        ("Go. " + "abc def " * 20 + "abc d", "Go. abc def"),
        ("x" * 500 + "the end", "x" * 500 + "the end"),
        ("| a | b |\n" * 3, "| a | b |\n" * 3),
    ],
)
def test_repeated_tails(text, shorter):
    assert without_repeated_tail(text) == shorter


def test_whole_answers_are_left_as_they_are():
    assert answer_of(Completion("." * 200, "stop"), 1_000) == QualityAnswer("." * 200)


@pytest.mark.parametrize(
    ("completion", "answer"),
    [
        (Completion("abc", "length"), QualityAnswer("abc", "truncated")),
        (Completion("abc", "repetition"), QualityAnswer("abc", "repeated")),
        (Completion("a" + "bc" * 100, "length"), QualityAnswer("abc", "repeated")),
        (Completion("abcdef", "stop"), QualityAnswer("abcd", "truncated")),
        (Completion("abc<|im_end|>", "stop"), QualityAnswer("abc")),
    ],
)
def test_flaws(completion, answer):
    assert answer_of(completion, 4 if completion.text == "abcdef" else 1_000) == answer


def test_every_further_attempt_is_freer():
    first = Sampling(top_k=1, top_p=0.01, no_repeat_ngram_size=100)
    assert hotter_sampling(first, 0) is first
    temperatures = [hotter_sampling(first, attempt).temperature for attempt in range(6)]
    assert temperatures == pytest.approx([0.0, 0.3, 0.6, 0.9, 1.0, 1.0])
    assert hotter_sampling(first, 1).top_k == 50
    assert hotter_sampling(first, 1).no_repeat_ngram_size == 100


@pytest.mark.anyio
async def test_gather_keeps_order_and_runs_at_once():
    started = anyio.Event()

    async def slow():
        await started.wait()
        return "slow"

    async def quick():
        started.set()
        return "quick"

    assert await gather([slow, quick]) == ["slow", "quick"]
    assert await gather([]) == []


@pytest.mark.anyio
async def test_the_first_error_ends_the_others_and_is_raised_bare():
    error, ended = ServerFault("500"), []

    async def fail():
        raise error

    async def wait():
        try:
            await anyio.sleep_forever()
        finally:
            ended.append(True)

    with pytest.raises(ServerFault) as caught:
        await gather([wait, fail, wait])
    assert caught.value is error
    assert ended == [True, True]


def drawn(writing: bool) -> VisionRequest:
    image = (
        page_picture("lines of writing in a region", (620, 200))
        if writing
        else Image.new("L", (620, 200), 255)
    )
    return VisionRequest("text", "read", png(image.convert("L")), Sampling(temperature=0.0))


@pytest.mark.anyio
async def test_an_empty_reply_for_a_region_with_ink_is_retried_and_then_lost():
    session = ScriptedSession(lambda request, before: " ")
    lost = await ask_about_block(session, question := drawn(True), attempts=3, max_chars=100)
    assert lost == LostBlock("empty", question.image)
    assert [asked.sampling.temperature for asked in session.requests] == [0.0, 0.3, 0.6]


@pytest.mark.anyio
async def test_nothing_said_about_paper_is_the_answer():
    session = ScriptedSession(lambda request, before: "")
    assert await ask_about_block(session, drawn(False), attempts=3, max_chars=100) == QualityAnswer("")
    assert len(session.requests) == 1


@pytest.mark.anyio
async def test_a_second_answer_with_words_is_taken():
    session = ScriptedSession(lambda request, before: "words" if before else "")
    assert await ask_about_block(session, drawn(True), attempts=3, max_chars=100) == QualityAnswer("words")


@pytest.mark.parametrize(
    ("error", "flaw"), [(RequestRejected("no"), "rejected"), (InvalidReply("no"), "missing")]
)
@pytest.mark.anyio
async def test_a_refused_block_keeps_its_picture(error, flaw):
    session = ScriptedSession(lambda request, before: error)
    question = drawn(True)
    assert await ask_about_block(session, question, attempts=2, max_chars=9) == LostBlock(
        flaw, question.image
    )
