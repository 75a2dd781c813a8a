"""Displayed formulas as MinerU keeps them."""

from __future__ import annotations


def display_equation(latex: str) -> str:
    """LaTeX as MinerU keeps it in blocks, between brackets on lines of their own; empty when none."""
    for opening, closing in (("$$", "$$"), ("\\[", "\\]"), ("\\(", "\\)"), ("$", "$")):
        latex = latex.strip()
        if len(latex) > len(opening) + len(closing) and latex.startswith(opening) and latex.endswith(closing):
            latex = latex[len(opening) : -len(closing)]
            break
    return f"\\[\n{latex.strip()}\n\\]" if latex.strip() else ""
