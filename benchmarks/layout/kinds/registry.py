"""Kinds of pages by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

from benchmarks.layout.facts import Truth
from benchmarks.layout.kinds import business, mixed, others, papers, printed, scripts, tables, web

KINDS: dict[str, Callable[[Path, Random], Truth]] = {
    "financial": tables.financial,
    "booktabs": tables.booktabs,
    "invoice": tables.invoice,
    "comparison": tables.comparison,
    "register": tables.register_page,
    "form": tables.form,
    "journal": papers.journal,
    "running": papers.running,
    "columns": papers.columns,
    "formulas": papers.formulas,
    "slide": others.slide,
    "exercises": others.exercises,
    "right-to-left": others.hebrew,
    "cyrillic": others.cyrillic,
    "vertical": others.vertical,
    "contents": others.contents,
    "references": others.references,
    "letter": others.letter,
    "boxes": mixed.boxes,
    "cover": mixed.cover,
    "turned-heads": mixed.turned_heads,
    "statistics": mixed.statistics,
    "german-invoice": mixed.german_invoice,
    "mathematics": mixed.mathematics,
    "symbols": mixed.symbols,
    "greek": scripts.greek,
    "korean": scripts.korean,
    "devanagari": scripts.devanagari,
    "balance-sheet": business.balance_sheet,
    "bank-statement": business.bank_statement,
    "timetable": business.timetable,
    "price-list": business.price_list,
    "report": business.report,
    "side-by-side": business.side_by_side,
    "continued": business.continued,
    "article": printed.article,
    "sidebar": printed.sidebar,
    "newspaper": printed.newspaper,
    "exam": printed.exam,
    "index": printed.index,
    "pleading": printed.pleading,
    "listing": printed.listing,
    "bilingual": printed.bilingual,
    "panels": printed.panels,
    "drawn-contents": web.drawn_contents,
    "data-sheet": web.data_sheet,
    "poster": web.poster,
    "laboratory": web.laboratory,
    "magazine": web.magazine,
    "resume": web.resume,
}

BROWSER = ("drawn-contents", "data-sheet", "poster", "laboratory", "magazine", "resume")
"""Kinds that a browser prints: left out where none is installed."""

FONTS = {"korean": "NanumGothic", "devanagari": "Lohit-Devanagari"}
"""Kinds whose fonts are not in the image of the tests, and a font that they need."""
