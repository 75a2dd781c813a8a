"""The lock of a launch lies where others may have been first."""

from __future__ import annotations

import os
import stat

import pytest

from mineru_cli.errors import EngineUnavailable
from mineru_cli.servers.docker.start_lock import start_lock

pytestmark = pytest.mark.anyio


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path / f"mineru-batch-{os.getuid()}"


async def hold():
    async with start_lock("p", lambda owner: None):
        pass


async def test_a_link_in_it_is_not_followed(folder, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    folder.mkdir(mode=0o700)
    (folder / "server-p.lock").symlink_to(victim)
    with pytest.raises(EngineUnavailable, match="lock"):
        await hold()
    assert victim.read_text() == "precious"


async def test_a_link_in_its_place_is_not_followed(folder, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(EngineUnavailable):
        await hold()
    assert list((tmp_path / "elsewhere").iterdir()) == []


async def test_one_that_belongs_to_somebody_else_is_refused(folder, monkeypatch):
    folder.mkdir(mode=0o777)
    status = os.stat_result((0o40777, 0, 0, 1, os.getuid() + 1, 0, 0, 0, 0, 0))
    monkeypatch.setattr("mineru_cli.servers.docker.start_lock.os.fstat", lambda descriptor: status)
    with pytest.raises(EngineUnavailable, match="another user"):
        await hold()


async def test_it_is_closed_to_others(folder):
    folder.mkdir(mode=0o755)
    await hold()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
