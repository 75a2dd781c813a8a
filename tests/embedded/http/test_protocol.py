"""Requests and replies on the wire, against captures of a real vLLM."""

from __future__ import annotations

import base64
import io
import json

import pytest
from PIL import Image

from mineru_cli.embedded.engine import Task
from mineru_cli.embedded.http import protocol
from mineru_cli.embedded.http.protocol import BadRequest, Usage, parse_chat

MODEL = "mineru-embedded-cpu"


def png(width=8, height=8):
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(buffer, "PNG")
    return buffer.getvalue()


def image_part(data=None):
    encoded = base64.b64encode(data or png()).decode()
    return {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{encoded}"}}


def body(prompt="\nText Recognition:", images=1, **more):
    parts = [*(image_part() for _ in range(images)), {"type": "text", "text": prompt}]
    messages = [
        {"role": "system", "content": "You are a helpful assistant."},
        {"role": "user", "content": parts},
    ]
    return json.dumps({"model": MODEL, "messages": messages, **more}).encode()


@pytest.fixture
def captured(shared):
    exchanges = json.loads((shared / "vllm-wire" / "exchanges.json").read_text())
    return {e["name"]: e for e in exchanges}


def refused(raw):
    with pytest.raises(BadRequest) as caught:
        parse_chat(raw, MODEL)
    return caught.value


@pytest.mark.parametrize("task", list(Task))
def test_each_prompt_of_mineru_is_understood(task):
    assert parse_chat(body(f"\n{task.value}"), MODEL).task is task


def test_the_prompts_are_those_of_mineru():
    from mineru_vl_utils.mineru_client import DEFAULT_PROMPTS

    known = {task.value for task in Task}
    for key in ("table", "equation", "[default]", "[layout]"):
        assert DEFAULT_PROMPTS[key].strip() in known


def test_the_image_arrives_as_it_was_sent():
    assert parse_chat(body(), MODEL).image == png()


def test_other_sampling_parameters_are_ignored():
    raw = body(temperature=0.0, top_k=1, skip_special_tokens=False, vllm_xargs={"no_repeat_ngram_size": 100})
    assert parse_chat(raw, MODEL).max_tokens is None


def same_shape(mine, theirs):
    assert set(mine) == set(theirs)
    for key in mine:
        if isinstance(theirs[key], dict):
            same_shape(mine[key], theirs[key])


def test_an_unknown_model_is_answered_as_vllm_does(captured):
    error = refused(body().replace(MODEL.encode(), b"nope"))
    theirs = captured["unknown_model"]
    assert (error.status, error.body()["error"]["param"]) == (404, "model")
    assert error.body()["error"]["type"] == theirs["body"]["error"]["type"]
    same_shape(error.body(), theirs["body"])


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("two_images", body(images=2)),
        ("bad_temperature", body(temperature=-1)),
        ("too_long", body(max_tokens=999_999)),
    ],
)
def test_bad_requests_are_answered_as_vllm_does(captured, name, raw):
    mine, theirs = refused(raw).body()["error"], captured[name]["body"]["error"]
    assert {k: mine[k] for k in ("type", "param", "code")} == {
        k: theirs[k] for k in ("type", "param", "code")
    }
    assert mine["message"].split("(")[0].split("=")[0] == theirs["message"].split("(")[0].split("=")[0]


def test_bad_json_and_bad_images_are_answered_as_vllm_does(captured):
    assert refused(b"{").body()["error"]["code"] == captured["bad_json"]["status"] == 400
    with pytest.raises(BadRequest) as caught:
        protocol.open_image(b"no image")
    assert caught.value.body() == captured["bad_image"]["body"]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"messages": []}',
        b'{"messages": [1]}',
        b'{"messages": [{"role": "user", "content": [1]}]}',
        body(images=0),
        body("Describe this picture."),
        body(stream=True),
        body(n=2),
        body(max_tokens=0),
        body(max_tokens="many"),
        body().replace(b"base64,", b"base64,!"),
        body().replace(b"data:image/png;base64,", b"https://example.org/"),
    ],
)
def test_nonsense_is_refused_with_400(raw):
    assert refused(raw).status == 400


def test_images_above_the_limit_are_refused(monkeypatch):
    monkeypatch.setattr(protocol, "MAX_PIXELS", 50)
    with pytest.raises(BadRequest, match="above 50 pixels"):
        protocol.open_image(png(8, 8))


def test_a_cut_image_is_refused():
    with pytest.raises(BadRequest, match="Failed to load image"):
        protocol.open_image(png(200, 200)[:-30])


def test_a_long_reply_is_cut_and_says_so():
    assert protocol.limited("abcd" * 100, None) == ("abcd" * 100, "stop")
    text, finish = protocol.limited("abcd" * 100, 11)
    assert (text, finish) == ("abcd" * 10, "length")


def test_a_completion_has_what_clients_of_vllm_read(captured):
    mine = protocol.completion("1f", 5, MODEL, "text", "stop", Usage(10, 2))
    theirs = captured["chat_stop"]["body"]
    assert set(mine) <= set(theirs)
    assert set(mine["choices"][0]) <= set(theirs["choices"][0])
    assert mine["usage"]["total_tokens"] == 12


def test_the_card_says_what_the_engine_cannot_do():
    card = protocol.model_card(MODEL, 5, "weights")["data"][0]
    assert card["id"] == MODEL
    assert "LaTeX" in " ".join(card["limitations"])


def test_words_behind_the_prompt_are_read_and_nonsense_there_is_refused():
    request = parse_chat(body('\nLayout Detection:\nText Layer:[["Net",1,2,30,40,39,41]]'), MODEL)
    assert request.task is Task.LAYOUT
    assert [word.text for word in request.words] == ["Net"]
    with pytest.raises(BadRequest, match="Text Layer"):
        parse_chat(body("\nLayout Detection:\nText Layer:[[1]]"), MODEL)
