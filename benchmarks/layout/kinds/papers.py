"""Journal pages: running heads, marginal text, columns, figures, formulas."""

from __future__ import annotations

from pathlib import Path
from random import Random

from benchmarks.layout.facts import Truth
from benchmarks.layout.prose import names, noun, paragraph, sentence, title, town
from benchmarks.layout.sheet import Sheet


def journal(path: Path, rng: Random) -> Truth:
    """The first page of an article with everything that a publisher puts around it."""
    truth = Truth(may_have_tables=False)
    sheet = Sheet(path, (595, 792), rng.choice(["times", "times", "helvetica"]))
    head = rng.choice(
        [
            "OPEN ACCESS Freely available online",
            f"Journal of {noun(rng)} Studies {rng.randint(3, 90)} ({rng.randint(1990, 2023)}) {rng.randint(1, 90)}-{rng.randint(100, 400)}",
            f"Article in {noun(rng)} Research Letters",
        ]
    )
    sheet.text(rng.choice([50, 300]), 36, head, 8, sheet.italic)
    if rng.random() < 0.5:
        sheet.rule(50, 44, 545)
    y = rng.uniform(75, 100)
    name = f"{title(rng)}: {title(rng, 2)} in {town(rng)}"
    size = rng.choice([15, 17, 20])
    centred = rng.random() < 0.6
    for line in sheet.wrapped(name, 440, size, sheet.bold):
        sheet.text(
            297 if centred else 50,
            y,
            line,
            size,
            sheet.bold,
            "centre" if centred else "left",
        )
        y += size * 1.25
    truth.heading(name)
    y += 6
    authors = ", ".join(names(rng, 3))
    sheet.text(297 if centred else 50, y, authors, 11, align="centre" if centred else "left")
    y += 15
    place = f"Department of {noun(rng)} Science, University of {town(rng)}"
    sheet.text(297 if centred else 50, y, place, 9, sheet.italic, "centre" if centred else "left")
    y += 14
    mails = [f"{noun(rng).lower()}@{town(rng).lower()}.edu" for _ in range(2)]
    sheet.text(297 if centred else 50, y, "  ".join(mails), 9, "Courier", "centre" if centred else "left")
    y += 28
    truth.present(authors, place, *mails)
    truth.order(name, authors, place, mails[0])
    sheet.text(60, y, "Abstract", 11, sheet.bold)
    abstract = paragraph(rng, 5)
    y = sheet.paragraph(60, y + 15, abstract, 475, 9.5) + 14
    truth.present(abstract)
    left, right = [paragraph(rng, 5) for _ in range(3)], [paragraph(rng, 5) for _ in range(3)]
    start = y
    sheet.text(50, y, "1. Introduction", 11, sheet.bold)
    truth.heading("Introduction")
    y += 16
    for text in left:
        y = sheet.paragraph(50, y, text, 235, 10, first=10)
    right_y = start
    for text in right:
        right_y = sheet.paragraph(310, right_y, text, 235, 10, first=10)
    truth.present(*left, *right)
    truth.order(abstract[:50], "Introduction", left[0][:50], left[2][:50], right[0][:50], right[2][:50])
    low = max(y, right_y) + 16
    if low < 730 and rng.random() < 0.6:
        sheet.rule(50, low, 150, 0.4)
        note = f"* Corresponding author. {sentence(rng)}"
        sheet.text(50, low + 11, note, 7.5)
    foot = rng.choice(
        [
            f"Downloaded from https://www.{noun(rng).lower()}.org by guest on {rng.randint(1, 28)} May 2021",
            f"© {rng.randint(1990, 2022)} {noun(rng)} Press. All rights reserved.",
            f"PLoS {noun(rng)} | www.plos{noun(rng).lower()}.org",
            f"Download date: {rng.randint(1, 28)} Jun. 2022",
        ]
    )
    number = str(rng.randint(2, 900))
    sheet.text(50, 768, foot, 7.5)
    sheet.text(545, 768, number, 8, align="right")
    if rng.random() < 0.6:
        aside = f"arXiv:{rng.randint(1000, 2300)}.{rng.randint(10000, 99999)}v1 [cs.{noun(rng)[:2].upper()}] {rng.randint(1, 28)} Mar 2020"
        sheet.canvas.saveState()
        sheet.canvas.translate(24, 250)
        sheet.canvas.rotate(90)
        sheet.canvas.setFont(sheet.regular, rng.choice([9, 14]))
        sheet.canvas.drawString(0, 0, aside)
        sheet.canvas.restoreState()
        truth.absent(aside)
    truth.absent(head, foot)
    sheet.save()
    return truth


def running(path: Path, rng: Random) -> Truth:
    """An inner page of a book or journal: running head, folio, prose, a heading."""
    truth = Truth(may_have_tables=False)
    sheet = Sheet(path, (rng.choice([430, 595]), 700), rng.choice(["times", "helvetica"]))
    width = sheet.width - 110
    number = str(rng.randint(2, 900))
    style = rng.randint(0, 3)
    head = title(rng).upper() if rng.random() < 0.5 else f"{names(rng, 1)[0]} / {title(rng)}"
    even = rng.random() < 0.5
    if style in (0, 1, 2):
        sheet.text(
            sheet.width / 2 if style == 2 else 55 if not even else sheet.width - 55,
            40,
            head,
            8.5,
            sheet.italic if style else sheet.regular,
            "centre" if style == 2 else "left" if not even else "right",
        )
        truth.absent(head)
    if style == 1:
        sheet.text(
            sheet.width - 55 if not even else 55, 40, number, 8.5, align="right" if not even else "left"
        )
    else:
        sheet.text(sheet.width / 2, 670, number if rng.random() < 0.6 else f"— {number} —", 9, align="centre")
    if style == 3:
        foot = f"{title(rng)} – Annual Report {rng.randint(2000, 2020)}"
        sheet.text(55, 670, foot, 7.5)
        truth.absent(foot)
    y = 72.0 if rng.random() < 0.5 else 64.0
    texts = [paragraph(rng, 6) for _ in range(4)]
    y = sheet.paragraph(55, y, texts[0], width, 10.5)
    y = sheet.paragraph(55, y, texts[1], width, 10.5, first=14)
    heading = title(rng)
    y += 14
    sheet.text(55, y, heading, 12.5, sheet.bold)
    truth.heading(heading)
    y = sheet.paragraph(55, y + 18, texts[2], width, 10.5)
    y = sheet.paragraph(55, y, texts[3], width, 10.5, first=14)
    truth.present(*texts)
    truth.order(texts[0][:50], texts[1][:50], heading, texts[3][:50])
    sheet.save()
    return truth


def columns(path: Path, rng: Random) -> Truth:
    """Two or three columns, a figure between them, a drop cap, columns that switch in the middle of the page."""
    truth = Truth(may_have_tables=False)
    sheet = Sheet(path, (595, 842), rng.choice(["times", "helvetica"]))
    count = rng.choice([2, 2, 3])
    gutter = rng.uniform(12, 24)
    wide = (495 - gutter * (count - 1)) / count
    size = 9.5 if count == 2 else 8.5
    heading = title(rng)
    sheet.text(50, 72, heading, 20, sheet.bold)
    truth.heading(heading)
    y0 = 100.0
    spoken: list[str] = []
    kind = rng.choice(["plain", "switch", "figure", "drop"])
    half = kind == "switch"
    bottoms = []
    for k in range(count):
        x, y = 50 + k * (wide + gutter), y0
        for number in range(2 if half else 4):
            text = paragraph(rng, 4)
            if kind == "drop" and k == 0 and number == 0:
                sheet.text(x, y + 2.05 * size, text[0], size * 3.6, sheet.bold)
                rest = sheet.wrapped(text[1:], wide - 2.9 * size, size)
                for line in rest[:2]:
                    sheet.text(x + 2.9 * size, y, line, size)
                    y += size * 1.25
                y = sheet.paragraph(x, y, " ".join(rest[2:]), wide, size)
                truth.present(text[1:])
                spoken.append(text[4:50])
                continue
            if kind == "figure" and k == count - 1 and number == 1:
                sheet.figure(x, y, x + wide, y + 110, rng)
                caption = f"Figure {rng.randint(1, 9)}. {sentence(rng)}"
                y = sheet.paragraph(x, y + 124, caption, wide, size - 1, justify=False) + 10
                truth.present(caption)
            y = sheet.paragraph(x, y, text, wide, size, first=10 if number else 0)
            truth.present(text)
            spoken.append(text[:45])
        bottoms.append(y)
    if half:
        y = max(bottoms) + 16
        band = title(rng)
        sheet.text(50, y, band, 14, sheet.bold)
        truth.heading(band)
        spoken.append(band)
        y += 20
        across = paragraph(rng, 5)
        y = sheet.paragraph(50, y, across, 495, 10) + 12
        truth.present(across)
        spoken.append(across[:45])
        other = 5 - count
        wide2 = (495 - gutter * (other - 1)) / other
        for k in range(other):
            text = paragraph(rng, 5)
            sheet.paragraph(50 + k * (wide2 + gutter), y, text, wide2, 9)
            truth.present(text)
            spoken.append(text[:45])
    truth.order(*spoken)
    sheet.save()
    return truth


def formulas(path: Path, rng: Random) -> Truth:
    """Prose with displayed formulas; the prose must stay whole."""
    truth = Truth(may_have_tables=False)
    sheet = Sheet(path, (595, 842), "times")
    y = 90.0
    shown = []
    for number in range(rng.randint(3, 4)):
        text = paragraph(rng, 4)
        y = sheet.paragraph(70, y, text, 455, 10.5) + 14
        truth.present(text)
        shown.append(text[:45])
        x = 230.0
        x += sheet.text(x, y, "f", 11, sheet.italic) + 1
        x += sheet.text(x, y, "(x) = ", 11) + 2
        x += sheet.text(x, y + 3, "S", 18, "Symbol") + 2
        sheet.text(x - 12, y + 15, "k=0", 7, sheet.italic)
        sheet.text(x - 10, y - 14, "n", 7, sheet.italic)
        sheet.text(x + 6, y - 7, f"{rng.choice('abc')} + {rng.randint(2, 9)}x", 11, sheet.italic)
        sheet.rule(x, y - 3, x + 46)
        sheet.text(x + 10, y + 9, f"1 - {rng.choice('uvw')}", 11, sheet.italic)
        sheet.text(525, y, f"({number + 1})", 10.5, align="right")
        y += 36
    last = paragraph(rng, 5)
    sheet.paragraph(70, y, last, 455, 10.5)
    truth.present(last)
    truth.order(*shown, last[:45])
    sheet.save()
    return truth
