"""One run at a time on an output prefix, by conditional creation of an object.

The owner renews the object; times are those of the storage, so clocks of machines do not matter. A lock is
taken over when its owner is known to be dead (an ended process of this machine), or when it was not renewed
for ``STALE`` seconds. Every step is conditional on the ETag before it: of two that take over at the same time
one wins, and an owner that was wrongly considered dead notices at its next renewal and stops.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import uuid
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import TracebackType

from mineru_cli.errors import MinerUBatchError, OutputLocked, StorageRefused
from mineru_cli.store.objects.bucket import Bucket

RENEWED_EVERY = 20.0
STALE = 120.0
"""Seconds without renewal after which the owner is considered dead: several renewals, with retries."""


class ObjectLock:
    """A lock at ``key``, a context manager. ``lost`` is called from a thread once another run has it."""

    def __init__(
        self,
        bucket: Bucket,
        key: str,
        *,
        lost: Callable[[MinerUBatchError], None] = lambda error: None,
        every: float = RENEWED_EVERY,
        stale: float = STALE,
    ) -> None:
        self._bucket = bucket
        self._key = key
        self.lost = lost
        self._every = every
        self._stale = stale
        self._owner = json.dumps(
            {"pid": os.getpid(), "host": socket.gethostname(), "boot": _boot(), "id": uuid.uuid4().hex}
        ).encode()
        self._etag = ""
        self._ended = threading.Event()
        self._renewing: threading.Thread | None = None

    def acquire(self) -> None:
        """Take the lock, or raise ``OutputLocked``, which names the owner, or ``StorageError``."""
        for _ in range(3):  # another run may be faster each time
            etag = self._bucket.create(self._key, self._owner)
            etag = self._take_over() if etag is None else etag
            if etag is not None:
                self._etag = self._bucket_etag(etag)
                self._renewing = threading.Thread(target=self._renew, name="lock", daemon=True)
                self._renewing.start()
                return
        raise self._locked({})

    def release(self) -> None:
        """Release the lock, unless another run has taken it over."""
        self._ended.set()
        if self._renewing is not None:
            self._renewing.join()
            found = self._bucket.get(self._key)
            if found and found[0] == self._owner:
                self._bucket.delete([self._key])

    def __enter__(self) -> ObjectLock:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _bucket_etag(self, etag: str) -> str:
        if not etag:
            raise StorageRefused(
                f"{self._bucket.root} gives no ETags, so no lock can be held there",
                hint="see docs/storage.md",
            )
        return etag

    def _take_over(self) -> str | None:
        """Replace a dead owner's lock and return the ETag; None to try again. Raises ``OutputLocked``."""
        found = self._bucket.get(self._key)
        if found is None:
            return None
        content, info = found
        if content == self._owner:  # created by a request whose reply was lost
            return info.etag
        owner = _read(content)
        age = (self._now() - info.modified).total_seconds()
        if not (_is_dead(owner) or age > self._stale):
            raise self._locked(owner, age, "" if _is_here(owner) else info.etag)
        return self._bucket.exchange(self._key, self._owner, info.etag)

    def _now(self) -> datetime:
        """The time by the storage's clock, from an object written now."""
        probe = f"{self._key}-{uuid.uuid4().hex}"
        self._bucket.put(probe, b"")
        try:
            info = self._bucket.info(probe)
        finally:
            self._bucket.delete([probe])
        if info is None:
            raise StorageRefused(
                f"{self._bucket.root} does not show what was written", hint="see docs/storage.md"
            )
        return info.modified

    def _renew(self) -> None:
        while not self._ended.wait(self._every):
            try:
                self._etag = self._renewed()
            except MinerUBatchError as error:
                self.lost(error)
                return

    def _renewed(self) -> str:
        """Renew the lock and return its ETag. Raises ``OutputLocked`` when it belongs to another run."""
        etag = self._bucket.exchange(self._key, self._owner, self._etag)
        if etag is not None:
            return etag
        found = self._bucket.get(self._key)
        if found and found[0] == self._owner:  # the reply to an earlier renewal was lost
            return found[1].etag
        raise self._locked(_read(found[0] if found else b""))

    def _locked(self, owner: dict[str, object], age: float = 0.0, renewal: str = "") -> OutputLocked:
        who = f"process {owner['pid']} on {owner['host']}" if owner else "another process"
        folder = self._key.rpartition("/")[0].rpartition("/")[0]
        return OutputLocked(
            f"{who} is working on {self._bucket.root}/{folder}, and renewed its lock {age:.0f} s ago",
            hint=f"wait until it ends or stop it; a lock not renewed for {self._stale:.0f} s is taken over",
            renewal=renewal,
        )


def _read(content: bytes) -> dict[str, object]:
    try:
        owner = json.loads(content)
    except ValueError:
        return {}
    return owner if isinstance(owner, dict) and {"pid", "host"} <= owner.keys() else {}


def _is_dead(owner: dict[str, object]) -> bool:
    """Whether the owner was a process of this machine, since its last boot, and has ended."""
    if not _is_here(owner):
        return False
    return not Path(f"/proc/{owner['pid']}").exists() if Path("/proc/self").exists() else False


def _is_here(owner: dict[str, object]) -> bool:
    """Whether the owner was a process of this machine, since its last boot."""
    known = isinstance(owner.get("pid"), int) and owner.get("boot") == _boot()
    return known and owner.get("host") == socket.gethostname()


def _boot() -> str:
    """Identifies one boot of this machine, and one container on it."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {os.stat('/proc/self/ns/pid').st_ino}"  # noqa: PTH116
    except OSError:
        return ""
