"""Where a run reads and writes: folders of this machine, or a real S3 server whose requests fail now and then."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from tests.faulty_proxy import FaultyProxy, faulty_proxy
from tests.object_storage import S3Server

OWN = ".mineru-batch"


class Place(Protocol):
    """An input and an output. ``environment`` is for the driver."""

    name: str
    environment: dict[str, str]

    @property
    def arguments(self) -> list[str]:
        """INPUT, and the options that name the output."""

    def files(self) -> dict[str, bytes]:
        """The files of all documents, by path below the output."""

    def state(self) -> Path:
        """The folder of the run's own files on this machine."""

    def note(self) -> str:
        """What the storage saw; empty where there is nothing to say."""


@dataclass
class Folders:
    """Inputs and outputs in folders of this machine."""

    source: Path
    output: Path
    name: str = "folders"
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def arguments(self) -> list[str]:
        return [str(self.source), "-o", str(self.output)]

    def files(self) -> dict[str, bytes]:
        return {
            str(path.relative_to(self.output)): path.read_bytes()
            for path in self.output.rglob("*")
            if path.is_file() and OWN not in path.parts
        }

    def state(self) -> Path:
        return self.output / OWN

    def note(self) -> str:
        return ""


class Buckets:
    """Inputs and outputs in a bucket that is reached through a proxy."""

    def __init__(self, server: S3Server, proxy: FaultyProxy, source: Path, work: Path) -> None:
        os.environ.update(server.keys)
        self._bucket_name = server.new_bucket()
        self._bucket: Any = server.bucket(self._bucket_name)
        self._bucket.put_all((f"in/{path.name}", path) for path in sorted(source.iterdir()))
        self._proxy = proxy
        self._work = work
        self.name = "S3"
        if proxy.share:
            self.name += f", {proxy.share:.0%} of the requests fail"
        self.environment = {**server.environment, "MINERU_BATCH_STORAGE_ENDPOINT": proxy.url}

    @property
    def arguments(self) -> list[str]:
        url = f"s3://{self._bucket_name}"
        return [f"{url}/in/", "-o", f"{url}/out", "--work-dir", str(self._work)]

    def files(self) -> dict[str, bytes]:
        keys = [info.key for info in self._bucket.list("out") if not info.key.startswith(f"out/{OWN}/")]
        return {key.removeprefix("out/"): (self._bucket.get(key) or (b"",))[0] for key in keys}

    def state(self) -> Path:
        return self._work / OWN

    def note(self) -> str:
        return f"{self.name}: {self._proxy.failed} of {self._proxy.requests} requests to the storage failed."


@contextmanager
def folders(source: Path, output: Path) -> Iterator[Place]:
    """A place on this machine; its output is removed at the end."""
    try:
        yield Folders(source, output)
    finally:
        shutil.rmtree(output, ignore_errors=True)


@contextmanager
def buckets(server: S3Server, source: Path, work: Path, *, failing: float) -> Iterator[Place]:
    """A place in a new bucket; a share of ``failing`` of the requests to it fails."""
    with faulty_proxy(server.url, failing) as proxy:
        yield Buckets(server, proxy, source, work)
