"""``python -m mineru_cli.embedded``: the engine as a separate process."""

from __future__ import annotations

import argparse
import ctypes
import logging
import os
import signal
import sys
import threading
from pathlib import Path

from mineru_cli.domain.extras import EMBEDDED_HINT
from mineru_cli.embedded.config import KEY_VARIABLE, MODEL_NAME, EmbeddedConfig
from mineru_cli.errors import MinerUBatchError

PR_SET_PDEATHSIG = 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m mineru_cli.embedded", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port")
    parser.add_argument("--threads", type=int, default=0, help="cores to use, 0 for all")
    parser.add_argument("--slots", type=int, default=0, help="requests at once, 0 to choose")
    parser.add_argument("--api-key", default=None, help=f"also read from {KEY_VARIABLE}")
    parser.add_argument("--model", default=MODEL_NAME, help="the served model's name")
    parser.add_argument("--runtime", choices=("auto", "onnxruntime", "openvino"), default="auto")
    parser.add_argument("--recogniser", default="rapidocr")
    parser.add_argument("--recogniser-folder", type=Path, default=None, help="weights of other recognisers")
    parser.add_argument("--grace", type=float, default=20.0, help="seconds to finish requests on SIGTERM")
    parser.add_argument("--sandbox", choices=("auto", "require", "off"), default="auto")
    parser.add_argument(
        "--die-with-parent", action="store_true", help="exit when stdin ends or the parent process dies"
    )
    return parser


def _die_with_parent() -> None:
    """Exit immediately when stdin is closed, and on Linux when the parent dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

    def watch() -> None:
        while os.read(0, 4096):
            pass
        os._exit(0)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


def main(argv: list[str] | None = None) -> int:
    """Parse, serve, and return the exit code."""
    options = _parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    if options.die_with_parent:
        _die_with_parent()
    config = EmbeddedConfig(
        host=options.host,
        port=options.port,
        threads=options.threads,
        slots=options.slots,
        api_key=options.api_key or os.environ.get(KEY_VARIABLE),
        model=options.model,
        runtime=options.runtime,
        recogniser=options.recogniser,
        recogniser_folder=options.recogniser_folder,
        grace=options.grace,
        sandbox=options.sandbox,
    )
    return _run(config)


def _run(config: EmbeddedConfig) -> int:
    try:
        from mineru_cli.embedded.http.server import serve
    except ImportError as error:
        sys.stderr.write(f"the embedded engine needs more packages: {error}\n{EMBEDDED_HINT}\n")
        return 4
    try:
        serve(config)
    except MinerUBatchError as error:
        sys.stderr.write(f"{error.message}\n{error.hint}\n")
        return error.exit_code
    except OSError as error:
        sys.stderr.write(f"cannot listen on {config.host}:{config.port}: {error}\n")
        return 4
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
