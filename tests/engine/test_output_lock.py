from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import pytest

from mineru_cli.domain.events import Event, Notice
from mineru_cli.engine import run
from mineru_cli.engine.output_lock import LOOK_EVERY, hold_output
from mineru_cli.engine.stop_token import StopToken
from mineru_cli.errors import Interrupted, OutputLocked
from mineru_cli.settings import Settings

pytestmark = pytest.mark.anyio


class Owner:
    """A lock with the renewals that each look at it finds; None: it can be taken."""

    def __init__(self, *renewals: str | None) -> None:
        self.renewals = list(renewals)
        self.slept: list[float] = []
        self.announced: list[Event] = []
        self.held = False

    @contextmanager
    def lock(self) -> Iterator[None]:
        renewal = self.renewals.pop(0)
        if renewal is not None:
            raise OutputLocked("process 7 on node-3 works on it", renewal=renewal)
        self.held = True
        yield
        self.held = False

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    async def take(self) -> None:
        with ExitStack() as stack:
            await hold_output(self.lock, stack, announce=self.announced.append, sleep=self.sleep)
            assert self.held
        assert not self.held


async def test_a_free_lock_is_taken_at_once():
    owner = Owner(None)
    await owner.take()
    assert owner.slept == []
    assert owner.announced == []


async def test_an_owner_that_is_known_to_live_is_refused_at_once():
    owner = Owner("", None)
    with pytest.raises(OutputLocked):
        await owner.take()
    assert owner.slept == []


async def test_a_lock_that_is_left_behind_is_waited_for_and_taken():
    owner = Owner("a", "a", "a", None)
    await owner.take()
    assert owner.slept == [LOOK_EVERY] * 3
    (notice,) = owner.announced
    assert isinstance(notice, Notice)
    assert "process 7 on node-3" in notice.text


async def test_an_owner_that_renews_its_lock_lives():
    owner = Owner("a", "a", "b", None)
    with pytest.raises(OutputLocked, match="process 7 on node-3"):
        await owner.take()
    assert owner.slept == [LOOK_EVERY] * 2


async def test_a_stop_ends_the_wait_for_a_lock_before_anything_is_started(tmp_path, monkeypatch):
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7")
    owner, stop, attached = Owner(*["a"] * 100), StopToken(), []

    class Observer:
        def attach(self, announce) -> None:
            attached.append(announce)

        def __call__(self, event: Event, at: float) -> None:
            stop.request("Ctrl-C")

    opened = run.open_storage
    monkeypatch.setattr(
        run, "open_storage", lambda *given: replace(opened(*given), lock=lambda lost: owner.lock())
    )
    settings = Settings(
        inputs=(str(tmp_path / "a.pdf"),), output=tmp_path / "out", server_url=("http://127.0.0.1:9",)
    )
    with pytest.raises(Interrupted, match="Ctrl-C"):
        await run.convert_async(settings, [Observer()], stop, engine=object())  # type: ignore[arg-type]
    assert len(owner.renewals) == 99
    assert len(attached) == 1
