from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mineru_cli.domain.request import Sampling, VisionRequest
from mineru_cli.inference.body import encode


@pytest.mark.spec("gpu-microservices/openai-compatible-api/a-request-carries-image-and-prompt")
@given(st.binary(min_size=1, max_size=200), st.text(), st.none() | st.text(), st.text())
def test_a_body_is_json_whatever_the_texts_are(image, prompt, system, model):
    body = json.loads(encode(VisionRequest("text", prompt, image, Sampling(), system=system), model))
    *before, user = body["messages"]
    picture, *text = user["content"]
    assert before == ([] if system is None else [{"role": "system", "content": system}])
    assert base64.b64decode(picture["image_url"]["url"].partition(",")[2]) == image
    assert text == ([{"type": "text", "text": prompt}] if prompt else [])
    assert body["model"] == model


@pytest.mark.spec("gpu-microservices/openai-compatible-api/sampling-has-vllms-names")
def test_sampling_is_named_as_vllm_names_it():
    sampling = Sampling(
        temperature=0.0, top_p=0.01, top_k=1, presence_penalty=1.0, frequency_penalty=0.05,
        repetition_penalty=1.0, no_repeat_ngram_size=100, max_tokens=4096,
    )  # fmt: skip
    request = VisionRequest("text", "p", b"i", sampling, skip_special_tokens=False)
    body = json.loads(encode(request, "mineru"))
    assert {key: value for key, value in body.items() if key not in ("messages", "model")} == {
        "temperature": 0.0,
        "top_p": 0.01,
        "top_k": 1,
        "presence_penalty": 1.0,
        "frequency_penalty": 0.05,
        "repetition_penalty": 1.0,
        "max_tokens": 4096,
        "vllm_xargs": {"no_repeat_ngram_size": 100, "debug": False},
        "skip_special_tokens": False,
    }


def test_what_is_not_set_is_left_to_the_server():
    request = VisionRequest("page", "p", b"i", Sampling(temperature=None), media_type="image/jpeg")
    body = json.loads(encode(request, "m"))
    assert sorted(body) == ["messages", "model", "skip_special_tokens"]
    assert body["messages"][0]["content"][0]["image_url"]["url"].startswith("data:image/jpeg;base64,")


def test_the_prompt_comes_first_where_the_request_says_so():
    request = VisionRequest("page", "p", b"i", Sampling(), text_first=True)
    assert [part["type"] for part in json.loads(encode(request, "m"))["messages"][0]["content"]] == [
        "text", "image_url",
    ]  # fmt: skip


def test_an_empty_prompt_sends_the_image_alone():
    for text_first in (False, True):
        request = VisionRequest("page", "", b"i", Sampling(), text_first=text_first)
        assert [part["type"] for part in json.loads(encode(request, "m"))["messages"][0]["content"]] == [
            "image_url"
        ]


def test_a_question_about_text_alone_has_no_image():
    body = json.loads(encode(VisionRequest("cell-merge", "p", b"", Sampling()), "m"))
    assert body["messages"][0]["content"] == [{"type": "text", "text": "p"}]


def test_further_fields_are_sent_as_they_are():
    fields = {
        "stop": ["</doctag>"],
        "vllm_xargs": {"ngram_size": 30},
        "chat_template_kwargs": {"enable_thinking": False},
    }
    body = json.loads(encode(VisionRequest("page", "p", b"i", Sampling(), fields=fields), "m"))
    assert {name: body[name] for name in fields} == fields
