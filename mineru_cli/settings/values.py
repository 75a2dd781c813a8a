"""Conversion of text to values of settings. Every function returns other values unchanged."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from mineru_cli.domain.location import SCHEMES, object_location, work_folder
from mineru_cli.errors import SettingsError
from mineru_cli.masking import without_login

UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}


def byte_size(value: Any) -> Any:
    """A number of bytes, from ``2G``, ``512M``, ``1.5GiB`` or a plain number."""
    if not isinstance(value, str):
        return value
    digits = value.strip().upper().removesuffix("B").removesuffix("I")
    unit = digits[-1:] if digits[-1:] in UNITS else ""
    try:
        return int(float(digits.removesuffix(unit)) * UNITS[unit])
    except (ValueError, OverflowError):
        raise ValueError(f"{value!r} is not a size: write 512M or 2G") from None


def number_or_auto(value: Any) -> Any:
    """None for ``auto``."""
    if value == "auto":
        return None
    if isinstance(value, str) and not (value.isdigit() and int(value)):
        raise ValueError(f"{value!r} is neither a number above 0 nor auto")
    return value


def headers(value: Any) -> Any:
    """A mapping from lines such as ``Name: value``."""
    if isinstance(value, Mapping):
        return value
    lines = [value] if isinstance(value, str) else list(value)
    return dict(_header(line) for line in lines)


def _header(line: object) -> tuple[str, str]:
    name, colon, value = str(line).partition(":")
    if not colon or not name.strip():
        raise ValueError("a header is written as 'Name: value'")
    return name.strip(), value.strip()


def server_urls(value: Any) -> Any:
    """Server addresses without ``/v1``, each once, from a list or comma-separated text."""
    given = list(_several(value))
    urls = [url for one in given for url in _parts(one)]
    if given and not urls:
        raise ValueError("it holds no address: write http://HOST:PORT")
    for url in urls:
        if not url.lower().startswith(("http://", "https://")):
            raise ValueError(f"{url!r} is not the URL of a server: write http://HOST:PORT")
        if "?" in url or "#" in url:
            raise ValueError(f"{url!r} has a query or fragment, which no request would carry: leave it out")
    return tuple(dict.fromkeys(_lower_scheme(url).rstrip("/").removesuffix("/v1") for url in urls))


def page_of_an_exporter(url: str | None) -> str | None:
    """The address of a page of metrics; None for an empty one. Raises ``ValueError``."""
    if url and not url.startswith(("http://", "https://")):
        raise ValueError(f"{url!r} is not the page of an exporter: write http://HOST:9400/metrics")
    return url or None


def _lower_scheme(url: str) -> str:
    scheme, colon, rest = url.partition(":")
    return f"{scheme.lower()}{colon}{rest}"


def paths(value: Any) -> Any:
    """One or several file names as text, with ``~`` expanded."""
    return tuple(_expanded(one) for one in _several(value))


def path(value: Any) -> Any:
    """A file name with ``~`` expanded: no shell does that for variables and files."""
    if value == "":  # as a path it would be the working directory
        raise ValueError("the name of the file or folder is empty")
    return _expanded(value)


def _expanded(value: Any) -> Any:
    text = os.fspath(value) if isinstance(value, os.PathLike) else value
    # A name with ~ and an unknown user remains unchanged.
    return os.path.expanduser(text) if isinstance(text, str) else text  # noqa: PTH111


def comma_list(value: Any) -> Any:
    """Names from a list or comma-separated text."""
    given = list(_several(value))
    names = tuple(name for one in given for name in _parts(one))
    if given and not names:
        raise ValueError("it holds no name")
    return names


def _parts(text: Any) -> list[str]:
    return [part.strip() for part in str(text).split(",") if part.strip()]


def several(value: Any) -> Any:
    """A list, from a list or a single value."""
    return tuple(_several(value))


def _several(value: Any) -> Iterable[Any]:
    if value is None:
        return ()
    if isinstance(value, (str, bytes, os.PathLike)) or not isinstance(value, Iterable):
        return (value,)
    return value


PositiveInt = Annotated[int, Field(ge=1)]
# Workers get their settings as JSON, which has no infinity.
PositiveFloat = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]
Size = Annotated[PositiveInt, BeforeValidator(byte_size)]
FilePath = Annotated[Path, BeforeValidator(path)]
Texts = Annotated[tuple[str, ...], BeforeValidator(several)]
Paths = Annotated[tuple[str, ...], BeforeValidator(paths)]


def _refuse_foreign_url(output: str) -> None:
    """``gcs://bucket`` would become the local folder ``gcs:/bucket``. Raises ``SettingsError``."""
    scheme, separator, _ = output.partition("://")
    if separator and scheme.isalnum():
        known = ", ".join(f"{one}://" for one in SCHEMES)
        raise SettingsError(
            f"the output {without_login(output)!r} is neither a folder nor a URL in object storage",
            hint=f"URLs begin with {known}; a folder is written as its path",
        )


def with_work_folder(given: Any) -> Any:
    """The options with an output that is a URL moved to ``output_url``.

    The ledger and unfinished documents are in a work folder on this machine.
    """
    if not isinstance(given, Mapping) or not isinstance(output := given.get("output"), (str, os.PathLike)):
        return given
    location = object_location(output)
    if location is None:
        _refuse_foreign_url(os.fspath(output))
        return given
    folder = given.get("work_dir") or work_folder(location.url)
    return {**given, "output": folder, "output_url": location.url}
