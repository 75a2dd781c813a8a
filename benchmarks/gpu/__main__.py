"""``python -m benchmarks.gpu [MODEL...]``: what one GPU gives, with our client and with the peer's.

For each model: a folder with its published shape, vLLM on it with made-up weights, ``mineru-batch bench``
against that, then the whole commands of both clients on the same pages. The text is nonsense, the load is
real: every answer is as long as a real page's (``replies``). Results go into one folder a model.

    python -m benchmarks.gpu                                        all models, vLLM from the PATH
    python -m benchmarks.gpu mineru2.5 --vllm ~/vllm/bin/vllm
    python -m benchmarks.gpu --tiny --output out/trial              without a GPU: does it all work?
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import anyio

from benchmarks.bench import Bench, convert_command
from benchmarks.corpus import ROOT
from benchmarks.gpu.folder import write_model
from benchmarks.gpu.results import ClientRow, write_results
from benchmarks.gpu.shapes import SHAPES, Shape
from mineru_cli.bench.command import measure_command
from mineru_cli.bench.corpus import SyntheticCorpus
from mineru_cli.bench.own.command import CommandServer
from mineru_cli.bench.own.server import Up

HERE = Path(__file__).resolve().parent
ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "DO_NOT_TRACK": "1",
    "VLLM_SERVER_DEV_MODE": "1",
    "OMP_NUM_THREADS": "1",
}
TINY = ("--enforce-eager", "--max-num-seqs", "64")
IN_FLIGHT = 100
"""Of both clients: what the peer's keeps by default."""


def serve_line(vllm: str, model: Path, shape: Shape, more: tuple[str, ...]) -> str:
    """vLLM's command line, its port left open."""
    words = [
        *shlex.split(vllm), "serve", str(model), "--served-model-name", shape.name, "--load-format", "dummy",
        "--max-model-len", "16384", "--limit-mm-per-prompt", '{"image":1}', "--logits-processors",
        *_processors(vllm), "--host", "127.0.0.1", *more,
    ]  # fmt: skip
    return f"{shlex.join(words)} --port {{port}}"


def _processors(vllm: str) -> list[str]:
    """MinerU's own as well, where vLLM's environment has it: a real server pays for it."""
    python = Path(shlex.split(vllm)[0]).with_name("python")
    probe = [str(python), "-c", "import mineru_vl_utils"]
    has_it = python.exists() and subprocess.run(probe, capture_output=True, check=False).returncode == 0
    return [*(["mineru_vl_utils:MinerULogitsProcessor"] if has_it else []), "scripted:Scripted"]


async def measure(name: str, given: argparse.Namespace) -> None:
    """One model, from nothing to its results."""
    shape = SHAPES[name].tiny() if given.tiny else SHAPES[name]
    folder: Path = given.output / name
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="mineru-gpu-") as scratch:
        write_model(shape, Path(scratch))
        more = (*(TINY if given.tiny else ()), *shlex.split(given.vllm_options))
        line = serve_line(given.vllm, Path(scratch), shape, more)
        print(f"-- {name}: {line}", flush=True)
        async with CommandServer(line).started({}) as up:
            print(f"-- ready: {dict(up.phases)}", flush=True)
            bench = bench_command(up.url, folder, given)
            await anyio.run_process(bench, stdout=None, stderr=None)
            rows = await clients(name, up, given)
    write_results(folder, line.replace(scratch, "MODEL"), up.phases, rows)
    print(f"written: {folder}", flush=True)


def bench_command(url: str, folder: Path, given: argparse.Namespace) -> list[str]:
    files = [
        part for kind in ("json", "csv", "html") for part in (f"--{kind}", str(folder / f"bench.{kind}"))
    ]
    load = ["--sweep", given.sweep, "--repeats", str(given.repeats), "--duration", str(given.duration)]
    more = ["--gpu-cost", str(given.gpu_cost)] if given.gpu_cost else []
    return [sys.executable, "-m", "mineru_cli", "bench", "--server-url", url, *load, *files, *more]


async def clients(name: str, up: Up, given: argparse.Namespace) -> list[ClientRow]:
    """Whole commands on the same pages, start-up told apart. The peer speaks MinerU's protocol only."""
    ours = convert_command(Path("{input}"), Path("{output}"), up.url, "--concurrency", str(IN_FLIGHT))
    lines = {"mineru-batch convert": shlex.join(ours)}
    if name.startswith("mineru") and not given.no_peer:
        python = Bench(pages=0, scale=1.0).peer_python
        script = ROOT / "benchmarks" / "peer_client.py"
        lines["mineru-vl-utils"] = f"{shlex.quote(str(python))} {shlex.quote(str(script))} {{input}} {up.url}"
    rows = []
    for client, line in lines.items():
        print(f"-- {client}: {given.documents} documents", flush=True)
        found = await measure_command(line, SyntheticCorpus(), documents=given.documents)
        rows.append(ClientRow(client, found))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.gpu", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("models", nargs="*", metavar="MODEL", help=f"of {', '.join(SHAPES)} (default: all)")
    parser.add_argument("--vllm", default="vllm", help="the command of an installed vLLM (default: vllm)")
    parser.add_argument("--vllm-options", default="", help="more of its flags, as one word")
    parser.add_argument(
        "--tiny", action="store_true", help="two thin layers: a trial on a machine without a GPU"
    )
    parser.add_argument("--sweep", default="auto", help="as of mineru-batch bench (default: auto)")
    parser.add_argument("--duration", type=float, default=20.0, help="seconds of a window (default: 20)")
    parser.add_argument("--repeats", type=int, default=3, help="of each level (default: 3)")
    parser.add_argument("--documents", type=int, default=200, help="for the whole commands (default: 200)")
    parser.add_argument("--gpu-cost", type=float, help="dollars an hour")
    parser.add_argument("--no-peer", action="store_true", help="leave out the peer, which pip installs once")
    parser.add_argument(
        "--output", type=Path, default=Path("docs/benchmarks"), help="(default: docs/benchmarks)"
    )
    given = parser.parse_args()
    if unknown := set(given.models) - set(SHAPES):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(SHAPES)}")
    if given.tiny and given.output == Path("docs/benchmarks"):
        parser.error("--tiny measures nothing that belongs into docs/benchmarks: give another --output")
    paths = [str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])]
    os.environ.update(ENVIRONMENT, PYTHONPATH=os.pathsep.join(paths))
    for name in given.models or SHAPES:
        anyio.run(measure, name, given)


if __name__ == "__main__":
    main()
