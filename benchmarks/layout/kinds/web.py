"""Pages printed by a browser: contents, data sheets, posters, laboratory reports, magazines, CVs."""

from __future__ import annotations

from pathlib import Path
from random import Random

from benchmarks.layout.browser import print_page
from benchmarks.layout.facts import Truth
from benchmarks.layout.prose import names, noun, paragraph, sentence, title, town

_SERIF = ["Liberation Serif", "DejaVu Serif", "Noto Serif"]
_SANS = ["Liberation Sans", "DejaVu Sans", "Noto Sans"]


def _font(families: list[str], rng: Random, low: float, high: float) -> str:
    return f"body{{margin:0;font-family:'{rng.choice(families)}';font-size:{rng.uniform(low, high):.1f}pt}}"


def _items(texts: list[str]) -> str:
    return "<ul>" + "".join(f"<li>{text}</li>" for text in texts) + "</ul>"


def _table(rows: list[list[str]]) -> str:
    cells = [(row, "th" if number == 0 else "td") for number, row in enumerate(rows)]
    lines = ["".join(f"<{tag}>{text}</{tag}>" for text in row) for row, tag in cells]
    return "<table>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table>"


def drawn_contents(path: Path, rng: Random) -> Truth:
    """A table of contents whose leaders are drawn."""
    truth = Truth(may_have_tables=False)
    entries, page = [], rng.randint(1, 9)
    for chapter in range(1, rng.randint(4, 6)):
        entries.append((str(chapter), title(rng, 2), page))
        for section in range(1, rng.randint(2, 4)):
            page += rng.randint(1, 9)
            entries.append((f"{chapter}.{section}", title(rng, 2), page))
        page += rng.randint(1, 12)
    line = rng.choice(["dotted", "dashed", "solid"])
    style = f".l{{display:flex}}.l b{{min-width:12mm;font-weight:normal}}.l i{{flex:1;border-bottom:1px {line};margin:0 4px 4px}}"
    rows = [
        f"<div class=l style='padding-left:{8 * number.count('.')}mm'><b>{number}</b><span>{text}</span><i></i>{at}</div>"
        for number, text, at in entries
    ]
    print_page(f"<h1>Contents</h1>{''.join(rows)}", style + _font(_SERIF, rng, 10, 12), path)
    truth.heading("Contents")
    truth.present(*[f"{text} {at}" for _, text, at in entries])
    truth.order(*[f"{number} {text}" for number, text, _ in entries])
    return truth


def data_sheet(path: Path, rng: Random) -> Truth:
    """A coloured band, two lists side by side, a table whose rules are as wide as the band."""
    truth = Truth()
    colour = rng.choice(["#b3001b", "#0b3d6b", "#1d6b3a"])
    head = f"{noun(rng)[:2].upper()}-{rng.randint(100, 900)} {title(rng, 2)}"
    lists = [[" ".join(sentence(rng).split()[:5]) for _ in range(rng.randint(3, 4))] for _ in range(2)]
    rows = [["Parameter", "Conditions", "Min.", "Typ.", "Max.", "Unit"]]
    for _ in range(rng.randint(5, 8)):
        low = rng.uniform(1, 90)
        values = [f"{low:.1f}", f"{low * 1.3:.1f}", f"{low * 1.9:.1f}"]
        name = f"{noun(rng)} {noun(rng).lower()}"
        rows.append([name, f"at {rng.randint(10, 90)} °C", *values, rng.choice(["V", "mA", "bar", "ms"])])
    style = (
        f".b{{background:{colour};color:#fff;padding:8px 12px;font-size:18pt}}.g{{display:grid;gap:8mm;"
        f"grid-template-columns:1fr 1fr}}table{{width:100%;border-collapse:collapse}}h2{{font-size:12pt;color:{colour};"
        "margin:10px 0 4px}td,th{border-top:.6px solid #999;padding:2px 4px;text-align:left}ul{padding-left:14px;margin:0}"
    )
    columns = "".join(
        f"<div><h2>{h}</h2>{_items(texts)}</div>"
        for h, texts in zip(("Features", "Uses"), lists, strict=True)
    )
    body = f"<div class=b>{head}</div><div class=g>{columns}</div><h2>Ratings</h2>{_table(rows)}"
    print_page(body, style + _font(_SANS, rng, 8.5, 9.5), path)
    truth.present(*lists[0], *lists[1])
    truth.heading(head)
    truth.heading("Features")
    truth.order(head, "Features", *lists[0], "Uses", *lists[1], "Ratings", rows[1][0])
    truth.table(rows)
    for row in rows[1:3] + rows[-1:]:
        truth.cell(row[3], "left", row[2])
        truth.cell(row[4], "row", row[0])
        truth.cell(row[4], "column", "Max.")
    return truth


def poster(path: Path, rng: Random) -> Truth:
    """Three columns of boxes, each below a coloured band, below a title on one."""
    truth = Truth(may_have_tables=False)
    colour = rng.choice(["#00467f", "#5b1a4a", "#274e13"])
    head, authors = title(rng, 3), ", ".join(names(rng, 3))
    boxes = [
        (name, paragraph(rng, rng.randint(3, 5)))
        for name in ("Background", "Aims", "Methods", "Results", "Discussion", "Conclusions")
    ]
    style = (
        f".h{{background:{colour};color:#fff;padding:6mm;text-align:center}}.h b{{font-size:28pt}}.b{{background:{colour};"
        "color:#fff;font-weight:bold;padding:2mm 4mm;font-size:15pt}.c{columns:3;column-gap:9mm;margin-top:6mm;"
        "column-fill:auto;height:135mm}.c>div{break-inside:avoid;margin-bottom:8mm}"
    )
    texts = "".join(
        f"<div><div class=b>{name}</div><p style='margin:2mm 0'>{text}</p></div>" for name, text in boxes
    )
    body = f"<div class=h><b>{head}</b><br>{authors}</div><div class=c>{texts}</div>"
    print_page(body, style + _font(_SANS, rng, 11, 12), path, size="A3 landscape", margin="12mm")
    truth.heading(head)
    truth.present(authors, *[text for _, text in boxes])
    truth.order(head, authors, *[part for name, text in boxes for part in (name, text[:40])])
    return truth


def laboratory(path: Path, rng: Random) -> Truth:
    """Labels and values above a table of results with groups."""
    truth = Truth()
    left = [f"Patient: {names(rng, 1)[0]}", f"Date of birth: 02.08.19{rng.randint(30, 99)}", "Sex: F"]
    right = [f"Requested by: Dr. {names(rng, 1)[0]}", "Collected: 11.09.2020 08:15", f"Station: {town(rng)}"]
    rows = [["Test", "Result", "Flag", "Reference range", "Unit"]]
    for _ in range(rng.randint(5, 8)):
        low = rng.uniform(1, 90)
        value = low * rng.uniform(0.8, 1.6)
        flag = "L" if value < low else "H" if value > 1.4 * low else ""
        rows.append([f"{noun(rng)} {noun(rng).lower()}", f"{value:.1f}", flag, f"{low:.1f} – {1.4 * low:.1f}", rng.choice(["g/dl", "mmol/l", "mg/dl"])])  # fmt: skip
    style = ".f{display:flex;justify-content:space-between;margin:10px 0}table{width:100%}th{text-align:left;border-bottom:1px solid}"
    blocks = "".join(f"<div>{'<br>'.join(lines)}</div>" for lines in (left, right))
    note = sentence(rng)
    print_page(
        f"<h2>{title(rng, 2)}</h2><div class=f>{blocks}</div>{_table(rows)}<p>{note}</p>",
        style + _font(_SANS, rng, 8.5, 10),
        path,
    )
    truth.present(*left, *right, note)
    truth.order(*left, *right, rows[1][0], note)
    for row in rows[1:4]:
        truth.cell(row[1], "row", row[0])
        truth.cell(row[3], "column", "Reference range")
        truth.cell(row[4], "left", row[3])
    return truth


def magazine(path: Path, rng: Random) -> Truth:
    """Three narrow justified columns with a drop cap and a quotation between rules."""
    truth = Truth(may_have_tables=False)
    head, deck, quote = title(rng, 3), sentence(rng), sentence(rng)
    texts = [paragraph(rng, 5) for _ in range(8)]
    style = (
        ".m{columns:3;column-gap:6mm;text-align:justify}.m p{margin:0;text-indent:1em}.d::first-letter{float:left;"
        "font-size:38pt;line-height:.8;padding-right:4px;font-weight:bold}.q{font-size:16pt;font-style:italic;"
        "border-top:2px solid;border-bottom:2px solid;margin:8px 0;padding:6px 0;text-align:left}"
        "h1{font-size:32pt;margin:0 0 4px}"
    )
    columns = f"<p class=d>{texts[0]}</p>" + "".join(f"<p>{text}</p>" for text in texts[1:4])
    columns += f"<div class=q>{quote}</div>" + "".join(f"<p>{text}</p>" for text in texts[4:])
    print_page(
        f"<h1>{head}</h1><p>{deck}</p><div class=m>{columns}</div>",
        style + _font(_SERIF[::2], rng, 8.5, 9.5),
        path,
    )
    truth.heading(head)
    truth.present(deck, quote, texts[0][1:], *texts[1:])
    truth.order(head, deck, *[text[1:40] for text in texts])
    return truth


def resume(path: Path, rng: Random) -> Truth:
    """A dark side column beside the text, dates at the right edge, drawn bullets."""
    truth = Truth(may_have_tables=False)
    name = names(rng, 1)[0]
    sides = [
        (head, [" ".join(sentence(rng).split()[:3]) for _ in range(3)])
        for head in ("Contact", "Languages", "Skills")
    ]
    jobs = [
        (f"{title(rng, 1)}, {town(rng)}", f"{2000 + n} – {2004 + n}", [sentence(rng) for _ in range(2)])
        for n in (14, 9, 3)
    ]
    style = (
        ".g{display:grid;grid-template-columns:58mm 1fr;min-height:297mm}.s{background:#2f3e46;color:#eee;padding:12mm 6mm}"
        ".c{padding:12mm 10mm}.j{display:flex;justify-content:space-between;font-weight:bold}ul{margin:2px 0 8px;padding-left:16px}"
        "h2{font-size:13pt;margin:14px 0 4px}"
    )
    left = f"<div style='font-size:20pt'>{name}</div>" + "".join(
        f"<h2>{head}</h2>{_items(texts)}" for head, texts in sides
    )
    profile = paragraph(rng, 2)
    right = f"<h2>Profile</h2><p>{profile}</p><h2>Experience</h2>"
    right += "".join(
        f"<div class=j><span>{job}</span><span>{years}</span></div>{_items(texts)}"
        for job, years, texts in jobs
    )
    print_page(
        f"<div class=g><div class=s>{left}</div><div class=c>{right}</div></div>",
        style + _font(_SANS, rng, 9, 10),
        path,
        margin="0",
    )
    truth.present(
        name,
        profile,
        *[text for _, texts in sides for text in texts],
        *[text for *_, texts in jobs for text in texts],
    )
    truth.heading("Experience")
    truth.order(
        *[part for head, texts in sides for part in (head, *texts)], "Profile", profile[:40], "Experience"
    )
    truth.order("Experience", *[part for job, years, texts in jobs for part in (job, *texts)])
    return truth
