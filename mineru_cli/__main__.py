"""``mineru-batch`` and ``python -m mineru_cli``."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    from mineru_cli.cli.app import run

    run()


if __name__ == "__main__":
    main()
