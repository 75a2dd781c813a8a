"""Is the output as good as before: normalise, pair, align, score, gate, record.

The one call is ``mineru_cli.quality.compare.compare``. Definitions and their reasons: docs/quality.md.
"""
