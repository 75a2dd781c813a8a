"""Pages that a browser prints from HTML: another producer than reportlab, with other habits.

Chromium writes white space as positions, draws bullets, leaders and bands as shapes, and justifies narrow columns
without hyphens.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

PROGRAM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)
"""The browser's path, or empty where there is none."""


def print_page(body: str, style: str, target: Path, *, size: str = "A4", margin: str = "20mm") -> None:
    """Print the body of an HTML page. Raises CalledProcessError where the browser fails."""
    html = (
        f"<!doctype html><meta charset=utf-8><style>@page{{size:{size};margin:{margin}}}{style}</style>{body}"
    )
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "page.html"
        source.write_text(html, encoding="utf-8")
        command = [PROGRAM, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
        subprocess.run(
            [*command, f"--print-to-pdf={target}", source.as_uri()], check=True, capture_output=True
        )
