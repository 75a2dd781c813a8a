"""Runs the server as a process: ``python tests/vllm_double --port 0``."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import sys
from dataclasses import fields
from pathlib import Path

if not __package__:  # run by its path
    sys.path.insert(0, str(Path(__file__).parents[1]))
from vllm_double.server import Server
from vllm_double.state import Options


def _parse(arguments: list[str] | None = None) -> Options:
    parser = argparse.ArgumentParser(description="a test server that keeps vLLM's contract")
    defaults = Options()
    for option in fields(Options):
        value = getattr(defaults, option.name)
        parser.add_argument("--" + option.name.replace("_", "-"), type=type(value), default=value)
    return Options(**vars(parser.parse_args(arguments)))


async def _run(options: Options) -> None:
    server = Server(options)
    await server.start()
    card = {
        "url": f"{options.scheme}://{options.host}:{server.port}",
        "port": server.port,
        "control_port": server.control_port,
        "pid": os.getpid(),
    }
    print(json.dumps(card), flush=True)
    parent = os.getppid()
    while os.getppid() == parent:  # never outlive the test that started it
        await asyncio.sleep(0.5)
    os._exit(0)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(_parse()))
