"""Boxes side by side, covers, tables with turned or wrapped headings, statistics, mathematics in prose."""

from __future__ import annotations

from pathlib import Path
from random import Random

from reportlab.lib.colors import Color, black, white

from benchmarks.layout.facts import Truth
from benchmarks.layout.kinds.grid import anchors, draw_row
from benchmarks.layout.prose import amount, names, noun, paragraph, sentence, title, town
from benchmarks.layout.sheet import Sheet

NOT_READ = "The formula above was not read"


def boxes(path: Path, rng: Random) -> Truth:
    """A newsletter: two columns, then boxes of another width side by side in the middle, then columns."""
    truth = Truth(may_have_tables=False)
    sheet = Sheet(path, (595, 842), rng.choice(["times", "helvetica", "vera"]))
    size = 9.0 if sheet.regular == "Vera" else 10.0
    head = title(rng)
    sheet.text(50, 76, head, 22, sheet.bold)
    truth.heading(head)
    shown = [head]

    def stack(x: float, y: float, width: float, count: int) -> float:
        for _ in range(count):
            text = paragraph(rng, 3)
            y = sheet.paragraph(x, y, text, width, size) + 5
            truth.present(text)
            shown.append(text[:40])
        return y

    bottom = max(stack(50, 110, 238, 2), stack(307, 110, 238, 2)) + 6
    share = rng.choice([0.5, 0.62, 0.38])
    left = 495 * share - 8
    high = 160.0
    tint = Color(rng.uniform(0.85, 1), rng.uniform(0.85, 1), rng.uniform(0.8, 0.95))
    for x, width in ((50.0, left), (50 + left + 16, 495 - left - 16)):
        sheet.fill(x, bottom, x + width, bottom + high, tint)
        sheet.colour = black
        name = title(rng)
        sheet.text(x + 10, bottom + 20, name[: int(width / 8)].rsplit(" ", 1)[0], 12, sheet.bold)
        shown.append(name[: int(width / 8)].rsplit(" ", 1)[0])
        text = paragraph(rng, 2)
        sheet.paragraph(x + 10, bottom + 40, text, width - 20, size)
        truth.present(text)
        shown.append(text[:40])
    bottom += high + 24
    stack(50, bottom, 238, 2)
    stack(307, bottom, 238, 2)
    truth.order(*shown)
    sheet.save()
    return truth


def cover(path: Path, rng: Random) -> Truth:
    """A report's cover: large light type on colour, a band, a line at the foot."""
    truth = Truth(may_have_tables=False)
    sheet = Sheet(path, (595, 842), rng.choice(["helvetica", "times", "vera"]))
    ground = Color(rng.uniform(0, 0.4), rng.uniform(0.1, 0.45), rng.uniform(0.2, 0.6))
    top = rng.choice([0.0, 180.0])
    sheet.fill(0, top, 595, top + rng.uniform(380, 500), ground)
    sheet.colour = white
    y = top + rng.uniform(110, 160)
    name = title(rng, 2)
    size = rng.choice([38, 48, 60])
    for line in sheet.wrapped(name, 480, size, sheet.bold):
        sheet.text(55, y, line, size, sheet.bold)
        y += size * 1.15
    under = f"{title(rng)} {rng.randint(1990, 2024)}"
    sheet.text(55, y + 24, under, 18)
    sheet.colour = black
    by = f"{names(rng, 1)[0]} and {names(rng, 1)[0]}"
    sheet.text(55, 740, by, 14)
    truth.present(name, under, by)
    truth.order(name, under, by)
    sheet.save()
    return truth


def turned_heads(path: Path, rng: Random) -> Truth:
    """A comparison whose headings stand on their side, figures or marks below them."""
    truth = Truth()
    sheet = Sheet(path, (595, 842), rng.choice(["helvetica", "times"]))
    intro = paragraph(rng, 4)
    y = sheet.paragraph(60, 80, intro, 475, 10) + 90
    count = rng.randint(4, 7)
    heads = rng.sample(
        ["Rainfall", "Elevation", "Harvest", "Population", "Frost days", "Exports", "Schools"], count
    )
    pitch = rng.uniform(38, 52)
    xs = [200 + pitch * k for k in range(count)]
    for x, head in zip(xs, heads, strict=True):
        sheet.canvas.saveState()
        sheet.canvas.translate(x + 3, sheet.height - y)
        sheet.canvas.rotate(90)
        sheet.canvas.setFont(sheet.bold, 9)
        sheet.canvas.drawString(0, 0, head)
        sheet.canvas.restoreState()
    sheet.rule(60, y + 5, xs[-1] + 25)
    y += 19
    rows = []
    for _ in range(rng.randint(5, 9)):
        row = [
            town(rng),
            *[amount(rng) if rng.random() < 0.6 else f"{rng.uniform(0, 99):.1f}" for _ in heads],
        ]
        draw_row(sheet, [60, *(x + 12 for x in xs)], y, row, 9, "l" + "r" * count)
        rows.append(row)
        y += 15
    sheet.rule(60, y - 9, xs[-1] + 25)
    truth.table([["", *heads], *rows])
    after = paragraph(rng, 4)
    sheet.paragraph(60, y + 24, after, 475, 10)
    truth.present(intro, after)
    for row in rng.sample(rows, 2):
        truth.cell(row[2], "left", row[1])
        truth.cell(row[1], "row", row[0])
    sheet.save()
    return truth


def statistics(path: Path, rng: Random) -> Truth:
    """A statistics table with a wrapped head, notes with marks and a source below it."""
    truth = Truth()
    sheet = Sheet(path, (595, 842), rng.choice(["helvetica", "times", "vera"]))
    size = 8.0 if sheet.regular == "Vera" else 9.0
    caption = f"Table {rng.randint(1, 30)}. {title(rng)} by district, {rng.randint(1950, 2020)}"
    sheet.text(60, 84, caption, size + 1, sheet.bold)
    truth.present(caption)
    heads = ["District", "Persons\nemployed", "Share\n(%)", "Change on\nyear before", "Index¹"]
    xs = anchors([60, 200, 300, 370, 470], [110, 60, 45, 70, 45], "l" + rng.choice(["rrrr", "cccc"]))
    aligns = "lrrrr" if rng.random() < 0.5 else "lcccc"
    y = 112.0
    sheet.rule(58, y - size - 4, 540)
    y = draw_row(sheet, xs, y, heads, size, aligns, sheet.bold)
    sheet.rule(58, y + 4, 540, 0.4)
    y += size * 1.8
    rows = [[head.replace("\n", " ") for head in heads]]
    for _ in range(rng.randint(6, 11)):
        change = f"{rng.choice('+-')}{rng.uniform(0, 9):.1f}"
        row = [town(rng), amount(rng), f"{rng.uniform(0, 50):.1f}", change, str(rng.randint(80, 140))]
        draw_row(sheet, xs, y, row, size, aligns)
        rows.append(row)
        y += size * 1.5
    sheet.rule(58, y - size * 0.9, 540)
    truth.table(rows)
    note, source = f"1 {sentence(rng)}", f"Source: Office of {noun(rng)} Statistics."
    sheet.text(60, y + 6, note, size - 1)
    sheet.text(60, y + 18, source, size - 1)
    truth.present(note[2:], source)
    after = paragraph(rng, 5)
    sheet.paragraph(60, y + 50, after, 475, 10)
    truth.present(after)
    truth.order(caption, rows[1][0], source, after[:40])
    for row in rng.sample(rows[1:], 3):
        truth.cell(row[2], "left", row[1])
        truth.cell(row[4], "row", row[0])
    sheet.save()
    return truth


def german_invoice(path: Path, rng: Random) -> Truth:
    """A German invoice: address window, positions with units, sums with tax, bank details side by side."""
    truth = Truth()
    sheet = Sheet(path, (595, 842), rng.choice(["helvetica", "times", "vera"]))
    size = 8.5 if sheet.regular == "Vera" else 10.0
    firm = f"{rng.choice(['Möller', 'Grünwald', 'Weiß', 'Körner'])} & Söhne GmbH"
    sheet.text(60, 60, firm, 16, sheet.bold)
    sheet.text(60, 120, f"{firm} · Lindenstraße {rng.randint(1, 90)} · {rng.randint(10000, 99999)} Köln", 7)
    for k, text in enumerate([names(rng, 1)[0], f"Marktgasse {rng.randint(1, 60)}", f"{rng.randint(10000, 99999)} Münster"]):  # fmt: skip
        sheet.text(60, 140 + 14 * k, text, size)
    number = f"{rng.randint(2019, 2024)}-{rng.randint(100, 9999)}"
    sheet.text(
        535, 200, f"Köln, den {rng.randint(1, 28)}. März {rng.randint(2019, 2024)}", size, align="right"
    )
    sheet.text(60, 230, f"Rechnung Nr. {number}", 14, sheet.bold)
    truth.present(f"Rechnung Nr. {number}", "Marktgasse")
    heads = ["Pos.", "Bezeichnung", "Menge", "Einzelpreis", "Gesamt"]
    xs, aligns = [60.0, 95.0, 355.0, 445.0, 535.0], "llrrr"
    y = 270.0
    draw_row(sheet, xs, y, heads, size, aligns, sheet.bold)
    sheet.rule(58, y + 5, 537, 0.5)
    y += 20
    rows = [heads]

    def euros() -> str:
        value = f"{rng.uniform(3, 4000):,.2f}"
        return value.translate(str.maketrans(",.", ".,")) + " €"

    goods = rng.sample(["Schraubensatz M8", "Kupferrohr 22 mm", "Dichtungsring", "Arbeitszeit Montage", "Anfahrt pauschal", "Ventil, verchromt", "Prüfprotokoll"], rng.randint(3, 6))  # fmt: skip
    for place, good in enumerate(goods, start=1):
        row = [str(place), good, f"{rng.randint(1, 40)} {rng.choice(['St.', 'm', 'Std.'])}", euros(), euros()]
        draw_row(sheet, xs, y, row, size, aligns)
        rows.append(row)
        y += size * 1.7
    sheet.rule(58, y - size, 537, 0.5)
    for label in ("Nettobetrag", "zzgl. 19 % MwSt.", "Rechnungsbetrag"):
        value = euros()
        sheet.text(355, y + 5, label, size, sheet.bold if label[0] == "R" else "")
        sheet.text(535, y + 5, value, size, align="right")
        truth.present(label, value)
        y += size * 1.6
    for row in rng.sample(rows[1:], 2):
        truth.cell(row[4], "left", row[3])
        truth.cell(row[3], "row", row[1])
    thanks = "Bitte überweisen Sie den Betrag innerhalb von 14 Tagen ohne Abzug auf das unten genannte Konto."
    sheet.paragraph(60, y + 40, thanks, 475, size, justify=False)
    truth.present(thanks)
    truth.order(number, goods[0], "Rechnungsbetrag", thanks)
    sheet.save()
    return truth


def mathematics(path: Path, rng: Random) -> Truth:
    """A paper's page with displayed formulas in one column or two; each is marked, and the prose stays whole."""
    truth = Truth(may_have_tables=False)
    sheet = Sheet(path, (595, 842), rng.choice(["times", "helvetica"]))
    columns = rng.choice([1, 1, 2])
    width = 455.0 if columns == 1 else 218.0
    shown: list[str] = []
    number = rng.randint(1, 20)
    for column in range(columns):
        x0, y = 70.0 + column * 237, 90.0
        for _ in range(3):
            text = paragraph(rng, 3)
            y = sheet.paragraph(x0, y, text, width, 10) + 16
            truth.present(text)
            shown.append(text[:40])
            y = _formula(sheet, x0, y, width, rng, number if rng.random() < 0.7 else 0)
            number += 1
        last = paragraph(rng, 3)
        sheet.paragraph(x0, y, last, width, 10)
        truth.present(last)
        shown.append(last[:40])
    truth.order(*shown)
    truth.order(shown[0], NOT_READ)
    sheet.save()
    return truth


def _formula(sheet: Sheet, x0: float, y: float, width: float, rng: Random, number: int) -> float:
    """Draw one in the middle of a column; gives the baseline of what follows."""
    middle, style = x0 + width / 2, rng.randint(0, 3)
    a, b, c = rng.sample("abcuvwxyz", 3)
    if style == 0:  # a fraction
        y += 6
        left = middle - 45
        left += sheet.text(left, y, a, 11, sheet.italic) + 3
        left += sheet.text(left, y, "=", 11) + 4
        sheet.text(left + 4, y - 7, f"{b} + {rng.randint(2, 9)}", 11, sheet.italic)
        sheet.rule(left, y - 3, left + 42)
        sheet.text(
            left + 6, y + 9, f"1 − {c}" if sheet.regular != "Times-Roman" else f"1 - {c}", 11, sheet.italic
        )
    elif style == 1:  # a sum with limits
        y += 8
        left = middle - 40
        left += sheet.text(left, y, f"{a} = ", 11, sheet.italic)
        sheet.text(left + 1, y - 15, "n", 7, sheet.italic)
        sheet.text(left - 2, y + 13, "k=1", 7, sheet.italic)
        left += sheet.text(left, y + 2, "∑", 17, "Symbol") + 2
        left += sheet.text(left, y, b, 11, sheet.italic)
        left += sheet.text(left, y + 3, "k", 7, sheet.italic) + 1
        left += sheet.text(left, y, c, 11, sheet.italic)
        sheet.text(left, y - 4, "2", 7)
    elif style == 2:  # an inequality with greek letters
        left = middle - 50
        for text, font in (("α", "Symbol"), (f"({b})", sheet.italic), (" ≤ ", "Symbol"), ("β", "Symbol"), (f"{c}", sheet.italic), (" + ", sheet.regular), ("γ", "Symbol")):  # fmt: skip
            left += sheet.text(left, y, text, 11, font)
    else:  # an integral
        y += 4
        left = middle - 48
        sheet.text(left + 7, y - 11, a, 7, sheet.italic)
        sheet.text(left + 3, y + 10, "0", 7)
        left += sheet.text(left, y + 2, "∫", 16, "Symbol") + 6
        left += sheet.text(left, y, f"f({b}) d{b} = ", 11, sheet.italic)
        left += sheet.text(left, y, f"F({a})", 11, sheet.italic)
    if number:
        sheet.text(x0 + width, y, f"({number})", 10, align="right")
    return y + 30


def symbols(path: Path, rng: Random) -> Truth:
    """Prose with numbers, greek letters and short formulas in its lines: nothing is displayed."""
    truth = Truth(may_have_tables=False)
    sheet = Sheet(path, (595, 842), rng.choice(["times", "helvetica"]))
    y = 90.0
    shown = []
    for k in range(5):
        values = f"(n = {rng.randint(10, 900)}, p < 0.{rng.randint(1, 9):02}, {rng.uniform(1, 9):.2f} ± 0.{rng.randint(10, 99)})"
        text = f"{sentence(rng)} The mean was {amount(rng, 1)} {values}, that is x = {rng.randint(2, 90)} + y. {paragraph(rng, 2)}"
        y = sheet.paragraph(70, y, text, 455, 10.5, first=14 if k else 0) + rng.choice([0, 6])
        truth.present(text)
        shown.append(text[:40])
    for _ in range(4):
        item = (
            f"• {sentence(rng)[:-1]}: {rng.randint(1, 99)} % (CI {rng.randint(1, 40)}–{rng.randint(41, 99)})"
        )
        sheet.text(80, y + 8, item, 10.5)
        truth.present(item)
        y += 16
    truth.order(*shown)
    truth.absent(NOT_READ)
    sheet.save()
    return truth
