"""Names of object storage: ``s3://bucket/path``, ``gs://bucket/path``, ``az://container/path``."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

SCHEMES = ("s3", "gs", "az")
_URL = re.compile(rf"({'|'.join(SCHEMES)}):/{{1,2}}(?!/)(.*)", re.DOTALL)


class ObjectLocation(NamedTuple):
    """A location in object storage. ``path`` is a key or a prefix of keys, without slashes at its ends."""

    scheme: str
    bucket: str
    path: str

    @property
    def root(self) -> str:
        """The URL of the bucket."""
        return f"{self.scheme}://{self.bucket}"

    @property
    def url(self) -> str:
        """The URL, without a trailing slash."""
        return f"{self.root}/{self.path}" if self.path else self.root


def object_location(name: str | os.PathLike[str]) -> ObjectLocation | None:
    """The location in object storage that a name denotes; None for the name of a local file.

    ``s3:/bucket`` counts as ``s3://bucket``, because ``Path`` removes the second slash.
    """
    match = _URL.fullmatch(os.fspath(name))
    if match is None:
        return None
    bucket, _, path = match[2].partition("/")
    return ObjectLocation(match[1], bucket, path.strip("/"))


def is_object_url(name: str | os.PathLike[str]) -> bool:
    """Whether a name denotes a location in object storage."""
    return object_location(name) is not None


def work_folder(url: str, environment: Mapping[str, str] = os.environ) -> Path:
    """The default work folder of an output in object storage, always the same for one output."""
    state = environment.get("XDG_STATE_HOME") or Path(environment.get("HOME", "~"), ".local", "state")
    name = "".join(c if c.isalnum() or c in "-._" else "-" for c in url.partition("://")[2])[-80:].strip("-.")
    mark = hashlib.blake2b(url.encode("utf-8", "surrogateescape"), digest_size=4).hexdigest()
    return Path(state).expanduser() / "mineru-batch" / f"{name}-{mark}"


def local_folder(output: str | os.PathLike[str]) -> Path:
    """The local folder with the run data of an output: the output itself, or its default work folder."""
    location = object_location(output)
    return work_folder(location.url) if location else Path(output)


def output_name(folder: Path, url: str | None) -> str:
    """The URL of an output if ``folder`` is its default work folder, else the folder: commands take both."""
    return url if url and work_folder(url) == folder else os.fspath(folder)
