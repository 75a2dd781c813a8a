"""The lock of a run in object storage, in memory and on a real S3 server."""

from __future__ import annotations

import json
import os
import socket
import threading
import time

import pytest

from mineru_cli.errors import MinerUBatchError, OutputLocked, StorageUnavailable

pytest.importorskip("obstore", reason="the storage extra is not installed")

from obstore.store import MemoryStore

from mineru_cli.store.objects import lock as module
from mineru_cli.store.objects.bucket import Bucket
from mineru_cli.store.objects.lock import ObjectLock
from tests.object_storage import S3Server

KEY = "out/.mineru-batch/lock"


@pytest.fixture(params=["memory", "s3"])
def bucket(request: pytest.FixtureRequest) -> Bucket:
    if request.param == "memory":
        return Bucket(MemoryStore(), "s3://bucket")
    server: S3Server = request.getfixturevalue("s3")
    return server.bucket(server.new_bucket())


def left_behind(bucket: Bucket, **changes: object) -> None:
    owner = {"pid": os.getpid(), "host": socket.gethostname(), "boot": module._boot(), "id": "other"}
    bucket.put(KEY, json.dumps({**owner, **changes}).encode())


def test_one_at_a_time_and_the_owner_is_named(bucket: Bucket):
    named = f"process {os.getpid()} on {socket.gethostname()}"
    with ObjectLock(bucket, KEY), pytest.raises(OutputLocked, match=named):
        ObjectLock(bucket, KEY).acquire()
    with ObjectLock(bucket, KEY):
        pass
    assert list(bucket.list("")) == []


def test_of_many_that_come_at_once_one_gets_it(bucket: Bucket):
    locks = [ObjectLock(bucket, KEY) for _ in range(8)]
    refused: list[OutputLocked] = []

    def acquire(lock: ObjectLock) -> None:
        try:
            lock.acquire()
        except OutputLocked as error:
            refused.append(error)

    threads = [threading.Thread(target=acquire, args=[lock]) for lock in locks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for lock in locks:
        lock.release()
    assert len(refused) == 7


@pytest.mark.parametrize("changes", [{"host": "elsewhere"}, {"boot": "before"}, {"pid": os.getpid()}])
def test_the_lock_of_a_process_that_may_live_is_kept(bucket: Bucket, changes: dict[str, object]):
    left_behind(bucket, **changes)
    with pytest.raises(OutputLocked) as met:
        ObjectLock(bucket, KEY).acquire()
    assert bool(met.value.renewal) == ("pid" not in changes), "one of this machine is known to live"


def test_a_renewal_shows_that_the_owner_elsewhere_lives(bucket: Bucket):
    seen = []
    for number in range(2):
        left_behind(bucket, host="elsewhere", id=str(number))
        for _ in range(2):
            with pytest.raises(OutputLocked) as met:
                ObjectLock(bucket, KEY).acquire()
            seen.append(met.value.renewal)
    assert seen[0] == seen[1] != seen[2] == seen[3]


def test_the_lock_of_a_dead_process_of_this_machine_is_taken_over(bucket: Bucket):
    left_behind(bucket, pid=2**22 + 1)
    with ObjectLock(bucket, KEY), pytest.raises(OutputLocked):
        ObjectLock(bucket, KEY).acquire()


def test_a_lock_that_is_not_renewed_is_taken_over(bucket: Bucket):
    left_behind(bucket, host="elsewhere")
    with ObjectLock(bucket, KEY, stale=-2.0), pytest.raises(OutputLocked):
        ObjectLock(bucket, KEY).acquire()


def test_an_unreadable_lock_is_held_until_it_is_stale(bucket: Bucket):
    bucket.put(KEY, b"what is this")
    with pytest.raises(OutputLocked, match="another process"):
        ObjectLock(bucket, KEY).acquire()
    with ObjectLock(bucket, KEY, stale=-2.0):
        pass


def test_an_owner_learns_that_its_lock_was_taken(bucket: Bucket):
    lost: list[MinerUBatchError] = []
    heard = threading.Event()

    def take(error: MinerUBatchError) -> None:
        lost.append(error)
        heard.set()

    with ObjectLock(bucket, KEY, lost=take, every=0.05):
        left_behind(bucket, host="elsewhere")
        assert heard.wait(20)
    assert isinstance(lost[0], OutputLocked)
    found = bucket.get(KEY)
    assert found
    assert b"elsewhere" in found[0]  # and is not removed by who lost it


def test_a_renewed_lock_is_kept(bucket: Bucket):
    lost: list[MinerUBatchError] = []
    with ObjectLock(bucket, KEY, lost=lost.append, every=0.02):
        content, first = bucket.get(KEY) or (b"", None)
        deadline = time.monotonic() + 20
        while bucket.info(KEY) == first and time.monotonic() < deadline:
            time.sleep(0.02)
        renewed = bucket.get(KEY)
        assert renewed
        assert renewed[0] == content
        assert renewed[1] != first
    assert bucket.get(KEY) is None
    assert lost == []


def test_a_lock_is_lost_too_when_the_storage_fails_then(bucket: Bucket, monkeypatch: pytest.MonkeyPatch):
    lost = threading.Event()
    reads: list[object] = [(b"another run", None)]

    def get(key: str) -> object:
        if reads:
            return reads.pop()
        raise StorageUnavailable("no answer")

    lock = ObjectLock(bucket, KEY, lost=lambda error: lost.set(), every=0.01)
    lock.acquire()
    with monkeypatch.context() as patched:
        patched.setattr(bucket, "exchange", lambda *given: None)
        patched.setattr(bucket, "get", get)
        assert lost.wait(20)
    lock.release()
