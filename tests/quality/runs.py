"""Synthetic output folders in MinerU's layout, and documents to fill them with."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path

WORDS = [
    "The",
    "annual",
    "survey",
    "of",
    "coastal",
    "stations",
    "shows",
    "a",
    "steady",
    "rise",
    "of",
    "water",
    "levels",
    "over",
    "the",
    "whole",
    "period.",
    "Measurements",
    "were",
    "taken",
    "every",
    "hour",
    "by",
    "automatic",
    "gauges",
    "and",
    "checked",
    "twice",
    "a",
    "week",
    "by",
    "hand.",
    "Where",
    "an",
    "instrument",
    "failed",
    "the",
    "gap",
    "was",
    "filled",
    "from",
    "the",
    "two",
    "nearest",
    "stations",
    "after",
    "correction.",
    "Temperature",
    "and",
    "salinity",
    "were",
    "recorded",
    "beside",
    "the",
    "level",
    "and",
    "are",
    "given",
    "in",
    "the",
    "second",
    "part.",
    "All",
    "figures",
    "are",
    "means",
    "over",
    "one",
    "month",
    "unless",
    "a",
    "table",
    "says",
    "otherwise",
    "in",
    "its",
    "heading.",
]


def paragraph(seed: int, words: int = 45) -> str:
    """Prose with a few numerals that differ from paragraph to paragraph."""
    text = [WORDS[(seed * 7 + i * (1 + seed % 5)) % len(WORDS)] for i in range(words)]
    text[5] = f"{seed * 13 + 7}.{seed % 10}5"
    text[20] = str(1900 + seed % 120)
    text[33] = f"{seed % 17 + 1},{100 + seed % 900}"
    return " ".join(text) + "."


def table(seed: int, rows: int = 6, columns: int = 4) -> str:
    """An HTML table of decimals under a header."""
    head = "".join(f"<td>Column {c + 1}</td>" for c in range(columns))
    body = "".join(
        "<tr>"
        + "".join(f"<td>{(seed * 31 + r * 17 + c * 5) % 900}.{(r + c) % 10}</td>" for c in range(columns))
        + "</tr>"
        for r in range(rows)
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def page(seed: int, index: int) -> list[dict]:
    """A page of two columns: heading, six paragraphs, a table and a formula."""
    items = [
        {"type": "header", "text": f"Running head {index}", "bbox": [100, 20, 900, 40]},
        {
            "type": "text",
            "text": f"Section {seed}: results and discussion",
            "text_level": 1,
            "bbox": [100, 60, 480, 90],
        },
    ]
    for i in range(6):
        left, top = (100, 100 + i * 200) if i < 3 else (520, 100 + (i - 3) * 200)
        items.append(
            {"type": "text", "text": paragraph(seed * 10 + i), "bbox": [left, top, left + 380, top + 180]}
        )
    items.append(
        {
            "type": "table",
            "img_path": "images/x.jpg",
            "table_caption": [f'Table {seed}. Monthly means of "levels" – all stations'],
            "table_footnote": [],
            "table_body": table(seed),
            "bbox": [100, 720, 480, 900],
        }
    )
    items.append(
        {
            "type": "equation",
            "text": f"$$\nE_{{{seed}}} = \\left( m c^2 + {seed} \\right) \\quad \\mathrm{{kg}}\n$$",
            "text_format": "latex",
            "bbox": [520, 720, 900, 800],
        }
    )
    items.append({"type": "page_number", "text": str(index + 1), "bbox": [490, 960, 510, 980]})
    return [{**item, "page_idx": index} for item in items]


def document(seed: int, pages: int = 2) -> list[dict]:
    """The content list of one document."""
    return [item for index in range(pages) for item in page(seed * 10 + index, index)]


class Run:
    """A run folder to be: documents by path, edited before they are written."""

    def __init__(self, documents: dict[str, list[dict]]) -> None:
        self.documents = documents
        self.page_counts = {
            path: 1 + max((i["page_idx"] for i in items), default=0) for path, items in documents.items()
        }
        self.failed: dict[str, str] = {}
        self.settings: dict[str, object] = {"pages": None}

    def copy(self) -> Run:
        """The same run, to be damaged."""
        return deepcopy(self)

    def texts(self, path: str, page: int | None = None) -> list[dict]:
        """The plain paragraphs of a document."""
        return [
            item
            for item in self.documents[path]
            if item["type"] == "text" and "text_level" not in item and page in (None, item["page_idx"])
        ]

    def of_type(self, path: str, kind: str) -> list[dict]:
        """The items of one type."""
        return [item for item in self.documents[path] if item["type"] == kind]

    def write(self, root: Path) -> Path:
        """Write it as mineru-batch would."""
        for path, items in self.documents.items():
            folder = root / path / "vlm"
            folder.mkdir(parents=True)
            stem = Path(path).name
            (folder / f"{stem}_content_list.json").write_text(json.dumps(items))
            model = [[] for _ in range(self.page_counts.get(path, 0))]
            (folder / f"{stem}_model.json").write_text(json.dumps(model))
            (folder / f"{stem}.md").write_text("\n\n".join(str(i.get("text", "")) for i in items))
        state = root / ".mineru-batch"
        state.mkdir(parents=True, exist_ok=True)
        (state / "run.json").write_text(
            json.dumps({"schema": "mineru-batch/run/1", "settings": self.settings, "server": {"model": "m"}})
        )
        lines = [
            json.dumps(
                {"path": f"/in/{path}.pdf", "key": path, "status": "failed", "code": "x", "message": why}
            )
            for path, why in self.failed.items()
        ]
        (state / "failures.jsonl").write_text("".join(line + "\n" for line in lines))
        return root


def make_run(documents: int = 6, pages: int = 2) -> Run:
    """A run of some documents in two folders."""
    return Run(
        {f"{'even' if n % 2 == 0 else 'odd'}/doc{n:02d}": document(n, pages) for n in range(documents)}
    )
