"""``mineru-batch`` and ``python -m mineru_cli``."""

from __future__ import annotations

import gc

from mineru_cli.cli.process import INTERRUPTED, begin, ignore_signals, leave


def main() -> None:
    """Run the command line and end the process with its exit code."""
    gc.disable()  # until the command begins: none of what is loaded is garbage
    try:
        begin()
        from mineru_cli.cli.app import run

        code = run()
        ignore_signals()  # inside: one that comes this late must not escape
    except KeyboardInterrupt:
        code = INTERRUPTED
    leave(code)


if __name__ == "__main__":
    main()
