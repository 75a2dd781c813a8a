"""The numerals of a page, as a multiset: a misread digit is easily missed in prose."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

_NUMERAL = re.compile(r"(?<![\w.,)\]}-])-?\d+(?:[.,]\d+)*|\d+(?:[.,]\d+)*")


@dataclass(frozen=True, slots=True)
class NumberChange:
    """Changes of the numerals.

    ``changed`` counts numerals that changed, vanished or appeared; one that vanished and one that appeared
    make one change. ``total`` is the size of the larger multiset. ``gone`` and ``new`` list them separated by
    spaces: for thousands of documents, strings take a tenth of the memory.
    """

    total: int = 0
    changed: int = 0
    gone: str = ""
    new: str = ""

    @property
    def vanished(self) -> tuple[str, ...]:
        """Numerals that only the base has."""
        return tuple(self.gone.split())

    @property
    def appeared(self) -> tuple[str, ...]:
        """Numerals that only the run has."""
        return tuple(self.new.split())

    @property
    def share(self) -> float:
        """Changed numerals as a share of all, 0 where there are none."""
        return self.changed / self.total if self.total else 0.0

    def shortened(self, most: int) -> NumberChange:
        """The same counts with at most ``most`` numerals listed."""
        gone, new = (" ".join(listed[:most]) for listed in (self.vanished, self.appeared))
        return NumberChange(self.total, self.changed, gone, new)


def sum_changes(changes: Sequence[NumberChange]) -> NumberChange:
    """Sum over pages. A numeral that moved to another page counts as changed on both."""
    return NumberChange(
        sum(change.total for change in changes),
        sum(change.changed for change in changes),
        " ".join(filter(None, (change.gone for change in changes))),
        " ".join(filter(None, (change.new for change in changes))),
    )


def counted(count: int, noun: str) -> str:
    """A number with its noun: "1 page", "2 pages"."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def numerals(text: str) -> Counter[str]:
    """Numerals of ``text`` (in norm-v1) with their sign, decimal points and grouping."""
    return Counter(_NUMERAL.findall(text))


def compare_numerals(base: Counter[str], run: Counter[str]) -> NumberChange:
    """The difference of two multisets."""
    if base == run:
        return NumberChange(sum(base.values()))
    gone, new = (sorted(listed.elements()) for listed in (base - run, run - base))
    total = max(sum(base.values()), sum(run.values()))
    return NumberChange(total, max(len(gone), len(new)), " ".join(gone), " ".join(new))
