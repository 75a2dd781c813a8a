"""When another page may be prepared: slots that could run dry, and room for its image."""

from __future__ import annotations

import gc

import anyio
import anyio.lowlevel
import pytest
from PIL import Image

from mineru_cli.engine.worker.admission import Admission
from mineru_cli.pages.page import PageImage
from mineru_cli.pages.pixels.packed_image import PackedImage

pytestmark = pytest.mark.anyio


class Slots:
    """What a fleet says of itself."""

    def __init__(self, limit: int, queued: int = 0) -> None:
        self.limit = limit
        self.queued = queued


class Door:
    """Somebody who waits for room."""

    def __init__(self, admission: Admission) -> None:
        self.admission = admission
        self.closed = False
        self.passed = 0

    async def wait(self) -> None:
        await self.admission.room(lambda: self.closed)
        self.passed += 1


async def settle() -> None:
    """Let callbacks of other threads and finalizers arrive."""
    gc.collect()
    for _ in range(5):
        await anyio.lowlevel.checkpoint()


async def test_there_is_room_while_a_turn_of_the_slots_is_not_queued():
    slots = Slots(limit=4)
    door = Door(Admission(slots, 1_000_000))
    for slots.queued in (0, 3):
        await door.wait()
    slots.queued = 4
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(door.wait)
        await anyio.wait_all_tasks_blocked()
        assert door.passed == 2
        slots.queued = 3
        door.admission.poke()
    assert door.passed == 3


async def test_one_slot_still_gets_pages_ahead():
    door = Door(Admission(Slots(limit=1, queued=1), 1_000_000))
    await door.wait()
    assert door.passed == 1


def held() -> PackedImage:
    """One of 100 bytes."""
    return PackedImage(PageImage(0, Image.new("L", (10, 10)), 1, 1))


async def test_an_image_counts_until_it_is_freed():
    admission = Admission(Slots(limit=4), 1_000_000)
    image = held()
    admission.hold(image)
    assert admission.held == 100
    del image
    await settle()
    assert admission.held == 0


async def test_a_full_budget_waits_for_an_image_to_be_freed():
    admission = Admission(Slots(limit=4), 100)
    door = Door(admission)
    image = held()
    admission.hold(image)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(door.wait)
        await anyio.wait_all_tasks_blocked()
        assert door.passed == 0
        del image
        gc.collect()
    assert door.passed == 1


async def test_a_few_large_images_may_take_the_whole_budget_many_small_ones_a_third():
    admission = Admission(Slots(limit=99), 900)
    door = Door(admission)
    images = [held() for _ in range(3)]
    for image in images:
        await door.wait()
        admission.hold(image)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(door.wait)
        await anyio.wait_all_tasks_blocked()
        assert door.passed == 3
        images.clear()
        del image
        gc.collect()
    assert door.passed == 4


async def test_a_request_counts_with_its_body_while_it_is_sent():
    admission = Admission(Slots(limit=4), 1_000)
    door = Door(admission)
    async with anyio.create_task_group() as tasks:
        with admission.asking(bytes(600)):
            assert admission.held == 1_400
            tasks.start_soon(door.wait)
            await anyio.wait_all_tasks_blocked()
            assert door.passed == 0
        assert admission.held == 0
    assert door.passed == 1


async def test_a_page_larger_than_the_budget_is_let_in_alone():
    door = Door(Admission(Slots(limit=4), 1))
    await door.wait()
    assert door.passed == 1


async def test_closing_lets_everybody_through():
    door = Door(Admission(Slots(limit=1, queued=99), 0))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(door.wait)
        await anyio.wait_all_tasks_blocked()
        door.closed = True
        door.admission.poke()
    assert door.passed == 1


async def test_an_image_freed_in_the_page_thread_counts_too():
    admission = Admission(Slots(limit=4), 1_000)
    images = [held()]
    admission.hold(images[0])
    await anyio.to_thread.run_sync(images.clear)
    await settle()
    assert admission.held == 0
