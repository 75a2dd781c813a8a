from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mineru_cli.inference.request_queue import RequestQueue, Waiter


def waiter(priority: float, number: int, failed: bool = False) -> Waiter:
    return Waiter(priority, number, failed=failed)


def drain(queue: RequestQueue, **how: bool) -> list[Waiter]:
    taken = []
    while (first := queue.first(**{"with_failed": True, **how})) is not None:
        queue.take(first)
        taken.append(first)
    return taken


@given(st.lists(st.tuples(st.floats(0, 3), st.booleans(), st.booleans())))
def test_all_who_stay_are_served_once_by_priority_then_age(people):
    queue: RequestQueue = RequestQueue()
    tickets = [waiter(priority, i, failed) for i, (priority, failed, _) in enumerate(people)]
    for one in tickets:
        queue.join(one)
    staying = []
    for one, (_, _, leaves) in zip(tickets, people, strict=True):
        if leaves:
            queue.leave(one)
            queue.leave(one)
        else:
            staying.append(one)
    assert len(queue) == len(staying)
    assert drain(queue) == sorted(staying, key=lambda one: one.key)
    assert len(queue) == 0


def test_failed_ones_can_be_held_back_and_put_last():
    queue: RequestQueue = RequestQueue()
    old, new = waiter(0, 1, failed=True), waiter(5, 2)
    queue.join(old)
    queue.join(new)
    assert queue.first(with_failed=True) is old
    assert queue.first(with_failed=False) is new
    assert queue.first(with_failed=True, fresh_first=True) is new
    queue.take(new)
    assert queue.first(with_failed=False) is None
    assert queue.first(with_failed=True, fresh_first=True) is old
