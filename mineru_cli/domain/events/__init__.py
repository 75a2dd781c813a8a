"""Events of a run. Live view, log, JSON lines and metrics are equal observers of them.

Every event is a frozen value of plain types, so that it can be written as one JSON line. ``document`` is
always a ``DocumentRef.key``, pages are 0-based, times are in seconds, memory is in bytes. ``run`` is the id
of the run; it is set when an event is announced (``engine.observers``), and so is ``worker`` on events from a
worker (``Coordinator.receive``).
"""

from __future__ import annotations

from collections.abc import Callable

from mineru_cli.domain.events.documents import (
    DocumentFinished,
    DocumentScored,
    DocumentSkipped,
    DocumentStarted,
    PageFailed,
    PageFinished,
)
from mineru_cli.domain.events.gauges import (
    BreakerChanged,
    BreakerState,
    GpuGauge,
    ServerGauge,
    WorkerGauge,
    WorkerStarted,
    WorkerStopped,
)
from mineru_cli.domain.events.requests import (
    LATENCY_BOUNDS,
    RequestFinished,
    RequestRetried,
    RequestsTraced,
    RequestTrace,
)
from mineru_cli.domain.events.rollout import (
    DocumentRecalled,
    GuardName,
    RolloutChanged,
    RolloutJudged,
    RolloutReverted,
    RolloutScored,
    Verdict,
)
from mineru_cli.domain.events.run import (
    SCHEMA,
    DiscoveryProgress,
    EndReason,
    FinalTotals,
    Notice,
    RunEvent,
    RunFinished,
    RunStarted,
    ServerAwaited,
    Stopping,
    stamped,
)

__all__ = [
    "LATENCY_BOUNDS",
    "SCHEMA",
    "BreakerChanged",
    "BreakerState",
    "DiscoveryProgress",
    "DocumentFinished",
    "DocumentRecalled",
    "DocumentScored",
    "DocumentSkipped",
    "DocumentStarted",
    "EndReason",
    "Event",
    "FinalTotals",
    "GpuGauge",
    "GuardName",
    "Notice",
    "Observer",
    "PageFailed",
    "PageFinished",
    "RequestFinished",
    "RequestRetried",
    "RequestTrace",
    "RequestsTraced",
    "RolloutChanged",
    "RolloutJudged",
    "RolloutReverted",
    "RolloutScored",
    "RunEvent",
    "RunFinished",
    "RunStarted",
    "ServerAwaited",
    "ServerGauge",
    "Stopping",
    "Verdict",
    "WorkerGauge",
    "WorkerStarted",
    "WorkerStopped",
    "stamped",
]

Event = (
    RunStarted
    | Notice
    | ServerAwaited
    | DiscoveryProgress
    | DocumentSkipped
    | DocumentStarted
    | PageFinished
    | PageFailed
    | DocumentFinished
    | DocumentScored
    | RolloutChanged
    | RolloutScored
    | RolloutJudged
    | RolloutReverted
    | DocumentRecalled
    | RequestRetried
    | RequestFinished
    | RequestsTraced
    | WorkerStarted
    | WorkerStopped
    | WorkerGauge
    | BreakerChanged
    | ServerGauge
    | GpuGauge
    | Stopping
    | RunFinished
)

Observer = Callable[[Event, float], None]
"""Called with each event and its time (Unix seconds). It must be fast. One that raises is disabled."""
