"""``mineru-batch`` and ``python -m mineru_cli``."""

import gc
import sys

from mineru_cli.isolation.path import trusted_path

sys.path[:] = trusted_path()  # before anything is looked up: `python -m` looks in the working directory first

from mineru_cli.cli.process import INTERRUPTED, begin, ignore_signals, leave  # noqa: E402


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
