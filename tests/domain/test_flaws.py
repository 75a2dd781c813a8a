"""Flaws: which of them lost content, and what a page says of itself."""

from __future__ import annotations

import typing

from mineru_cli.domain.block import Block
from mineru_cli.domain.codec import decode, encode
from mineru_cli.domain.failure import Failure
from mineru_cli.domain.flaws import FLAWS, BlockFlaw, PageFlaw, PageFlawCode, is_lost
from mineru_cli.domain.page import PageResult

BOX = (0.1, 0.1, 0.9, 0.2)


def test_every_code_is_declared_once_with_its_words():
    codes = {*typing.get_args(BlockFlaw), *typing.get_args(PageFlawCode)}
    assert codes == set(FLAWS)
    assert all(kind.message and not kind.message.endswith(".") for kind in FLAWS.values())
    assert all(kind.hint for kind in FLAWS.values() if kind.severity == "lost")


def test_what_lost_content_and_what_is_a_remark():
    remarks = {"repeated", "unmapped-text", "unread-formula", "layer-text"}
    assert {code for code in FLAWS if not is_lost(code)} == remarks
    assert not is_lost(None)


def test_a_page_names_its_own_loss_before_that_of_its_blocks():
    blocks = (Block("text", BOX, flaw="repeated"), Block("text", BOX, flaw="rejected"))
    assert PageResult(0, 1, 1, blocks[:1]).loss is None
    assert PageResult(0, 1, 1, blocks).loss == Failure(
        "rejected", FLAWS["rejected"].message, FLAWS["rejected"].hint
    )
    page = PageResult(0, 1, 1, blocks, flaws=(PageFlaw("unmapped-text"), PageFlaw("uncovered", "1 of 9")))
    assert page.loss == Failure("uncovered", "1 of 9", FLAWS["uncovered"].hint)
    assert page.flaw_count == 4


def test_several_lost_regions_are_counted():
    page = PageResult(0, 1, 1, (Block("text", BOX, flaw="missing"), Block("text", BOX, flaw="empty")))
    assert page.loss is not None
    assert page.loss.message.endswith("(2 regions of the page)")


def test_flaws_survive_the_wire():
    page = PageResult(
        0, 1, 1, (Block("text", BOX, flaw="empty"),), flaws=(PageFlaw("missing-font", "STSong"),)
    )
    assert decode(encode(page)) == page
