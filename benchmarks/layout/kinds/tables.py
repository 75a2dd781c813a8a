"""Pages with tables that have no vertical rules, and often none at all."""

from __future__ import annotations

from pathlib import Path
from random import Random

from reportlab.lib.colors import Color

from benchmarks.layout.facts import Truth
from benchmarks.layout.kinds.grid import anchors, draw_row, widths
from benchmarks.layout.prose import amount, names, noun, paragraph, sentence, title, town
from benchmarks.layout.sheet import Sheet

_LINES = [
    "Net sales",
    "Cost of sales",
    "Gross profit",
    "Research and development",
    "Selling expenses",
    "General and administrative",
    "Operating income",
    "Interest expense",
    "Other income, net",
    "Provision for income taxes",
    "Net income",
    "Depreciation",
    "Cash and equivalents",
    "Accounts receivable",
    "Inventories",
    "Prepaid expenses",
    "Goodwill",
    "Long-term debt",
    "Deferred taxes",
    "Retained earnings",
]


def financial(path: Path, rng: Random) -> Truth:  # noqa: C901 - a page is drawn from top to bottom
    """A statement: figures aligned right, ``$`` in front, a heading over all years, short rules under years."""
    truth = Truth()
    sheet = Sheet(path, (612, 792), rng.choice(["times", "helvetica", "vera"]))
    size = rng.choice([8.5, 9, 10])
    if sheet.regular == "Vera":
        size -= 1
    y = 60.0
    heading = f"{noun(rng)} {noun(rng)} Corporation".upper()
    sheet.text(306, y, heading, size + 2, sheet.bold, "centre")
    sheet.text(306, y + 16, "CONSOLIDATED STATEMENTS OF OPERATIONS", size + 1, sheet.bold, "centre")
    sheet.text(306, y + 30, "(In thousands, except per share data)", size, sheet.italic, "centre")
    truth.present(heading, "CONSOLIDATED STATEMENTS OF OPERATIONS")
    y += 60
    before = paragraph(rng, 3)
    if rng.random() < 0.7:
        y = sheet.paragraph(60, y, before, 492, size + 1) + 14
        truth.present(before)
    years = rng.choice([2, 3, 3])
    first = rng.randint(1995, 2022)
    pitch = rng.uniform(68, 88)
    rights = [552 - 6 - pitch * (years - 1 - k) for k in range(years)]
    spread = rng.random() < 0.75
    rows: list[list[str]] = []
    if spread:
        spanning = rng.choice(
            ["Year Ended December 31,", "Fiscal years ended June 30,", "Years Ended March 31,"]
        )
        middle = (rights[0] - pitch * 0.6 + rights[-1]) / 2
        sheet.text(middle, y, spanning, size, sheet.bold, "centre")
        sheet.rule(rights[0] - pitch * 0.7, y + 3, rights[-1] + 4)
        rows.append(["", spanning, *[""] * (years - 1)])
        y += size * 1.5
    heads = [str(first - k) for k in range(years)]
    for right, head in zip(rights, heads, strict=True):
        centred = rng.random() < 0.5
        sheet.text(
            right - pitch * 0.3 if centred else right,
            y,
            head,
            size,
            sheet.bold,
            "centre" if centred else "right",
        )
        sheet.rule(right - pitch * 0.65, y + 3, right + 4)
    rows.append(["", *heads])
    y += size * 1.8
    dollars = rng.random() < 0.7
    dots = rng.random() < 0.3
    loose = rng.uniform(1.3, 1.75)
    shaded = rng.random() < 0.25
    labels = rng.sample(_LINES, rng.randint(8, 14))
    groups = sorted(rng.sample(range(len(labels)), 2)) if rng.random() < 0.6 else []
    indent = 0.0
    for number, label in enumerate(labels):
        if number in groups:
            group = f"{noun(rng)} and {noun(rng).lower()}:"
            sheet.text(60, y, group, size)
            rows.append([group, *[""] * years])
            y += size * loose
            indent = 12.0
        if shaded and number % 2:
            sheet.fill(56, y - size * 0.95, 556, y - size * 0.95 + size * loose, Color(0.88, 0.93, 0.97))
        whole = label
        if rng.random() < 0.12:
            wide = f"{label} of continuing operations before the effect of changes in principles"
            lines = sheet.wrapped(wide, rights[0] - pitch * 0.75 - 60 - indent - 10, size)
            whole = " ".join(lines)
            for k, line in enumerate(lines):
                sheet.text(60 + indent + (8 if k else 0), y + k * size * 1.1, line, size)
            y += (len(lines) - 1) * size * 1.1
        else:
            width = sheet.text(60 + indent, y, label, size)
            if dots:
                dot = sheet.text(0, -50, " .", size)
                count = int((rights[0] - pitch * 0.7 - 60 - indent - width) / dot)
                sheet.text(60 + indent + width, y, " ." * max(0, count), size)
        values = []
        for right in rights:
            value = amount(rng)
            style = rng.random()
            if style < 0.15:
                value = f"({value})"
            elif style < 0.2:
                value = "—"
            off = sheet.text(0, -50, ")", size) if value.endswith(")") else 0.0
            sheet.text(right + off, y, value, size, align="right")
            shown = value
            if dollars and number in (0, len(labels) - 1):
                sheet.text(right - pitch * 0.65, y, "$", size)
                shown = f"$ {value}"
            values.append(shown)
        rows.append([whole, *values])
        if number == len(labels) - 2 or rng.random() < 0.12:
            for right in rights:
                sheet.rule(right - pitch * 0.65, y + 2.5, right + 4)
        y += size * loose
    for right in rights:
        sheet.rule(right - pitch * 0.65, y - size * loose + 2.5, right + 4)
        sheet.rule(right - pitch * 0.65, y - size * loose + 4.5, right + 4)
    truth.table(rows)
    for row in rng.sample([r for r in rows[2:] if r[1] and r[1] != "—"], 3):
        truth.cell(row[1], "row", row[0])
        truth.cell(row[1], "column", heads[0])
        if row[2] != "—":
            truth.cell(row[2], "left", row[1])
    y += 20
    after = paragraph(rng, 3)
    sheet.paragraph(60, y, after, 492, size + 1)
    truth.present(after)
    truth.order(heading, labels[0], after[:60])
    sheet.text(306, 760, f"F-{rng.randint(2, 40)}", size, align="centre")
    sheet.save()
    return truth


def booktabs(path: Path, rng: Random) -> Truth:
    """A paper's table between three rules, in one column or two, with a caption."""
    truth = Truth()
    sheet = Sheet(path, (595, 842), rng.choice(["times", "times", "helvetica"]))
    size = rng.choice([8, 9, 9.5])
    two = rng.random() < 0.5
    column = 235.0 if two else 455.0
    x0 = 60.0 + (rng.choice([0, 250]) if two else 0)
    methods = [
        f"{noun(rng)}{suffix}"
        for suffix in rng.sample(
            ["Net", "-v2", "", "++", "-large", " (ours)", "-S", "-XL"], rng.randint(4, 7)
        )
    ]
    metrics = rng.sample(
        ["Acc.", "F1", "BLEU", "Recall", "MAE", "AUC", "Params", "Time (s)"], 3 if two else rng.randint(3, 5)
    )
    rows = [["Method", *metrics]]
    rows += [[m, *[f"{rng.uniform(1, 99):.{rng.choice([1, 2])}f}" for _ in metrics]] for m in methods]
    caption = f"Table {rng.randint(1, 9)}: {sentence(rng)}"
    y = 80.0
    texts = [paragraph(rng, 6) for _ in range(5)]
    if two:
        other = 310.0 if x0 < 200 else 60.0
        end = sheet.paragraph(other, y, texts[0], column, 10)
        end = sheet.paragraph(other, end + 6, texts[1], column, 10)
        sheet.paragraph(other, end + 6, texts[2], column, 10)
    y = sheet.paragraph(x0, y, texts[3], column, 10) + 10
    above = rng.random() < 0.6
    if above:
        y = sheet.paragraph(x0, y, caption, column, size, justify=False) + 6
    grouped = not two and rng.random() < 0.5 and len(metrics) >= 4
    wide = widths(sheet, rows, size)
    gap = (column - 10 - sum(wide)) / (len(wide) - 1) if rng.random() < 0.5 else rng.uniform(10, 22)
    lefts = [x0 + 4 + sum(wide[:k]) + gap * k for k in range(len(wide))]
    right = lefts[-1] + wide[-1] + 4
    aligns = "l" + rng.choice(["r", "c", "c"]) * len(metrics)
    xs = anchors(lefts, wide, aligns)
    sheet.rule(x0, y, right, 1.1)
    y += size * 1.3
    table = [*rows]
    if grouped:
        sheet.text((lefts[1] + lefts[2] + wide[2]) / 2, y, "Small", size, align="centre")
        sheet.text((lefts[3] + lefts[-1] + wide[-1]) / 2, y, "Large", size, align="centre")
        sheet.rule(lefts[1], y + 3, lefts[2] + wide[2], 0.4)
        sheet.rule(lefts[3], y + 3, lefts[-1] + wide[-1], 0.4)
        table.insert(0, ["", "Small", "", "Large", *[""] * (len(metrics) - 3)])
        y += size * 1.4
    draw_row(sheet, xs, y, rows[0], size, aligns)
    sheet.rule(x0, y + 4, right, 0.6)
    y += size * 1.5
    for row in rows[1:]:
        draw_row(sheet, xs, y, row, size, aligns)
        y += size * 1.3
    sheet.rule(x0, y - size * 0.8, right, 1.1)
    y += 8
    if not above:
        y = sheet.paragraph(x0, y, caption, column, size, justify=False) + 6
    sheet.paragraph(x0, y + 10, texts[4], column, 10)
    truth.table(table)
    truth.present(texts[3], texts[4], caption)
    truth.order(texts[3][:50], methods[0], texts[4][:50])
    for row in rng.sample(rows[1:], 2):
        truth.cell(row[2], "left", row[1])
        truth.cell(row[2], "column", metrics[1])
    sheet.save()
    return truth


def invoice(path: Path, rng: Random) -> Truth:
    """Two addresses side by side, items without rules, totals."""
    truth = Truth()
    sheet = Sheet(path, (595, 842), rng.choice(["helvetica", "vera", "times"]))
    size = rng.choice([8.5, 9, 10])
    seller, buyer = f"{noun(rng)} Supplies Ltd", f"{noun(rng)} & Sons"
    sheet.text(60, 70, "INVOICE", 22, sheet.bold)
    for x, name in ((60, seller), (330, buyer)):
        for k, line in enumerate(
            [name, f"{rng.randint(1, 90)} {noun(rng)} Road", f"{town(rng)} {rng.randint(1000, 9999)}"]
        ):
            sheet.text(x, 110 + 13 * k, line, size)
    truth.present("INVOICE", seller, buyer)
    heads = ["Description", "Qty", "Unit price", "Amount"]
    rows = [heads]
    rows += [
        [title(rng, rng.choice([2, 3])), str(rng.randint(1, 40)), amount(rng, 2), amount(rng, 2)]
        for _ in range(rng.randint(4, 9))
    ]
    xs = [60.0, rng.uniform(330, 350), rng.uniform(430, 445), 535.0]
    aligns = "l" + rng.choice(["rrr", "crr"])
    y = 210.0
    if rng.random() < 0.5:
        sheet.fill(55, y - size - 2, 540, y + 5, Color(0.85, 0.85, 0.85))
    draw_row(sheet, xs, y, heads, size, aligns, sheet.bold)
    if rng.random() < 0.5:
        sheet.rule(55, y + 6, 540)
    y += size * 2.2
    for row in rows[1:]:
        y = draw_row(sheet, xs, y, row, size, aligns) + size * rng.choice([1.6, 2.0])
    total = amount(rng, 2)
    rows.append(["", "", "Total", total])
    sheet.text(xs[2], y + 6, "Total", size, sheet.bold, "right")
    sheet.text(xs[3], y + 6, total, size, sheet.bold, "right")
    truth.table(rows)
    for row in rng.sample(rows[1:-1], 3):
        truth.cell(row[3], "left", row[2])
        truth.cell(row[2], "column", "Unit price")
        truth.cell(row[3], "row", row[0])
    note = paragraph(rng, 2)
    sheet.paragraph(60, y + 70, note, 475, size)
    truth.present(note, total)
    sheet.save()
    return truth


def comparison(path: Path, rng: Random) -> Truth:
    """Dense: multi-line headings, a column of words that wrap, many rows."""
    truth = Truth()
    sheet = Sheet(path, (595, 842), rng.choice(["helvetica", "times"]))
    size = rng.choice([7.5, 8, 8.5])
    heads = [
        "Region and\nstation",
        "Height\n(m)",
        "Rainfall\n(mm)",
        "Days of\nfrost",
        "Mean wind\n(km/h)",
        "First\nrecord",
    ]
    wide = [110.0, 45, 55, 55, 65, 50]
    gap = rng.uniform(14, 24)
    lefts = [60 + sum(wide[:k]) + gap * k for k in range(6)]
    aligns = "l" + rng.choice(["rrrrr", "ccccc"])
    xs = anchors(lefts, wide, aligns)
    intro = paragraph(rng, 4)
    y = sheet.paragraph(60, 80, intro, 475, 10) + 20
    ruled = rng.random() < 0.4
    if ruled:
        sheet.rule(58, y - size - 3, 540)
    y = draw_row(sheet, xs, y, heads, size, aligns, sheet.bold)
    sheet.rule(58, y + 3, 540) if ruled else None
    rows = [[h.replace("\n", " ") for h in heads]]
    y += size * 1.7
    for _ in range(3):
        region = f"{noun(rng)} district"
        sheet.text(60, y, region, size, sheet.italic)
        rows.append([region, *[""] * 5])
        y += size * 1.35
        for _ in range(rng.randint(4, 7)):
            row = [
                town(rng),
                amount(rng),
                amount(rng),
                str(rng.randint(0, 90)),
                f"{rng.uniform(3, 40):.1f}",
                str(rng.randint(1860, 1999)),
            ]
            draw_row(sheet, [xs[0] + 8, *xs[1:]], y, row, size, aligns)
            rows.append(row)
            y += size * 1.35
    if ruled:
        sheet.rule(58, y - size * 0.8, 540)
    truth.table(rows)
    after = paragraph(rng, 4)
    sheet.paragraph(60, y + 24, after, 475, 10)
    truth.present(intro, after)
    for row in rng.sample([r for r in rows[1:] if r[1]], 3):
        truth.cell(row[4], "left", row[3])
        truth.cell(row[2], "row", row[0])
        truth.cell(row[2], "column", "Rainfall (mm)")
    sheet.save()
    return truth


def register_page(path: Path, rng: Random) -> Truth:
    """Words, not figures: a timetable or a list of people, in three columns or more without any rule."""
    truth = Truth()
    sheet = Sheet(path, (595, 842), rng.choice(["helvetica", "times", "vera"]))
    size = rng.choice([8.5, 9.5])
    heads = ["Name", "Town", "Subject", "Elected"]
    rows = [heads] + [
        [n, town(rng), noun(rng), str(rng.randint(1950, 2020))] for n in names(rng, rng.randint(7, 13))
    ]
    xs = [60.0, 210.0, 320.0, rng.choice([430.0, 460.0])]
    sheet.text(60, 80, "Members of the Society", 15, sheet.bold)
    intro = paragraph(rng, 4)
    y = sheet.paragraph(60, 105, intro, 475, 10) + 22
    for number, row in enumerate(rows):
        draw_row(sheet, xs, y, row, size, "llll", "" if number else sheet.bold)
        y += size * 1.45
    after = paragraph(rng, 5)
    sheet.paragraph(60, y + 20, after, 475, 10)
    truth.table(rows)
    truth.present(intro, after)
    truth.heading("Members of the Society")
    for row in rng.sample(rows[1:], 2):
        truth.cell(row[2], "left", row[1])
        truth.cell(row[3], "column", "Elected")
    sheet.save()
    return truth


def form(path: Path, rng: Random) -> Truth:
    """Labels with their values, boxes to tick."""
    truth = Truth()
    sheet = Sheet(path, (595, 842), rng.choice(["helvetica", "vera"]))
    sheet.text(60, 70, "Application for Membership", 16, sheet.bold)
    truth.heading("Application for Membership")
    y = 110.0
    first, *_ = people = names(rng, 4)
    fields = [
        ("Surname and given name", first),
        ("Town", town(rng)),
        ("Telephone", f"0{rng.randint(100, 999)} {rng.randint(10000, 99999)}"),
        ("Profession", noun(rng) + " keeper"),
    ]
    for label, value in fields:
        sheet.text(60, y, label + ":", 10)
        sheet.text(230, y, value, 10, sheet.bold)
        sheet.rule(228, y + 3, 535, 0.4)
        y += 24
        truth.present(label, value)
        truth.order(label, value)
    y += 8
    sheet.text(60, y, "Please choose:", 10, sheet.bold)
    for k, label in enumerate(["Full member", "Associate", "Student"]):
        sheet.canvas.rect(60 + 130 * k, sheet.height - y - 24, 9, 9)
        sheet.text(76 + 130 * k, y + 22, label, 10)
        truth.present(label)
    y += 60
    note = paragraph(rng, 4)
    y = sheet.paragraph(60, y, note, 475, 10)
    truth.present(note)
    sheet.rule(60, y + 50, 250)
    sheet.text(60, y + 62, "Place, date", 8)
    sheet.rule(330, y + 50, 535)
    sheet.text(330, y + 62, "Signature of the applicant", 8)
    truth.present("Place, date", "Signature of the applicant")
    sheet.text(60, y + 110, f"Proposed by {people[1]}", 10)
    truth.order("Please choose:", note[:40], "Signature of the applicant", people[1])
    sheet.save()
    return truth
