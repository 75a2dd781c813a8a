"""Compiles ``mineru_cli/pages/pixels/pixels.c`` when the package is built or installed from its source.

Without a compiler the package is built all the same: Pillow then does what the compiled loops would.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sysconfig
from contextlib import suppress
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCE, LIBRARY = "mineru_cli/pages/pixels/pixels.c", "mineru_cli/pages/pixels/libpixels.so"
# Contracting a product and a sum into one rounding would give weights that are not Pillow's.
FLAGS = ("-O3", "-Wall", "-Wextra", "-ffp-contract=off", "-shared", "-fPIC")


class PixelsBuild(BuildHookInterface):
    """A shared library beside its source; it needs no Python headers and serves every version of Python."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """See hatchling. ``version`` is "standard" or "editable"."""
        if not self._compiled():
            return
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform}"
        build_data["artifacts"].append(LIBRARY)

    def _compiled(self) -> bool:
        library = Path(self.root, LIBRARY)
        fresh = library.with_suffix(f".{os.getpid()}.so")
        compiler = shlex.split(os.environ.get("CC", "cc"))
        try:
            subprocess.run(
                [*compiler, *FLAGS, "-o", fresh, Path(self.root, SOURCE), "-lm"], check=True, timeout=120
            )
            fresh.replace(library)
        except (OSError, subprocess.SubprocessError) as error:
            with suppress(OSError):
                library.unlink()  # an older one, of other source
            self.app.display_warning(f"{SOURCE} was not compiled, pages take more time: {error}")
            return False
        finally:
            with suppress(OSError):
                fresh.unlink()
        return True
