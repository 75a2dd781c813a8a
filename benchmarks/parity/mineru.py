"""The real MinerU, in a virtual environment of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

VERSION = "3.4.4"
_CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "mineru-batch" / f"mineru-{VERSION}"


def command(given: Path | None) -> Path:
    """The ``mineru`` to run: the one given, or one installed below the cache folder (a minute, 600 MB)."""
    if given is not None:
        return given
    script = _CACHE / "bin" / "mineru"
    if not script.exists():
        print(f"installing mineru=={VERSION} in {_CACHE}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(_CACHE)], check=True)
        subprocess.run([_CACHE / "bin" / "pip", "install", "--quiet", f"mineru=={VERSION}"], check=True)
    return script


def convert(script: Path, pdfs: Path, output: Path, url: str, log: Path) -> None:
    """Convert a folder of PDFs over a server. Raises ``CalledProcessError``; its output is in ``log``."""
    words = [script, "-p", pdfs, "-o", output, "-b", "vlm-http-client", "-u", url]
    with log.open("w") as file:
        subprocess.run(words, check=True, stdout=file, stderr=subprocess.STDOUT)
