"""What offices print: balance sheets, bank statements, timetables, price lists, reports, tables side by side."""

from __future__ import annotations

from pathlib import Path
from random import Random

from reportlab.lib.colors import Color, black

from benchmarks.layout.facts import Truth
from benchmarks.layout.kinds.grid import anchors, draw_row, widths
from benchmarks.layout.prose import amount, names, noun, paragraph, sentence, title, town
from benchmarks.layout.sheet import Sheet

_ASSETS = ["Goodwill", "Intangible assets", "Property, plant and equipment", "Investments in associates", "Deferred tax assets", "Trade and other receivables"]  # fmt: skip
_CURRENT = ["Inventories", "Trade receivables", "Derivative financial instruments", "Cash and cash equivalents", "Assets held for sale"]  # fmt: skip
_DEBTS = ["Bank overdrafts and loans", "Trade and other payables", "Current tax liabilities", "Lease liabilities", "Provisions"]  # fmt: skip


def balance_sheet(path: Path, rng: Random) -> Truth:  # noqa: C901 - a page is drawn from top to bottom
    """A balance sheet with a column of notes, two years, subtotals below short rules, negatives in brackets."""
    truth = Truth()
    sheet = Sheet(path, (595, 842), rng.choice(["helvetica", "times", "vera"]))
    size = rng.choice([8.0, 9.0]) - (0.5 if sheet.regular == "Vera" else 0)
    head = "Consolidated balance sheet"
    sheet.text(60, 80, head, 18, sheet.bold)
    sheet.text(60, 97, f"at {rng.choice(['31 December', '30 June'])} {rng.randint(2001, 2023)}", 10)
    truth.heading(head)
    notes, first, second = rng.choice([(330.0, 430.0, 520.0), (300.0, 420.0, 535.0), (365.0, 450.0, 530.0)])
    year = rng.randint(2001, 2023)
    y = 130.0
    unit = rng.choice(["£'000", "$m", "€ million", ""])
    bold = sheet.bold
    sheet.text(notes, y, rng.choice(["Note", "Notes"]), size, align="centre")
    for right, value in ((first, year), (second, year - 1)):
        sheet.text(right, y, str(value), size, bold, "right")
        sheet.text(right, y + size * 1.2, unit, size, align="right")
    y += size * (3.2 if unit else 2.0)
    if rng.random() < 0.5:
        sheet.rule(58, y - size * 1.4, second + 3, 0.7)
    step = size * rng.uniform(1.45, 1.8)
    shown = []
    for group, labels in (("Non-current assets", _ASSETS), ("Current assets", _CURRENT), ("Current liabilities", _DEBTS)):  # fmt: skip
        sheet.text(60, y, group, size, bold)
        truth.present(group)
        y += step
        for label in rng.sample(labels, rng.randint(3, len(labels))):
            values = [f"({v})" if group.endswith("liabilities") or rng.random() < 0.1 else v for v in (amount(rng), amount(rng))]  # fmt: skip
            note = str(rng.randint(4, 32)) if rng.random() < 0.7 else ""
            sheet.text(60, y, label, size)
            sheet.text(notes, y, note, size, align="centre")
            for right, text in zip((first, second), values, strict=True):
                off = sheet.text(0, -50, ")", size) if text.endswith(")") else 0.0
                sheet.text(right + off, y, text, size, align="right")
            shown.append((label, note, *values))
            y += step
        for right in (first, second):
            sheet.rule(right - 55, y - step + 3, right + 4, 0.5)
            sheet.text(right, y, amount(rng), size, bold, "right")
        y += step * 1.3
    sheet.text(60, y, "Net assets", size, bold)
    for right in (first, second):
        sheet.text(right, y, amount(rng), size, bold, "right")
        sheet.rule(right - 55, y + 3, right + 4, 1.0)
    for label, note, one, two in rng.sample(shown, 5):
        truth.cell(one, "row", label)
        truth.cell(two, "left", one)
        if not unit:
            truth.cell(two, "column", str(year - 1))
        if note:
            truth.cell(one, "left", note)
    foot = f"Approved by the board on {rng.randint(1, 28)} March {year + 1} and signed by {names(rng, 1)[0]}, Director."
    sheet.text(60, y + 40, foot, size)
    truth.present(foot)
    truth.order(head, shown[0][0], "Net assets", foot)
    sheet.save()
    return truth


def bank_statement(path: Path, rng: Random) -> Truth:
    """An account's movements: dates, texts, money out or in with empty cells, balances; boxes above."""
    truth = Truth()
    sheet = Sheet(path, (595, 842), rng.choice(["helvetica", "vera"]))
    size = 8.0 if sheet.regular == "Vera" else 9.0
    name = names(rng, 1)[0]
    for k, line in enumerate([name, f"{rng.randint(1, 90)} {noun(rng)} Road", town(rng)]):
        sheet.text(60, 90 + 12 * k, line, size)
    account = f"{rng.randint(10000000, 99999999)}"
    for k, (label, value) in enumerate([("Account number", account), ("Sort code", "20-41-15"), ("Statement no.", str(rng.randint(2, 200)))]):  # fmt: skip
        sheet.text(360, 90 + 12 * k, label, size)
        sheet.text(535, 90 + 12 * k, value, size, align="right")
        truth.order(label, value)
    sheet.text(60, 170, "Your transactions", 13, sheet.bold)
    heads = ["Date", "Description", "Paid out (£)", "Paid in (£)", "Balance (£)"]
    xs, aligns = [60.0, 115.0, 375.0, 455.0, 537.0], "llrrr"
    y = 196.0
    if rng.random() < 0.6:
        sheet.fill(56, y - size - 3, 541, y + 5, Color(0.85, 0.89, 0.95))
        sheet.colour = black
    draw_row(sheet, xs, y, heads, size, aligns, sheet.bold)
    y += size * 2
    rows: list[list[str]] = []
    day = 1
    for _ in range(rng.randint(10, 18)):
        new = rng.random() < 0.7 or not rows
        day += new
        out = rng.random() < 0.6
        money = f"{rng.uniform(2, 900):,.2f}"
        what = rng.choice(["Card payment", "Direct debit", "Transfer from", "Standing order", "Cash machine"])
        row = [f"{day} May" if new else "", f"{what} {noun(rng)} {town(rng)}", money if out else "", "" if out else money, f"{rng.uniform(100, 9000):,.2f}" if rng.random() < 0.8 or not rows else ""]  # fmt: skip
        draw_row(sheet, xs, y, row, size, aligns)
        if rng.random() < 0.2:
            sheet.rule(56, y + 4, 541, 0.3)
        rows.append(row)
        y += size * 1.7
    for row in rng.sample([r for r in rows if r[4]], 4):
        truth.cell(row[4], "left", row[2] or row[3])
        truth.cell(row[4], "column", "Balance (£)")
        truth.cell(row[2] or row[3], "row", row[1])
        truth.cell(row[2] or row[3], "column", heads[2] if row[2] else heads[3])
    foot = paragraph(rng, 2)
    sheet.paragraph(60, y + 30, foot, 475, size)
    truth.present(name, "Your transactions", foot)
    sheet.save()
    return truth


def timetable(path: Path, rng: Random) -> Truth:
    """Trains as columns, stations as rows, dots where none stops, notes in the head."""
    truth = Truth()
    sheet = Sheet(path, (595, 842), rng.choice(["helvetica", "times", "vera"]))
    size = 7.5 if sheet.regular == "Vera" else 8.5
    line = f"Line {rng.randint(2, 90)}: {town(rng)} to {town(rng)}"
    sheet.text(60, 70, line, 15, sheet.bold)
    sheet.text(60, 90, "Mondays to Fridays except public holidays", 10)
    truth.heading(line)
    count = rng.randint(6, 10)
    xs = [60.0, *[190.0 + k * (345 / count) for k in range(count)]]
    y = 120.0
    trains = [f"{rng.choice('RS')}{rng.randint(10, 99)}" for _ in range(count)]
    aligns = "l" + rng.choice(["l", "c"]) * count
    draw_row(sheet, xs, y, ["Train", *trains], size, aligns, sheet.bold)
    sheet.rule(58, y + 4, 545, 0.5)
    y += size * 2
    stops = rng.sample(["Bergholm", "Castlemere", "Dunford", "Eastvale", "Fairhaven", "Glenrock", "Harwich Town", "Kingsport Central", "Lowfield", "Marlow Road"], rng.randint(6, 10))  # fmt: skip
    minutes, rows = 300, []
    for stop in stops:
        minutes += rng.randint(4, 14)
        times = [f"{((minutes + 47 * k) // 60) % 24:02}:{(minutes + 47 * k) % 60:02}" if rng.random() < 0.85 else "..." for k in range(count)]  # fmt: skip
        draw_row(sheet, xs, y, [stop, *times], size, aligns)
        rows.append([stop, *times])
        y += size * 1.55
    for row in rng.sample(rows, 4):
        k = rng.choice([k for k in range(2, count + 1) if row[k] != "..." and row[k - 1] != "..."] or [1])
        if k > 1:
            truth.cell(row[k], "left", row[k - 1])
        if row[k] != "...":
            truth.cell(row[k], "row", row[0])
            truth.cell(row[k], "column", trains[k - 1])
    note = f"Trains marked S run {sentence(rng)[4:]}"
    sheet.text(60, y + 14, note, size)
    truth.present(note)
    sheet.save()
    return truth


def price_list(path: Path, rng: Random) -> Truth:
    """A menu: names, dots that lead to prices, descriptions below in italics, in one column or two."""
    truth = Truth()
    sheet = Sheet(path, (595, 842), rng.choice(["times", "helvetica"]))
    sheet.text(297, 80, f"The {noun(rng)} Inn", 24, sheet.bold, "centre")
    columns = rng.choice([1, 2])
    width = 475.0 if columns == 1 else 220.0
    shown = []
    for column in range(columns):
        x0, y = 60 + column * 255.0, 130.0
        for group in ("Starters", "Main courses") if column == 0 else ("Desserts", "Drinks"):
            sheet.text(x0, y, group, 14, sheet.bold)
            truth.heading(group)
            y += 20
            for _ in range(rng.randint(4, 6)):
                dish = title(rng, 2)[: 26 if columns == 2 else 60]
                price = f"{rng.randint(3, 40)}.{rng.choice(['50', '00', '90'])}"
                start = sheet.text(x0, y, dish, 11)
                sheet.text(x0 + width, y, price, 11, align="right")
                dot = sheet.text(0, -50, ".", 11)
                if rng.random() < 0.9:
                    sheet.text(x0 + start + 4, y, "." * int((width - start - 40) / dot), 11)
                under = sentence(rng)
                for part in sheet.wrapped(under, width - 20, 9, sheet.italic):
                    y += 11
                    sheet.text(x0, y, part, 9, sheet.italic)
                truth.present(under)
                truth.order(dish, price, under)
                shown.append(dish)
                y += 19
            y += 8
    truth.order(*shown)
    sheet.save()
    return truth


def report(path: Path, rng: Random) -> Truth:
    """A word processor's page: numbered headings, lists of two levels, a ruled table, head and foot."""
    truth = Truth()
    sheet = Sheet(path, (595, 842), rng.choice(["helvetica", "times", "vera"]))
    size = 9.5 if sheet.regular == "Vera" else 11.0
    head = f"{title(rng)} Project"
    sheet.text(72, 45, head, 8.5)
    sheet.text(523, 45, "Confidential", 8.5, align="right")
    if rng.random() < 0.5:
        sheet.rule(72, 50, 523, 0.5)
    number = rng.randint(2, 9)
    sheet.text(72, 806, f"Page {rng.randint(2, 40)} of {rng.randint(41, 60)}", 8.5)
    truth.absent(head, "Confidential")
    one, two = f"{number} {title(rng)}", f"{number}.1 {title(rng, 2)}"
    sheet.text(72, 90, one, 16, sheet.bold)
    first = paragraph(rng, 4)
    y = sheet.paragraph(72, 115, first, 451, size, justify=False) + 12
    sheet.text(72, y, two, 13, sheet.bold)
    y += 22
    truth.heading(one)
    truth.heading(two)
    shown = [one, first[:40], two]
    for _ in range(3):
        item = sentence(rng)
        sheet.text(90, y, "•", size)
        y = sheet.paragraph(106, y, item, 415, size, justify=False) + 3
        truth.present(item)
        shown.append(item[:40])
        if rng.random() < 0.5:
            under = sentence(rng)
            sheet.text(122, y, "–", size)
            y = sheet.paragraph(136, y, under, 385, size, justify=False) + 3
            truth.present(under)
            shown.append(under[:40])
    y += 16
    caption = f"Table {number}: {title(rng)}"
    sheet.text(72, y, caption, size - 1, sheet.bold)
    truth.present(caption)
    rows = [["Task", "Owner", "Due", "Cost"], *[[title(rng, 2), names(rng, 1)[0], f"{rng.randint(1, 28)} May", amount(rng)] for _ in range(rng.randint(3, 6))]]  # fmt: skip
    lines = [72.0, 240, 370, 440, 523]
    y += 10
    for k, row in enumerate(rows):
        if k == 0:
            sheet.fill(72, y, 523, y + 18, Color(0.8, 0.85, 0.9))
            sheet.colour = black
        sheet.canvas.setStrokeColor(black)
        sheet.rule(72, y, 523, 0.5)
        for x, text in zip(lines, row, strict=False):
            sheet.text(x + 4, y + 13, text, size - 1.5, sheet.bold if k == 0 else "")
        for x in lines:
            sheet.line(x, y, x, y + 18, 0.5)
        y += 18
    sheet.rule(72, y, 523, 0.5)
    truth.table(rows)
    for row in rng.sample(rows[1:], 2):
        truth.cell(row[2], "left", row[1])
        truth.cell(row[3], "column", "Cost")
    last = paragraph(rng, 3)
    sheet.paragraph(72, y + 24, last, 451, size, justify=False)
    truth.present(first, last)
    truth.order(*shown, caption, last[:40])
    sheet.save()
    return truth


def side_by_side(path: Path, rng: Random) -> Truth:
    """Two tables side by side, each with a caption, or one table with text on its right."""
    truth = Truth()
    sheet = Sheet(path, (595, 842), rng.choice(["helvetica", "times"]))
    size = 9.0
    intro = paragraph(rng, 4)
    y = top = sheet.paragraph(60, 80, intro, 475, 10) + 20
    two = rng.random() < 0.5
    ends = []
    for x0 in (60.0, 310.0) if two else (rng.choice([60.0, 360.0]),):
        y = top
        caption = f"Table {rng.randint(1, 9)}{rng.choice('abc')}. {title(rng, 2)}"
        sheet.text(x0, y, caption, size, sheet.bold)
        truth.present(caption)
        y += 8
        heads = ["Town", rng.choice(["Area", "Rate"]), rng.choice(["Total", "Mean"])]
        rows = [heads, *[[town(rng), amount(rng, 1), amount(rng, 1)] for _ in range(rng.randint(5, 9))]]
        wide = widths(sheet, rows, size)
        lefts = [x0 + 2, x0 + 18 + wide[0], x0 + 36 + wide[0] + wide[1]]
        xs, right = anchors(lefts, wide, "lrr"), lefts[-1] + wide[-1] + 3
        sheet.rule(x0, y, right, 0.8)
        y += size * 1.35
        for k, row in enumerate(rows):
            draw_row(sheet, xs, y, row, size, "lrr")
            if k == 0:
                sheet.rule(x0, y + 4, right, 0.4)
                y += 3
            y += size * 1.4
        sheet.rule(x0, y - size * 0.9, right, 0.8)
        for row in rng.sample(rows[1:], 2):
            truth.cell(row[2], "left", row[1])
            truth.cell(row[1], "row", row[0])
            truth.cell(row[1], "column", heads[1])
        ends.append(y)
        if not two:
            beside = paragraph(rng, 5)
            left, width = (x0 + 200, 275.0) if x0 < 100 else (60.0, 270.0)
            ends.append(sheet.paragraph(left, top, beside, width, 10))
            truth.present(beside)
    after = paragraph(rng, 4)
    sheet.paragraph(60, max(ends) + 20, after, 475, 10)
    truth.present(intro, after)
    truth.order(intro[:40], caption, after[:40])
    sheet.save()
    return truth


def continued(path: Path, rng: Random) -> Truth:
    """A table that goes on from another page, without rules, with a head, notes and marks of notes in cells."""
    truth = Truth()
    sheet = Sheet(path, (595, 842), rng.choice(["helvetica", "times", "vera"]))
    size = 8.0 if sheet.regular == "Vera" else 9.0
    caption = f"Table {rng.randint(2, 40)} (continued)"
    sheet.text(60, 80, caption, size + 1, sheet.bold)
    heads = ["Country", "Population", "Area", "Density", "Growth"]
    units = ["", "(thousands)", "(km²)", "(per km²)", "(%)"]
    xs = anchors([60, 190, 290, 370, 460], [110, 70, 60, 60, 50], "lrrrr")
    y = 108.0
    draw_row(sheet, xs, y, heads, size, "lrrrr", sheet.bold)
    draw_row(sheet, xs, y + size * 1.3, units, size, "lrrrr", sheet.italic)
    y += size * 3.2
    rows = []
    for k in range(rng.randint(18, 30)):
        if k and k % 5 == 0:
            y += size * 0.8
        mark = rng.choice(["", "", "", "", "a", "b"])
        row = [f"{town(rng)}land{k}", amount(rng), f"{rng.randint(1, 999)} {rng.randint(100, 999)}", f"{rng.uniform(1, 500):.1f}", f"{rng.choice(['', '-'])}{rng.uniform(0, 4):.2f}"]  # fmt: skip
        draw_row(sheet, xs, y, row, size, "lrrrr")
        if mark:
            sheet.text(xs[1] + 1, y - 3, mark, size - 3)
        else:
            rows.append(row)
        y += size * 1.4
    for row in rng.sample(rows, 4):
        truth.cell(row[3], "left", row[2])
        truth.cell(row[4], "row", row[0])
        truth.cell(row[2], "row", row[0])
    notes = [f"a {sentence(rng)}", f"b {sentence(rng)}"]
    for k, note in enumerate(notes):
        sheet.text(60, y + 10 + 12 * k, note, size - 1)
        truth.present(note[2:])
    truth.present(caption)
    truth.order(caption, rows[0][0], rows[-1][0], notes[0][2:], notes[1][2:])
    sheet.save()
    return truth
