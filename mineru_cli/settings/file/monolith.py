"""Keys of the monolithic service's configuration, and their equivalents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

BACKEND = "vlm-http-client"
"""The only backend of workers in the split architecture."""

OLD_BACKENDS = frozenset(
    {
        "pipeline",
        "transformers",
        "vllm-engine",
        "vllm-async-engine",
        "vlm-auto-engine",
        "vlm-transformers",
        "vlm-vllm-engine",
        "vlm-vllm-async-engine",
        "vlm-lmdeploy-engine",
        "vlm-mlx-engine",
        "vlm-sglang-engine",
        "vlm-sglang-client",
        "hybrid-auto-engine",
        "hybrid-vllm-engine",
        "hybrid-http-client",
        "sglang-engine",
    }
)
"""Backends of MinerU, of all releases, that load the model in each worker."""

MIGRATE = "mineru-batch config migrate {path} -o mineru-batch.yaml"


@dataclass(frozen=True, slots=True)
class OldKey:
    """The equivalent of a key of the monolithic service.

    It has one of ``new`` (its key here), ``flag`` (an option of ``vllm serve``) and ``reason`` (why it was
    removed); with a flag, ``reason`` is a remark to it.
    """

    new: str = ""
    flag: str = ""
    reason: str = ""


_NO_GPU = "workers need no GPU: the server's container has it"
_NO_MODEL = "workers load no model"
_ALWAYS = "the model reads it always"
_INPUTS = "inputs are given on the command line: mineru-batch convert INPUT"
_LOGS = "what a run prints and logs is chosen with --progress and --log-file"

OLD_KEYS: Mapping[str, OldKey] = {
    **dict.fromkeys(
        ("num_workers", "worker_count", "max_workers", "workers_count"), OldKey("mineru.workers.count")
    ),
    **dict.fromkeys(
        ("model_path", "model_name", "model_dir", "model_name_or_path", "vlm_model_path"),
        OldKey("mineru.vllm_server.model"),
    ),
    **dict.fromkeys(
        ("batch_size", "max_batch_size", "page_batch_size", "vlm_batch_size", "batch_ratio"),
        OldKey("mineru.workers.concurrency"),
    ),
    **dict.fromkeys(("timeout", "timeout_seconds"), OldKey("mineru.vllm_server.request_timeout")),
    **dict.fromkeys(("server_url", "url", "http_url"), OldKey("mineru.vllm_server.base_url")),
    **dict.fromkeys(("max_retries", "retries"), OldKey("mineru.resilience.retry.attempts")),
    **dict.fromkeys(
        ("output_dir", "output_path", "output_folder", "out_dir"), OldKey("mineru.output.folder")
    ),
    **dict.fromkeys(("parse_method", "method"), OldKey("mineru.reading.text")),
    "render_dpi": OldKey("mineru.rendering.dpi"),
    "gpu_memory_utilization": OldKey(
        flag="--gpu-memory-utilization",
        reason="the server's; this was the share of one worker, and a server alone on its GPU may take 0.9",
    ),
    **{
        name: OldKey(flag=f"--{name.replace('_', '-')}")
        for name in (
            "tensor_parallel_size",
            "pipeline_parallel_size",
            "data_parallel_size",
            "max_model_len",
            "max_num_seqs",
            "max_num_batched_tokens",
            "dtype",
            "quantization",
            "kv_cache_dtype",
            "enforce_eager",
            "enable_prefix_caching",
            "swap_space",
            "cpu_offload_gb",
            "trust_remote_code",
        )
    },
    **dict.fromkeys(
        (
            "gpu_id",
            "gpu_ids",
            "gpus",
            "gpu_count",
            "gpus_per_worker",
            "workers_per_gpu",
            "gpu_assignment",
            "worker_gpu_map",
            "device",
            "devices",
            "device_mode",
            "cuda_visible_devices",
            "vram_per_worker",
            "vram_limit_gb",
            "virtual_vram_size",
        ),
        OldKey(reason=_NO_GPU),
    ),
    **dict.fromkeys(
        (
            "startup_timeout",
            "model_load_timeout",
            "warmup",
            "preload_model",
            "model_source",
            "models_dir",
            "model_cache_dir",
            "initial_delay_seconds",
        ),
        OldKey(reason=_NO_MODEL),
    ),
    **dict.fromkeys(
        ("formula_enable", "table_enable", "enable_formula", "enable_table"), OldKey(reason=_ALWAYS)
    ),
    **dict.fromkeys(("lang", "language"), OldKey(reason="the model finds the language itself")),
    **dict.fromkeys(("input_dir", "input_path", "input_folder", "input_dirs"), OldKey(reason=_INPUTS)),
    **dict.fromkeys(("log_level", "loglevel", "log_dir", "log_file", "verbose"), OldKey(reason=_LOGS)),
}
"""Equivalents by the last part of the key, in any group."""


SINGLE_VALUES: Mapping[str, OldKey] = {
    "mineru.output": OldKey("mineru.output.folder"),
    "output": OldKey("mineru.output.folder"),
    "mineru.input": OldKey(reason=_INPUTS),
    "input": OldKey(reason=_INPUTS),
}
"""Keys that are groups here, but could have a single value there."""

_SECONDS = ("_in_seconds", "_seconds", "_secs", "_sec", "_s")


def old_key(key: str) -> OldKey | None:
    """The equivalent of ``key``, by its last part; None if it is not one of the monolithic service's keys.

    A suffix for the unit "seconds" is ignored.
    """
    last = key.rpartition(".")[2].lower().replace("-", "_")
    without = next((last.removesuffix(unit) for unit in _SECONDS if last.endswith(unit)), last)
    return OLD_KEYS.get(last) or OLD_KEYS.get(without)


def is_old_key(key: str) -> bool:
    """Whether ``key`` is one of the monolithic service's."""
    return old_key(key) is not None
