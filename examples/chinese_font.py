"""Cuts the committed Chinese font down to the characters of the Chinese example.

Needed only after `documents/chinese.py` gained a character. The source is
WenQuanYi Micro Hei (Apache-2.0 or GPL-3+ with font exception; used here under
Apache-2.0). On Debian or Ubuntu: `apt-get install fonts-wqy-microhei`, then

    python examples/chinese_font.py /usr/share/fonts/truetype/wqy/wqy-microhei.ttc
"""

from __future__ import annotations

import string
import sys
from pathlib import Path

from documents import chinese
from fontTools import subset
from fontTools.ttLib import TTFont
from markdown import to_markdown

SUBSET = Path(__file__).parent / "fonts" / "wqy-microhei-subset.ttf"


def missing(font: Path = SUBSET) -> str:
    """The characters of the Chinese example that `font` cannot draw, in code point order."""
    with TTFont(font, lazy=True) as opened:
        drawable = set(opened.getBestCmap())
    return "".join(
        sorted(c for c in set(to_markdown(chinese.BLOCKS)) if ord(c) not in drawable and c != "\n")
    )


def cut(source: Path, target: Path = SUBSET) -> None:
    """Write the subset of the first face of `source` (a TTF or TTC file) to `target`."""
    font = TTFont(source, fontNumber=0, recalcTimestamp=False)
    options = subset.Options()
    options.hinting = False
    options.layout_features = []
    options.notdef_outline = True
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=to_markdown(chinese.BLOCKS) + string.printable)
    subsetter.subset(font)
    font.save(target)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    cut(Path(sys.argv[1]))
