"""``mineru-batch`` and ``python -m mineru_cli``."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    try:
        from mineru_cli.cli.app import run

        run()
    except KeyboardInterrupt:  # before any command could take care of it: while modules are loaded
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
