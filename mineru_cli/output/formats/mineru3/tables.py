"""A table's HTML as it stands in Markdown and content lists."""

from __future__ import annotations

import re
from html import unescape

from mineru_cli.output import names

_FORMULA = re.compile(r"<eq>(.*?)</eq>", re.DOTALL)
_PICTURE = re.compile(r'src="(?!data:)(?!images/)([^"]+)"')


def table_html(html: str) -> str:
    """Formulas in dollars, with a space on either side; pictures with their folder."""
    html = _PICTURE.sub(lambda found: f'src="{names.IMAGES}/{found[1]}"', html)
    return _FORMULA.sub(lambda found: f" ${unescape(found[1])}$ ", html)
