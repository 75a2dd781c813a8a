"""A real vLLM accepts the request of every profile. The model has random weights: its text means nothing."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from dataclasses import replace

import pytest
from recipes.sessions import page_image, recipe

from mineru_cli.inference.body import encode
from mineru_cli.inference.reply import Reply, read_completion
from mineru_cli.recipes.profiles.catalogue import profiles

pytestmark = pytest.mark.real_vllm
URL = os.environ.get("REAL_VLLM_URL", "http://127.0.0.1:8100")
ASKED = [one.name for one in profiles() if not one.refuse]


@pytest.mark.parametrize("name", ASKED)
def test_the_request_is_accepted(name):
    request = recipe(name).prepare(page_image(size=(600, 800)), None).request
    body = json.loads(encode(request, "mineru"))
    answer(body | {"max_tokens": 4})


def test_probabilities_come_with_the_reply():
    request = recipe("mineru").prepare(page_image(size=(600, 800)), None).request
    body = json.loads(encode(replace(request, fields={"logprobs": True}), "mineru"))
    completion = read_completion(Reply(200, {}, answer(body | {"max_tokens": 4})), now=0.0)
    assert completion.tokens is not None
    assert len(completion.tokens.values) == completion.completion_tokens == 4
    assert all(0 < value < 1 for value in completion.tokens.values)


def answer(body: dict) -> bytes:
    asked = urllib.request.Request(
        f"{URL}/v1/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(asked, timeout=300) as reply:
            assert reply.status == 200
            return reply.read()
    except urllib.error.HTTPError as error:
        pytest.fail(f"{error.code}: {error.read()[:500]!r}")
