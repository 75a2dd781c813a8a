"""All storage of a run, by where its output goes: a folder of this machine, or a prefix in object storage.

The ledger and what is being worked on are on this machine in any case.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mineru_cli.domain.location import ObjectLocation, object_location
from mineru_cli.errors import MinerUBatchError
from mineru_cli.settings import Settings
from mineru_cli.sources.registry import Sources
from mineru_cli.store.local.files import write_file
from mineru_cli.store.local.lock import RunLock, working
from mineru_cli.store.local.manifests import Manifests
from mineru_cli.store.local.results import LocalResults
from mineru_cli.store.local.spool import Spool
from mineru_cli.store.ports import ManifestStore, PageStore, ResultStore
from mineru_cli.store.run_folder import STATE, RunFolder

if TYPE_CHECKING:
    from mineru_cli.sources.objects import ObjectInputs
    from mineru_cli.store.objects.manifests import ObjectManifests


@dataclass(frozen=True, slots=True)
class RunStorage:
    """``pages`` takes the fingerprint of the run's settings.

    ``sources`` makes what one search reads from. ``remote`` are the manifests in object storage, which may
    know more than the ledger; ``lock`` takes what is to be called once the lock is lost. ``publish_state``
    puts the report of the last run where outputs are, ``fetch_state`` brings it to ``folder``. ``in_work``
    says whether a run holds the lock, or was killed with it.
    """

    folder: RunFolder
    results: ResultStore
    manifests: ManifestStore
    pages: Callable[[str], PageStore]
    sources: Callable[[], Sources]
    lock: Callable[[Callable[[MinerUBatchError], None]], AbstractContextManager[object]]
    remote: ObjectManifests | None = None
    publish_state: Callable[[], None] = lambda: None
    fetch_state: Callable[[], None] = lambda: None
    in_work: Callable[[], bool] = lambda: False


def open_storage(settings: Settings, output: Path) -> RunStorage:
    """The storage of a run whose local folder is ``output``. Raises ``StorageRefused``."""
    location = object_location(settings.output_url) if settings.output_url else None
    folder = RunFolder(output)
    sources = partial(Sources, output, partial(_inputs, settings, folder, location))
    if location is not None:
        return _remote(settings, folder, location, sources)
    return RunStorage(
        folder,
        LocalResults(output),
        Manifests(folder.manifests),
        partial(Spool, folder.spool),
        sources,
        lambda lost: RunLock(folder.lock),
        in_work=lambda: working(folder.lock),
    )


def _remote(
    settings: Settings, folder: RunFolder, location: ObjectLocation, sources: Callable[[], Sources]
) -> RunStorage:
    from mineru_cli.store.objects.connect import open_bucket
    from mineru_cli.store.objects.lock import ObjectLock
    from mineru_cli.store.objects.manifests import ObjectManifests
    from mineru_cli.store.objects.results import ObjectResults
    from mineru_cli.store.objects.spool import ObjectSpool

    bucket = open_bucket(location, settings.storage)
    state = f"{location.path}/{STATE}" if location.path else STATE
    manifests = ObjectManifests(bucket, state)
    results = ObjectResults(bucket, location.path, manifests, folder.scratch)

    def publish_state() -> None:
        for path in (folder.summary, folder.failures, folder.timeline):
            if path.is_file():
                bucket.put(f"{state}/{path.name}", path)

    def fetch_state() -> None:
        for path in (folder.summary, folder.failures):
            if found := bucket.get(f"{state}/{path.name}"):
                write_file(path, found[0], private=True)

    return RunStorage(
        folder,
        results,
        manifests,
        partial(ObjectSpool, bucket, f"{state}/spool"),
        sources,
        lambda lost: ObjectLock(bucket, f"{state}/lock", lost=lost),
        manifests,
        publish_state,
        fetch_state,
        lambda: bucket.info(f"{state}/lock") is not None,
    )


def _inputs(settings: Settings, folder: RunFolder, output: ObjectLocation | None) -> ObjectInputs:
    from mineru_cli.sources.objects import ObjectInputs
    from mineru_cli.store.objects.connect import open_bucket

    return ObjectInputs(lambda location: open_bucket(location, settings.storage), folder.scratch, output)
