"""Files on a local disk: written atomically, and the sizes and hashes of published ones."""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from dataclasses import replace
from pathlib import Path

from mineru_cli.domain.manifest import PublishedFile
from mineru_cli.errors import OutputNotWritable, OutputRefused
from mineru_cli.store.ledger.faults import shown, writing
from mineru_cli.store.run_folder import RunFolder

TEMPORARY = ".tmp-"
"""Prefix of unfinished files and folders, by which the remains of a killed process are found."""
STREAMS = (Path("/dev"), Path("/dev/fd"))
"""The folder of ``/dev/stdout``: its target, perhaps a file, is written in place."""
_CHUNK = 2**17


def write_file(path: Path, data: bytes, *, durable: bool = True, private: bool = False) -> None:
    """Write ``path`` by temporary file and rename; creates its folder if necessary.

    ``private`` files are readable by their owner alone. ``durable`` waits until the data is on the disk, so
    that a power failure too leaves either the old or the new file. A link, a pipe or a device
    (``/dev/stdout``) is written to: a rename would put a file in its place. Raises ``DiskFull`` or
    ``OutputNotWritable``.
    """
    temporary = path.parent / _temporary_name()
    with writing(path):
        if _is_special(path):
            with path.open("ab" if path.absolute().parent in STREAMS else "wb") as special:
                special.write(data)
            return
        try:
            _write(temporary, data, durable=durable, private=private)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(temporary, data, durable=durable, private=private)
        try:
            temporary.replace(path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise


def prepare_output(output: Path) -> None:
    """Create OUT and check that it is writable, before any work is done.

    Raises ``OutputRefused``, and ``DiskFull``.
    """
    if output.exists() and not output.is_dir():
        raise OutputRefused(f"{shown(output)} is a file, not a folder", hint="give a folder with -o")
    _refuse_links(RunFolder(output).state)
    probe = RunFolder(output).state / _temporary_name()
    try:
        write_file(probe, b"mineru-batch", durable=False)
        probe.unlink()
    except (OutputNotWritable, OSError) as error:
        cause = error.__cause__ if isinstance(error, OutputNotWritable) else error
        why = getattr(cause, "strerror", None) or error
        raise OutputRefused(
            f"the output folder {shown(output)} cannot be written: {why}",
            hint="make it writable, or give another folder with -o",
        ) from error


def _refuse_links(state: Path) -> None:
    """Refuse links in a folder that others can write to: they could redirect what a run writes."""
    with writing(state):
        entries = list(state.iterdir()) if state.is_dir() and not state.is_symlink() else []
    for path in (state, *entries):
        if path.is_symlink():
            raise OutputNotWritable(
                f"{shown(path)} is a link, and a run writes through none", hint="remove it, and repeat"
            )


def _is_special(path: Path) -> bool:
    try:
        return not stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def _write(path: Path, data: bytes, *, durable: bool, private: bool) -> None:
    descriptor = os.open(
        path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600 if private else 0o666
    )
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(descriptor)
    except OSError:
        path.unlink(missing_ok=True)
        raise


def _temporary_name() -> str:
    return TEMPORARY + secrets.token_hex(8)


def published_files(folder: Path) -> tuple[PublishedFile, ...]:
    """All files below ``folder`` with sizes and hashes: its own by name, then those of folders in it."""
    entries = sorted(os.scandir(folder), key=lambda entry: (entry.is_dir(), entry.name))
    found: list[PublishedFile] = []
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            inner = published_files(Path(entry.path))
            found += [replace(file, name=f"{entry.name}/{file.name}") for file in inner]
        else:
            found.append(PublishedFile(entry.name, *size_and_hash(entry.path)))
    return tuple(found)


def size_and_hash(path: str | Path) -> tuple[int, str]:
    """Size in bytes and SHA-256 of a file. Raises ``OSError``."""
    digest, size = hashlib.sha256(), 0
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123  per image of a document
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()
