"""Which setting is behind a server's refusal of a request, read off its words."""

from __future__ import annotations

import re

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
    """What to change so that requests refused with this message are taken."""
    for pattern, hint in _SETTINGS.items():
        if re.search(pattern, message, re.IGNORECASE):
            return hint
    return _OTHER
