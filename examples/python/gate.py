"""A quality gate from Python: convert anew, compare with the recorded baseline, show what got worse.

python examples/python/gate.py examples/pdfs examples/baseline out
"""

from __future__ import annotations

import sys

from mineru_cli import compare, convert


def main(source: str, baseline: str, output: str, *server_url: str) -> int:
    convert(source, output=output, server_url=server_url or None)
    judgement = compare(baseline, output)
    print(f"run match {judgement.comparison.run_match:.3f}")
    for rule in judgement.rules:
        if rule.status == "fail":
            print(f"failed: {rule.title}: {rule.detail}")
    return 0 if judgement.passed else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
