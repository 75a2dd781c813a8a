from __future__ import annotations

import json
from datetime import datetime, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mineru_cli.domain.request import Completion
from mineru_cli.errors import (
    AuthenticationFailed,
    GenerationAborted,
    InvalidReply,
    MinerUBatchError,
    ModelNotFound,
    NotAModelServer,
    RequestRejected,
    ServerBusy,
    ServerFault,
)
from mineru_cli.inference.reply import Reply, read_completion, retry_after

NOW = 1_795_430_857.0


def read(status: int, body: object, **headers: str) -> Completion:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read_completion(Reply(status, headers, raw), now=NOW, server="http://s:8000")


def chat(reason: object = "stop", content: object = "9\n9") -> dict:
    """The reply of a real server (vLLM 0.32), shortened to what could matter."""
    message = {"role": "assistant", "content": content, "refusal": None, "reasoning": None}
    return {
        "id": "chatcmpl-b352eaf926137fa9",
        "object": "chat.completion",
        "model": "mineru",
        "choices": [{"index": 0, "message": message, "finish_reason": reason, "stop_reason": None}],
        "usage": {"prompt_tokens": 1398, "total_tokens": 1406, "completion_tokens": 8},
    }


def error(status: int, type_: str, message: str, param: str | None = None) -> dict:
    return {"error": {"message": message, "type": type_, "param": param, "code": status}}


GATEWAY = b"<html><head><title>503 Service Unavailable</title></head><body>no backend</body></html>"
NO_MODEL = error(404, "NotFoundError", "The model `nope` does not exist. Valid aliases: mineru.", "model")


@pytest.mark.spec("gpu-microservices/openai-compatible-api/a-completion-is-read-whole")
def test_a_completion_is_read_whole():
    completion = read(200, chat())
    assert completion == Completion(
        "9\n9", "stop", prompt_tokens=1398, completion_tokens=8, server="http://s:8000"
    )


@pytest.mark.parametrize("reason", ["content_filter", "tool_calls", "whatever", 5, ["stop"], {"a": 1}, False])
def test_a_reply_that_ended_for_an_unknown_reason_may_be_cut(reason):
    with pytest.raises(InvalidReply, match="for a reason of its own"):
        read(200, chat(reason))


def test_half_a_surrogate_pair_becomes_a_replacement_character():
    body = json.dumps(chat(content="a\ud800b\udfffc \U0001f600")).encode()
    assert rb"\ud800" in body
    text = read_completion(Reply(200, {}, body), now=0.0).text
    assert text == "a\ufffdb\ufffdc \U0001f600"


@pytest.mark.parametrize("reason", ["stop", "length", "repetition"])
def test_the_way_a_generation_ended_is_kept(reason):
    assert read(200, chat(reason)).finish_reason == reason


@pytest.mark.spec("gpu-microservices/openai-compatible-api/every-reply-is-classified")
@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, chat("abort"), GenerationAborted),
        (200, chat(content=None), InvalidReply),
        (200, {**chat(), "choices": []}, InvalidReply),
        (200, {"choices": ["no object"]}, InvalidReply),
        (200, {"error": "Unauthorized"}, InvalidReply),
        (200, [1, 2], InvalidReply),
        (200, b"<html>Welcome to nginx!</html>", InvalidReply),
        (200, b"[" * 200_000, InvalidReply),
        (200, b"\xff\xfe", InvalidReply),
        (400, error(400, "BadRequestError", "Failed to load image"), RequestRejected),
        (413, b"too large", RequestRejected),
        (422, {"detail": [{"msg": "field required"}]}, RequestRejected),
        (401, {"error": "Unauthorized"}, AuthenticationFailed),
        (403, b"", AuthenticationFailed),
        (402, {"error": {"message": "quota used up"}}, AuthenticationFailed),
        (204, b"", InvalidReply),
        (206, chat(), InvalidReply),
        (404, NO_MODEL, ModelNotFound),
        (404, {"detail": "Not Found"}, NotAModelServer),
        (405, {"detail": "Method Not Allowed"}, NotAModelServer),
        (501, error(501, "NotImplementedError", "The model does not support Chat"), NotAModelServer),
        (302, b"", NotAModelServer),
        (408, b"", ServerFault),
        (500, error(500, "InternalServerError", "EngineCore encountered an issue."), ServerFault),
        (502, b"<html>Bad Gateway</html>", ServerFault),
        (503, GATEWAY, ServerFault),
        (503, error(503, "Service Unavailable", "queue full"), ServerBusy),
        (503, error(503, "ServiceUnavailableError", "queue full"), ServerBusy),
        (504, b"", ServerFault),
        (429, b"slow down", ServerBusy),
    ],
)
def test_every_reply_has_its_error(status, body, kind):
    with pytest.raises(MinerUBatchError) as caught:
        read(status, body)
    assert type(caught.value) is kind


@pytest.mark.parametrize("kind", [AuthenticationFailed, ModelNotFound, NotAModelServer])
def test_what_a_user_must_do_is_reported(kind):
    status, body = {AuthenticationFailed: (401, b""), ModelNotFound: (404, NO_MODEL)}.get(kind, (404, b""))
    with pytest.raises(kind) as caught:
        read(status, body)
    assert "--" in caught.value.hint
    assert "http://s:8000" in caught.value.message


def test_the_servers_words_are_quoted_short_and_harmless():
    with pytest.raises(RequestRejected) as caught:
        read(400, error(400, "BadRequestError", "\x1b[31mred\x07" + "x" * 5000))
    assert "\x1b" not in caught.value.message
    assert len(caught.value.message) < 400


@pytest.mark.spec("mineru-service/retries/retry-after-is-honoured")
def test_retry_after_is_passed_on():
    with pytest.raises(ServerBusy) as caught:
        read(429, b"", **{"retry-after": "17"})
    assert caught.value.retry_after == 17.0


def test_retry_after_may_be_a_date():
    moment = datetime.fromtimestamp(NOW + 90, timezone.utc)
    assert retry_after(format_datetime(moment, usegmt=True), NOW) == pytest.approx(90)
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT", NOW) == 0.0


@pytest.mark.parametrize("value", [None, "", "soon", "-3", "1e9", "99999999999999999999999", "٣"])
def test_an_invalid_retry_after_does_no_harm(value):
    wait = retry_after(value, NOW)
    assert wait is None or 0 <= wait < 1e9


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["choices", "message", "content", "finish_reason", "usage", "error", "type", "param"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@pytest.mark.spec("gpu-microservices/openai-compatible-api/every-reply-is-classified")
@given(st.sampled_from([200, 204, 302, 400, 404, 429, 500, 503]), JSON | st.binary(max_size=50))
def test_whatever_comes_is_a_completion_or_an_error_of_ours(status, body):
    try:
        completion = read(status, body)
    except MinerUBatchError:
        return
    assert status == 200
    assert isinstance(completion.text, str)


def test_content_as_a_list_of_parts_is_read_part_by_part():
    parts = [
        {"type": "text", "text": "Hello "},
        {"type": "refusal", "refusal": None},
        {"type": "text", "text": "world"},
    ]
    assert read(200, chat(content=parts)).text == "Hello world"


@pytest.mark.parametrize("content", [None, [], [{"type": "image_url"}], 7])
def test_a_reply_without_text_says_so(content):
    with pytest.raises(InvalidReply, match="its replies hold no text"):
        read(200, chat(content=content))


@pytest.mark.parametrize("key", ["reasoning", "reasoning_content"])
def test_words_in_the_reasoning_alone_are_named(key):
    body = chat(content=None)
    body["choices"][0]["message"][key] = "I see a page"
    with pytest.raises(InvalidReply, match="all in its reasoning") as caught:
        read(200, body)
    assert "--reasoning-parser" in caught.value.hint


def token(text: str, logprob: object) -> dict:
    """An entry as vLLM 0.32 writes it for ``logprobs: true``."""
    return {"token": text, "logprob": logprob, "bytes": list(text.encode()), "top_logprobs": []}


def with_logprobs(logprobs: object) -> dict:
    body = chat()
    body["choices"][0]["logprobs"] = logprobs
    return body


def test_probabilities_of_tokens_are_read():
    entries = [token("9", -0.5), token("\n", 0.0), token("9", -9999.0), token("<|im_end|>", 1e-9)]
    tokens = read(200, with_logprobs({"content": entries})).tokens
    assert tokens is not None
    assert tokens.texts == ("9", "\n", "9", "<|im_end|>")
    assert tokens.values == (pytest.approx(0.6065306597), 1.0, 0.0, 1.0)


@pytest.mark.parametrize(
    "logprobs",
    [
        None, 5, [], {}, {"content": None}, {"content": []}, {"content": [None]}, {"content": [{"token": "a"}]},
        {"content": [token("a", None)]}, {"content": [token("a", "0")]}, {"content": [token("a", True)]},
        {"content": [token("a", float("nan"))]}, {"content": [{"token": 3, "logprob": 0.0}]},
        {"tokens": ["a"], "token_logprobs": [-0.1]},
    ],
)  # fmt: skip
def test_probabilities_that_make_no_sense_are_left_out_and_the_text_is_kept(logprobs):
    completion = read(200, with_logprobs(logprobs))
    assert completion.tokens is None
    assert completion.text == "9\n9"


def test_a_logprob_of_any_size_is_survived():
    entries = [token("a", -(10**400)), token("b", 10**400), token("c", float("-inf"))]
    tokens = read(200, with_logprobs({"content": entries})).tokens
    assert tokens is not None
    assert tokens.values == (0.0, 1.0, 0.0)
