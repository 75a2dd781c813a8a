"""A model profile: everything that differs between one document model and the next, as one checked value."""

from __future__ import annotations

import math
import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from mineru_cli.domain.request import Sampling, VisionRequest

Share = Annotated[float, Field(ge=0, le=1)]
PositiveInt = Annotated[int, Field(ge=1)]

_LONGEST_RATIO = 100


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Match(_Strict):
    """Which served models a profile is for.

    Names are compared by their letters and digits alone, in lower case, without the part before the last
    slash: ``Qwen/Qwen2.5-VL-7B-Instruct`` is ``qwen25vl7binstruct``. ``contains`` lists parts of such names,
    ``exactly`` whole ones, ``root_exactly`` whole ones that count only for the ``root`` a server reports
    (the repository or path of the weights), not for a served name. ``but_not`` lists parts that rule the
    profile out. ``max_model_len`` (tokens), where given, must be what the server reports.
    """

    contains: tuple[str, ...] = ()
    exactly: tuple[str, ...] = ()
    root_exactly: tuple[str, ...] = ()
    but_not: tuple[str, ...] = ()
    max_model_len: PositiveInt | None = None

    @field_validator("contains", "exactly", "root_exactly", "but_not")
    @classmethod
    def _plain(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if not name or name != plain_name(name):
                raise ValueError(f"{name!r} is not a plain name: write {plain_name(name)!r}")
        return names

    def covers(self, plain: str, max_model_len: int | None = None, *, root: bool = False) -> bool:
        """Whether a model of this plain name is meant; ``root`` says that the name is the weights' own."""
        if not plain or any(part in plain for part in self.but_not):
            return False
        if self.max_model_len is not None and max_model_len != self.max_model_len:
            return False
        if root and plain in self.root_exactly:
            return True
        return plain in self.exactly or any(part in plain for part in self.contains)


class ImageRule(_Strict):
    """The size at which a page is sent: pixels, in the model's own rounding.

    ``longest_side`` bounds the longer side, ``min_pixels`` and ``max_pixels`` the area, ``multiple`` is the
    edge of the model's cells: both sides become whole multiples of it, so that the server finds nothing left
    to resize and boxes in pixels are pixels of the picture that was sent.
    """

    longest_side: PositiveInt | None = None
    min_pixels: PositiveInt | None = None
    max_pixels: PositiveInt | None = None
    multiple: PositiveInt = 1

    @model_validator(mode="after")
    def _ordered(self) -> ImageRule:
        if self.min_pixels and self.max_pixels and self.min_pixels > self.max_pixels:
            raise ValueError("min_pixels is larger than max_pixels")
        return self

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Width and height at which a picture of this size is sent, close to its aspect ratio."""
        if self.longest_side and max(width, height) > self.longest_side:
            shrink = self.longest_side / max(width, height)
            width, height = (max(1, round(side * shrink)) for side in (width, height))
        if self.multiple == 1 and not (self.min_pixels or self.max_pixels):
            return width, height
        return self._in_cells(width, height)

    def _in_cells(self, width: int, height: int) -> tuple[int, int]:
        """The rounding of Qwen2-VL's processor, which most of these models share."""
        cell = self.multiple
        width, height = max(width, height // _LONGEST_RATIO), max(height, width // _LONGEST_RATIO)
        across, down = (max(cell, round(side / cell) * cell) for side in (width, height))
        if self.max_pixels and across * down > self.max_pixels:
            shrink = math.sqrt(width * height / self.max_pixels)
            across, down = (max(cell, math.floor(side / shrink / cell) * cell) for side in (width, height))
        elif self.min_pixels and across * down < self.min_pixels:
            grow = math.sqrt(self.min_pixels / (width * height))
            across, down = (math.ceil(side * grow / cell) * cell for side in (width, height))
        return across, down


class SamplingRule(_Strict):
    """Sampling parameters by vLLM's names; null leaves the server's default."""

    temperature: Annotated[float, Field(ge=0)] | None = 0.0
    top_p: Share | None = None
    top_k: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    repetition_penalty: float | None = None
    no_repeat_ngram_size: PositiveInt | None = None
    max_tokens: PositiveInt | None = None

    def sampling(self) -> Sampling:
        """The same as a domain value."""
        return Sampling(**self.model_dump())


class RequestRule(_Strict):
    """Fields of the request besides messages and sampling, sent as they are where given."""

    skip_special_tokens: bool = True
    stop: tuple[str, ...] = ()
    vllm_xargs: dict[str, Any] = Field(default_factory=dict)
    chat_template_kwargs: dict[str, Any] = Field(default_factory=dict)
    response_format: dict[str, Any] | None = None

    def fields(self) -> dict[str, Any]:
        """The fields to add to the body."""
        fields = self.model_dump(mode="json", exclude={"skip_special_tokens"}, exclude_none=True)
        return {name: value for name, value in fields.items() if value}


class Profile(_Strict):
    """How to prompt one family of models, and how to parse its replies.

    ``prompt`` is what the model was trained with; an empty one sends the picture alone. ``temperatures`` are
    those of the attempts, first to last, where the makers give them. ``box_scale`` is the number that
    represents the whole side of the page in the model's boxes, "pixels" for those of the picture sent, null
    where it gives no boxes. ``prompts`` (recipe "regions") has a prompt per kind of region. ``server_flags``
    are options of ``vllm serve`` without which the model misbehaves. ``refuse``, where given, says why the
    model is known and cannot be used. ``sources`` are the pages that these facts were read from.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,40}$")]
    title: str
    sources: tuple[str, ...] = ()
    licence: str = ""
    restriction: str = ""
    match: Match = Match()
    recipe: Literal["mineru", "whole-page", "regions"] = "whole-page"
    prompt: str = ""
    prompts: dict[Literal["text", "table", "equation", "chart"], str] = Field(default_factory=dict)
    system: str | None = None
    order: Literal["image-first", "text-first"] = "image-first"
    sampling: SamplingRule = SamplingRule()
    temperatures: tuple[Annotated[float, Field(ge=0)], ...] = ()
    image: ImageRule = ImageRule()
    request: RequestRule = RequestRule()
    reader: Annotated[str, Field(pattern=r"^[a-z][a-z-]{0,30}$")] = "markdown"
    box_scale: Literal["pixels"] | Annotated[float, Field(gt=0)] | None = None
    server_flags: tuple[str, ...] = ()
    refuse: str = ""

    @model_validator(mode="after")
    def _whole(self) -> Profile:
        if self.recipe == "regions" and "text" not in self.prompts:
            raise ValueError("recipe 'regions' needs prompts, at least 'text'")
        if self.prompts and self.recipe != "regions":
            raise ValueError("prompts are for recipe 'regions': write prompt")
        return self

    def facts(self) -> dict[str, Any]:
        """What changes the output, for the fingerprint of a run."""
        return self.model_dump(
            mode="json", exclude={"title", "sources", "licence", "restriction", "match", "server_flags"}
        )

    def vision_request(
        self, kind: str, prompt: str, picture: bytes, media_type: str, sampling: Sampling
    ) -> VisionRequest:
        """One request as this model wants it."""
        return VisionRequest(
            kind,
            prompt,
            picture,
            sampling,
            self.system,
            media_type,
            self.request.skip_special_tokens,
            text_first=self.order == "text-first",
            fields=self.request.fields(),
        )


def plain_name(model: str) -> str:
    """A served model's name by its letters and digits alone, without owner and folder."""
    stem = model.rstrip("/").rpartition("/")[2] or model
    return re.sub(r"[^a-z0-9]", "", stem.lower())
