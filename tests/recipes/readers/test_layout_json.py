from __future__ import annotations

from mineru_cli.recipes.readers.layout_json import LayoutJsonReader
from mineru_cli.recipes.readers.reader import SeenPage


def test_an_escaped_character_beyond_the_basic_plane_is_one_also_in_a_cut_reply():
    cut = '[{"bbox": [10, 20, 300, 40], "category": "Text", "text": "good \\ud83d\\ude00 morn'
    assert [one.content for one in LayoutJsonReader().blocks(cut, SeenPage(1000, 1000), 9)] == [
        "good 😀 morn"
    ]
