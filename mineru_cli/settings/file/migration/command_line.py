"""Converts a ``mineru`` command line to the equivalent ``mineru-batch convert``."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from typing import NoReturn

from mineru_cli.errors import SettingsError
from mineru_cli.settings.file.monolith import BACKEND

_METHODS = {"auto": "auto", "txt": "layer", "ocr": "model"}
_NO_COUNTERPART = {
    "lang": "the model finds the language itself",
    "formula": "the model reads formulas always",
    "table": "the model reads tables always",
    "device": "workers need no GPU",
    "vram": "workers need no GPU",
    "source": "workers load no model",
}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise SettingsError(f"not a mineru command line: {message}")


def equivalent(words: Sequence[str]) -> tuple[str, list[str]]:
    """The command, and a note per option without an equivalent. Raises ``SettingsError``."""
    parser = _Parser(prog="mineru", add_help=False)
    parser.add_argument("-p", "--path", required=True)
    parser.add_argument("-o", "--output", required=True)
    parser.add_argument("-m", "--method", choices=sorted(_METHODS))
    parser.add_argument("-b", "--backend", default="pipeline")
    parser.add_argument("-u", "--url")
    parser.add_argument("-s", "--start", type=int)
    parser.add_argument("-e", "--end", type=int)
    for letter, name in (("-l", "lang"), ("-f", "formula"), ("-t", "table"), ("-d", "device")):
        parser.add_argument(letter, f"--{name}")
    parser.add_argument("--vram")
    parser.add_argument("--source")
    arguments, rest = parser.parse_known_args(list(words[1:]))
    command = ["mineru-batch", "convert", arguments.path, "-o", arguments.output]
    notes = []
    if arguments.url:
        command += ["--server-url", arguments.url]
    elif arguments.backend == "pipeline":
        command += ["--server", "embedded"]
        notes.append("-b pipeline: the embedded engine needs no GPU; with one, name a server")
    else:
        command += ["--server", "docker"]
        notes.append(f"-b {arguments.backend}: the model runs in a server; --server-url names a running one")
    if arguments.url and arguments.backend != BACKEND:
        notes.append(f"-b {arguments.backend}: left out, workers are HTTP clients")
    if arguments.method:
        command += ["--text", _METHODS[arguments.method]]
    if arguments.start is not None or arguments.end is not None:
        first = (arguments.start or 0) + 1
        command += ["--pages", f"{first}-{'' if arguments.end is None else arguments.end + 1}"]
    notes += [
        f"--{name}: {why}" for name, why in _NO_COUNTERPART.items() if getattr(arguments, name) is not None
    ]
    notes += [f"{word}: unknown option, left out" for word in rest]
    return shlex.join(command), notes
