"""Real pages with facts written by hand: ``shared_pages.yaml``, for documents of ``../shared/pdfs``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from benchmarks.layout.facts import Truth

PDFS = Path(__file__).resolve().parents[3] / "shared" / "pdfs"
_FACTS = Path(__file__).with_name("shared_pages.yaml")


def shared_pages(folder: Path = PDFS) -> dict[Path, Truth]:
    """The truth of the documents that are in the folder, by path; {} where there is no such folder."""
    written = yaml.safe_load(_FACTS.read_text(encoding="utf-8"))
    paths = {folder / f"{name}.pdf": facts for name, facts in written.items()}
    return {path: _truth(facts) for path, facts in paths.items() if path.exists()}


def _truth(written: dict[str, Any]) -> Truth:
    truth = Truth(may_have_tables=written.get("tables", True))
    truth.present(*written.get("present", ()))
    truth.absent(*written.get("absent", ()))
    for text in written.get("heading", ()):
        truth.heading(text)
    for texts in written.get("order", ()):
        truth.order(*texts)
    for text, side, other in written.get("cell", ()):
        truth.cell(text, side, other)
    return truth
