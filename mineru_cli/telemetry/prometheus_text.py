"""Prometheus' text format: the only parser of ``/metrics`` pages."""

from __future__ import annotations

import math
import re
from collections.abc import Container, Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


class Sample(NamedTuple):
    """One line: ``name`` without the prefix, and a finite ``value``."""

    name: str
    label_text: str
    value: float

    @property
    def labels(self) -> Mapping[str, str]:
        """Label values by name, as written: escapes are kept."""
        return _labels(self.label_text)


def samples(page: str, prefix: str, names: Container[str] | None = None) -> Iterator[Sample]:
    """The samples of series whose names begin with ``prefix``; of those in ``names``, if given.

    Skips comments, values that are not finite numbers, and lines that cannot be parsed. Labels may hold
    blanks and braces, and a timestamp may follow the value.
    """
    for line in page.splitlines():
        if not line.startswith(prefix):
            continue
        head, brace, tail = line.partition("{")
        label_text = ""
        if brace:
            label_text, brace, tail = tail.rpartition("}")
            if not brace:
                continue
        else:
            head, *words = line.split(None, 1)
            tail = "".join(words)
        name = head[len(prefix) :].rstrip()
        if names is not None and name not in names:
            continue
        value = _number(tail)
        if value is not None:
            yield Sample(name, label_text, value)


@lru_cache(maxsize=8192)
def _labels(text: str) -> Mapping[str, str]:
    """Cached across scrapes: a server's labels hardly change between them."""
    return MappingProxyType(dict(_LABEL.findall(text)))


def _number(tail: str) -> float | None:
    """The first word as a finite number."""
    try:
        value = float(tail.split(None, 1)[0])
    except (IndexError, ValueError):
        return None
    return value if math.isfinite(value) else None
