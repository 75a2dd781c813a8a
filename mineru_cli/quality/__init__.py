"""Quality regression tests of output: normalise, pair, align, score, gate, record.

The entry point is ``mineru_cli.quality.compare.compare``. Definitions and their reasons: docs/quality.md.
"""
