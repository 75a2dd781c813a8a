"""NVIDIA's driver and GPUs as ``nvidia-smi`` reports them: it is installed with the driver."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mineru_cli.servers.docker.command import NOT_FOUND, run

MIB = 2**20
_FIELDS = "index,name,driver_version,memory.total,memory.free"
_CUDA = re.compile(r"CUDA Version\s*:\s*(\d+\.\d+)")


@dataclass(frozen=True, slots=True)
class Gpu:
    """Memory in bytes, None where the driver does not report it (MIG, unified memory)."""

    index: int
    name: str
    memory_total: int | None
    memory_free: int | None


@dataclass(frozen=True, slots=True)
class Driver:
    """``found``: a driver is installed; ``error``: why it does not work."""

    found: bool
    version: str = ""
    cuda: str = ""
    gpus: tuple[Gpu, ...] = ()
    error: str = ""


async def read_driver() -> Driver:
    """Query nvidia-smi. Never raises."""
    result = await run(("nvidia-smi", f"--query-gpu={_FIELDS}", "--format=csv,noheader,nounits"), within=20.0)
    if result.code == NOT_FOUND:
        return Driver(found=False, error=result.output)
    if result.code != 0:
        return Driver(
            found=True, error=result.out.strip().splitlines()[0] if result.out.strip() else result.output
        )
    version, gpus = read_rows(result.out)
    cuda = _CUDA.search((await run(("nvidia-smi",), within=20.0)).out)
    return Driver(True, version, cuda[1] if cuda else "", gpus)


def read_rows(text: str) -> tuple[str, tuple[Gpu, ...]]:
    """Parse nvidia-smi's rows into the driver's version and the GPUs."""
    version, gpus = "", []
    for line in text.splitlines():
        parts = [part.strip() for part in line.split(",")]
        if len(parts) != 5 or not parts[0].isdigit():
            continue
        version = parts[2]
        gpus.append(Gpu(int(parts[0]), parts[1], _mib(parts[3]), _mib(parts[4])))
    return version, tuple(gpus)


def _mib(text: str) -> int | None:
    return int(text) * MIB if text.isdigit() else None
