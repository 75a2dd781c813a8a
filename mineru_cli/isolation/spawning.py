"""multiprocessing's "spawn" runs ``python -c``, which imports from the working directory first."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

SPAWNS_SAFELY = sys.version_info >= (3, 11)
"""Python 3.10 has no safe path: the work is then done in this process, which is slower."""

_VARIABLE = "PYTHONSAFEPATH"


@contextmanager
def safe_path_for_children() -> Iterator[None]:
    """Keep the working directory off the import path of processes that multiprocessing spawns meanwhile.

    Set in the environment, the only way to pass it; only meanwhile, because the user's own commands may rely
    on their folder being on the path.
    """
    before = os.environ.get(_VARIABLE)
    os.environ[_VARIABLE] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_VARIABLE]
        else:
            os.environ[_VARIABLE] = before
