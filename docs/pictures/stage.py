"""What the pictures show besides ourselves, none of it real: documents, servers, GPUs, a Docker engine."""

from __future__ import annotations

import math
import random
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT))
from tests import corpus  # noqa: E402
from tests.servers.docker.engine_double import EngineDouble, Script  # noqa: E402
from tests.vllm_double import DoubleProcess  # noqa: E402

MODEL = "opendatalab/MinerU2.5-Pro-2605-1.2B"
NAMES = ("annual-report", "invoice", "contract", "thesis", "patent", "data-sheet", "minutes", "tender")
FIELDS = (
    "PROF_SM_ACTIVE", "DEV_FB_USED", "DEV_FB_FREE", "DEV_POWER_USAGE", "DEV_GPU_TEMP",
    "DEV_TOTAL_ENERGY_CONSUMPTION",
)  # fmt: skip


def documents(folder: Path, count: int) -> None:
    """PDFs in folders by year, a few of them broken."""
    draw = random.Random(3)
    for number in range(count):
        pages = [corpus.prose(f"document {number}", page) for page in range(draw.randint(1, 9))]
        path = folder / str(2019 + number % 6) / f"{NAMES[number % 8]}-{number:04}.pdf"
        path.parent.mkdir(parents=True, exist_ok=True)
        made = corpus.encrypted_pdf(pages, "x") if number % 41 == 17 else corpus.text_pdf(pages)
        path.write_bytes(corpus.truncated(made, 0.2) if number % 53 == 20 else made)


@contextmanager
def servers(*seconds: float) -> Iterator[list[DoubleProcess]]:
    """Simulated servers; ``seconds`` is how long each takes for a block."""
    with ExitStack() as started:
        yield [started.enter_context(_server(one)) for one in seconds]


def _server(seconds: float) -> DoubleProcess:
    speed = ("--slots", "24", "--layout-seconds", str(2 * seconds), "--block-seconds", str(seconds))
    return DoubleProcess("--model", MODEL, *speed)


def slow_server() -> DoubleProcess:
    """The simulated server of the bench's picture: 8 slots, 0.2 s per request, 6 blocks per page."""
    return DoubleProcess("--slots", "8", "--layout-seconds", "0.2", "--block-seconds", "0.2", "--blocks", "6")


@contextmanager
def gpus(count: int) -> Iterator[str]:
    """The page of a DCGM exporter beside that many busy GPUs."""
    began = time.time()

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            for gpu in range(count):
                self.wfile.write(_gpu(gpu, time.time() - began).encode())

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/metrics"
    server.shutdown()
    server.server_close()


def _gpu(gpu: int, at: float) -> str:
    busy = 0.84 + 0.07 * math.sin(at / 5 + gpu * 1.7) + 0.05 * math.sin(at * 1.9 + gpu) - 0.06 * (gpu == 3)
    values = (busy, 61440 + 512 * gpu, 20000 - 512 * gpu, 140 + 420 * busy, 58 + 8 * busy + gpu, at * 480_000)
    labels = f'{{gpu="{gpu}",UUID="GPU-{gpu}",modelName="NVIDIA H100 80GB HBM3",Hostname="gpu1"}}'
    return "".join(f"DCGM_FI_{name}{labels} {value}\n" for name, value in zip(FIELDS, values, strict=True))


@contextmanager
def docker(folder: Path, script: Script, **knobs: object) -> Iterator[dict[str, str]]:
    """A stand-in engine: the environment of a real docker client with compose that talks to it."""
    plugins = folder / "config" / "cli-plugins"
    plugins.mkdir(parents=True)
    compose = shutil.which("docker-compose", path=str(Path(sys.executable).parent))
    (plugins / "docker-compose").symlink_to(compose or "docker-compose is missing: make dev")
    with EngineDouble(folder, script, **knobs) as engine:
        yield {**engine.environment, "DOCKER_CONFIG": str(folder / "config"), "XDG_RUNTIME_DIR": str(folder)}
