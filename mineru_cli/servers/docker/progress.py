"""Progress of a launch as values, consumed by the command line, runs and tests alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Phase = Literal["check", "pull", "create", "load", "compile", "warm-up", "ready"]
PHASES: tuple[Phase, ...] = ("check", "pull", "create", "load", "compile", "warm-up", "ready")

WAITS_FOR: dict[Phase, str] = {
    "check": "looking at Docker, GPU, disk and port",
    "pull": "getting the image",
    "create": "creating the container",
    "load": "downloading and loading the model's weights",
    "compile": "compiling the model (kept for the next start)",
    "warm-up": "measuring memory, recording CUDA graphs, opening the port",
    "ready": "proving the model's name and one small request",
}


@dataclass(frozen=True, slots=True)
class PhaseBegan:
    """The launch entered this phase."""

    phase: Phase


@dataclass(frozen=True, slots=True)
class PhaseMoved:
    """Progress within a phase. ``share`` is 0-1 if known, ``text`` one short line."""

    phase: Phase
    text: str
    share: float | None = None


@dataclass(frozen=True, slots=True)
class LaunchNote:
    """One line of the container's log."""

    line: str


@dataclass(frozen=True, slots=True)
class LaunchFailed:
    """The launch ended without a server. ``lines`` is the end of the container's log."""

    phase: Phase
    reason: str
    hint: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ready:
    """The server answered. ``found`` means that it was already running. Times in seconds.

    ``answer_seconds`` is the time of the first real request, ``phases`` the time of each phase.
    """

    url: str
    model: str
    version: str
    max_model_len: int | None
    container: str
    found: bool
    seconds: float
    answer_seconds: float
    phases: tuple[tuple[Phase, float], ...] = ()


Progress = PhaseBegan | PhaseMoved | LaunchNote | LaunchFailed | Ready
Announce = Callable[[Progress], None]


def sentence(progress: Progress) -> str:
    """The progress as one plain line, "" for noise. A failure is reported by the error that follows it."""
    if isinstance(progress, PhaseBegan):
        return f"{progress.phase}: {WAITS_FOR[progress.phase]}"
    if isinstance(progress, PhaseMoved):
        share = f" ({progress.share:.0%})" if progress.share is not None else ""
        return f"{progress.phase}: {progress.text}{share}"
    if isinstance(progress, Ready):
        how = "was running already" if progress.found else f"is ready after {progress.seconds:.0f} s"
        return f"{progress.model} at {progress.url} {how}"
    return ""


def milestone(progress: Progress) -> str:
    """``sentence`` for the start of a phase and the end, "" in between: what a run's log shows."""
    return "" if isinstance(progress, PhaseMoved) else sentence(progress)
