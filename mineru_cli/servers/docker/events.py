"""The JSON lines of ``docker compose --progress json``: progress of a pull, and errors."""

from __future__ import annotations

import json
from dataclasses import dataclass, field


@dataclass(slots=True)
class ComposeEvents:
    """Folds the lines of one compose command. Sizes are bytes."""

    text: str = ""
    error: str = ""
    _sizes: dict[str, tuple[int, int]] = field(default_factory=dict)
    _layers: dict[str, bool] = field(default_factory=dict)

    def read(self, line: str) -> bool:
        """Parse one line; returns whether the state changed."""
        try:
            event = json.loads(line)
        except ValueError:
            event = None
        if not isinstance(event, dict):
            return self._plain(line)
        if event.get("error"):
            self.error = str(event.get("message", ""))
            return True
        if event.get("parent_id"):
            self._layer(event)
        else:
            name = str(event.get("id", "")).removeprefix("Container ").removeprefix("Image ")
            self.text = f"{name} {event.get('text', '')}".strip()
            if str(event.get("status")) == "Error":
                self.error = str(event.get("details") or event.get("text") or self.error)
        return True

    @property
    def share(self) -> float | None:
        """Downloaded bytes as a share of all bytes known so far; None before any layer's size is known."""
        here, total = self.sizes
        return here / total if total else None

    @property
    def layers(self) -> tuple[int, int]:
        """Number of layers that are done, and of all layers."""
        return sum(self._layers.values()), len(self._layers)

    @property
    def sizes(self) -> tuple[int, int]:
        """Downloaded bytes and all bytes known so far."""
        return sum(here for here, _ in self._sizes.values()), sum(size for _, size in self._sizes.values())

    def _layer(self, event: dict[str, object]) -> None:
        layer, text = str(event.get("id")), str(event.get("text", ""))
        done = text in ("Pull complete", "Already exists")
        self._layers[layer] = self._layers.get(layer, False) or done
        here, total = _number(event.get("current")), _number(event.get("total"))
        if text == "Downloading" and total:
            self._sizes[layer] = (min(here, total), total)
        elif layer in self._sizes and text in ("Download complete", "Extracting", "Pull complete"):
            self._sizes[layer] = (self._sizes[layer][1],) * 2

    def _plain(self, line: str) -> bool:
        """Lines that are not JSON, such as warnings and errors of older versions of compose."""
        if not line.strip():
            return False
        self.text = line.strip()
        if "rror" in line:
            self.error = line.strip()
        return True


def _number(value: object) -> int:
    return int(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else 0
