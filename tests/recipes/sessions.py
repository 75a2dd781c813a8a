"""A session whose model answers from a script."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

from PIL import Image

from mineru_cli.domain.request import Completion, VisionRequest
from mineru_cli.errors import MinerUBatchError

Reply = str | Completion | MinerUBatchError
Script = Callable[[VisionRequest, int], Reply]


class ScriptedSession:
    """Answers each request by ``script(request, times_asked_before)``, keeps all requests."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self.requests: list[VisionRequest] = []

    async def ask(self, request: VisionRequest) -> Completion:
        before = sum(same_question(request, other) for other in self.requests)
        self.requests.append(request)
        reply = self._script(request, before)
        if isinstance(reply, MinerUBatchError):
            raise reply
        return Completion(reply, "stop") if isinstance(reply, str) else reply

    async def compute(self, function, *args):
        return function(*args)


def same_question(one: VisionRequest, other: VisionRequest) -> bool:
    return (one.kind, one.image) == (other.kind, other.image)


def picture(request: VisionRequest) -> Image.Image:
    return Image.open(BytesIO(request.image))


def box(kind: str, x0: int, y0: int, x1: int, y1: int, turn: str = "up", tail: str = "") -> str:
    """One line of a MinerU2.5 layout."""
    return (
        f"<|box_start|>{x0:03d} {y0:03d} {x1:03d} {y1:03d}<|box_end|>"
        f"<|ref_start|>{kind}<|ref_end|><|rotate_{turn}|>{tail}\n"
    )
