"""What a model would have to write about a page: as many tokens as real pages take. Pure, without imports.

The text layers of 16 pages of ``../shared/pdfs/digital`` hold 2,133 characters each on average, about 510
tokens of 4.2 characters; such a page at 200 dpi is 4,770 image tokens, of which crops cover three quarters.
"""

from __future__ import annotations

from collections.abc import Callable

PAGE = 510
TEXT_PER_IMAGE_TOKEN = PAGE / 4770 / 0.75
LEAST, MOST = 8, 4000
BLOCKS = 12

Encode = Callable[[str], "list[int]"]
Words = Callable[[int], "list[int]"]


def reply(prompt: str, image_tokens: int, encode: Encode, words: Words) -> list[int]:
    """Token ids of the answer. ``words(n)`` gives n tokens of text; the larger a crop, the more of them."""
    text = min(MOST, max(LEAST, round(image_tokens * TEXT_PER_IMAGE_TOKEN)))
    if "Layout Detection" in prompt:
        return encode(_layout())
    if "Table Recognition" in prompt:
        rows = max(2, text // 12)
        return [token for _ in range(rows) for token in _row(encode, words)]
    if "QwenVL HTML" in prompt:
        share = PAGE // BLOCKS
        lines = [encode(f'<p data-bbox="{x} {y} {x + 420} {y + 140}">') for x, y in _places()]
        end = encode("</p>")
        middle = [token for line in lines for token in (*line, *words(share), *end)]
        return [*encode("<html><body>"), *middle, *encode("</body></html>")]
    return words(text if "Recognition:" in prompt else PAGE)


def _places() -> list[tuple[int, int]]:
    return [(60 + 460 * column, 50 + 150 * row) for column in range(2) for row in range(BLOCKS // 2)]


def _layout() -> str:
    kinds = ["title", *["text"] * (BLOCKS - 2), "table"]
    return "\n".join(
        f"<|box_start|>{x:03} {y:03} {x + 420:03} {y + 140:03}<|box_end|>"
        f"<|ref_start|>{kind}<|ref_end|><|rotate_up|>"
        for kind, (x, y) in zip(kinds, _places(), strict=True)
    )


def _row(encode: Encode, words: Words) -> list[int]:
    cells = [token for _ in range(4) for token in (*encode("<fcel>"), *words(2))]
    return [*cells, *encode("<nl>")]
