"""Command lines of this package's Python processes.

Imports nothing slow: the fork server starts before anything heavy is loaded.
"""

from __future__ import annotations

import os
import sys

from mineru_cli.isolation.path import trusted_path

_BEGIN = (
    "import sys; sys.path[:] = sys.argv[1].split(sys.argv[2]); del sys.argv[:3]; "
    "import importlib; sys.exit(importlib.import_module(sys.argv[0]).main())"
)
"""``sys`` is built in; everything else is imported from the path that was passed.

``python -P -m`` would do from Python 3.11 on, but not on 3.10, nor for a source tree that is not installed.
"""


def python_command(module: str, *arguments: str) -> list[str]:
    """Command that runs ``main()`` of ``module`` in a new interpreter with this one's import path.

    The working directory is left out of it: a file ``uvloop.py`` next to a user's PDFs must not run.
    """
    return [sys.executable, "-c", _BEGIN, os.pathsep.join(trusted_path()), os.pathsep, module, *arguments]
