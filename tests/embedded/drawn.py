"""Pages drawn for tests: what they say is known."""

from __future__ import annotations

from PIL import Image, ImageDraw, ImageFont

TITLE = "Evaporation from Reservoirs"
FIRST = (
    "Small reservoirs supply most of the irrigation water in hilly districts, yet their losses to the "
    "atmosphere are seldom measured, because pans and towers cost more than the water they would save."
)
SECOND = (
    "Large lakes have been studied for a century, and the equations that describe them are well known. "
    "They transfer badly to small ones, where dry air has no time to become humid over the water."
)
TABLE = (
    ("Reservoir", "Area", "Float"),
    ("Brekke", "0.42", "604"),
    ("Dalen", "1.87", "671"),
    ("Hovde", "0.23", "417"),
)


def font(size):
    return ImageFont.load_default(size)


def wrapped(text, face, width):
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if face.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def page():
    """A4 at 150 dpi: a title, two paragraphs, a page number."""
    image = Image.new("RGB", (1240, 1754), "white")
    draw = ImageDraw.Draw(image)
    draw.text((150, 150), TITLE, "black", font(52))
    y = 280
    for paragraph in (FIRST, SECOND):
        for line in wrapped(paragraph, font(24), 940):
            draw.text((150, y), line, "black", font(24))
            y += 34
        y += 40
    draw.text((600, 1660), "17", "black", font(22))
    return image


def columns():
    """Two columns of prose below a title."""
    image = Image.new("RGB", (1240, 1754), "white")
    draw = ImageDraw.Draw(image)
    draw.text((150, 120), TITLE, "black", font(52))
    for x, text in ((120, FIRST), (660, SECOND)):
        y = 260
        for line in wrapped((text + " ") * 3, font(24), 460):
            draw.text((x, y), line, "black", font(24))
            y += 34
    return image


def table(*, ruled):
    """Four rows of three cells."""
    image = Image.new("RGB", (720, 260), "white")
    draw = ImageDraw.Draw(image)
    for r, row in enumerate(TABLE):
        for c, text in enumerate(row):
            draw.text((30 + 230 * c, 20 + 58 * r), text, "black", font(26))
    if ruled:
        for r in range(5):
            draw.line((10, 8 + 58 * r, 700, 8 + 58 * r), "black", 2)
        for x in (10, 240, 470, 700):
            draw.line((x, 8, x, 240), "black", 2)
    return image
