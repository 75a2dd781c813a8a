"""Lines with words from right to left, from where their glyphs stand to how they are read."""

from __future__ import annotations

import pytest

from mineru_cli.pages.visual_order import Glyph, reading_order, runs_from_right


def read(shown):
    line = [Glyph(char, float(place), place + 1.0, (place,)) for place, char in enumerate(shown)]
    return "".join(glyph.text for glyph in reading_order(line, from_right=runs_from_right(line)))


@pytest.mark.parametrize(
    ("shown", "read_as"),
    [
        ("ליגרהמ 20% ריחמ", "מחיר 20% מהרגיל"),
        ("15%-ב הלדג", "גדלה ב-15%"),
        ("1990-1995 םינש", "שנים 1990-1995"),
        ("12/05/2024 םויל", "ליום 12/05/2024"),
        ("םויב 1,234.50 םוכס", "סכום 1,234.50 ביום"),
        ("ماعلا %20 ةبسن", "نسبة 20% العام"),
        ("1995-1990 يماع", "عامي 1990-1995"),
        ("٪٣٫٥ ةبسن", "نسبة ٣٫٥٪"),
        ("10:30 ةعاس", "ساعة 10:30"),
        ("תפש Python 3.11 איה", "היא Python 3.11 שפת"),
        ("דבעמ 3.2 GHz", "3.2 GHz מעבד"),
        ("GHz 3.2 דבעמ", "מעבד 3.2 GHz"),
        ("רמאנ (MSFT) ארקנ", "נקרא (MSFT) נאמר"),
        ("רמאנ Microsoft (MSFT) ארקנ", "נקרא Microsoft (MSFT) נאמר"),
        ("רמאנ (Microsoft Corporation) ארקנ", "נקרא (Microsoft Corporation) נאמר"),
        ("םויה (MSFT המגודל) ואר", "ראו (לדוגמה MSFT) היום"),
        ("םויה )MSFT המגודל( ואר", "ראו (לדוגמה MSFT) היום"),
        ("ראותב (3.11 הסרג)", "(גרסה 3.11) בתואר"),
        ("אלו info@example.com איה", "היא info@example.com ולא"),
        ("[ןושאר] םוי", "יום [ראשון]"),
        ("(א", "א)"),
        ("The Hebrew םולש םויה means peace", "The Hebrew היום שלום means peace"),
        ("A 5 לקש costs", "A 5 שקל costs"),
        ("see (םולש) there", "see (שלום) there"),
    ],
)
def test_what_is_shown_is_read(shown, read_as):
    assert read(shown) == read_as


@pytest.mark.parametrize("shown", ["plain words", "12 + 3", "(a) [b]", "20% of 5", ""])
def test_lines_from_left_to_right_stay(shown):
    assert read(shown) == shown
