"""vLLM's log while it starts: the phase of a line, its progress, and the cause of a failed start.

The wordings are those of vLLM 0.19 to 0.32; unknown lines are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from mineru_cli.servers.docker.progress import Phase

_MARKS: tuple[tuple[str, Phase], ...] = (
    (r"Application startup complete|Starting vLLM (API )?server", "ready"),
    (r"Capturing CUDA graphs?|Graph capturing finished", "warm-up"),
    (r"(Available|GPU) KV cache|init engine \(|torch\.compile took|Memory profiling", "warm-up"),
    (r"torch\.compile|Dynamo bytecode|[Cc]ompil\w+ (a )?graph", "compile"),
    (r"Model loading took|Loading weights took|Starting to load model", "load"),
    (r"Loading (\w+ )+checkpoint shards|Downloading|model weights", "load"),
)
_SHARE = re.compile(r"(\d{1,3})% (?:Completed|\|)|:\s+(\d{1,3})%\|")
_PREFIX = re.compile(r"^(\([^)]*pid=\d+\)\s*)?((INFO|WARNING|ERROR)\s[\d: -]+)?(\[[^\]]*\]\s*)?")
_BAR = re.compile(r":?\s+\d{1,3}%\s?(Completed\s)?\|.*$")
LONGEST = 110


@dataclass(frozen=True, slots=True)
class StartFailure:
    """Cause of a failed start, and the fix."""

    reason: str
    hint: str


_CAUSES: tuple[tuple[re.Pattern[str], StartFailure], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), StartFailure(reason, hint))
    for pattern, reason, hint in (
        (
            r"out of memory|OutOfMemoryError",
            "the GPU's memory ran out",
            "free the GPU (see nvidia-smi); the default model, MinerU2.5-Pro, needs about 5 GiB",
        ),
        (
            r"less than desired GPU memory utilization",
            "less GPU memory is free than VLLM_GPU_MEMORY_UTILIZATION asks for",
            "free the GPU (nvidia-smi shows who uses it), or lower VLLM_GPU_MEMORY_UTILIZATION",
        ),
        (
            r"No available memory for the cache blocks|KV cache is needed, which is larger than",
            "the model fits, but leaves no room for its KV cache",
            "raise VLLM_GPU_MEMORY_UTILIZATION, or lower VLLM_MAX_MODEL_LEN",
        ),
        (
            r"gated repo|GatedRepoError|401 Client Error|403 Client Error",
            "the Hugging Face Hub refuses the model",
            "accept the model's licence on its page and set HF_TOKEN",
        ),
        (
            r"RepositoryNotFoundError|is not a valid model identifier|404 Client Error",
            "there is no such model on the Hugging Face Hub",
            "see the spelling of MINERU_MODEL",
        ),
        (
            r"We couldn't connect to|Max retries exceeded with url|Temporary failure in name resolution",
            "the weights cannot be downloaded: no way to the Hugging Face Hub",
            "see network and proxy; with the weights in the cache set HF_HUB_OFFLINE=1",
        ),
        (
            r"No space left on device",
            "the disk is full",
            "free space where Docker keeps its data, or move it",
        ),
        (
            r"Failed to infer device type|No CUDA GPUs are available|Found no NVIDIA driver|libcuda\.so\.1",
            "the container sees no GPU",
            "see `mineru-batch doctor`: NVIDIA runtime and driver",
        ),
        (
            r"driver version is insufficient|no kernel image is available|PTX was compiled with an unsupp",
            "the driver or the GPU is too old for this vLLM",
            "update the NVIDIA driver, or take an older image with VLLM_IMAGE",
        ),
        (
            r"unrecognized arguments|error: argument",
            "this vLLM does not know an option of the compose file",
            "see VLLM_EXTRA_ARGS and VLLM_IMAGE",
        ),
        (
            r"No module named 'mineru_vl_utils'",
            "this image has no logits processor of MinerU",
            "build it: docker compose --profile gpu-mineru build",
        ),
    )
)


def phase_of(line: str) -> Phase | None:
    """The phase that a line belongs to."""
    return next((phase for pattern, phase in _MARKS if re.search(pattern, line)), None)


def share_of(line: str) -> float | None:
    """Progress of the phase (0-1), from a line with a progress bar."""
    found = _SHARE.search(line)
    return min(int(found[1] or found[2]), 100) / 100 if found else None


def short(line: str) -> str:
    """The line without process, level, time and file, and without its progress bar (see ``share_of``)."""
    text = _BAR.sub("", _PREFIX.sub("", line.strip())) or line.strip()
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def cause_of(lines: Iterable[str]) -> StartFailure | None:
    """The first known cause in the log: later errors follow from it."""
    for line in lines:
        for pattern, cause in _CAUSES:
            if pattern.search(line):
                return cause
    return None
