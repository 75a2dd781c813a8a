"""Tables in OTSL, whole, broken, and running over pages."""

from __future__ import annotations

from random import Random

from benchmarks.parity import words


def cell(random: Random) -> str:
    roll = random.random()
    if roll < 0.12:
        return f"\\({words.formula(random)}\\)"
    if roll < 0.2:
        return words.special(random)
    if roll < 0.25:
        return f"n \\({words.formula(random)}\\) m"
    if roll < 0.6:
        return str(random.randint(0, 999))
    return words.words(random, random.randint(1, 3))


def row(random: Random, columns: int, *, spans: bool) -> str:
    out: list[str] = []
    while len(out) < columns:
        roll = random.random()
        if spans and roll < 0.12 and out and out[-1] != "<ecel>":
            out.append("<lcel>")
        elif roll < 0.22:
            out.append("<ecel>")
        else:
            out.append(f"<fcel>{cell(random)}")
    return "".join(out) + "<nl>"


def otsl(random: Random, columns: int, rows: int, header: str = "") -> str:
    spans = random.random() < 0.4
    lines = [header] if header else []
    lines += [row(random, columns, spans=spans) for _ in range(rows)]
    if spans and len(lines) > 2 and random.random() < 0.5:
        place = random.randint(1, len(lines) - 1)
        lines[place] = "<ucel>" + "".join(f"<fcel>{cell(random)}" for _ in range(columns - 1)) + "<nl>"
    return "".join(lines)


def header(random: Random, columns: int) -> str:
    if columns > 2 and random.random() < 0.3:
        upper = "<fcel>Name<fcel>Group<lcel>" + "".join("<fcel>H" for _ in range(columns - 3)) + "<nl>"
        lower = "<ucel><fcel>one<fcel>two" + "".join("<ecel>" for _ in range(columns - 3)) + "<nl>"
        return upper + lower
    return "".join(f"<fcel>Head {words.words(random, 1)}" for _ in range(columns)) + "<nl>"


def broken(random: Random) -> str:
    return random.choice(
        (
            "",
            "not a table at all",
            "<fcel>a<fcel>b",
            "<fcel>a<fcel>b<nl><fcel>c<nl>",
            "<nl><nl>",
            "<fcel>a<nl><lcel><fcel>b<nl>",
            "a<fcel>b<nl>",
            '<table><tr><td>h</td><td colspan="2">i</td></tr></table>',
            "<table><tr><td>cut",
            "<ecel><ecel><nl><ecel><ecel><nl>",
            "<fcel>x & y < z<fcel>\"q\" 'r'<nl>",
            "<fcel>[ABCD]<fcel>1<nl>",
        )
    )
