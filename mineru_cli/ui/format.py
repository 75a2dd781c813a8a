"""Formats for people: counts, rates, durations, sizes, clock times, a run's end. Unknown is a dash."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from mineru_cli.domain.events import EndReason

SUFFIXES_NAMED = 10
UNKNOWN = "–"


def count(number: float | None) -> str:
    """``1234`` is ``1,234``."""
    return UNKNOWN if number is None else f"{number:,.0f}"


def estimate(number: float) -> str:
    """An approximate count with at most three significant digits: ``48,621`` is ``~48,600``."""
    step = 10 ** max(0, len(str(int(number))) - 3)
    return f"~{round(number / step) * step:,.0f}"


def counted(number: int, noun: str) -> str:
    """``1 page``, ``2 pages``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def from_before(earlier: int) -> str:
    """Number of partial and failed documents that this run did not try; empty for none."""
    return f"{count(earlier)} partial or failed in an earlier run, not tried again" if earlier else ""


def unsupported(by_suffix: Mapping[str, int]) -> str:
    """``3 files of unsupported types: .heic 2, .docx 1``."""
    most = sorted(by_suffix.items(), key=lambda item: (-item[1], item[0]))
    named = ", ".join(f"{suffix} {number:,}" for suffix, number in most[:SUFFIXES_NAMED])
    rest = f" and {len(most) - SUFFIXES_NAMED} more types" if len(most) > SUFFIXES_NAMED else ""
    return f"{counted(sum(by_suffix.values()), 'file')} of unsupported types: {named}{rest}"


def rate(number: float | None) -> str:
    """A rate with fewer decimals the larger it is: ``0.42``, ``4.2``, ``42``, ``4,200``."""
    if number is None:
        return UNKNOWN
    if number >= 20:
        return f"{number:,.0f}"
    return f"{number:.1f}" if number >= 1 or number == 0 else f"{number:.2f}"


def percent(share: float | None) -> str:
    """A share of 0-1: ``92 %``."""
    return UNKNOWN if share is None else f"{share * 100:.0f} %"


def size(number: float | None) -> str:
    """Bytes in binary units: ``1.2 GiB``."""
    if number is None:
        return UNKNOWN
    for unit in ("B", "KiB", "MiB", "GiB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if number >= 10 or unit == "B" else f"{number:.1f} {unit}"
        number /= 1024
    return f"{number:,.1f} TiB"


def duration(seconds: float | None) -> str:
    """The two largest units: ``42 s``, ``3 min 20 s``, ``1 h 12 min``, ``3 d 4 h``."""
    if seconds is None:
        return UNKNOWN
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60:02} min"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"


def elapsed(seconds: float) -> str:
    """A stopwatch: ``0:42``, ``1:12:05``."""
    whole = max(0, int(seconds))
    minutes = f"{whole // 60 % 60:02}" if whole >= 3600 else f"{whole // 60}"
    return f"{whole // 3600}:{minutes}:{whole % 60:02}" if whole >= 3600 else f"{minutes}:{whole % 60:02}"


def moment(at: float | None) -> str:
    """Local date and time of a Unix time: ``2026-11-28 12:03 UTC``."""
    return UNKNOWN if at is None else datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M %Z")


def clock(at: float) -> str:
    """Local time of day of a Unix time: ``12:03:04``."""
    return datetime.fromtimestamp(at).astimezone().strftime("%H:%M:%S")


def finished(exit_code: int, reason: EndReason, *, failures: str = "finished with failures") -> str:
    """How a finished run ended. ``failures`` are the view's words for more failures than allowed."""
    if not exit_code:
        return "finished"
    words: dict[EndReason, str] = {
        "failures": failures,
        "rollout-reverted": "finished, but the rollout was reverted",
        "record-incomplete": "finished, but its record is incomplete",
    }
    return words.get(reason, f"finished with exit code {exit_code}")
