"""Text that runs in circles, which is how small models fail."""

from __future__ import annotations

_LONGEST_UNIT = 1_000
_FEWEST_TIMES = 4
_SHORTEST_TAIL = 60


def without_repeated_tail(text: str) -> str:
    """The text with a tail that repeats itself cut down to its first occurrence; as it is when none does.

    A tail counts when it is one unit of up to 1,000 characters at least four times over and is at least 60
    characters long. The last unit may be incomplete: generations are cut anywhere.
    """
    unit = _unit_of_tail(text)
    if not unit:
        return text
    start = len(text) - unit
    while start > 0 and text[start - 1] == text[start - 1 + unit]:
        start -= 1
    return text[: start + unit]


def _unit_of_tail(text: str) -> int:
    for unit in range(1, min(_LONGEST_UNIT, len(text) // _FEWEST_TIMES) + 1):
        tail = text[-max(unit * _FEWEST_TIMES, _SHORTEST_TAIL) :]
        if len(tail) >= _SHORTEST_TAIL and tail[unit:] == tail[:-unit]:
            return unit
    return 0
