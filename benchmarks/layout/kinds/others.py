"""Slides, exercises, other scripts, and pages that look like tables and are none."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from random import Random

from reportlab.lib.colors import Color, black, white

from benchmarks.layout.facts import Truth
from benchmarks.layout.prose import names, noun, paragraph, sentence, title, town
from benchmarks.layout.sheet import Sheet

_ARABIC = [
    "الكتاب", "المدينة", "الطريق", "الماء", "الشجرة", "الباب", "البيت", "النهر", "الجبل", "المدرسة",
    "الكبير", "الجديد", "القديم", "الصغير", "في", "من", "على", "إلى",
]  # fmt: skip
_HEBREW = [
    "הספר", "העיר", "הדרך", "המים", "העץ", "הדלת", "הבית", "הנהר", "ההר", "הגדול", "החדש", "הישן", "הקטן",
    "של", "על", "אל", "עם", "כי",
]  # fmt: skip
_RUSSIAN = [
    "река", "город", "дорога", "вода", "дерево", "большой", "новый", "старый", "маленький", "школа",
    "книга", "в", "на", "через", "около", "между", "и", "долго", "быстро", "зимой",
]  # fmt: skip


def slide(path: Path, rng: Random) -> Truth:
    """Large type on colour."""
    truth = Truth(may_have_tables=False)
    sheet = Sheet(path, (720, 405), rng.choice(["helvetica", "vera", "times"]))
    dark = rng.random() < 0.7
    ground = (
        Color(rng.uniform(0, 0.25), rng.uniform(0, 0.35), rng.uniform(0.2, 0.5))
        if dark
        else Color(rng.uniform(0.8, 1), rng.uniform(0.75, 0.95), 0.7)
    )
    sheet.fill(0, 0, 720, 405, ground)
    sheet.colour = white if dark else black
    head = title(rng)
    cover = rng.random() < 0.4
    if cover:
        size = rng.choice([44, 54, 64])
        y = 150.0
        for line in sheet.wrapped(head, 620, size, sheet.bold):
            sheet.text(50, y, line, size, sheet.bold)
            y += size * 1.15
        by = f"{names(rng, 1)[0]}, {town(rng)}"
        sheet.text(50, y + 30, by, 20)
        truth.present(head, by)
        truth.order(head, by)
    else:
        sheet.text(40, 60, head, rng.choice([30, 36]), sheet.bold)
        truth.heading(head)
        y = 120.0
        points = [sentence(rng)[:44].rsplit(" ", 1)[0] for _ in range(rng.randint(3, 5))]
        for point in points:
            sheet.text(50, y, "•", 20)
            sheet.text(72, y, point, 20)
            y += 42
        truth.present(*points)
        truth.order(head, *points)
        if rng.random() < 0.5:
            big = f"{rng.randint(11, 98)}%"
            sheet.fill(560, 300, 700, 390, Color(0.9, 0.45, 0.1))
            sheet.text(630, 362, big, 48, sheet.bold, "centre")
            truth.present(big)
    sheet.save()
    return truth


def exercises(path: Path, rng: Random) -> Truth:
    """Numbered exercises with parts, in one column or two."""
    truth = Truth(may_have_tables=False)
    sheet = Sheet(path, (595, 842), rng.choice(["times", "helvetica"]))
    sheet.text(60, 70, "Exercises", 16, sheet.bold)
    truth.heading("Exercises")
    two = rng.random() < 0.5
    wide = 225.0 if two else 475.0
    number = rng.randint(1, 40)
    bold = sheet.bold if rng.random() < 0.5 else sheet.regular
    starts = []
    for k in range(2 if two else 1):
        x, y = 60 + 250 * k, 100.0
        for _ in range(rng.randint(5, 7)):
            text = sentence(rng) + " " + sentence(rng)
            sheet.text(x, y, f"{number}.", 10, bold)
            y = sheet.paragraph(x + 22, y, text, wide - 22, 10, justify=False)
            truth.present(f"{number}. {text}")
            starts.append(f"{number}. {text[:40]}")
            if rng.random() < 0.5:
                for letter in "abc":
                    part = sentence(rng)
                    sheet.text(x + 22, y, f"({letter})", 10)
                    y = sheet.paragraph(x + 42, y, part, wide - 42, 10, justify=False)
                    truth.present(f"({letter}) {part}")
            y += 7
            number += 1
    truth.order(*starts)
    sheet.save()
    return truth


def hebrew(path: Path, rng: Random) -> Truth:
    """Right-to-left prose, drawn as producers of PDFs do: in visual order."""
    truth = Truth(may_have_tables=False)
    sheet = Sheet(path, (595, 842))
    arabic = rng.random() < 0.5
    words = _ARABIC if arabic else _HEBREW
    y = 90.0
    shown = []
    for _ in range(4):
        text = " ".join(rng.choice(words) for _ in range(40))
        lines, line = [], ""
        for word in text.split():
            if len(line) + len(word) > 62:
                lines.append(line)
                line = word
            else:
                line = f"{line} {word}".strip()
        lines.append(line)
        for row in lines:
            drawn = (_shaped(row) if arabic else row)[::-1]
            sheet.text(535, y, drawn, 12, "DejaVuSans", "right")
            y += 17
        truth.present(" ".join(lines))
        shown.append(lines[0][:40])
        y += 12
    truth.order(*shown)
    sheet.save()
    return truth


def _shaped(text: str) -> str:
    """Arabic letters in the forms that stand beside their neighbours."""
    forms: dict[tuple[str, str], str] = {}
    for code in range(0xFE80, 0xFEF5):
        kind, *base = unicodedata.decomposition(chr(code)).split()
        if len(base) == 1:
            forms[chr(int(base[0], 16)), kind.strip("<>")] = chr(code)
    shaped = []
    for n, char in enumerate(text):
        before = n > 0 and (text[n - 1], "initial") in forms
        after = (char, "initial") in forms and n + 1 < len(text) and (text[n + 1], "final") in forms
        kind = "medial" if before and after else "final" if before else "initial" if after else "isolated"
        shaped.append(forms.get((char, kind)) or forms.get((char, "isolated")) or char)
    return "".join(shaped)


def cyrillic(path: Path, rng: Random) -> Truth:
    """Cyrillic prose with a heading."""
    truth = Truth(may_have_tables=False)
    sheet = Sheet(path, (595, 842))
    y = 90.0
    for _ in range(4):
        text = " ".join(rng.choice(_RUSSIAN) for _ in range(50)).capitalize() + "."
        y = sheet.paragraph(60, y, text, 475, 11, font="DejaVuSerif", justify=False) + 12
        truth.present(text)
    sheet.save()
    return truth


def vertical(path: Path, rng: Random) -> Truth:
    """Chinese written downwards, columns from right to left."""
    truth = Truth(may_have_tables=False)
    sheet = Sheet(path, (420, 595))
    signs = "大学安完定室家导小居工师带年座延开引手打投报持据提放教数整新方旧时明星月有服望期本来林根桥梯楼次每民气温湿满点现理生用电留白的目着知石示"
    text = "".join(rng.choice(signs) for _ in range(rng.randint(150, 230)))
    size = rng.choice([13, 15])
    per = int(470 / (size * 1.1))
    x = 360.0
    for start in range(0, len(text), per):
        for k, sign in enumerate(text[start : start + per]):
            sheet.text(x, 70 + k * size * 1.1, sign, size, "Wqy")
        x -= size * 1.8
    truth.present(text)
    sheet.save()
    return truth


def contents(path: Path, rng: Random) -> Truth:
    """A table of contents: no table."""
    truth = Truth(may_have_tables=False)
    sheet = Sheet(path, (595, 842), rng.choice(["times", "helvetica"]))
    sheet.text(60, 80, "Contents", 16, sheet.bold)
    truth.heading("Contents")
    y, page = 120.0, 1
    dots = rng.random() < 0.6
    entries = []
    for chapter in range(1, rng.randint(5, 7)):
        for section in range(rng.randint(2, 4)):
            entry = f"{chapter}.{section} {title(rng)}" if section else f"{chapter} {title(rng)}"
            width = sheet.text(75 if section else 60, y, entry, 10, "" if section else sheet.bold)
            if dots:
                left = (75 if section else 60) + width + 6
                sheet.text(520, y, ". " * int((505 - left) / 5), 10, align="right")
            sheet.text(535, y, str(page), 10, align="right")
            page += rng.randint(1, 9)
            y += 17
            entries.append(entry)
    truth.present(*entries)
    truth.order(*entries)
    sheet.save()
    return truth


def references(path: Path, rng: Random) -> Truth:
    """A reference list and a glossary in two columns of words: no table."""
    truth = Truth(may_have_tables=False)
    sheet = Sheet(path, (595, 842), rng.choice(["times", "helvetica"]))
    sheet.text(60, 80, "References", 14, sheet.bold)
    truth.heading("References")
    y = 105.0
    for number in range(1, rng.randint(12, 18)):
        entry = f"{', '.join(names(rng, 2))}. {title(rng)}. {noun(rng)} Letters {rng.randint(1, 60)}, {rng.randint(1, 90)}–{rng.randint(100, 300)} ({rng.randint(1950, 2020)})."
        sheet.text(60, y, f"[{number}]", 9)
        y = sheet.paragraph(84, y, entry, 451, 9, justify=False) + 3
        truth.present(entry)
    sheet.save()
    return truth


def letter(path: Path, rng: Random) -> Truth:
    """Address blocks side by side, then prose: no table."""
    truth = Truth(may_have_tables=False)
    sheet = Sheet(path, (595, 842), rng.choice(["times", "helvetica", "vera"]))
    first, second = names(rng, 2)
    here, there = town(rng), town(rng)
    for k, line in enumerate(
        [first, f"{rng.randint(1, 90)} {noun(rng)} Street", f"{rng.randint(1000, 9999)} {here}"]
    ):
        sheet.text(60, 80 + 13 * k, line, 10)
    for k, line in enumerate(
        [
            f"Telephone {rng.randint(100, 999)} {rng.randint(1000, 9999)}",
            f"office@{here.lower()}.org",
            f"{here}, {rng.randint(1, 28)} May {rng.randint(1990, 2020)}",
        ]
    ):
        sheet.text(380, 80 + 13 * k, line, 10)
    for k, line in enumerate(
        [second, f"{noun(rng)} Square {rng.randint(1, 20)}", f"{rng.randint(1000, 9999)} {there}"]
    ):
        sheet.text(60, 160 + 13 * k, line, 10)
    y = 230.0
    texts = [paragraph(rng, 4) for _ in range(3)]
    sheet.text(60, y, f"Dear {second},", 10)
    y += 22
    for text in texts:
        y = sheet.paragraph(60, y, text, 475, 10) + 10
    sheet.text(60, y + 10, "Yours sincerely,", 10)
    sheet.text(60, y + 50, first, 10)
    truth.present(*texts, f"Dear {second},", "Yours sincerely,")
    truth.order(first, texts[0][:40], texts[2][:40], "Yours sincerely,")
    sheet.save()
    return truth
