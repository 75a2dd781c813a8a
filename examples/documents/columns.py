"""The lighting columns of the report: a table of two pages, derived by rule and not by chance."""

from __future__ import annotations

_STREETS = (
    ("Old Mole", 8, 8.0, 45),
    ("Custom House Quay", 9, 9.0, 60),
    ("Herring Steps", 4, 5.0, 24),
    ("Coal Basin", 6, 9.0, 60),
    ("Chandlers Row", 8, 6.0, 32),
    ("Bell Street", 6, 6.0, 32),
    ("Ferry Terminal", 5, 10.0, 72),
)
_WALL_LIMIT = 67  # percent of the original wall


def _wall(number: int) -> int:
    """Remaining wall in percent, scattered evenly between 61 and 97."""
    return 61 + (number * 29 + number * number * 11 + number**3) % 37


def _rows() -> tuple[tuple[str, ...], ...]:
    rows = [("Column", "Street", "Height (m)", "Lamp (W)", "Wall (%)", "Action")]
    number = 0
    for street, count, height, watts in _STREETS:
        for _ in range(count):
            number += 1
            wall = _wall(number)
            action = "replaced" if wall < _WALL_LIMIT else "refurbished"
            rows.append((str(number), street, f"{height:.1f}", str(watts), str(wall), action))
    return tuple(rows)


COLUMNS = _rows()
