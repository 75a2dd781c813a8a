"""The live view."""

from __future__ import annotations

from mineru_cli.ui.silent import SilentView
from mineru_cli.ui.view import Place


class LiveView(SilentView):
    """Placeholder."""

    def __init__(self, place: Place) -> None:
        super().__init__()
