"""Whether a failed request is retried, and when. Pure, but for tenacity's loop around it.

What a failure costs depends on its cause:

* The server is gone (refused, reset and ``/health`` silent, taken back by the watchdog): nothing. The request
  waits until a server is available again, so a dead server fails no document.
* The server is busy: only time.
* A server that otherwise answers failed on this request: one of ``attempts``. When they are used up the
  request fails, if one sent after it succeeded. If none did, the server is the likely cause: its breaker
  opens, and the request gets ``LAST_TRIALS`` more attempts after that.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from tenacity import AsyncRetrying, retry_if_exception

from mineru_cli.errors import InvalidReply, RequestError, ServerBusy, ServerGivenUp
from mineru_cli.settings import Retrying

LAST_TRIALS = 2
MOST_LOSSES = 16
"""How often a request may be in flight when its server dies, before it is considered the cause."""

LONGEST_RETRY_AFTER = 300.0
"""Upper limit of a server's Retry-After, in seconds."""

T = TypeVar("T")


@dataclass(slots=True)
class History:
    """What happened to one request so far. ``should_retry`` and ``wait``: the verdict on the last failure."""

    sent: int = 0
    faults: int = 0
    busy: int = 0
    losses: int = 0
    trials: int = 0
    first_fault: float = 0.0
    should_retry: bool = True
    wait: float = 0.0


def full_jitter(base: float, cap: float, failures: int, random: Callable[[], float]) -> float:
    """Seconds to wait: uniform between 0 and ``base`` doubled with each failure, up to ``cap``."""
    return random() * min(cap, base * 2.0 ** min(failures - 1, 32))


def retry_after(error: RequestError) -> float:
    """The server's Retry-After, up to the limit; 0 when it sent none."""
    return min(error.retry_after or 0.0, LONGEST_RETRY_AFTER)


def after_busy(
    history: History, error: RequestError, settings: Retrying, random: Callable[[], float]
) -> None:
    """The server was busy: retry later, without limit."""
    history.busy += 1
    history.should_retry = True
    history.wait = max(
        retry_after(error), full_jitter(settings.busy_base, settings.cap, history.busy, random)
    )


def after_loss(history: History) -> None:
    """The server was lost during the request: it is queued again at once."""
    history.losses += 1
    history.should_retry = history.losses < MOST_LOSSES
    history.wait = 0.0


def after_fault(
    history: History,
    error: RequestError,
    settings: Retrying,
    random: Callable[[], float],
    *,
    now: float,
    last_good: float,
) -> bool:
    """The server failed on the request. ``last_good``: when the latest request that was answered was sent.

    True when attempts are used up and no request succeeds: the server is suspect, not the request.
    """
    if not history.faults:
        history.first_fault = now
    history.faults += 1
    history.should_retry = True
    history.wait = max(retry_after(error), full_jitter(settings.base, settings.cap, history.faults, random))
    if history.faults < settings.attempts:
        return False
    if last_good > history.first_fault or history.trials >= LAST_TRIALS:
        history.should_retry = False
        return False
    history.trials += 1
    return True


def budget(settings: Retrying, in_flight: int) -> int:
    """How many requests in flight may be retries: a retry storm must not feed itself."""
    return max(settings.budget_floor, int(settings.budget_share * in_flight))


async def ask_again(
    attempt: Callable[[], Awaitable[T]],
    history: History,
    *,
    sleep: Callable[[float], Awaitable[None]],
    before_sleep: Callable[[float], None],
) -> T:
    """Repeat ``attempt`` while ``history``, which it updates, says to retry. Raises its last error."""
    retrying = AsyncRetrying(
        sleep=sleep,
        wait=lambda state: history.wait,
        retry=retry_if_exception(lambda error: isinstance(error, RequestError) and history.should_retry),
        before_sleep=lambda state: before_sleep(history.wait),
        reraise=True,
    )
    return await retrying(attempt)


def given_up(waited: float, last: RequestError | None) -> ServerGivenUp:
    """Why a run ends after ``waited`` seconds without a usable answer; ``last`` is the last error."""
    continues = "repeat the command: it continues where it stopped"
    if last is None or last.status is None:  # no connection, or no answer in time
        reason = f": {last.message}" if last else ""
        return ServerGivenUp(
            f"no server answered for {waited:.0f} s{reason}", hint=f"start the server again and {continues}"
        )
    if isinstance(last, InvalidReply):
        hint = last.hint or "check which model it serves"
    elif isinstance(last, ServerBusy):
        hint = "give it less at once with --concurrency, or wait longer with --server-wait"
    else:
        hint = "see the server's log"
    return ServerGivenUp(
        f"no usable answer for {waited:.0f} s: {last.message}", hint=f"{hint}; then {continues}"
    )
