from __future__ import annotations

import pytest

from mineru_cli.output.paragraphs import continues

from .sheets import LEFT, RIGHT, part

OPEN = "The measurement was repeated ten times, and the results were"
CJK_OPEN = "本文提出一种新的文档解析方法，" * 3 + "该方法在多个数据集上"


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (OPEN, "then averaged over all runs.", True),
        (OPEN + " inter-", "national as well.", True),
        (OPEN + ".", "then averaged.", False),
        (OPEN + ".”", "then averaged.", False),
        (OPEN + ":", "then averaged.", False),
        (OPEN, "Then came the others.", False),
        (OPEN, "a) the first case", False),
        (OPEN, "someone@example.org", False),
        ("John Smith", "department of physics", False),
        (CJK_OPEN, "取得了良好的结果。", True),
        (CJK_OPEN + "。", "取得了良好的结果。", False),
        ("张三", "李四", False),
        (OPEN, "", False),
        ("", "then", False),
    ],
)
def test_text_continues_in_the_next_column_only_in_mid_sentence(
    left: str, right: str, expected: bool
) -> None:
    assert (
        continues(part("text", left, LEFT), part("text", right, RIGHT, at=1), interrupted=False) is expected
    )


def test_within_a_column_only_the_model_or_a_figure_between_joins() -> None:
    above = part("text", OPEN, (0.1, 0.1, 0.9, 0.3))
    below = part("text", "then averaged.", (0.1, 0.5, 0.9, 0.7), at=1)
    assert not continues(above, below, interrupted=False)
    assert continues(above, below, interrupted=True)
    marked = part("text", "Then", (0.1, 0.5, 0.9, 0.7), at=1, merge_prev=True)
    assert continues(above, marked, interrupted=False)


def test_over_pages_widths_must_agree() -> None:
    here = part("text", OPEN, (0.1, 0.1, 0.9, 0.9))
    assert continues(here, part("text", "then.", (0.1, 0.1, 0.9, 0.2), on=1), interrupted=False)
    assert not continues(here, part("text", "then.", (0.1, 0.1, 0.3, 0.2), on=1), interrupted=False)
    assert not continues(here, part("phonetic", "then.", (0.1, 0.1, 0.9, 0.2), on=1), interrupted=False)
