from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mineru_cli.inference.line import Ticket, WaitingLine


def ticket(priority: float, number: int, failed: bool = False) -> Ticket:
    return Ticket(priority, number, failed=failed)


def drain(line: WaitingLine, **how: bool) -> list[Ticket]:
    taken = []
    while (first := line.first(**{"with_failed": True, **how})) is not None:
        line.take(first)
        taken.append(first)
    return taken


@given(st.lists(st.tuples(st.floats(0, 3), st.booleans(), st.booleans())))
def test_all_who_stay_are_served_once_by_priority_then_age(people):
    line: WaitingLine = WaitingLine()
    tickets = [ticket(priority, i, failed) for i, (priority, failed, _) in enumerate(people)]
    for one in tickets:
        line.join(one)
    staying = []
    for one, (_, _, leaves) in zip(tickets, people, strict=True):
        if leaves:
            line.leave(one)
            line.leave(one)
        else:
            staying.append(one)
    assert len(line) == len(staying)
    assert drain(line) == sorted(staying, key=lambda one: one.key)
    assert len(line) == 0


def test_failed_ones_can_be_held_back_and_put_last():
    line: WaitingLine = WaitingLine()
    old, new = ticket(0, 1, failed=True), ticket(5, 2)
    line.join(old)
    line.join(new)
    assert line.first(with_failed=True) is old
    assert line.first(with_failed=False) is new
    assert line.first(with_failed=True, fresh_first=True) is new
    line.take(new)
    assert line.first(with_failed=False) is None
    assert line.first(with_failed=True, fresh_first=True) is old
