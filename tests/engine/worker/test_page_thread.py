"""One thread, by priority, and nothing kept alive."""

from __future__ import annotations

import gc
import threading
import weakref

import anyio
import pytest

from mineru_cli.engine.worker.page_thread import CROPS, RENDER, PageThread

pytestmark = pytest.mark.anyio


class Thing:
    """Something whose end can be seen."""


@pytest.fixture
def thread():
    thread = PageThread()
    yield thread
    thread.close()


def held_up(thread: PageThread) -> threading.Event:
    """Keeps the thread at work until the event is set; returns once it is at work."""
    begun, go_on = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        go_on.wait()

    thread.submit(RENDER, work)
    begun.wait()
    return go_on


async def test_crops_come_before_pages_and_equals_in_order(thread):
    go_on = held_up(thread)
    done: list[str] = []
    futures = [
        thread.submit(priority, done.append, name)
        for priority, name in [(RENDER, "page 1"), (RENDER, "page 2"), (CROPS, "crop 1"), (CROPS, "crop 2")]
    ]
    go_on.set()
    for future in futures:
        future.result()
    assert done == ["crop 1", "crop 2", "page 1", "page 2"]


async def test_all_work_runs_in_the_same_thread(thread):
    names = {await thread.run(priority, threading.get_ident) for priority in (CROPS, RENDER, CROPS)}
    assert len(names) == 1
    assert names != {threading.get_ident()}


async def test_an_error_is_raised_in_the_caller_and_the_thread_continues(thread):
    def fail() -> None:
        raise ValueError("no page")

    with pytest.raises(ValueError, match="no page"):
        await thread.run(RENDER, fail)
    assert await thread.run(RENDER, lambda: "next") == "next"


async def test_work_cancelled_before_it_began_never_runs(thread):
    go_on = held_up(thread)
    ran: list[int] = []
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(thread.run, RENDER, ran.append, 1)
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    go_on.set()
    await thread.run(RENDER, lambda: None)
    assert ran == []


async def test_nothing_of_a_finished_call_is_kept(thread):
    thing = Thing()
    gone = weakref.ref(thing)
    assert await thread.run(RENDER, lambda one: one is not None, thing)
    del thing
    await thread.run(RENDER, lambda: None)
    gc.collect()
    assert gone() is None


def test_close_lets_queued_work_finish():
    thread = PageThread()
    go_on = held_up(thread)
    last = thread.submit(RENDER, lambda: "last")
    thread.close()
    go_on.set()
    assert last.result() == "last"
    thread._thread.join(60)
    assert not thread._thread.is_alive()
