"""Options that more than one command takes, and how option values become ``Settings``."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mineru_cli.errors import SettingsError

if TYPE_CHECKING:
    from mineru_cli.settings import Settings

SERVER, READING, WORK, CHOICE, LIMITS, SHOW = (
    "Server", "How pages are read", "Workers", "Which documents", "Limits", "Output and progress",
)  # fmt: skip

UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}


class Server(str, Enum):
    """What to start when no URL is given."""

    AUTO = "auto"
    EMBEDDED = "embedded"
    DOCKER = "docker"


class Progress(str, Enum):
    """How a run is shown."""

    AUTO = "auto"
    LIVE = "live"
    LOG = "log"
    JSON = "json"
    NONE = "none"


class Text(str, Enum):
    """Where text comes from."""

    MODEL = "model"
    AUTO = "auto"
    LAYER = "layer"


class Fallback(str, Enum):
    """What stands for a page that no model could read."""

    NONE = "none"
    LAYER = "layer"


class ImageFormat(str, Enum):
    """How images travel to the server."""

    PNG = "png"
    JPEG = "jpeg"
    WEBP = "webp"


def byte_size(text: str) -> int:
    """``2G``, ``512M`` or a plain number of bytes."""
    digits = text.strip().upper().removesuffix("B").removesuffix("I")
    unit = digits[-1:] if digits[-1:] in UNITS else ""
    try:
        return int(float(digits.removesuffix(unit)) * UNITS[unit])
    except (ValueError, OverflowError):
        raise typer.BadParameter(f"{text!r} is no size: write 512M or 2G") from None


def header(text: str) -> tuple[str, str]:
    """``Name: value``."""
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise SettingsError(f"{text!r} is no header", hint="write --header 'Name: value'")
    return name.strip(), value.strip()


def concurrency(text: str) -> int | None:
    """A number, or ``auto`` for None."""
    if text == "auto":
        return None
    if not text.isdigit() or int(text) < 1:
        raise typer.BadParameter(f"{text!r} is neither a number above 0 nor auto")
    return int(text)


def urls(values: list[str] | None) -> tuple[str, ...]:
    """``--server-url`` given several times, or the variable's comma-separated list."""
    return tuple(one.strip() for value in values or () for one in value.split(",") if one.strip())


def require_file(option: str, path: Path) -> None:
    """Refuse a folder where a file is to be written. Raises ``SettingsError``."""
    if path.is_dir():
        raise SettingsError(
            f"{option}: {path} is a folder", hint=f"give the name of a file: {option} run.html"
        )


def make_settings(given: dict[str, Any]) -> Settings:
    """Settings from options; those left out (None) keep their defaults. Raises ``SettingsError``."""
    from pydantic import ValidationError

    from mineru_cli.settings import Settings

    try:
        return Settings.model_validate({name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        option = "--" + "-".join(str(part) for part in first["loc"][-1:]).replace("_", "-")
        message = first["msg"].removeprefix("Value error, ")
        raise SettingsError(f"{option}: {message}", hint="see: mineru-batch convert --help") from None


Out = Annotated[
    Path,
    typer.Option("-o", "--output", help="Where documents go.", envvar="MINERU_BATCH_OUTPUT", metavar="OUT"),
]
ProgressOption = Annotated[
    Progress,
    typer.Option(
        "--progress",
        help="live view, plain log lines, one JSON event a line on stdout, or nothing.",
        envvar="MINERU_BATCH_PROGRESS",
        rich_help_panel=SHOW,
    ),
]
RunFolder = Annotated[Path, typer.Argument(metavar="OUT", help="Output folder of a run.")]
