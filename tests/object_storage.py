"""A real S3 server for tests: SeaweedFS from PyPI, on free ports of the loopback, with one known key."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from mineru_cli.domain.location import ObjectLocation
from mineru_cli.errors import MinerUBatchError
from mineru_cli.settings.groups import Storage
from mineru_cli.store.objects.bucket import Bucket
from mineru_cli.store.objects.connect import open_bucket

ACCESS, SECRET = "testkey", "testsecret0123456789"
WEED = shutil.which("weed") or shutil.which("weed", path=str(Path(sys.executable).parent))
NAMES = (
    "master.port",
    "master.port.grpc",
    "volume.port",
    "volume.port.grpc",
    "filer.port",
    "filer.port.grpc",
)


class S3Server:
    """A running server. ``environment`` gives a process access to it."""

    def __init__(self, port: int, filer: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._filer = f"http://127.0.0.1:{filer}"

    def new_bucket(self) -> str:
        """The name of a new, empty bucket."""
        name = f"test-{uuid.uuid4().hex[:16]}"
        urllib.request.urlopen(
            urllib.request.Request(f"{self._filer}/buckets/{name}/", method="POST"), timeout=20
        ).close()
        return name

    def storage(self, **options: Any) -> Storage:
        """Settings that lead here."""
        return Storage(endpoint=self.url, region="us-east-1", **options)

    @property
    def environment(self) -> dict[str, str]:
        """Variables with the address and the key."""
        return {**self.keys, "MINERU_BATCH_STORAGE_ENDPOINT": self.url, "AWS_REGION": "us-east-1"}

    @property
    def keys(self) -> dict[str, str]:
        """Variables with the key alone."""
        return {"AWS_ACCESS_KEY_ID": ACCESS, "AWS_SECRET_ACCESS_KEY": SECRET}

    def bucket(self, name: str) -> Bucket:
        """A bucket, with the key of this server in the environment of the process."""
        return open_bucket(ObjectLocation("s3", name, ""), self.storage(retry_for=20))


@contextmanager
def s3_server(folder: Path) -> Iterator[S3Server]:
    """Start a server whose data are in ``folder``, and end it."""
    assert WEED is not None
    ports = _free_ports(len(NAMES) + 2)
    s3, s3_grpc, *others = ports
    (folder / "data").mkdir(parents=True)
    identity = {"name": "test", "credentials": [{"accessKey": ACCESS, "secretKey": SECRET}]}
    rights = ["Admin", "Read", "Write", "List", "Tagging"]
    (folder / "s3.json").write_text(json.dumps({"identities": [{**identity, "actions": rights}]}))
    command = [
        WEED, "server", f"-dir={folder / 'data'}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
        "-master.volumeSizeLimitMB=64", "-volume.max=0", "-volume.preStopSeconds=0",
        "-s3", f"-s3.port={s3}", f"-s3.port.grpc={s3_grpc}", "-s3.port.iceberg=0", "-s3.port.lance=0",
        f"-s3.config={folder / 's3.json'}",
        *(f"-{name}={port}" for name, port in zip(NAMES, others, strict=True)),
    ]  # fmt: skip
    server = S3Server(s3, others[NAMES.index("filer.port")])
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        try:
            _wait(server, process, folder / "log")
            yield server
        finally:
            process.kill()
            process.wait()


def _wait(server: S3Server, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError(f"the S3 server ended: {log.read_text()[-2000:]}")
        with pytest.MonkeyPatch.context() as patch:
            for name, value in server.keys.items():
                patch.setenv(name, value)
            try:
                open_bucket(ObjectLocation("s3", server.new_bucket(), ""), server.storage(retry_for=0.1)).put(
                    "probe", b"x"
                )
                return
            except (OSError, MinerUBatchError):
                time.sleep(0.2)
    raise RuntimeError(f"the S3 server does not come up: {log.read_text()[-2000:]}")


def _free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
