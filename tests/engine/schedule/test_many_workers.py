"""Hundreds of workers in virtual time: many vanish at once, or none ever starts."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.scale.simulation import Plan, simulate
from mineru_cli.domain.document import DocumentRef, PageWindow, Unit
from mineru_cli.engine.schedule.supervisor import MAX_EARLY_DEATHS
from mineru_cli.engine.schedule.worker_table import WorkerTable


@pytest.mark.parametrize("pages", [1, 20])
def test_nothing_is_lost_when_a_third_of_the_workers_vanish_at_once(tmp_path, pages) -> None:
    plan = Plan(workers=200, documents=400, pages=pages, vanish=0.3)
    outcome = simulate(plan, tmp_path)
    assert outcome.ended == "finished"
    assert not outcome.warnings
    assert outcome.lost_workers == 60
    assert outcome.done == plan.documents
    assert sum(outcome.renderings.values()) == plan.documents * pages
    assert set(outcome.renderings) == {1, 2}, "a page is rendered anew once, at most"


def test_a_run_whose_workers_all_die_at_the_start_is_ended(tmp_path) -> None:
    outcome = simulate(Plan(workers=200, documents=400, stillborn=True), tmp_path)
    assert "die repeatedly" in outcome.ended
    assert outcome.done == 0
    assert outcome.starts <= 200 + MAX_EARLY_DEATHS


def _unit(number: int) -> Unit:
    return Unit(number, DocumentRef("a", "a", "/a.pdf", "pdf", 1, 1), PageWindow(0, 1))


@given(seed=st.integers(0, 2**32), workers=st.integers(1, 6))
def test_the_least_loaded_worker_is_the_one_that_looking_at_all_would_find(seed, workers) -> None:
    dice, table = random.Random(seed), WorkerTable(workers, first=3)
    for number in range(120):
        slot = dice.choice(table.slots)
        match dice.randrange(4):
            case 0:
                slot.ready = not slot.ready
            case 1:
                slot.hold(_unit(number), alone=dice.random() < 0.2)
            case 2 if slot.units:
                slot.let_go(dice.choice(list(slot.units)))
            case 3 if slot.unread:
                slot.unread.pop()
        table.changed(slot)
        takes = [one for one in table if one.ready and not one.alone and len(one.unread) < 2]
        order = sorted(takes, key=lambda one: (len(one.unread), len(one.units), one.number))
        assert table.reader() is (order[0] if order else None)


def test_while_suspects_wait_some_workers_get_nothing_new() -> None:
    table = WorkerTable(16)
    for slot in table:
        slot.ready = True
        table.changed(slot)
    assert table.reader().number == 0
    assert table.reader(suspects=1).number == 1
    assert table.reader(suspects=9).number == 2, "an eighth of the workers, not all of them"
