"""The GPU: driver, CUDA, the container runtime, memory against the model's requirement."""

from __future__ import annotations

import re

from mineru_cli.servers.docker.nvidia import Gpu
from mineru_cli.servers.doctor.facts import Finding, MachineFacts, ok, problem, skipped

GIB = 2**30
DRIVER, CUDA = "570", "12.8"
"""The versions that vLLM's images are built for, as in the proposal."""

TOOLKIT = (
    "install the NVIDIA Container Toolkit, then: sudo nvidia-ctk runtime configure --runtime=docker "
    "&& sudo systemctl restart docker  "
    "(https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/latest/install-guide.html)"
)
UPDATE = f"install driver {DRIVER} or newer: https://www.nvidia.com/drivers"
SMALLER = "--model opendatalab/MinerU2.5-Pro-2605-1.2B needs about 5 GiB"

_WEIGHTS = {
    "qwen2.5-vl-3b": 3.75,
    "qwen2.5-vl-7b": 8.29,
    "qwen2.5-vl-32b": 33.5,
    "qwen2.5-vl-72b": 73.4,
    "mineru2": 1.2,
}
"""Billions of parameters, vision tower included, which the name leaves out."""

_BILLIONS = re.compile(r"(\d+(?:\.\d+)?)b(?![a-z])")
WORKING = 3 * GIB
"""Activations, CUDA context and the smallest useful KV cache."""


def driver(facts: MachineFacts) -> Finding:
    """NVIDIA's driver on this machine and the CUDA it can run."""
    found = facts.machine.driver
    if not found.found:
        return skipped("gpu driver", "no NVIDIA driver here (nvidia-smi is not installed)")
    if found.error:
        return problem(
            "gpu driver", found.error, "see `nvidia-smi`; reinstall the driver or reboot after an update"
        )
    names = ", ".join(f"{gpu.index}: {gpu.name}" for gpu in found.gpus)
    text = f"driver {found.version}, CUDA {found.cuda or '?'}, {names or 'no GPU'}"
    if not found.gpus:
        return problem("gpu driver", text, "see `nvidia-smi -L` and `lspci | grep -i nvidia`")
    if _parts(found.version) < _parts(DRIVER) or (found.cuda and _parts(found.cuda) < _parts(CUDA)):
        return problem("gpu driver", f"{text}: vLLM's image wants driver {DRIVER} and CUDA {CUDA}", UPDATE)
    return ok("gpu driver", text)


def runtime(facts: MachineFacts) -> Finding:
    """Whether Docker can give GPUs to containers."""
    engine = facts.machine.engine
    if engine is None:
        return skipped("nvidia runtime", "no Docker engine to ask")
    if engine.gives_gpus:
        return ok("nvidia runtime", f"Docker gives GPUs to containers ({', '.join(engine.runtimes)})")
    if not facts.wanted:
        return skipped("nvidia runtime", "no NVIDIA GPU here")
    return problem(
        "nvidia runtime", "Docker cannot give GPUs to containers: it has no NVIDIA runtime", TOOLKIT
    )


def memory(facts: MachineFacts) -> Finding:
    """Compare free GPU memory with what vLLM will allocate, and that with what the model needs."""
    service, gpus = facts.service, facts.machine.driver.gpus
    if service is None or not gpus:
        return skipped("gpu memory", "no GPU, or no server described")
    if facts.serving:
        return skipped("gpu memory", "the server is running and holds its memory")
    if len(gpus) < service.gpus:
        return problem(
            "gpu memory", f"{len(gpus)} of {service.gpus} GPUs are there", f"set VLLM_GPUS={len(gpus)}"
        )
    gpu = min(gpus[: service.gpus], key=lambda one: one.memory_free or 0)
    if gpu.memory_total is None or gpu.memory_free is None:
        return skipped("gpu memory", f"{gpu.name} does not report its memory")
    taken = round(gpu.memory_total * service.memory_share)
    text = f"{_gib(gpu.memory_free)} of {_gib(gpu.memory_total)} free on GPU {gpu.index}"
    if gpu.memory_free < taken:
        return problem("gpu memory", f"{text}, vLLM would take {_gib(taken)}", _used_memory_hint(gpu))
    need = memory_needed(service.model, service.gpus)
    each = " on each GPU" if service.gpus > 1 else ""
    if need is not None and taken < need:
        return problem(
            "gpu memory",
            f"{service.model} needs about {_gib(need)}{each}, vLLM would take {_gib(taken)}",
            _small_memory_hint(need, gpu),
        )
    of = f", {service.model} needs about {_gib(need)}{each}" if need else ""
    return ok("gpu memory", f"{text}, vLLM takes {_gib(taken)}{of}")


def weights(model: str) -> int | None:
    """Bytes of the model's weights; None if its name does not contain its size."""
    name = model.lower()
    billions = next((size for known, size in _WEIGHTS.items() if known in name), None)
    if billions is None:
        found = _BILLIONS.search(name)
        billions = float(found[1]) if found else None
    return None if billions is None else round(billions * _bytes_each(name) * 1e9)


def memory_needed(model: str, gpus: int = 1) -> int | None:
    """Least memory in bytes on each of ``gpus`` GPUs with which the model can be served."""
    size = weights(model)
    return None if size is None else size // gpus + WORKING


def _bytes_each(name: str) -> float:
    if any(word in name for word in ("awq", "gptq", "int4", "w4a16", "nvfp4")):
        return 0.65  # scales, and the vision tower, which stays in 16 bits
    return 1.1 if "fp8" in name or "int8" in name else 2.0


def _used_memory_hint(gpu: Gpu) -> str:
    share = (gpu.memory_free or 0) / (gpu.memory_total or 1) - 0.02
    lower = f" or set VLLM_GPU_MEMORY_UTILIZATION={share:.2f}" if share > 0.1 else ""
    return f"free the GPU (nvidia-smi shows who uses it){lower}"


def _small_memory_hint(need: int, gpu: Gpu) -> str:
    share = need / (gpu.memory_total or 1) + 0.01
    if share <= 0.95:
        return f"set VLLM_GPU_MEMORY_UTILIZATION={share:.2f}, or serve a smaller model: {SMALLER}"
    return f"serve a smaller model: {SMALLER}"


def _gib(size: int) -> str:
    return f"{size / GIB:.1f} GiB"


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))
