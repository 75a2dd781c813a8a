from __future__ import annotations

import unicodedata
from pathlib import Path

import corpus
import pytest
from pdf_objects import Object, page_tree, stream, write

from mineru_cli.pages.page import Word
from mineru_cli.pages.pdftext import _text as as_text
from mineru_cli.pages.reader import open_document
from mineru_cli.pages.textlayer import TextLayer, fallback_blocks, text_in, trustworthy
from mineru_cli.pages.trust import doubt
from mineru_cli.settings import Limits, Rendering

PAGE = (0.0, 0.0, 1.0, 1.0)
LINE = 0.02


def line_of(text, top, *, left=0.1, number=0, **more):
    """Words side by side, each character 0.01 wide, lines 0.02 high."""
    words = []
    for part in text.split(" "):
        right = left + 0.01 * len(part)
        words.append(Word(part, (left, top, right, top + 0.015), number, top + 0.015, LINE, **more))
        left = right + 0.01
    return words


def layer_of(*lines, top=0.1, **more):
    words = []
    for number, text in enumerate(lines):
        words += line_of(text, top + number * 0.025, number=number, **more)
    return TextLayer(tuple(words))


def around(layer):
    boxes = [word.bbox for word in layer.words]
    return tuple(pick(box[side] for box in boxes) for side, pick in enumerate((min, min, max, max)))


def text_of(*lines, **more):
    layer = layer_of(*lines, **more)
    return text_in(layer, around(layer))


def test_lines_are_joined_in_reading_order():
    assert text_of("one two", "three") == "one two three"


def test_the_file_s_own_order_does_not_matter():
    layer = TextLayer(tuple(reversed(layer_of("one two", "three four").words)))
    assert text_in(layer, around(layer)) == "one two three four"


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (("some exam-", "ple text"), "some example text"),
        (("some exam\u00ad", "ple text"), "some example text"),
        (("the Rhein-", "Main area"), "the Rhein-Main area"),
        (("a state-of-the-", "art thing"), "a state-of-the-art thing"),
        (("pages 10-", "12 only"), "pages 10-12 only"),
        (("well-known and well-", "known again"), "well-known and well-known again"),
        (("the e\ufb03cient", "\ufb01sh"), "the efficient fish"),
        (("中文", "文字"), "中文文字"),
        (("한국어", "문장"), "한국어 문장"),
    ],
)
def test_joints(lines, text):
    assert text_of(*lines) == text


def test_lines_that_lead_to_a_number_far_behind_them_are_kept():
    """Contents whose leaders are drawn, and sums: all lines are full."""
    words = []
    for number, (entry, page) in enumerate(
        (("1 The harbour", "3"), ("1.1 Its trade", "12"), ("2 Survey", "31"))
    ):
        top = 0.1 + 0.02 * number
        words += [*line_of(entry, top, number=number), *line_of(page, top, left=0.8, number=number)]
    layer = TextLayer(tuple(words))
    assert text_in(layer, around(layer)) == "1 The harbour 3\n1.1 Its trade 12\n2 Survey 31"


def test_an_address_keeps_its_lines():
    lines = ("Bill to:", "Dr Priya Rao", "Orchard Cottage, Wallop", "Marlow")
    assert text_of(*lines) == "\n".join(lines)


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (("They may", "They can read only what a faculty or practic-", "ing lawyer reads", "Do not"),
         "They may\nThey can read only what a faculty or practicing lawyer reads\nDo not"),
        (("They may", "They can read only what a faculty or Practic-", "Ing lawyer reads", "Do not"), None),
        (("They may", "a very long line that goes to the right edge", "a short post-", "war line", "Do not"), None),
        (("micro-", "nano-", "of the prefixes of units the longest one", "pico-", "and femto"), None),
    ],
)  # fmt: skip
def test_lines_that_are_kept_lose_a_break_inside_a_word_at_the_right_edge(lines, text):
    assert text_of(*lines) == (text or "\n".join(lines))


def test_right_to_left_lines_are_read_from_the_right():
    words = line_of("שלום", 0.1, left=0.5) + line_of("עולם", 0.1, left=0.4)
    layer = TextLayer(tuple(words))
    assert text_in(layer, around(layer)) == "שלום עולם"


def test_only_the_region_s_words():
    layer = TextLayer((*layer_of("left column").words, *line_of("right", 0.1, left=0.6)))
    assert text_in(layer, (0.09, 0.09, 0.25, 0.12)) == "left column"
    assert text_in(layer, (0.55, 0.09, 0.75, 0.12), strict=False) == "right"


def test_a_place_without_words_is_none():
    assert text_in(layer_of("here"), (0.5, 0.5, 0.6, 0.6)) is None
    assert text_in(layer_of("here"), (0.5, 0.5, 0.6, 0.6), strict=False) is None


@pytest.mark.parametrize(
    "flaw", [{"quarter": 90}, {"drawn": False}, {"mathematical": True}, {"raised": True}, {"obscured": True}]
)
def test_doubtful_words_go_to_the_model(flaw):
    layer = layer_of("some words", **flaw)
    assert text_in(layer, around(layer)) is None
    assert text_in(layer, around(layer), strict=False) == "some words"


@pytest.mark.parametrize("char", ["\ufffd", "\ue001", "\x01", "∑", "𝑥"])
def test_doubtful_characters_go_to_the_model(char):
    assert text_of("some words " + char) is None


def test_a_word_cut_by_the_region_is_doubtful():
    layer = layer_of("abcdefghij klm")
    assert text_in(layer, (0.15, 0.09, 0.24, 0.12)) is None


def test_text_that_does_not_fill_its_region_is_doubtful():
    layer = layer_of("one short line")
    assert text_in(layer, (0.1, 0.1, 0.9, 0.5)) is None


def test_a_hole_between_lines_is_doubtful():
    words = (*line_of("above here", 0.1), *line_of("below here", 0.2))
    layer = TextLayer(words)
    assert text_in(layer, around(layer)) is None


def test_words_on_top_of_each_other_are_doubtful_unless_equal():
    twice = TextLayer((*line_of("bold text", 0.1), *line_of("bold text", 0.1005)))
    assert text_in(twice, around(twice)) == "bold text"
    mess = TextLayer((*line_of("bold text", 0.1), *line_of("othe rrrr", 0.1, left=0.12)))
    assert text_in(mess, around(mess)) is None


PROSE = (
    "The quick brown fox jumps over the lazy dog while",
    "everybody else in the house is already fast asleep",
)


def test_good_prose_is_trusted():
    layer = layer_of(*PROSE)
    assert doubt(layer.words) is None
    assert trustworthy(layer)


def test_text_of_which_much_is_not_seen_is_not():
    words = layer_of(*PROSE).words
    assert trustworthy(TextLayer(words, unseen=len(words) // 8))
    assert "drawn" in doubt(words, len(words) // 4)
    assert not trustworthy(TextLayer(words, unseen=len(words) // 4))


def test_a_shifted_alphabet_is_not_a_language():
    shifted = ["".join(chr(ord(char) + 3) if char.isalpha() else char for char in line) for line in PROSE]
    assert "vowels" in doubt(layer_of(*shifted).words)


@pytest.mark.parametrize(
    "lines",
    [
        ("Der schnelle braune Fuchs springt über den faulen Hund",),
        ("Rychlá hnědá liška skáče přes líného psa a běží dál",),
        ("Szybki brązowy lis przeskakuje nad leniwym psem i ucieka",),
        ("الثعلب البني السريع يقفز فوق الكلب الكسول",),
        ("敏捷的棕色狐狸跳过懒狗敏捷的棕色狐狸跳过懒狗",),
        ("Быстрая коричневая лиса прыгает через ленивую собаку",),
        ("1,234.56 7,890.12 42% 2023-01-01 (17) 3.14",),
    ],
)
def test_other_languages_and_numbers_are_trusted(lines):
    assert doubt(layer_of(*lines).words) is None


def test_garbage_is_not_trusted():
    assert "no meaning" in doubt(layer_of(*PROSE, "\ue001\ue002\ue003").words)


def test_hidden_text_is_trusted_only_when_it_reads_well():
    assert trustworthy(layer_of(*PROSE, drawn=False))
    poor = ("Tlie q:uck br0wn f0x j~mps 0v,er", "t|-|e l,a.z,y d()g wh;l e 3v3ry b;d")
    assert "hidden" in doubt(layer_of(*poor, drawn=False).words)


def test_fallback_makes_paragraphs():
    words = (*layer_of("First para-", "graph here").words, *line_of("Second one", 0.4, number=9))
    blocks = fallback_blocks(TextLayer(words))
    assert [block.content for block in blocks] == ["First paragraph here", "Second one"]
    assert {(block.type, block.source, block.flaw) for block in blocks} == {("text", "layer", None)}
    assert all(0 <= side <= 1 for block in blocks for side in block.bbox)


def test_fallback_keeps_boxes_on_the_page():
    assert fallback_blocks(layer_of("gone", top=1.5)) == ()
    block = fallback_blocks(TextLayer((Word("edge", (0.9, 0.9, 1.2, 1.1), 0, 1.0, LINE),)))[0]
    assert block.bbox == (0.9, 0.9, 1.0, 1.0)


def read_layer(tmp_path, data, index=0):
    (tmp_path / "a.pdf").write_bytes(data)
    document = open_document(str(tmp_path / "a.pdf"), "pdf", rendering=Rendering(), limits=Limits())
    layer = document.text_layer(index, document.read(index))
    document.close()
    return layer


def test_a_pdf_s_words_lie_on_their_ink(tmp_path):
    layer = read_layer(tmp_path, corpus.text_pdf(["\n".join(PROSE)]))
    assert [word.text for word in layer.words] == " ".join(PROSE).split()
    assert layer.unseen == 0
    assert text_in(layer, around(layer)) == " ".join(PROSE)


def test_a_rotated_page_s_words_lie_on_their_ink(tmp_path):
    for degrees, quarter in ((90, 90), (180, 180), (270, 270)):
        layer = read_layer(tmp_path, corpus.rotated_pdf("\n".join(PROSE), degrees))
        assert {word.quarter for word in layer.words} == {quarter}
        assert layer.unseen == 0


def test_a_scan_has_no_layer(tmp_path):
    assert read_layer(tmp_path, corpus.image_pdf(["hello"], (400, 600))) is None


def test_real_pages(shared):
    path = shared / "pdfs/digital/multi_page.pdf"
    document = open_document(str(path), "pdf", rendering=Rendering(), limits=Limits())
    layer = document.text_layer(0, document.read(0))
    assert trustworthy(layer)
    assert layer.unseen == 0
    text = " ".join(block.content for block in fallback_blocks(layer))
    assert "Patented in 1868 by Christopher Latham Sholes, the typewriter revolutionized" in text
    document.close()


def test_words_in_a_font_without_unicode_are_not_text(shared):
    path = shared / "pdfs/sample-files/habibi.pdf"
    document = open_document(str(path), "pdf", rendering=Rendering(), limits=Limits())
    layer = document.text_layer(0, document.read(0))
    document.close()
    (codes,) = [word for word in layer.words if word.unmapped]
    assert text_in(layer, codes.bbox, strict=False) is None
    assert all("\x03" not in block.content for block in fallback_blocks(layer))


def test_unmapped_characters_of_a_word_are_told_from_the_others(tmp_path):
    to_unicode = b"""/CIDInit /ProcSet findresource begin begincmap
1 begincodespacerange <00> <FF> endcodespacerange
1 beginbfrange <20> <7A> <0020> endbfrange
2 beginbfchar <7B> <DB80DC54> <7D> <E001> endbfchar
endcmap"""
    font = Object(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 4 0 R >>")
    drawn = stream(b"BT /F1 12 Tf 72 700 Td ({issue and mat}ter of {} them all) Tj ET")
    page = page_tree([drawn], b"/Font << /F1 3 0 R >>", [font, stream(to_unicode)])
    layer = read_layer(tmp_path, write(page))
    assert [word.legible for word in layer.words] == (
        ["\ufffdissue", "and", "mat\ufffdter", "of", "\ufffd\ufffd", "them", "all"]
    )
    assert [word.known is None for word in layer.words] == [False, True, False, True, False, True, True]


def test_arabic_ligatures_are_in_reading_order(shared):
    path = shared / "pdfs/digital/right_to_left_01.pdf"
    document = open_document(str(path), "pdf", rendering=Rendering(), limits=Limits())
    first = fallback_blocks(document.text_layer(0, document.read(0)))[0].content
    assert first.startswith("تحسين الإنتاجية وحل المشكلات من خلال البرمجة بلغة")
    document.close()


def test_lines_of_mixed_direction_are_read_as_they_were_written():
    folder = Path(__file__).with_name("right_to_left")
    written = (folder / "lines.txt").read_text("utf-8").splitlines()
    document = open_document(str(folder / "chromium.pdf"), "pdf", rendering=Rendering(), limits=Limits())
    layer = document.text_layer(0, document.read(0))
    document.close()
    read = [text_in(layer, (0.0, top, 1.0, bottom), strict=False) for top, bottom in lines_of(layer)]
    assert read == [unicodedata.normalize("NFC", line) for line in written]


def lines_of(layer):
    """Top and bottom of each line of a page without columns."""
    by_line = {}
    for word in layer.words:
        by_line.setdefault(word.line, []).append(word.bbox)
    return [(min(box[1] for box in boxes), max(box[3] for box in boxes)) for boxes in by_line.values()]


@pytest.mark.parametrize(
    ("codes", "text"),
    [
        ([0x41, 0xD835, 0xDFCF], "A\U0001d7cf"),
        ([0xD835, 0x41], "\ufffdA"),
        ([0x41, 0xDFCF], "A\ufffd"),
        ([0x110000, 0x42], "\ufffdB"),
    ],
)
def test_halves_of_characters_are_joined_or_replaced(codes, text):
    assert as_text(codes) == text
    assert as_text(codes).encode()
