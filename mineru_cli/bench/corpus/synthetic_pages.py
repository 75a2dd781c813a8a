"""Synthetic office pages: letters, papers in two columns, tables, forms, figures. Pure.

Words are drawn from a list by a seeded generator: all pages differ, so no server can answer from a cache, and
the same seed gives the same pages.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from mineru_cli.bench.corpus.pdf import HEIGHT, WIDTH, Sheet

MARGIN = 60
_VOCABULARY = """
account agreement amount annual applicant approval area article assembly balance batch board budget
building cable capacity capital case centre change charge clause column committee condition contract
control cost council current customer data date decision delivery demand department design detail device
distance document drawing energy engine equipment estimate evidence expense factor figure filter finance
flow form frame fund garden ground harbour height index industry interest invoice item journal labour
land law layer letter level limit loan machine manager map margin market material measure meeting member
method mineral model motor network notice number object office operation order output owner page paper
part pattern payment period plan plant point policy power pressure price process product profit project
quality quantity quarter range rate reason record region report request reserve result return revenue
river road room sample scale section sector series service share ship signal site society source station
stock storage street structure study subject supply surface survey system table tax team tenant test
theory ticket time total trade transfer union unit usage value vessel view village volume warehouse water
weight winter worker year zone of the in and to for with by from at on of the in and to a for with by
"""
WORDS = tuple(_VOCABULARY.split())


def words(random: Random, count: int) -> str:
    """``count`` words without punctuation."""
    return " ".join(random.choices(WORDS, k=count))


def sentences(random: Random, characters: int) -> str:
    """Running text of about ``characters`` characters."""
    text = ""
    while len(text) < characters:
        text += words(random, random.randint(7, 18)).capitalize() + ". "
    return text.strip()


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most ``width`` characters."""
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line] if line else lines


def _paragraph(
    sheet: Sheet, random: Random, x: float, y: float, *, characters: int, width: int, size: float = 10
) -> float:
    """Draw a paragraph from ``y`` down; returns where the next one may begin."""
    for line in wrapped(sentences(random, characters), width):
        sheet.text(x, y, line, size=size, font="serif")
        y -= size * 1.25
    return y - size


def _frame(sheet: Sheet, random: Random) -> None:
    """Running head and page number."""
    sheet.text(MARGIN, HEIGHT - 40, words(random, 4).title(), size=8)
    sheet.text(WIDTH / 2, 30, str(random.randint(2, 400)), size=8)


def letter(random: Random) -> Sheet:
    """Sender, address, date and a few paragraphs: a page with little on it."""
    sheet = Sheet()
    sheet.text(MARGIN, HEIGHT - 60, words(random, 3).title(), size=14, font="bold")
    for line in range(3):
        sheet.text(MARGIN, HEIGHT - 110 - 13 * line, f"{random.randint(1, 99)} {words(random, 2).title()}")
    sheet.text(400, HEIGHT - 180, f"{random.randint(1, 28)} March 20{random.randint(10, 26)}")
    sheet.text(MARGIN, HEIGHT - 215, words(random, 6).capitalize(), size=11, font="bold")
    y = HEIGHT - 245.0
    for _ in range(3):
        y = _paragraph(sheet, random, MARGIN, y, characters=random.randint(240, 420), width=92, size=10.5)
    sheet.text(MARGIN, y - 20, words(random, 2).title())
    return sheet


def article(random: Random) -> Sheet:
    """Two columns of small print under a title: a dense page."""
    sheet = Sheet()
    _frame(sheet, random)
    sheet.text(MARGIN, HEIGHT - 75, words(random, 6).title(), size=16, font="bold")
    for x in (MARGIN, 310):
        y = HEIGHT - 110.0
        while y > 130:
            number = f"{random.randint(1, 9)}.{random.randint(1, 9)}"
            sheet.text(x, y, f"{number} {words(random, 3).title()}", size=10.5, font="bold")
            y = _paragraph(sheet, random, x, y - 15, characters=min(520, int(y * 2.2)), width=50, size=9)
    return sheet


def report(random: Random) -> Sheet:
    """Headings and paragraphs over the whole width."""
    sheet = Sheet()
    _frame(sheet, random)
    y = HEIGHT - 80.0
    while y > 220:
        sheet.text(MARGIN, y, words(random, 4).title(), size=13, font="bold")
        y = _paragraph(sheet, random, MARGIN, y - 20, characters=random.randint(420, 700), width=95)
    return sheet


def table(random: Random) -> Sheet:
    """A ruled table of figures between two paragraphs."""
    sheet = Sheet()
    _frame(sheet, random)
    y = _paragraph(sheet, random, MARGIN, HEIGHT - 80, characters=380, width=95)
    columns, rows = random.randint(4, 6), random.randint(10, 16)
    step = (WIDTH - 2 * MARGIN) / columns
    sheet.text(MARGIN, y, f"Table {random.randint(1, 20)}. {words(random, 5).capitalize()}", size=9)
    top = y - 12
    sheet.box(MARGIN, top - 18, WIDTH - 2 * MARGIN, 18, 0.88)
    for row in range(rows + 1):
        base = top - 18 * row
        sheet.line(MARGIN, base, WIDTH - MARGIN, base)
        for column in range(columns):
            cell = words(random, 1) if not (row and column) else f"{random.uniform(1, 9000):,.2f}"
            sheet.text(MARGIN + column * step + 4, base - 13, cell, size=9, font="regular" if row else "bold")
    bottom = top - 18 * (rows + 1)
    sheet.line(MARGIN, bottom, WIDTH - MARGIN, bottom)
    for column in range(columns + 1):
        sheet.line(MARGIN + column * step, top, MARGIN + column * step, bottom)
    _paragraph(sheet, random, MARGIN, bottom - 24, characters=420, width=95)
    return sheet


def figure(random: Random) -> Sheet:
    """A bar chart with its caption, and text around it."""
    sheet = Sheet()
    _frame(sheet, random)
    y = _paragraph(sheet, random, MARGIN, HEIGHT - 80, characters=520, width=95)
    base = y - 190
    sheet.line(90, base, 500, base, 1)
    sheet.line(90, base, 90, y, 1)
    for bar in range(10):
        sheet.box(105 + 39 * bar, base, 26, random.uniform(20, 170), random.uniform(0.25, 0.8))
        sheet.text(108 + 39 * bar, base - 12, str(2010 + bar), size=8)
    sheet.text(MARGIN, base - 34, f"Figure {random.randint(1, 30)}. {words(random, 9).capitalize()}", size=9)
    _paragraph(sheet, random, MARGIN, base - 64, characters=700, width=95)
    return sheet


KINDS: Sequence[Callable[[Random], Sheet]] = (report, letter, article, table, report, figure)
"""The mix, repeated: any sequence of pages has the same average cost."""
