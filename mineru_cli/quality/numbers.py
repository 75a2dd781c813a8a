"""The numerals of a page, as a multiset: a digit read wrong is the error nobody sees in prose."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

_NUMERAL = re.compile(r"(?<![\w.,)\]}-])-?\d+(?:[.,]\d+)*|\d+(?:[.,]\d+)*")


@dataclass(frozen=True, slots=True)
class NumberChange:
    """What became of the numerals.

    ``changed`` counts numerals changed, vanished or appeared: a changed one, which is one that vanished and
    one that appeared, counts once. ``total`` is the size of the larger multiset.
    """

    total: int = 0
    vanished: tuple[str, ...] = ()
    appeared: tuple[str, ...] = ()
    changed: int = 0

    @property
    def share(self) -> float:
        """Changed numerals as a share of all, 0 where there are none."""
        return self.changed / self.total if self.total else 0.0

    def shortened(self, most: int) -> NumberChange:
        """The same counts with at most so many numerals listed."""
        return NumberChange(self.total, self.vanished[:most], self.appeared[:most], self.changed)


def numerals(text: str) -> Counter[str]:
    """Numerals of ``text`` (in norm-v1) with their sign, decimal points and grouping."""
    return Counter(_NUMERAL.findall(text))


def compare_numerals(base: Counter[str], run: Counter[str]) -> NumberChange:
    """The difference of two multisets."""
    if base == run:
        return NumberChange(sum(base.values()))
    vanished, appeared = tuple(sorted((base - run).elements())), tuple(sorted((run - base).elements()))
    total = max(sum(base.values()), sum(run.values()))
    return NumberChange(total, vanished, appeared, max(len(vanished), len(appeared)))
