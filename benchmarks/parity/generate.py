"""Random pages: every type of block that MinerU knows, in arrangements of papers and in none at all."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from benchmarks.parity import tables, words
from benchmarks.parity.script import SIZE, ScriptedBlock, ScriptedDocument, ScriptedPage
from benchmarks.parity.unusual import unusual_page

Box = tuple[int, int, int, int]
_CAPTIONS = ("image_caption", "table_caption", "code_caption")
_FOOTNOTES = ("image_footnote", "table_footnote")
UNUSUAL = 0.15
"""Share of pages that no paper has."""
_TOP, _BOTTOM = 40, 940
_CONTINUED = (
    "Table 2 (continued)",
    "续表 1",
    "(cont.)",
    "Table 3 continued",
    "discontinued",
    "Table 4. Results",
)


def documents(seed: int, pages: int, first: int = 0) -> list[ScriptedDocument]:
    """``pages`` pages in documents of up to nine, numbered through from ``first``."""
    random = Random(seed)
    made: list[ScriptedDocument] = []
    number = 0
    while number < pages:
        count = min(random.choice((1, 2, 3, 5, 7, 9)), pages - number)
        even = random.random() < 0.5
        builder = _Builder(random, even=even)
        numbers = range(first + number, first + number + count)
        made.append(
            ScriptedDocument(f"s{seed}-d{len(made):02d}", [builder.next_page(one) for one in numbers])
        )
        number += count
    return made


class _Builder:
    def __init__(self, random: Random, *, even: bool) -> None:
        self.random = random
        self.even = even
        self.open_table: tuple[int, str, Box] | None = None
        self.open_references = False

    def next_page(self, number: int) -> ScriptedPage:
        """A page of a paper, or now and then one of another kind."""
        if self.random.random() >= UNUSUAL:
            return self.page(number)
        self.open_table, self.open_references = None, False
        return unusual_page(self.random, number)

    def page(self, number: int) -> ScriptedPage:
        random = self.random
        size = random.choice((SIZE, SIZE, (612.0, 792.0), (841.89, 595.276), (500.4, 700.7)))
        self._page = ScriptedPage(number, size=size)
        columns = random.choice((1, 1, 2))
        if random.random() < 0.4:
            self._add("header", (80, 15, 700, 32), words.text(random, length=4))
        for column in range(columns):
            x0 = 60 if columns == 1 else 60 + column * 450
            x1 = 940 if columns == 1 else x0 + 420
            self._fill(x0, x1, first=column == 0, last=column == columns - 1)
        if random.random() < 0.5:
            self._add(
                random.choice(("footer", "page_footnote")), (80, 945, 600, 965), words.text(random, length=5)
            )
        if random.random() < 0.6:
            self._add("page_number", (620, 972, 900, 995), str(number + 1))
        if random.random() < 0.15:
            self._add("aside_text", (3, 200, 50, 700), words.text(random, length=4), angle=90)
        return self._page

    def _add(self, kind: str, box: Box, reply: str = "", **rest: object) -> ScriptedBlock:
        random = self.random
        if reply and kind not in ("list", "equation_block", "image_block"):
            roll = random.random()
            if roll < 0.02:
                reply = ""
            elif roll < 0.03:
                reply = "[Non-Text]"
            elif roll < 0.035:
                reply = "again and again " * random.randint(50, 500)
        block = ScriptedBlock(kind, box, reply, **rest)  # type: ignore[arg-type]
        if random.random() < 0.02:
            block.angle = None
        self._page.blocks.append(block)
        return block

    def _fill(self, x0: int, x1: int, *, first: bool, last: bool) -> None:
        random = self.random
        self.y, self.x0, self.x1 = _TOP, x0, x1
        if first and self.open_table is not None:
            self._continue_table()
        elif first and self.open_references:
            self._references()
        makers: list[tuple[Callable[[], None], float, float]] = [
            (self._paragraph, 1, 6), (self._title, 1, 1.5), (self._list, 1, 0.7), (self._references, 1, 0.7),
            (self._equation, 1, 1), (self._equation_block, 1, 0.3), (self._figure, 2, 1), (self._table, 2, 1),
            (self._code, 1.5, 0.4), (self._phonetic, 1, 0.1), (self._image_block, 1, 0.3), (self._stray, 1.5, 0.3),
        ]  # fmt: skip
        weights = [even if self.even else papers for _, even, papers in makers]
        while self.y < _BOTTOM - 160:
            random.choices([maker for maker, _, _ in makers], weights)[0]()
            self.y += random.choice((4, 8, 14, 30))
        self.open_references = False
        self.open_table = None
        if last and self.y < _BOTTOM - 60:
            roll = random.random()
            if roll < 0.35:
                self._table(ends_page=True)
            elif roll < 0.5:
                self._references()
                self.open_references = True

    def _take(self, height: int, *, indent: int = 0, width: int | None = None) -> Box:
        self.y = min(self.y, 998 - height)
        x0 = self.x0 + indent
        x1 = min(self.x1, x0 + width) if width else self.x1
        box = (x0, self.y, x1, min(self.y + height, 999))
        self.y += height
        return box

    def _paragraph(self) -> None:
        random = self.random
        continued = random.random() < 0.35
        reply = words.text(random)
        if continued and random.random() < 0.8:
            reply = words.words(random, 6) + random.choice((".", "", "-"))
        angle = random.choices((0, 90, 180, 270), (30, 1, 1, 1))[0]
        self._add("text", self._take(random.randint(20, 70)), reply, continued=continued, angle=angle)
        if random.random() < 0.3:
            self.y += 4
            hyphen = random.choice(("infor-", "exam-", "3-", "well", "模型", "that"))
            self._page.blocks[-1].reply = words.words(random, 5) + " " + hyphen
            if random.random() < 0.3:
                self._maker_between()
            # In the next column a paragraph goes on above the one it continues.
            self._add("text", self._take(random.randint(20, 50)), words.text(random), continued=True)

    def _maker_between(self) -> None:
        self.random.choice((self._figure, self._equation, self._phonetic, self._title))()

    def _title(self) -> None:
        self._add(
            "title",
            self._take(24),
            words.sentence(self.random, 4) + self.random.choice(("", "\n line two", " *x*", " \\(y\\)")),
        )

    def _list(self) -> None:
        random = self.random
        count = random.randint(1, 4)
        x0, top, x1, _ = (self.x0, self.y, self.x1, 0)
        kinds = random.choice((("text",), ("text",), ("text", "ref_text"), ("ref_text",), ("list_item",)))
        before = random.random() < 0.8
        place = len(self._page.blocks)
        for _ in range(count):
            mark = random.choice(("- ", "• ", "1. ", "(a) ", "", "* "))
            self._add(random.choice(kinds), self._take(20, indent=10), mark + words.text(random, length=6))
            self.y += random.choice((2, 3))
        bottom = self.y if random.random() < 0.9 else top + 12
        if random.random() < 0.1:
            top, bottom = self.y + 1, self.y + 14
            self.y += 16
        frame = ScriptedBlock("list", (x0, top, x1, bottom), coded=False)
        self._page.blocks.insert(place if before else len(self._page.blocks), frame)

    def _references(self) -> None:
        random = self.random
        framed = random.random() < 0.7
        top, place = self.y, len(self._page.blocks)
        for number in range(random.randint(1, 4)):
            mark = random.choice((f"[{number + 1}] ", f"{number + 1}. ", ""))
            self._add("ref_text", self._take(20), mark + words.text(random, length=6))
            self.y += 2
        if framed:
            frame = ScriptedBlock("list", (self.x0, top, self.x1, self.y), coded=False)
            self._page.blocks.insert(place, frame)
        if random.random() < 0.3 and self.y < _BOTTOM - 100:
            self._references()

    def _equation(self) -> None:
        self._add("equation", self._take(28, indent=40), words.equation(self.random))

    def _equation_block(self) -> None:
        top, place = self.y, len(self._page.blocks)
        for _ in range(self.random.randint(1, 3)):
            self._add("equation", self._take(24, indent=10), words.equation(self.random))
            self.y += 2
        frame = ScriptedBlock("equation_block", (self.x0, top, self.x1, self.y), coded=False)
        self._page.blocks.insert(self.random.choice((place, len(self._page.blocks))), frame)

    def _notes(self, kinds: tuple[str, ...], texts: tuple[str, ...] = ()) -> None:
        random = self.random
        for _ in range(random.choices((0, 1, 2, 3), (5, 6, 2, 1))[0]):
            self.y += random.choice((1, 2, 4, 12, 26))
            text = random.choice(texts) if texts and random.random() < 0.3 else words.text(random, length=5)
            self._add(random.choice(kinds), self._take(random.choice((14, 16, 22))), text)

    def _figure(self) -> None:
        random = self.random
        above = random.random() < 0.4
        kinds = random.choice(
            (("image_caption",), ("image_caption", "text"), _CAPTIONS, _FOOTNOTES, _CAPTIONS + _FOOTNOTES)
        )
        if above:
            self._notes(kinds)
        if random.random() < 0.25:
            self._beside_caption()
        self.y += random.choice((1, 3, 10))
        for _ in range(random.choice((1, 1, 1, 2))):
            kind = random.choice(("image", "image", "chart"))
            height = random.choice((14, 30, 90, 150))
            box = self._take(height, width=random.choice((None, None, 250, 200)))
            angle = random.choices((0, 90, 270), (12, 1, 1))[0]
            self._add(kind, box, words.analysis(random), angle=angle)
            if random.random() < 0.2 and height > 80:
                # A caption inside a picture is a part of it and is never asked about.
                inner = (box[0] + 10, box[1] + 50, box[2] - 10, box[1] + 66)
                self._page.blocks.append(ScriptedBlock("image_caption", inner, coded=False))
            self.y += random.choice((1, 3, 10))
        self._notes((*kinds, *random.choice((("image_footnote",), ("table_footnote",), ()))))

    def _beside_caption(self) -> None:
        """A caption and a piece of text on one line."""
        half = (self.x0 + self.x1) // 2
        box = self._take(16)
        self._add(
            self.random.choice(_CAPTIONS),
            (box[0], box[1], half - 2, box[3]),
            words.text(self.random, length=3),
        )
        kind = self.random.choice(("text", "image_footnote", "text"))
        self._add(kind, (half + 2, box[1], box[2], box[3]), words.text(self.random, length=3))

    def _table(self, *, ends_page: bool = False) -> None:
        random = self.random
        columns = random.randint(1, 5)
        kinds = (
            ("table_caption",)
            if random.random() < 0.7
            else ("table_caption", "text", "image_caption", "table_footnote")
        )
        self._notes(kinds, _CONTINUED)
        if random.random() < 0.2:
            self._beside_caption()
        self.y += random.choice((1, 3, 10))
        header = tables.header(random, columns)
        reply = tables.otsl(random, columns, random.randint(1, 6), header)
        if random.random() < 0.12 and not ends_page:
            reply = tables.broken(random)
        box = self._take(random.choice((30, 60)))
        angle = random.choices((0, 90), (20, 1))[0]
        self._add("table", box, reply, angle=angle)
        if random.random() < 0.15:
            inner = (box[0] + 20, box[1] + 18, box[2] - 20, box[3] - 2)
            kind = random.choice(("text", "equation"))
            self._page.blocks.append(ScriptedBlock(kind, inner, coded=False))
        if ends_page:
            self.open_table = (columns, header, box)
            if random.random() < 0.25:
                self._notes(("table_footnote", "table_caption", "image_footnote"))
        else:
            self._notes(("table_footnote", "image_footnote", "table_caption"))

    def _continue_table(self) -> None:
        random = self.random
        columns, header, box = self.open_table or (2, "", (0, 0, 0, 0))
        self.open_table = None
        if random.random() < 0.4:
            self._add(
                random.choice(("table_caption", "table_caption", "text")),
                self._take(14),
                random.choice(_CONTINUED),
            )
            self.y += random.choice((1, 4, 20))
        if random.random() < 0.15:
            columns += random.choice((-1, 1))
        again = header if random.random() < 0.5 else ""
        reply = tables.otsl(random, max(columns, 1), random.randint(1, 4), again)
        width = box[2] - box[0] if random.random() < 0.8 else None
        taken = self._take(40, width=width)
        self._add("table", (min(box[0], taken[2] - 200), *taken[1:]), reply)
        if random.random() < 0.3:
            self._notes(("table_footnote", "table_caption"))
        if random.random() < 0.3:
            # Nothing else on the page: the table may go on.
            self.open_table = (columns, header, box)

    def _code(self) -> None:
        random = self.random
        kinds = ("code_caption",) if random.random() < 0.7 else _CAPTIONS + _FOOTNOTES
        if random.random() < 0.6:
            self._notes(kinds)
        self.y += 3
        self._add(random.choice(("code", "code", "algorithm")), self._take(60), words.code(random))
        if random.random() < 0.4:
            self._notes((*kinds, "image_footnote"))

    def _phonetic(self) -> None:
        self._add("phonetic", self._take(18), words.text(self.random, length=4))

    def _image_block(self) -> None:
        random = self.random
        top, place = self.y, len(self._page.blocks)
        half = (self.x0 + self.x1) // 2
        for _ in range(random.randint(1, 2)):
            row = self._take(60)
            for x0, x1 in ((row[0] + 2, half - 2), (half + 2, row[2] - 2)):
                kind = random.choice(("image", "chart"))
                self._page.blocks.append(ScriptedBlock(kind, (x0, row[1] + 1, x1, row[3] - 1), coded=False))
        frame = ScriptedBlock("image_block", (self.x0, top, self.x1, self.y), coded=False)
        self._page.blocks.insert(random.choice((place, len(self._page.blocks))), frame)
        self._notes(("image_caption", "image_footnote"))

    def _stray(self) -> None:
        """A caption or footnote that belongs to nothing."""
        self._add(
            self.random.choice(_CAPTIONS + _FOOTNOTES), self._take(18), words.text(self.random, length=5)
        )
