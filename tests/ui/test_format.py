from __future__ import annotations

import pytest

from mineru_cli.ui import format as figures


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (figures.count(1234567), "1,234,567"),
        (figures.count(None), "–"),
        (figures.counted(1, "page"), "1 page"),
        (figures.counted(2000, "page"), "2,000 pages"),
        (figures.rate(0), "0.0"),
        (figures.rate(0.123), "0.12"),
        (figures.rate(4.21), "4.2"),
        (figures.rate(4321.5), "4,322"),
        (figures.percent(0.925), "92 %"),
        (figures.percent(None), "–"),
        (figures.size(0), "0 B"),
        (figures.size(1023), "1.0 KiB"),
        (figures.size(61 * 1024**3), "61 GiB"),
        (figures.size(5 * 1024**5), "5,120.0 TiB"),
        (figures.duration(None), "–"),
        (figures.duration(3.21), "3.2 s"),
        (figures.duration(59.9), "59 s"),
        (figures.duration(200), "3 min 20 s"),
        (figures.duration(4321), "1 h 12 min"),
        (figures.duration(90000 * 3), "3 d 3 h"),
        (figures.elapsed(42), "0:42"),
        (figures.elapsed(725), "12:05"),
        (figures.elapsed(4325), "1:12:05"),
    ],
)
def test_figures(shown, expected):
    assert shown == expected
