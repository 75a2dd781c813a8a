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
from mineru_cli.bench.corpus.documents import SyntheticCorpus
from mineru_cli.bench.measure.command import measure_command
from mineru_cli.bench.servers.command import CommandServer
from mineru_cli.errors import MinerUBatchError

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
    lines = client_lines(name, peer=not given.no_peer)
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
            rows = [await whole_command(client, text, up.url, given) for client, text in lines.items()]
    write_results(folder, line.replace(scratch, "MODEL"), up.phases, rows)
    print(f"written: {folder}", flush=True)


def bench_command(url: str, folder: Path, given: argparse.Namespace) -> list[str]:
    files = [
        part for kind in ("json", "csv", "html") for part in (f"--{kind}", str(folder / f"bench.{kind}"))
    ]
    load = ["--sweep", given.sweep, "--repeats", str(given.repeats), "--duration", str(given.duration)]
    more = ["--gpu-cost", str(given.gpu_cost)] if given.gpu_cost else []
    return [sys.executable, "-m", "mineru_cli", "bench", "--server-url", url, *load, *files, *more]


def client_lines(name: str, *, peer: bool) -> dict[str, str]:
    """The clients' command lines, ``{url}`` left open. The peer speaks MinerU's protocol only."""
    ours = convert_command(Path("{input}"), Path("{output}"), "{url}", "--concurrency", str(IN_FLIGHT))
    lines = {"mineru-batch convert": shlex.join(ours)}
    if peer and name.startswith("mineru"):
        python, script = Bench(pages=0, scale=1.0).peer_python, ROOT / "benchmarks" / "peer_client.py"
        lines["mineru-vl-utils"] = shlex.join([str(python), str(script), "{input}", "{url}"])
    return lines


async def whole_command(client: str, line: str, url: str, given: argparse.Namespace) -> ClientRow:
    """On the same pages for each client, its start-up told apart."""
    print(f"-- {client}: {given.documents} documents", flush=True)
    corpus = SyntheticCorpus()
    found = await measure_command(line.replace("{url}", url), corpus, documents=given.documents)
    return ClientRow(client, found)


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
    if given.tiny:
        os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", "1")
    for name in given.models or SHAPES:
        try:
            anyio.run(measure, name, given)
        except MinerUBatchError as error:
            parser.exit(error.exit_code, f"{name}: {error.message}\n{error.hint}\n")


if __name__ == "__main__":
    main()
