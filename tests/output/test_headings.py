from __future__ import annotations

import pytest

from mineru_cli.output.headings import Levels, numbered_level, type_size

from .sheets import part


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("2 Method", 2),
        ("2. Method", 2),
        ("2.1 Data", 3),
        ("2.1.3 Deep", 4),
        ("1.2.3.4.5.6 Deepest", 6),
        ("IV. Results", 2),
        ("A.1 Proofs", 3),
        ("第三章 方法", 2),
        ("第二节 数据", 3),
        ("一、引言", 2),
        ("（二）数据", 3),
        ("2023 Annual report", None),
        ("Abstract", None),
        ("3D printing", None),
        ("2.", None),
    ],
)
def test_numbering_defines_the_level(text: str, level: int | None) -> None:
    assert numbered_level(text) == level


def levels_of(*titles: tuple[str, str, float]) -> list[int]:
    levels = Levels()
    return [
        levels.level(part(kind, text, (0.1, 0.1, 0.9, 0.1 + height), on=i // 4))
        for i, (kind, text, height) in enumerate(titles)
    ]


def test_the_first_title_is_the_documents_and_sizes_define_the_other_levels() -> None:
    assert levels_of(
        ("title", "A Paper", 0.03),
        ("title", "Abstract", 0.02),
        ("title", "1 Introduction", 0.02),
        ("title", "Remark", 0.014),
        ("title", "Another Paper", 0.03),
        ("title", "Its sections", 0.02),
    ) == [1, 2, 2, 3, 1, 2]


def test_a_title_no_larger_than_the_sections_makes_no_titles_of_later_ones() -> None:
    assert levels_of(
        *[("title", f"Section {n}", size) for n, size in enumerate((0.02, 0.02, 0.021, 0.019, 0.02, 0.017))]
    ) == [1, 2, 2, 2, 2, 2]


def test_a_numbered_first_title_is_a_section() -> None:
    assert levels_of(
        ("title", "1 Introduction", 0.02), ("title", "1.1 More", 0.02), ("title", "End", 0.02)
    ) == [2, 3, 2]


def test_the_models_own_kinds_count_first() -> None:
    assert levels_of(("paragraph_title", "Preface", 0.02), ("doc_title", "The Title", 0.04)) == [2, 1]


def test_two_lines_of_a_title_are_no_larger_type() -> None:
    one = part("title", "x" * 40, (0.1, 0.1, 0.9, 0.12))
    two = part("title", "x" * 80, (0.1, 0.1, 0.9, 0.14))
    assert type_size("x" * 80, two) == pytest.approx(type_size("x" * 40, one), rel=0.05)
