"""Printed matter: articles with algorithms, marginal columns, newspapers, exams, indexes, pleadings, listings."""

from __future__ import annotations

from pathlib import Path
from random import Random

from reportlab.lib.colors import Color, black, white

from benchmarks.layout.facts import Truth
from benchmarks.layout.kinds.grid import anchors, draw_row, widths
from benchmarks.layout.prose import names, noun, paragraph, sentence, title, town
from benchmarks.layout.sheet import Sheet


def article(path: Path, rng: Random) -> Truth:
    """Two columns as LaTeX sets them: title, authors, abstract, sections, an algorithm, a table, a footnote."""
    truth = Truth()
    sheet = Sheet(path, (612, 792), "times")
    head = title(rng, 4)
    sheet.text(306, 86, head, 17, sheet.bold, "centre")
    authors = ", ".join(names(rng, 3))
    sheet.text(306, 110, authors, 11, align="centre")
    sheet.text(306, 124, f"University of {town(rng)}", 10, sheet.italic, "centre")
    truth.heading(head)
    truth.present(authors)
    x, width, size = (54.0, 318.0), 240.0, 10.0
    sheet.text(x[0] + width / 2, 156, "Abstract", 11, sheet.bold, "centre")
    abstract = paragraph(rng, 5)
    y = sheet.paragraph(x[0] + 12, 172, abstract, width - 24, 9, leading=1.15) + 14
    truth.heading("Abstract")
    one = f"1 {title(rng, 2)}"
    sheet.text(x[0], y, one, 12, sheet.bold)
    truth.heading(one)
    texts = [paragraph(rng, 5) for _ in range(6)]
    y = sheet.paragraph(x[0], y + 16, texts[0], width, size, leading=1.15)
    y = sheet.paragraph(x[0], y, texts[1], width, size, leading=1.15, first=12) + 8
    if rng.random() < 0.7:
        sheet.rule(x[0], y, x[0] + width, 0.9)
        name = f"Algorithm 1 {title(rng, 2)}"
        sheet.text(x[0], y + 12, name, size)
        sheet.rule(x[0], y + 16, x[0] + width, 0.5)
        truth.present(name)
        steps = ["Input: a list of stations", "for each station s do", "    if s is open then", "        append s to the queue", "    end if", "end for", "return the queue"]  # fmt: skip
        for k, step in enumerate(steps):
            sheet.text(x[0] + 4, y + 28 + 12 * k, f"{k + 1}:", 8)
            sheet.text(x[0] + 20 + 10 * (len(step) - len(step.lstrip())) / 4, y + 28 + 12 * k, step.lstrip(), size)  # fmt: skip
        y += 28 + 12 * len(steps)
        sheet.rule(x[0], y - 6, x[0] + width, 0.9)
        truth.order(*[step.strip() for step in steps])
        y += 14
    sheet.rule(x[0], 706, x[0] + 90, 0.4)
    note = sentence(rng)
    sheet.text(x[0] + 4, 714, "1", 6)
    sheet.paragraph(x[0], 717, f"  {note}", width, 8.5, leading=1.1)
    y = sheet.paragraph(x[1], 156, texts[2], width, size, leading=1.15) + 12
    rows = [["Model", "Dev", "Test"], *[[f"{noun(rng)}-{k}", f"{rng.uniform(20, 90):.1f}", f"{rng.uniform(20, 90):.1f}"] for k in range(rng.randint(3, 6))]]  # fmt: skip
    wide = widths(sheet, rows, 9)
    lefts = [x[1] + 45, x[1] + 70 + wide[0], x[1] + 95 + wide[0] + wide[1]]
    xs, right = anchors(lefts, wide, "lcc"), lefts[-1] + wide[-1] + 4
    sheet.rule(lefts[0] - 4, y - 9, right, 1.0)
    for k, row in enumerate(rows):
        draw_row(sheet, xs, y + 3, row, 9, "lcc")
        if k == 0:
            sheet.rule(lefts[0] - 4, y + 7, right, 0.5)
            y += 4
        y += 11.5
    sheet.rule(lefts[0] - 4, y - 3, right, 1.0)
    truth.table(rows)
    for row in rows[1:3]:
        truth.cell(row[2], "left", row[1])
        truth.cell(row[1], "row", row[0])
    caption = f"Table 1: {sentence(rng)}"
    y = sheet.paragraph(x[1], y + 14, caption, width, 9, leading=1.15) + 10
    truth.present(caption)
    two = f"2 {title(rng, 2)}"
    sheet.text(x[1], y, two, 12, sheet.bold)
    truth.heading(two)
    y = sheet.paragraph(x[1], y + 16, texts[3], width, size, leading=1.15)
    sheet.paragraph(x[1], y, texts[4], width, size, leading=1.15, first=12)
    sheet.text(306, 762, str(rng.randint(1, 900)), 10, align="centre")
    truth.present(abstract, *texts[:5])
    truth.order(head, authors, abstract[:40], one, texts[0][:40], texts[1][:40], texts[2][:40], two, texts[3][:40])  # fmt: skip
    sheet.save()
    return truth


def sidebar(path: Path, rng: Random) -> Truth:
    """A journal's first page whose narrow left column has addresses, dates and keywords in small type."""
    truth = Truth(may_have_tables=False)
    sheet = Sheet(path, (595, 792), rng.choice(["times", "helvetica"]))
    band = f"{noun(rng)} and {noun(rng)} Research {rng.randint(10, 60)} ({rng.randint(1990, 2023)}) {rng.randint(100, 400)}-{rng.randint(401, 500)}"  # fmt: skip
    sheet.text(50, 42, band, 8, sheet.italic)
    truth.absent(band)
    if rng.random() < 0.5:
        sheet.rule(50, 48, 545, 0.5)
    head = title(rng, 4)
    main, width = rng.choice([(200.0, 345.0), (215.0, 330.0)])
    y = 100.0
    for line in sheet.wrapped(head, 480, 20, sheet.bold):
        sheet.text(50, y, line, 20, sheet.bold)
        y += 24
    authors = ", ".join(names(rng, 3))
    sheet.text(50, y + 4, authors, 11)
    truth.heading(head)
    y = top = y + 40
    sides = [("Correspondence", f"{names(rng, 1)[0]}, Institute of {noun(rng)}, {town(rng)}"), ("Received", f"{rng.randint(1, 28)} March 2019"), ("Keywords", "; ".join([noun(rng).lower() for _ in range(4)])), ("Funding", sentence(rng))]  # fmt: skip
    for label, text in sides:
        sheet.text(50, y, label, 8, sheet.bold)
        y = sheet.paragraph(50, y + 10, text, 125, 7.5, justify=False) + 8
        truth.present(label, text)
        truth.order(label, text[:30])
    y = top
    sheet.text(main, y, "ABSTRACT", 10, sheet.bold)
    abstract = [paragraph(rng, 3) for _ in range(2)]
    y += 16
    for text in abstract:
        y = sheet.paragraph(main, y, text, width, 9.5) + 4
    section = title(rng, 2)
    sheet.text(main, y + 14, section, 11, sheet.bold)
    truth.heading(section)
    y += 30
    texts = [paragraph(rng, 5) for _ in range(4)]
    for text in texts:
        y = sheet.paragraph(main, y, text, width, 9.5, first=12)
    truth.present(*abstract, *texts)
    truth.order(head, "ABSTRACT", abstract[0][:40], abstract[1][:40], section, *[t[:40] for t in texts])
    foot = f"© {rng.randint(1990, 2023)} {noun(rng)} Publishing. All rights reserved."
    sheet.text(50, 765, foot, 7)
    truth.absent(foot)
    sheet.save()
    return truth


def newspaper(path: Path, rng: Random) -> Truth:
    """Four narrow columns, articles under headlines that span some of them, rules between columns or not."""
    truth = Truth(may_have_tables=False)
    sheet = Sheet(path, (595, 842), "times")
    name = f"The {town(rng)} Herald"
    sheet.text(297, 62, name, 30, sheet.bold, "centre")
    sheet.rule(40, 72, 555, 1.0)
    truth.present(name)
    pitch, width, size = 131.0, 121.0, 8.5
    y0, ruled = 72.0, rng.random() < 0.5
    spans = rng.choice([[(0, 4), (0, 2), (2, 2)], [(0, 3), (3, 1), (0, 4)], [(0, 2), (2, 2), (0, 4)]])
    tops = [y0 + 6] * 4
    for first, count in spans:
        top = max(tops[first : first + count]) + 22
        head, big = title(rng, 2 if count < 3 else 4), 12.0 if count == 1 else 18.0
        for line in sheet.wrapped(head, pitch * count - 10, big, sheet.bold):
            sheet.text(40 + first * pitch, top, line, big, sheet.bold)
            top += big * 1.1
        truth.heading(head)
        texts = [paragraph(rng, rng.randint(3, 5)) for _ in range(2 * count)]
        lines = [(k, line) for k, text in enumerate(texts) for line in sheet.wrapped(text, width - 8, size)]
        high = -(-len(lines) // count)
        for n, (k, line) in enumerate(lines):
            column, row = first + n // high, n % high
            opens = n == 0 or lines[n - 1][0] != k
            sheet.text(40 + column * pitch + (8 if opens else 0), top + row * size * 1.2, line, size)
        if ruled:
            for column in range(first + 1, first + count):
                x = 40 + column * pitch - 5
                sheet.line(x, top - 8, x, top + high * size * 1.2 - 8, 0.4)
        truth.present(*texts)
        truth.order(head, *[t[:30] for t in texts])
        for column in range(first, first + count):
            tops[column] = top + high * size * 1.2
    sheet.save()
    return truth


def exam(path: Path, rng: Random) -> Truth:
    """Questions with marks at the right margin, parts, choices in a row or below one another, lines to fill."""
    truth = Truth(may_have_tables=False)
    sheet = Sheet(path, (595, 842), rng.choice(["times", "helvetica"]))
    y = 80.0
    number = rng.randint(1, 20)
    shown = []
    for _ in range(5):
        question = f"{sentence(rng)[:-1]}?"
        sheet.text(55, y, f"{number}" + rng.choice([".", ""]), 11, sheet.bold)
        y = sheet.paragraph(80, y, question, 400, 11, justify=False)
        truth.present(question)
        shown.append(question[:40])
        style = rng.choice(["row", "column", "parts"])
        if style == "row":
            for k, letter in enumerate("ABCD"):
                word = noun(rng).lower() + str(number) + letter.lower()
                sheet.text(80 + 105 * k, y + 4, f"{letter}  {word}", 11)
                truth.present(f"{letter} {word}")
                shown.append(word)
            y += 26
        elif style == "column":
            for letter in "ABCD":
                text = f"{sentence(rng)[:50].rsplit(' ', 1)[0]} {number}{letter.lower()}"
                sheet.text(80, y + 2, letter, 11, sheet.bold)
                sheet.text(104, y + 2, text, 11)
                truth.present(f"{letter} {text}")
                shown.append(text)
                y += 17
            y += 8
        else:
            for letter in "ab":
                text = sentence(rng)
                marks = rng.randint(1, 6)
                sheet.text(80, y + 4, f"({letter})", 11)
                y = sheet.paragraph(104, y + 4, text, 370, 11, justify=False)
                sheet.text(540, y - 2, f"[{marks}]" if rng.random() < 0.5 else f"({marks} marks)", 11, align="right")  # fmt: skip
                truth.present(f"({letter}) {text}")
                shown.append(text[:40])
                for _ in range(2):
                    y += 18
                    sheet.rule(104, y, 480, 0.4)
                y += 14
        number += 1
        y += 8
        if y > 690:
            break
    truth.order(*shown)
    sheet.text(297, 805, "Turn over", 10, align="centre")
    sheet.save()
    return truth


def index(path: Path, rng: Random) -> Truth:
    """A book's index: entries with pages, sub-entries set in, letters between, two columns or three."""
    truth = Truth(may_have_tables=False)
    sheet = Sheet(path, (595, 842), rng.choice(["times", "helvetica"]))
    sheet.text(60, 80, "Index", 22, sheet.bold)
    truth.heading("Index")
    columns = rng.choice([2, 3])
    pitch = 480 / columns
    size, letters, shown = 8.5, iter("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), []

    def pages() -> str:
        return ", ".join(sorted({str(rng.randint(2, 400)) for _ in range(rng.randint(1, 3))}, key=int))

    for column in range(columns):
        x, y = 60 + column * pitch, 115.0
        while y < 760:
            letter = next(letters)
            sheet.text(x, y, letter, 11, sheet.bold)
            y += 14
            for k in range(rng.randint(4, 9)):
                entry = f"{letter}{noun(rng).lower()}{k}, {pages()}"
                sheet.text(x, y, entry, size)
                shown.append(entry)
                y += size * 1.25
                if rng.random() < 0.3:
                    sheet.text(x + 10, y, f"{noun(rng).lower()} of, {pages()}", size)
                    y += size * 1.25
            y += 10
    truth.present(*rng.sample(shown, 6))
    truth.order(*[shown[k] for k in sorted(rng.sample(range(len(shown)), 6))])
    sheet.save()
    return truth


def pleading(path: Path, rng: Random) -> Truth:
    """Legal text with numbers of lines at the left margin; they are not a part of its sentences."""
    truth = Truth(may_have_tables=False)
    sheet = Sheet(path, (612, 792), rng.choice(["times", "courier"]))
    size = 10.0 if sheet.regular == "Courier" else 12.0
    lines: list[tuple[float, str]] = []
    shown = []
    for _ in range(4):
        text = paragraph(rng, 3)
        wrapped = sheet.wrapped(text, 400, size)
        lines += [(36.0 if k == 0 else 0.0, line) for k, line in enumerate(wrapped)]
        if len(lines) > 28:
            break
        truth.present(text)
        shown.append(text[:40])
    truth.order(*shown)
    for k in range(28):
        sheet.text(84, 72 + 24 * k, str(k + 1), size, align="right")
        if k < len(lines):
            sheet.text(104 + lines[k][0], 72 + 24 * k, lines[k][1], size)
    sheet.line(94, 40, 94, 752, 0.6)
    if rng.random() < 0.5:
        sheet.line(97, 40, 97, 752, 0.6)
    sheet.save()
    return truth


def listing(path: Path, rng: Random) -> Truth:
    """Prose with a program's listing, in a box or not, its lines numbered or not."""
    truth = Truth(may_have_tables=False)
    sheet = Sheet(path, (595, 842), rng.choice(["times", "helvetica"]))
    texts = [paragraph(rng, 4) for _ in range(2)]
    y = sheet.paragraph(70, 90, texts[0], 455, 10.5) + 16
    word = noun(rng).lower()
    code = [f"def count_{word}(rows, limit={rng.randint(2, 99)}):", "    total = 0", "    for row in rows:", f"        if row['{word}'] > limit:", "            total += 1", "        else:", f"            log(\"{word} below\", row)", "    return total"]  # fmt: skip
    if rng.random() < 0.5:
        code = ["#include <stdio.h>", "", f"static int {word}(int *p, size_t n)", "{", "    size_t i;", "    for (i = 0; i < n; i++) {", f"        if (p[i] == {rng.randint(2, 99)})", "            return i;", "    }", "    return -1;", "}"]  # fmt: skip
    numbered, boxed = rng.random() < 0.4, rng.random() < 0.5
    if boxed:
        sheet.fill(66, y - 12, 529, y + 12 * len(code), Color(0.95, 0.95, 0.95))
        sheet.colour = black
    for k, line in enumerate(code):
        if numbered:
            sheet.text(82, y + 12 * k, str(k + 1), 7, "Courier", "right")
        indent = (len(line) - len(line.lstrip())) * 5.4
        sheet.text(90 + indent, y + 12 * k, line.lstrip(), 9, "Courier")
    wanted = [line.strip() for line in code if len(line.strip()) > 1]
    truth.present(*wanted)
    truth.order(texts[0][:40], *wanted[:3], wanted[-1])
    if not numbered:
        truth.present("\n".join(code[-3:]))
    y += 12 * len(code) + 20
    sheet.paragraph(70, y, texts[1], 455, 10.5)
    truth.present(*texts)
    truth.order(wanted[-1], texts[1][:40])
    sheet.save()
    return truth


def bilingual(path: Path, rng: Random) -> Truth:
    """The same text in two languages side by side, paragraphs level with one another, numbered articles."""
    truth = Truth(may_have_tables=False)
    sheet = Sheet(path, (595, 842), rng.choice(["times", "helvetica"]))
    words = ["Der", "Vertrag", "tritt", "mit", "dem", "Tage", "der", "Unterzeichnung", "in", "Kraft", "und", "gilt", "für", "die", "Dauer", "von", "zwei", "Jahren", "sofern", "keine", "der", "Parteien", "schriftlich", "widerspricht", "Änderungen", "bedürfen", "der", "Schriftform"]  # fmt: skip
    y, number = 90.0, rng.randint(1, 12)
    for _ in range(5):
        left = paragraph(rng, 2)
        right = " ".join(rng.choice(words) for _ in range(len(left.split()) - 2)) + "."
        for x, name in ((60.0, f"Article {number}"), (310.0, f"Artikel {number}")):
            sheet.text(x, y, name, 10.5, sheet.bold)
            truth.present(name)
        one = sheet.paragraph(60, y + 15, left, 225, 10)
        two = sheet.paragraph(310, y + 15, right, 225, 10)
        truth.present(left, right)
        truth.order(f"Article {number}", left[:40])
        truth.order(f"Artikel {number}", right[:40])
        y = max(one, two) + 12
        number += 1
    sheet.save()
    return truth


def panels(path: Path, rng: Random) -> Truth:
    """A slide: a headline, two or three panels of points side by side under headings of their own, a foot."""
    truth = Truth(may_have_tables=False)
    sheet = Sheet(path, (720, 405), rng.choice(["helvetica", "vera"]))
    ground = rng.random() < 0.4
    if ground:
        sheet.fill(0, 0, 720, 405, Color(0.08, 0.15, 0.3))
        sheet.colour = white
    head = title(rng)
    sheet.text(36, 52, head, 26, sheet.bold)
    truth.heading(head)
    count = rng.choice([2, 2, 3])
    width = (648 - 18 * (count - 1)) / count
    framed = rng.random() < 0.6
    shown = [head]
    for column in range(count):
        x = 36 + column * (width + 18)
        if framed:
            colour = sheet.colour
            sheet.canvas.setStrokeColor(Color(0.5, 0.6, 0.7))
            sheet.canvas.rect(x, 405 - 350, width, 270)
            sheet.colour = colour
        name = noun(rng) + " " + noun(rng).lower()
        sheet.text(x + 12, 108, name, 16, sheet.bold)
        shown.append(name)
        y = 138.0
        for _ in range(3):
            point = " ".join(sentence(rng).split()[:7])
            sheet.text(x + 12, y, "•", 13)
            y = sheet.paragraph(x + 26, y, point, width - 40, 13, justify=False) + 8
            truth.present(point)
            shown.append(point[:24])
    truth.order(*shown)
    sheet.text(684, 388, str(rng.randint(2, 60)), 9, align="right")
    sheet.save()
    return truth
