"""vLLM's log lines, in the wordings of its source and of public logs."""

from __future__ import annotations

import pytest

from mineru_cli.servers.docker.vllm_log import cause_of, phase_of, share_of, short
from tests.servers.docker.engine_double import LINES

FREE = "ValueError: Free memory on device cuda:0 (12.38/79.2 GiB) on startup is less than desired GPU memory utilization (0.9, 71.3 GiB)."
CAUSES = {
    FREE: "less GPU memory is free",
    "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB": "memory ran out",
    "ValueError: No available memory for the cache blocks.": "no room for its KV cache",
    "OSError: You are trying to access a gated repo.": "refuses the model",
    "huggingface_hub.errors.RepositoryNotFoundError: 404 Client Error.": "no such model",
    "OSError: We couldn't connect to 'https://huggingface.co' to load the files": "no way to the Hugging Face",
    "OSError: [Errno 28] No space left on device": "disk is full",
    "RuntimeError: Failed to infer device type": "sees no GPU",
    "vllm: error: unrecognized arguments: --shutdown-timeout 30": "does not know an option",
    "ModuleNotFoundError: No module named 'mineru_vl_utils'": "no logits processor",
}


def test_a_start_goes_forward_through_its_phases():
    phases = [phase for phase in map(phase_of, LINES) if phase]
    order = ["load", "compile", "warm-up", "ready"]
    assert sorted(phases, key=order.index) == phases
    assert set(phases) == set(order)


@pytest.mark.parametrize(("line", "reason"), CAUSES.items())
def test_known_causes_are_named_with_a_way_out(line: str, reason: str):
    cause = cause_of(["INFO something before", line, "RuntimeError: Engine core initialization failed."])
    assert cause is not None
    assert reason in cause.reason
    assert cause.hint


def test_a_progress_bar_becomes_a_share_and_leaves_the_text():
    graphs = "Capturing CUDA graphs (mixed prefill-decode, PIECEWISE):  40%|####      | 4/11 [00:01<00:02]"
    assert (short(LINES[2]), share_of(LINES[2])) == ("Loading safetensors checkpoint shards", 0.2)
    assert (short(graphs), share_of(graphs)) == (
        "Capturing CUDA graphs (mixed prefill-decode, PIECEWISE)",
        0.4,
    )


def test_the_first_cause_counts():
    lines = ["torch.OutOfMemoryError: CUDA out of memory.", "No space left on device"]
    cause = cause_of(lines)
    assert cause is not None
    assert "GPU" in cause.reason


def test_an_ordinary_start_has_no_cause():
    assert cause_of(LINES) is None


def test_progress_bars_and_prefixes():
    assert share_of(LINES[2]) == 0.2
    assert share_of(LINES[9]) == 0.4
    assert share_of(LINES[0]) is None
    assert short(LINES[4]) == "Loading weights took 6.61 seconds"
    assert len(short("x" * 5000)) <= 110
