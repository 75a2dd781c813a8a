"""Makes the pictures of the live view, the launch, the report and the viewer in docs/images, and recordings.

    make pictures

Needs tmux, chromium, docker's client and the development environment. Servers, GPUs and the Docker engine are
simulated; the embedded engine is real. Takes about five minutes.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import diagrams
import recordings
import stage
from photograph import photograph
from terminal import Terminal

from tests.servers.docker.engine_double import LINES, MODEL, OUT_OF_MEMORY

IMAGES = Path(__file__).resolve().parents[1] / "images"
US = str(Path(sys.executable).with_name("mineru-batch"))
HERE = {"PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"}


def simulated(work: Path) -> None:
    """The live view at three sizes on two servers and four GPUs, then the report of the run."""
    stage.documents(work / "pdfs", 230)
    with stage.servers(0.25, 0.3) as (one, two), stage.gpus(4) as page:
        urls = ["--server-url", one.url, "--server-url", two.url, "--dcgm-url", page]
        command = [
            US,
            "convert",
            "pdfs",
            "-o",
            "out",
            *urls,
            "--max-error-rate",
            "0.1",
            "--report",
            "run.html",
        ]
        with Terminal(120, 40, ["env", "-C", str(work), *command], HERE) as terminal:
            terminal.until("last failures")
            terminal.until("0:30")
            two.control(refuse=6)
            terminal.until("away")
            terminal.photograph(IMAGES / "live-120x40.png")
            terminal.until("0:48")
            terminal.resize(200, 50)
            terminal.photograph(IMAGES / "live-200x50.png")
            terminal.resize(80, 24)
            terminal.photograph(IMAGES / "live-80x24.png")
            terminal.press("v")
            terminal.until("Finished after", 240)
    report = (work / "run.html").as_uri()
    photograph(report, IMAGES / "report-wide.png", (1180, 1440))
    photograph(report, IMAGES / "report-narrow.png", (500, 1260))


def embedded(work: Path) -> None:
    """The live view on the embedded engine, and its results in the viewer."""
    examples = stage.ROOT / "examples" / "pdfs"
    command = ["env", "-C", str(work), US, "convert", str(examples), "-o", "read"]
    with Terminal(100, 30, command, HERE) as terminal:
        terminal.until("3 / 5")
        terminal.photograph(IMAGES / "live-embedded.png")
        terminal.until("Finished after", 300)
    with viewer(work / "read") as address:
        photograph(f"{address}#key=paper&page=1", IMAGES / "viewer-wide.png", (1280, 800))
        photograph(f"{address}#key=invoice&page=1", IMAGES / "viewer-narrow.png", (500, 900))
    base = work / "base"
    shutil.copytree(work / "read", base)
    for path in base.glob("invoice/vlm/*.json"):
        path.write_text(
            path.read_text().replace("Chain, nine speed", "Chain, eight speed").replace("10552", "10562")
        )
    with viewer(work / "read", "--baseline", str(base)) as address:
        photograph(f"{address}#key=invoice&page=1&baseline=1", IMAGES / "viewer-baseline.png", (1280, 800))


def one_away(work: Path) -> None:
    """The live view with one of two servers dead."""
    stage.documents(work / "pdfs", 60)
    with stage.servers(0.25, 0.3) as (one, two):
        urls = ["--server-url", one.url, "--server-url", two.url]
        with Terminal(120, 32, ["env", "-C", str(work), US, "convert", "pdfs", *urls], HERE) as terminal:
            terminal.until("0:2")
            two.control(dead=True)
            terminal.until("1 of 2 servers away")
            terminal.photograph(IMAGES / "live-server-away.png")
            terminal.press("q")


def helped(_: Path) -> None:
    """The help of ``convert``, on a terminal that is high enough for all of it."""
    wide = {**HERE, "COLUMNS": "120"}
    done = subprocess.run([US, "convert", "--help"], env=wide, capture_output=True, check=True)
    lines = done.stdout.count(b"\n") + 2
    with Terminal(120, lines, ["bash", "-c", f"{US} convert --help; sleep 20"], HERE) as terminal:
        terminal.until("Options count before variables")
        terminal.photograph(IMAGES / "help.png")


@contextmanager
def viewer(output: Path, *options: str) -> Iterator[str]:
    """The address of a viewer at work."""
    command = [US, "runs", "view", str(output), "--no-open", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().split()[-1]
        process.terminate()


def benched(work: Path) -> None:
    """The page of the bench in docs/bench.md: a server of 8 slots and 0.2 s per request."""
    with stage.slow_server() as server:
        levels = ["--sweep", "1,2,4,8,16,32", "--duration", "8", "--repeats", "2", "--slo", "3"]
        command = [US, "bench", "--server-url", server.url, *levels, "--html", "bench.html"]
        subprocess.run(command, cwd=work, env=HERE, check=True, stdout=subprocess.DEVNULL)
    photograph((work / "bench.html").as_uri(), IMAGES / "bench.png", (1180, 1680))


def launches(work: Path) -> None:
    """``server up`` in the middle of a start, and one that fails."""
    up = [US, "server", "up", "--model", MODEL, "--port", "18000"]
    with stage.docker(work / "good", stage.Script(LINES, pause=1.2), pull_pause=0.2) as environment:
        with Terminal(96, 12, up, {**HERE, **environment}) as terminal:
            terminal.until("40 %", 60)
            terminal.photograph(IMAGES / "server-up.png")
            terminal.until("Next:", 60)
    script = stage.Script(OUT_OF_MEMORY, pause=0.3, exit_code=1)
    with stage.docker(work / "bad", script) as environment:
        with Terminal(118, 19, up, {**HERE, **environment}) as terminal:
            terminal.until("error:", 60)
            terminal.photograph(IMAGES / "server-up-failed.png")


def recorded(work: Path) -> None:
    """``server up`` as text, in docs/server.md."""
    recordings.write(US, work)


def drawn(_: Path) -> None:
    """The drawings of docs/design.md."""
    diagrams.draw()


SCENES = {
    scene.__name__: scene
    for scene in (simulated, one_away, embedded, benched, helped, launches, recorded, drawn)
}


if __name__ == "__main__":
    for name in sys.argv[1:] or SCENES:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            SCENES[name](Path(folder))
