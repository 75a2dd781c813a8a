"""Two folders of output, file by file: the rows of the table, and every difference by its kind."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

OURS_ALONE = frozenset({"extra", "source", "flaw", "failure", "fallback"})
"""Keys that we add to MinerU's."""
_EXTRA = "<!-- mineru-batch: extra -->"


@dataclass
class Row:
    """``same`` of ``total`` things are equal; ``differences`` are the others, by kind, with examples."""

    name: str
    required: float
    same: int = 0
    total: int = 0
    differences: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)

    @property
    def share(self) -> float:
        return self.same / self.total if self.total else 1.0

    @property
    def met(self) -> bool:
        return self.share >= self.required

    def differ(self, kind: str, example: str) -> None:
        self.differences[kind] += 1
        kept = self.examples.setdefault(kind, [])
        if len(kept) < 3:
            kept.append(example)


def compare(theirs: Path, ours: Path, stems: Sequence[str]) -> list[Row]:
    """All rows over these documents."""
    rows = {
        "items": Row("content_list items equal, boxes left out", 0.99),
        "boxes": Row("content_list boxes equal", 1.0),
        "lines": Row("Markdown lines equal", 0.99),
        "middle": Row("middle blocks equal (type, box, text)", 0.99),
        "whole": Row("middle blocks equal, every key", 0.99),
        "model": Row("model blocks equal", 0.99),
        "v2": Row("content_list_v2 items equal", 0.99),
        "images": Row("image files of the same name and size", 0.99),
    }
    for stem in stems:
        a, b = theirs / stem / "vlm", ours / stem / "vlm"
        _content_lists(rows, _load(a, stem, "content_list"), _load(b, stem, "content_list"), stem)
        _sequence(
            rows["lines"],
            (a / f"{stem}.md").read_text(encoding="utf-8").split("\n"),
            _without_extra((b / f"{stem}.md").read_text(encoding="utf-8")).split("\n"),
            stem,
            lambda line: "blank line" if not line else "line",
        )
        _middle(rows, _load(a, stem, "middle"), _load(b, stem, "middle"), stem)
        _pages(rows["model"], _load(a, stem, "model"), _load(b, stem, "model"), stem)
        _pages(rows["v2"], _load(a, stem, "content_list_v2"), _load(b, stem, "content_list_v2"), stem)
        _images(rows["images"], a / "images", b / "images", stem)
    return list(rows.values())


def _load(folder: Path, stem: str, what: str) -> Any:
    return json.loads((folder / f"{stem}_{what}.json").read_text(encoding="utf-8"))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if key not in OURS_ALONE}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _content_lists(rows: dict[str, Row], a: list[Any], b: list[Any], where: str) -> None:
    b = [item for item in b if not item.get("extra")]
    boxes = [[(item["page_idx"], item.get("bbox")) for item in side] for side in (a, b)]
    _sequence(rows["boxes"], *boxes, where, lambda _: "box")
    bare = [[{k: v for k, v in _plain(item).items() if k != "bbox"} for item in side] for side in (a, b)]
    _sequence(rows["items"], *bare, where, _kind)


def _kind(item: Any) -> str:
    return str(item.get("type")) if isinstance(item, dict) else "value"


def _sequence(row: Row, a: list[Any], b: list[Any], where: str, kind: Any) -> None:
    keys_a, keys_b = [[json.dumps(one, sort_keys=True) for one in side] for side in (a, b)]
    row.total += max(len(a), len(b))
    for tag, a0, a1, b0, b1 in SequenceMatcher(None, keys_a, keys_b, autojunk=False).get_opcodes():
        if tag == "equal":
            row.same += a1 - a0
            continue
        for offset in range(max(a1 - a0, b1 - b0)):
            left = a[a0 + offset] if a0 + offset < a1 else None
            right = b[b0 + offset] if b0 + offset < b1 else None
            row.differ(
                _label(left, right, kind),
                f"{where}\n      MinerU: {_short(left)}\n      ours:   {_short(right)}",
            )


def _label(left: Any, right: Any, kind: Any) -> str:
    if left is None or right is None:
        return f"{kind(right if left is None else left)}: only {'ours' if left is None else 'MinerU'}"
    if isinstance(left, dict) and isinstance(right, dict):
        keys = sorted(key for key in left.keys() | right.keys() if left.get(key) != right.get(key))
        return f"{kind(left)}: {', '.join(keys)}"
    return kind(left)


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) < 600 else text[:600] + "..."


def _without_extra(markdown: str) -> str:
    blocks = markdown.split("\n\n")
    kept = [
        block
        for number, block in enumerate(blocks)
        if block != _EXTRA and not (number and blocks[number - 1] == _EXTRA)
    ]
    return "\n\n".join(kept)


def _middle(rows: dict[str, Row], a: Any, b: Any, where: str) -> None:
    for page_a, page_b in zip(a["pdf_info"], b["pdf_info"], strict=True):
        place = f"{where} page {page_a['page_idx']}"
        if page_a["page_size"] != page_b["page_size"]:
            rows["middle"].differ("page_size", f"{place}: {page_a['page_size']} {page_b['page_size']}")
        for key in ("preproc_blocks", "para_blocks", "discarded_blocks"):
            sides = [_plain(page[key]) for page in (page_a, page_b)]
            _sequence(rows["whole"], *sides, f"{place} {key}", _kind)
            seen = [[_seen(block) for block in side] for side in sides]
            _sequence(rows["middle"], *seen, f"{place} {key}", _kind)


def _seen(block: Any) -> Any:
    return {
        "type": block["type"],
        "bbox": block["bbox"],
        "text": "".join(_texts(block)),
        "blocks": [_seen(inner) for inner in block.get("blocks", ())],
    }


def _texts(block: Any) -> Iterator[str]:
    for line in block.get("lines", ()):
        for span in line["spans"]:
            yield str(span.get("content", span.get("html", "")) or "")


def _pages(row: Row, a: list[Any], b: list[Any], where: str) -> None:
    for number, (page_a, page_b) in enumerate(zip(a, b, strict=True)):
        page_b = [block for block in page_b if not block.get("extra")]
        _sequence(row, _plain(page_a), _plain(page_b), f"{where} page {number}", _kind)


def _images(row: Row, a: Path, b: Path, where: str) -> None:
    from PIL import Image

    def sizes(folder: Path) -> dict[str, tuple[int, int]]:
        found = {}
        for path in folder.glob("*"):
            with Image.open(path) as image:
                found[path.name] = image.size
        return found

    left, right = sizes(a), sizes(b)
    for name in left.keys() | right.keys():
        row.total += 1
        if left.get(name) == right.get(name):
            row.same += 1
        else:
            row.differ("image", f"{where} {name}: {left.get(name)} {right.get(name)}")


def requests_row(theirs: dict[str, int], ours: dict[str, int]) -> Row:
    """Questions with their sampling, as sets that count."""
    row = Row("requests equal (question, picture, sampling)", 1.0)
    left, right = Counter(theirs), Counter(ours)
    row.same = (left & right).total()
    row.total = max(left.total(), right.total())
    for name, one in (("only MinerU", left - right), ("only ours", right - left)):
        for question, count in one.items():
            row.differ(name, f"{count} x {question[:300]}")
    return row


def report(rows: list[Row], *, examples: bool = True) -> Iterator[str]:
    """The table, and below it the differences."""
    for row in rows:
        mark = "ok " if row.met else "NO "
        yield f"{mark} {row.name:50} {row.share * 100:7.2f} %  ({row.same} of {row.total}, required {row.required * 100:g} %)"
    for row in rows:
        if not row.differences:
            continue
        yield f"\n{row.name}:"
        for kind, count in row.differences.most_common():
            yield f"  {count:4} x {kind}"
            for example in row.examples.get(kind, ()) if examples else ():
                yield f"    - {example}"
