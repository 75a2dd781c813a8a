"""A session whose model answers from a script."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from random import Random

import anyio
from PIL import Image

from mineru_cli.domain.request import Completion, VisionRequest
from mineru_cli.errors import MinerUBatchError
from mineru_cli.pages.page import PageImage
from mineru_cli.recipes.profiles import catalogue
from mineru_cli.recipes.recipe import RecipeOptions
from mineru_cli.recipes.regions import LayoutRegion
from mineru_cli.recipes.registry import make_recipe
from mineru_cli.settings import Limits

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

    def forget(self, request: VisionRequest) -> None:
        pass

    async def compute(self, function, *args):
        return await anyio.to_thread.run_sync(function, *args)


list(catalogue.profiles())  # read once, outside of event loops: in these, tests refuse to block


class ThreeRegions:
    """A layout of a title, a text and a table."""

    def regions(self, image):
        return [
            LayoutRegion("title", (0.1, 0.05, 0.9, 0.1)),
            LayoutRegion("text", (0.1, 0.15, 0.9, 0.4)),
            LayoutRegion("table", (0.1, 0.41, 0.9, 0.6)),
        ]


def recipe(name: str, **options):
    made = {key: options.pop(key) for key in ("profile", "layout") if key in options}
    given = {"text": "model", "image_format": "png", "limits": Limits(), "quality_attempts": 2} | options
    return make_recipe(name, RecipeOptions(**given), **{"layout": ThreeRegions} | made)


def page_image(mode: str = "L", size: tuple[int, int] = (850, 1100)) -> PageImage:
    """A page with something on it everywhere, so that no two crops are the same."""
    image = Image.frombytes("L", size, Random(3).randbytes(size[0] * size[1]))
    return PageImage(
        3, image if mode == "L" else Image.merge("RGB", (image, image.rotate(180), image)), 612, 792
    )


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
