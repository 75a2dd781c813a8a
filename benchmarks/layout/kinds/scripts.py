"""Pages in scripts whose fonts are files of the system: Korean, Devanagari, Greek."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random

from benchmarks.layout.facts import Truth
from benchmarks.layout.sheet import Sheet

_KOREAN = "강 도시 길 물 나무 문 집 학교 새로운 오래된 작은 큰 겨울에 천천히 위원회는 보고서를 연구를 지역의 조사했다 기록했다".split()  # fmt: skip # noqa: SIM905
_HINDI = "नदी नगर पानी वृक्ष पुस्तक विद्यालय बड़ा नया पुराना छोटा में से पर के और समिति ने विवरण लिखा देखा".split()  # fmt: skip # noqa: SIM905
_GREEK = "ποταμός πόλη δρόμος νερό δέντρο σχολείο βιβλίο μεγάλη νέα παλιά μικρή και στην από για χειμώνα γρήγορα αργά".split()  # fmt: skip # noqa: SIM905


def _prose(path: Path, rng: Random, words: Sequence[str], fonts: Sequence[str], end: str) -> Truth:
    """A heading and paragraphs, in one column or two."""
    truth = Truth(may_have_tables=False)
    sheet = Sheet(path, (595, 842))
    font = rng.choice(fonts)
    size = rng.choice([10.0, 11.0, 12.0])
    heading = " ".join(rng.sample(words, 3))
    sheet.text(60, 80, heading, size * 1.7, font)
    truth.present(heading)
    columns = rng.choice([1, 2])
    width = 475.0 if columns == 1 else 227.0
    shown = [heading]
    for column in range(columns):
        y = 120.0
        for _ in range(3):
            text = " ".join(rng.choice(words) for _ in range(rng.randint(25, 40))) + end
            y = sheet.paragraph(
                60 + column * 248, y, text, width, size, leading=1.5, font=font, justify=False
            )
            y += size
            truth.present(text)
            shown.append(text[:30])
    truth.order(*shown)
    sheet.save()
    return truth


def korean(path: Path, rng: Random) -> Truth:
    """Korean prose."""
    return _prose(path, rng, _KOREAN, ("NanumGothic", "NanumMyeongjo"), ".")


def devanagari(path: Path, rng: Random) -> Truth:
    """Hindi prose."""
    return _prose(path, rng, _HINDI, ("Lohit-Devanagari",), " ।")


def greek(path: Path, rng: Random) -> Truth:
    """Greek prose: its letters are those of formulas."""
    truth = _prose(path, rng, _GREEK, ("DejaVuSans", "DejaVuSerif"), ".")
    truth.absent("was not read")
    return truth
