"""Replies in the documented form of each reader's models, and the words that must come out of each."""

from __future__ import annotations

TABLE = "<table><tr><td>alpha</td><td>beta</td></tr></table>"

REPLIES: dict[str, list[str]] = {
    "markdown": [
        "# Title\n\nSome text",
        "- one\n- two",
        "| a | b |\n|---|---|\n| c | d |",
        f"before\n\n{TABLE}\n\nafter",
        "$$\nx^2\n$$",
        "```py\nprint(1)\n```",
        "![image](image_1.png)100,200,300,400\n\nbelow",
        "<page_number>14</page_number>\n\nText",
        "> quoted text",
        "1. first\n2. second\n\nlast",
    ],
    "front-matter": [
        "---\nprimary_language: en\nis_rotation_valid: True\nrotation_correction: 0\nis_table: False\nis_diagram: False\n---\nText here",
        "---\nprimary_language: null\nis_rotation_valid: True\nrotation_correction: 0\nis_table: False\nis_diagram: True\n---\n![A map](page_10_20_30_40.png)",
        "---\nprimary_language: de\nis_rotation_valid: False\nrotation_correction: 90\nis_table: False\nis_diagram: False\n---\nturned",
        "no front matter at all",
        "---\ntitle: a paper\n---\nthe text keeps what is not olmOCR's",
        f"---\nprimary_language: en\nis_rotation_valid: True\nrotation_correction: 0\nis_table: True\nis_diagram: False\n---\n{TABLE}",
        "---\nprimary_language: en\nis_rotation_valid: True\n",
        "---\n\n---\nrule above",
        "# Heading\n\n---\n\nbelow the rule",
        "---\nprimary_language: en\n---\n# Title\n\ntext",
    ],
    "grounding": [
        "<|ref|>title<|/ref|><|det|>[[100, 50, 900, 90]]<|/det|>\n# The title\n\n<|ref|>text<|/ref|><|det|>[[100, 100, 900, 300]]<|/det|>\nSome text",
        f"<|ref|>table<|/ref|><|det|>[[100, 100, 900, 300]]<|/det|>\n{TABLE}",
        "<|ref|>image<|/ref|><|det|>[[100, 100, 900, 300]]<|/det|>\n\n<|ref|>image_caption<|/ref|><|det|>[[100, 310, 900, 330]]<|/det|>\nFigure one",
        "<|det|>text [100, 100, 900, 300]<|/det|>native form\n<|det|>title [100, 10, 900, 30]<|/det|>Heading",
        "<|ref|>equation<|/ref|><|det|>[[100, 100, 900, 300]]<|/det|>\n\\[ a = b \\]",
        "<|ref|>sub_title<|/ref|><|det|>[[100, 100, 900, 300]]<|/det|>\n## Section two",
        "<|ref|>text<|/ref|><|det|>[[100, 100, 400, 900], [500, 100, 900, 300]]<|/det|>\nover two columns",
        "loose words\n<|ref|>text<|/ref|><|det|>[[1, 2, 3, 4]]<|/det|>\nplaced words",
        "plain Markdown without any mark",
        "<|ref|>list<|/ref|><|det|>[[100, 100, 900, 300]]<|/det|>\n- first\n- second",
    ],
    "layout-json": [
        '[{"bbox": [10, 20, 300, 40], "category": "Title", "text": "# The title"}]',
        '[{"bbox": [10, 20, 300, 40], "category": "Text", "text": "some **text**"}, {"bbox": [10, 50, 300, 90], "category": "Picture"}]',
        '```json\n[{"bbox": [10, 20, 300, 40], "category": "Section-header", "text": "## Part"}]\n```',
        '[{"bbox": [10, 20, 300, 40], "category": "Table", "text": "<table><tr><td>alpha</td></tr></table>"}]',
        '[{"bbox": [10, 20, 300, 40], "category": "Formula", "text": "a = \\\\frac{b}{c}"}]',
        '{"layout": [{"bbox": [10, 20, 300, 40], "category": "text", "text": "inside an object"}]}',
        '[{"bbox": [10, 20, 300, 40], "category": "List-item", "text": "- point"}]',
        '[{"bbox": [10, 20, 300, 40], "category": "Caption", "text": "Table one"}, {"bbox": [10, 50, 300, 90], "category": "Table", "text": "<table><tr><td>beta</td></tr></table>"}]',
        '[{"bbox": [10, 20, 300, 40], "category": "Page-footer", "text": "7"}]',
        '[{"bbox": [10, 20, 300, 40], "category": "Footnote", "text": "note"}, {"bbox": [1, 1, 2, 2], "category": "Unheard-of", "text": "kept"}]',
    ],
    "doctags": [
        "<doctag><title><loc_58><loc_44><loc_426><loc_61>The title</title></doctag>",
        "<doctag><text><loc_58><loc_44><loc_426><loc_91>Some text</text></doctag>",
        "<doctag><section_header_level_1><loc_58><loc_44><loc_426><loc_91>Part one</section_header_level_1></doctag>",
        "<doctag><otsl><loc_10><loc_20><loc_300><loc_200><ched>Name<ched>Sum<nl><fcel>alpha<fcel>42<nl></otsl></doctag>",
        "<doctag><otsl><loc_10><loc_20><loc_300><loc_200><caption><loc_1><loc_2><loc_30><loc_40>Table one</caption><fcel>alpha<ecel><nl></otsl></doctag>",
        "<doctag><picture><loc_10><loc_20><loc_300><loc_200><photograph><caption>Figure one</caption></picture></doctag>",
        "<doctag><unordered_list><list_item><loc_1><loc_2><loc_30><loc_40>one</list_item><list_item><loc_1><loc_42><loc_30><loc_80>two</list_item></unordered_list></doctag>",
        "<doctag><code><loc_1><loc_2><loc_30><loc_40><_Python_>x = 1</code></doctag>",
        "<doctag><formula><loc_1><loc_2><loc_30><loc_40>a = b</formula><page_footer><loc_1><loc_2><loc_3><loc_4>7</page_footer></doctag>",
        "<doctag><text><loc_1><loc_2><loc_30><loc_40>first</text><page_break>loose words</doctag>",
    ],
    "html": [
        '<h1 data-bbox="10 20 300 40">The title</h1>',
        '<p data-bbox="10 20 300 40">Some <b>bold</b> text</p>',
        '<div data-bbox="1 2 30 40" data-label="Text"><p>one</p><p>two</p></div>',
        '<div data-bbox="1 2 30 40" data-label="Table"><table><caption>Sums</caption><tr><td>alpha</td></tr></table></div>',
        '<div data-bbox="1 2 30 40" data-label="Equation-Block"><math display="block">a = b</math></div>',
        '<ul data-bbox="1 2 30 40">head<li>one</li>between<li>two</li>tail</ul>',
        '<div data-bbox="1 2 30 40" data-label="Image"><img alt="A bridge"/>over water</div>',
        '<div data-bbox="1 2 30 40" data-label="Table-Of-Contents"><ol><li>Start</li></ol></div>',
        '<pre data-bbox="1 2 30 40">x = 1</pre>',
        '<div class="formula" data-bbox="1 2 30 40">$$a$$</div>loose words',
    ],
}

BROKEN: dict[str, list[str]] = {
    "markdown": ["# T\n\n<table><tr><td>cut", "$$ never closed", "same line\n" * 40],
    "front-matter": [
        "---\nprimary_language: en\nis_rotation_valid: Fal",
        "---\n" * 30,
        "--- not a front matter",
    ],
    "grounding": [
        "<|ref|>text<|/ref|><|det|>[[1, 2, 3",
        "<|ref|>text<|/ref|><|det|>[[9, 9, 9, 9]]<|/det|>\n" * 30 + "end",
        "<|ref|>table<|/ref|><|det|>[[1, 2, 300, 400]]<|/det|>\n<table><tr><td>cut in a cell",
        "<|ref|>table<|/ref|><|det|>[[100, 100, 900, 300]]<|/det|>\nbefore <table><tr><td>alpha</td></tr></table> between <table><tr><td>beta</td></tr></table> after",
    ],
    "layout-json": [
        '[{"bbox": [10, 20, 300, 40], "category": "Text", "text": "whole"}, {"bbox": [10, 50, 300, 90], "category": "Text", "text": "cut in the mid',
        '[{"bbox": [10, 20, 300, 40], "category": "Text", "text": "bad \\escape kept"}, {"bbox": [10, 50, 300, 60], "category": "Text", "text": "next"}]',
        '[{"bbox": [10, 20, 300], "category": 7, "text": "three numbers"}]',
        '{"bbox": [10, 20, 300, 40], "category": "Text", "text": "first line"}\n{"bbox": [10, 50, 300, 90], "category": "Text", "text": "second line"}',
        '[1] [{"bbox": [10, 20, 300, 40], "category": "Text", "text": "after another list"}]',
        '[{"bbox": [10, 20, 300, 40], "category": "Table", "text": "before <table><tr><td>alpha</td></tr></table> between <table><tr><td>beta</td></tr></table> after"}]',
    ],
    "doctags": [
        "<doctag><text><loc_1><loc_2><loc_30><loc_40>cut in the mid",
        "<doctag><otsl><loc_1><loc_2><loc_30><loc_40><fcel>alpha<fcel>be",
        "<doctag><list_item><loc_1><loc_2>odd place</list_item>" + "<text>again</text>" * 20,
    ],
    "html": [
        '<p data-bbox="1 2 30 40">cut in the mid',
        '<div data-bbox="1 2 30 40" data-label="Table"><table><tr><td>alpha',
        '<div data-bbox="1 2 30" data-label="Text">three numbers</div>' * 20,
        '<div class="chart" data-bbox="10 20 300 400">Sales of <b>all</b> shops<img data-bbox="10 20 300 300"/>per year<table><tr><td>alpha</td></tr></table>in euros</div>',
    ],
}
"""Replies that were cut, repeat themselves, or are malformed."""
