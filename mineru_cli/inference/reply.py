"""Parses a server's reply into a completion, or into one error of our tree. Pure.

================================================  =====================================================
reply                                             meaning
================================================  =====================================================
200, finish_reason stop, length, repetition       ``Completion``
200, finish_reason abort                          ``GenerationAborted``: the server is shutting down
200, another finish_reason (content_filter)       ``InvalidReply``: the text may be cut
200, not JSON, no choices, no text in content     ``InvalidReply``
another 2xx                                       ``InvalidReply``
400, 413, 422                                     ``RequestRejected``
401, 402, 403, 407                                ``AuthenticationFailed``
404 that names a model                            ``ModelNotFound``
other 404, 405, 501, any redirect                 ``NotAModelServer``
429, 503 of vLLM's own queue cap                  ``ServerBusy``
408, other 503 (a proxy with no backend), 5xx     ``ServerFault``
================================================  =====================================================
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn

from mineru_cli.domain.confidence import TokenProbabilities
from mineru_cli.domain.request import Completion, FinishReason
from mineru_cli.errors import (
    AuthenticationFailed,
    GenerationAborted,
    InvalidReply,
    ModelNotFound,
    NotAModelServer,
    RequestRejected,
    ServerBusy,
    ServerError,
    ServerFault,
)

KEY_HINT = "give the server's key with --api-key or MINERU_BATCH_API_KEY"
MODEL_HINT = "name a model that the server serves with --model"
URL_HINT = "--server-url must be the address of an OpenAI-compatible server, such as http://HOST:8000"

_FINISHED: dict[object, FinishReason] = {"length": "length", "repetition": "repetition"}
_QUOTED = 300
_SURROGATE = re.compile("[\ud800-\udfff]")
_MOST_TOKENS = 2**31
"""Upper bound per reply: a server may report any number."""
_LEAST_LOGPROB = -10_000
"""vLLM reports -9999 for a probability of 0."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply. ``headers`` are looked up by lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def read_completion(reply: Reply, *, now: float, server: str = "") -> Completion:
    """The completion in a reply to ``/v1/chat/completions``. ``now`` is Unix time, for Retry-After dates.

    Raises the error that the reply means, see the table above.
    """
    if reply.status != 200:
        raise_for_status(reply, now=now, server=server)
    document = parse_json(reply.body)
    choice = _first_choice(document, reply, server)
    reason = choice.get("finish_reason")
    if reason == "abort":
        raise GenerationAborted(f"{server} cut the answer: it is shutting down", status=200)
    message = choice.get("message")
    text = _text_of(message) if isinstance(message, dict) else None
    if text is None:
        raise _without_text(message, server)
    if reason is not None and reason not in ("stop", *_FINISHED):
        own = _quote(str(reason).encode(errors="replace"))
        raise InvalidReply(f"{server} ended its answer for a reason of its own: {own}", status=200)
    usage = document.get("usage")
    return Completion(
        _encodable(text),
        _FINISHED.get(reason, "stop"),
        prompt_tokens=_count(usage, "prompt_tokens"),
        completion_tokens=_count(usage, "completion_tokens"),
        server=server,
        tokens=_token_probabilities(choice.get("logprobs")),
    )


def raise_for_status(reply: Reply, *, now: float, server: str = "") -> NoReturn:
    """Raise the error that a status other than 200 means."""
    status = reply.status
    error = _error_of(parse_json(reply.body))
    message = f"{server} answered {status}: {_sentence(error, reply.body)}"
    wait = retry_after(reply.headers.get("retry-after"), now)
    if 200 < status < 300:
        raise InvalidReply(message, status=status)
    if status in (429, 503) and (status == 429 or _is_queue_cap(error)):
        raise ServerBusy(message, status=status, retry_after=wait)
    if status == 408 or (status >= 500 and status != 501):
        raise ServerFault(message, status=status, retry_after=wait)
    refusal = _refusal(status, error, message, reply.headers.get("location", ""))
    if refusal is not None:
        raise refusal
    raise RequestRejected(message, status=status)


def parse_json(body: bytes) -> dict[str, Any]:
    """The JSON object in ``body``; empty when there is none."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def retry_after(value: str | None, now: float) -> float | None:
    """Seconds of a Retry-After header: a number or an HTTP date. None when it is not valid."""
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - now)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _text_of(message: dict[str, Any]) -> str | None:
    """The text of a message: a string, or the text parts of a list; None when there is neither."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return None
    texts = [part.get("text") if isinstance(part, dict) else part for part in content]
    found = [text for text in texts if isinstance(text, str)]
    return "".join(found) if found else None


def _encodable(text: str) -> str:
    """``text`` with U+FFFD for each half of a surrogate pair: JSON can carry one, no file in UTF-8 can."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text)
    return text


def _without_text(message: object, server: str) -> InvalidReply:
    reasoning = isinstance(message, dict) and (message.get("reasoning") or message.get("reasoning_content"))
    where = ": the model's words are all in its reasoning" if reasoning else ""
    return InvalidReply(
        f"{server} answers, but its replies hold no text{where}",
        status=200,
        hint="start the server without --reasoning-parser" if reasoning else "check which model it serves",
    )


def _first_choice(document: dict[str, Any], reply: Reply, server: str) -> dict[str, Any]:
    choices = document.get("choices")
    if isinstance(choices, list) and choices and isinstance(choices[0], dict):
        return choices[0]
    what = "JSON without choices" if document else "something that is not a JSON object"
    raise InvalidReply(f"{server} answered with {what}: {_quote(reply.body)}", status=200)


def _refusal(status: int, error: dict[str, Any], message: str, location: str) -> ServerError | None:
    if status in (401, 403):
        return AuthenticationFailed(message, hint=KEY_HINT)
    if status == 402:  # no later request succeeds either: documents must not fail one by one
        return AuthenticationFailed(
            message, hint="the account of this key has no quota left: top it up, and repeat the command"
        )
    if status == 407:
        return AuthenticationFailed(
            message, hint="the proxy wants a login: write it into HTTP_PROXY or HTTPS_PROXY"
        )
    if 300 <= status < 400:
        return NotAModelServer(f"{message} (redirects to {_quote(location.encode())})", hint=URL_HINT)
    if status == 404 and _is_about_model(error):
        return ModelNotFound(message, hint=MODEL_HINT)
    if status in (404, 405, 501):
        return NotAModelServer(message, hint=URL_HINT)
    return None


def _error_of(document: dict[str, Any]) -> dict[str, Any]:
    error = document.get("error", document)
    return error if isinstance(error, dict) else {"message": str(error)}


def _sentence(error: dict[str, Any], body: bytes) -> str:
    for key in ("message", "detail"):
        if isinstance(error.get(key), str):
            return _quote(error[key].encode(errors="replace"))
    return _quote(body) or "nothing"


def _quote(body: bytes) -> str:
    text = body[: _QUOTED * 4].decode(errors="replace")
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= _QUOTED else text[:_QUOTED] + " ..."


def _is_queue_cap(error: dict[str, Any]) -> bool:
    kind = str(error.get("type", "")).replace(" ", "").replace("_", "").lower()
    return kind in ("serviceunavailable", "serviceunavailableerror")


def _is_about_model(error: dict[str, Any]) -> bool:
    message = str(error.get("message", "")).lower()
    return error.get("param") == "model" or ("model" in message and "not exist" in message)


def _token_probabilities(logprobs: object) -> TokenProbabilities | None:
    """From ``{"content": [{"token": ..., "logprob": ...}, ...]}``; None for anything else.

    A server may send anything here, and the text is valid without it, so this never raises.
    """
    entries = logprobs.get("content") if isinstance(logprobs, dict) else None
    if not isinstance(entries, list) or not entries:
        return None
    texts, values = [], []
    for entry in entries:
        token, logprob = (
            (entry.get("token"), entry.get("logprob")) if isinstance(entry, dict) else (None, None)
        )
        if not isinstance(token, str) or isinstance(logprob, bool) or not isinstance(logprob, int | float):
            return None
        if logprob != logprob:  # NaN
            return None
        texts.append(token)
        values.append(math.exp(max(_LEAST_LOGPROB, min(0.0, logprob))))
    return TokenProbabilities(tuple(texts), tuple(values))


def _count(usage: object, key: str) -> int:
    value = usage.get(key) if isinstance(usage, dict) else None
    return min(value, _MOST_TOKENS) if isinstance(value, int) and value >= 0 else 0


_SETTINGS = {
    r"encoder cache": "the server's encoder cache is too small for the pictures: start vLLM with a larger "
    "--max-num-batched-tokens, which sets its size",
    r"max_model_len|maximum model length|context length|longer than the maximum": "the server's context is "
    "too short: start vLLM with a larger --max-model-len",
    r"vllm_xargs|extra_forbidden|extra inputs|no_repeat_ngram_size": "the server does not take vllm_xargs: "
    "use vLLM 0.19.1 or later with --logits-processors mineru_vl_utils:MinerULogitsProcessor",
    r"log_?prob": "the server gives no probabilities of tokens: leave out --confidence",
    r"answered 413|too large|body size|payload": "a proxy refuses bodies of this size: raise its limit "
    "(nginx: client_max_body_size 64m)",
    r"limit.mm|at most \d+ image|image\(s\) may be provided|multi-?modal": "the server takes no picture: "
    "start vLLM with a vision model and --limit-mm-per-prompt '{\"image\": 1}'",
}
_OTHER = "read the server's log: its settings or the proxy before it refuse these requests"


def hint_for(message: str) -> str:
    """What to change so that requests refused with this message are accepted."""
    for pattern, hint in _SETTINGS.items():
        if re.search(pattern, message, re.IGNORECASE):
            return hint
    return _OTHER
