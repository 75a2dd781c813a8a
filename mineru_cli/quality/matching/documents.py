"""Pairs the documents of two runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from mineru_cli.quality.errors import DifferentInputs, DifferentPages
from mineru_cli.quality.score import State
from mineru_cli.quality.sources.source import Facts, Source

_INPUT_SUFFIXES = (".pdf", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp")
_NAMED = 3


@dataclass(frozen=True, slots=True)
class DocumentPair:
    """One document. ``base`` and ``run`` are its paths in the two sources, None without output.

    ``state`` is about presence only: a document that a run failed on is present.
    """

    path: str
    base: str | None
    run: str | None
    state: State


def pair_documents(base: Source, run: Source) -> tuple[DocumentPair, ...]:
    """Pair by path, else by the input's hash; the rest is missing or extra. Sorted by path.

    Raises ``DifferentInputs`` if nothing pairs, or if the inputs of a pair are known to differ, and
    ``DifferentPages`` if the runs selected different pages.
    """
    same_pages(base, run.facts, str(run.location))
    left, right = {*base.paths, *base.failed}, {*run.paths, *run.failed}
    partners = {path: path for path in left & right}
    for match in (_by_suffix, _by_hash, _by_name):
        free_left = sorted(left - partners.keys())
        free_right = sorted(right - set(partners.values()))
        if free_left and free_right:
            partners.update(match(base, run, free_left, free_right))
    if left and right and not partners:
        raise DifferentInputs(
            f"{base.location} has {len(left)} documents and none of them is among the {len(right)} of "
            f"{run.location}",
            hint="give two folders about the same documents; they pair by path under the folder",
        )
    _same_inputs(base, run, partners)
    return tuple(sorted(_pairs(base, run, left, right, partners), key=lambda pair: pair.path))


def _pairs(
    base: Source, run: Source, left: set[str], right: set[str], partners: dict[str, str]
) -> Iterator[DocumentPair]:
    readable_base, readable_run = set(base.paths), set(run.paths)
    for path in left:
        partner = partners.get(path)
        here = path if path in readable_base else None
        there = partner if partner in readable_run else None
        if partner is None:
            yield DocumentPair(path, here, None, "missing")
        else:
            yield DocumentPair(path, here, there, "renamed" if _renamed(path, partner) else "paired")
    for path in right - set(partners.values()):
        yield DocumentPair(path, None, path if path in readable_run else None, "extra")


def _by_suffix(
    base: Source, run: Source, left: Sequence[str], right: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """``a.pdf`` is ``a`` where only one side keeps suffixes in its paths, and no two share the bare name."""
    return _alike(left, right, _bare)


def _by_hash(
    base: Source, run: Source, left: Sequence[str], right: Sequence[str]
) -> Iterator[tuple[str, str]]:
    hashes: dict[str, str] = {}
    for path in right:
        digest = run.input_sha256(path)
        if digest:
            hashes.setdefault(digest, path)
    for path in left:
        digest = base.input_sha256(path) if hashes else None
        partner = hashes.pop(digest, None) if digest else None
        if partner is not None:
            yield path, partner


def _by_name(
    base: Source, run: Source, left: Sequence[str], right: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """``a/b`` is ``b`` where one side has no folders, as MinerU's output, and no two share the name."""
    if any("/" in path for path in left) and any("/" in path for path in right):
        return iter(())
    return _alike(left, right, _name)


def _alike(
    left: Sequence[str], right: Sequence[str], form: Callable[[str], str]
) -> Iterator[tuple[str, str]]:
    """Paths of equal form, where no two of one side share it."""
    on_left, on_right = Counter(map(form, left)), Counter(map(form, right))
    partners = {form(path): path for path in right}
    for path in left:
        if on_left[form(path)] == on_right[form(path)] == 1:
            yield path, partners[form(path)]


def _renamed(path: str, partner: str) -> bool:
    """Whether a document was renamed. Folders that one side lacks altogether do not count."""
    if "/" in path and "/" in partner:
        return PurePosixPath(path).with_suffix("") != PurePosixPath(partner).with_suffix("")
    return _name(path) != _name(partner) and PurePosixPath(path).stem != PurePosixPath(partner).stem


def partner_in(paths: Collection[str], path: str) -> str | None:
    """The document among ``paths`` that ``path`` pairs with: by path, or by name if it has no folder."""
    if path in paths:
        return path
    return name if "/" in path and (name := _name(path)) in paths else None


def _name(path: str) -> str:
    return _bare(path).rsplit("/", 1)[-1]


def _bare(path: str) -> str:
    return path[: -len(PurePosixPath(path).suffix)] if path.lower().endswith(_INPUT_SUFFIXES) else path


def same_pages(base: Source, run: Facts, location: str) -> None:
    """Raise ``DifferentPages`` if both selections of pages are known and differ."""
    left, right = base.facts.pages, run.pages
    if left is None or right is None or left.replace(" ", "") == right.replace(" ", ""):
        return
    raise DifferentPages(
        f"pages: {base.location} has {left or 'all'}, {location} has {right or 'all'}",
        hint="convert with the same --pages as the baseline",
    )


def _same_inputs(base: Source, run: Source, partners: dict[str, str]) -> None:
    """Raise if an input's hash is recorded in the base and the run's input, if available, differs."""
    if base.kind != "baseline":
        return
    changed = []
    for path, partner in sorted(partners.items()):
        recorded = base.input_sha256(path)
        if recorded is not None and run.input_sha256(partner) not in (None, recorded):
            changed.append(path)
    if changed:
        more = f" and {len(changed) - _NAMED} more" if len(changed) > _NAMED else ""
        raise DifferentInputs(
            f"not the file that the baseline was recorded from: {', '.join(changed[:_NAMED])}{more}",
            hint="record a new baseline, or approve these documents: mineru-batch baseline approve",
        )
