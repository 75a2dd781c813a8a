"""Pages as small PNG files, by a headless Chromium."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from PIL import Image

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync",
    "--disable-component-update", "--no-first-run", "--hide-scrollbars", "--virtual-time-budget=4000",
)  # fmt: skip


COLOURS = 96


def photograph(page: str, picture: Path, size: tuple[int, int], *, marks: bool = False) -> None:
    """Write what a window of that size shows of ``page``, an address or HTML.

    Few colours make a small file. ``marks`` keeps those of a few pixels, at the cost of the large areas'.
    """
    with tempfile.TemporaryDirectory() as folder:
        if page.startswith("<"):
            file = Path(folder, "page.html")
            file.write_text(page)
            page = file.as_uri()
        shot = Path(folder, "shot.png")
        window = f"--window-size={size[0]},{size[1]}"
        command = [
            "chromium",
            *FLAGS,
            f"--user-data-dir={folder}/profile",
            window,
            f"--screenshot={shot}",
            page,
        ]
        subprocess.run(command, check=True, capture_output=True)
        image = Image.open(shot).convert("RGB")
        method = Image.Quantize.MAXCOVERAGE if marks else Image.Quantize.MEDIANCUT
        image.quantize(COLOURS, method, dither=Image.Dither.NONE).save(picture, optimize=True)
    print(f"{picture.name}: {image.width} x {image.height}, {picture.stat().st_size // 1000} kB")
