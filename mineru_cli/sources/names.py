"""From file names to keys: the folders below OUT, valid UTF-8, unique, and safe to make.

A document's key is its path below INPUT without suffix. Within one folder:

- names that differ only in their suffix keep it (``a.pdf`` and ``a.png`` give ``a.pdf/`` and ``a.png/``), and
  so does a name whose stem is another document's whole name (``a.pdf.pdf`` next to ``a.pdf``);
- bytes that are not UTF-8 are written as ``%E9``, names too long for a folder are cut and end in a hash;
- ``vlm`` below another folder would lie inside the result of the document named like that folder, and
  ``.mineru-batch`` at the top inside the run's own folder: both get a ``_``;
- where one of these changes would collide with an existing name, a hash of the name is added.

Names that need no change, nearly all, cost no memory here.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Collection
from functools import cache

from mineru_cli.domain.document import Kind
from mineru_cli.pages.picture_formats import can_read_avif, can_read_heif
from mineru_cli.store.run_folder import STATE

_KIND_BY_SUFFIX: dict[str, Kind] = {
    ".pdf": "pdf",
    ".png": "image",
    ".jpg": "image",
    ".jpeg": "image",
    ".tif": "image",
    ".tiff": "image",
    ".webp": "image",
    ".bmp": "image",
    ".gif": "image",
    ".jfif": "image",
    ".jpe": "image",
    ".jp2": "image",
    ".j2k": "image",
    ".jpf": "image",
    ".jpx": "image",
}
_HEIF_SUFFIXES = (".heic", ".heif")
_AVIF_SUFFIXES = (".avif",)

_COMPONENT_LIMIT = 255
_STEM_LIMIT = 200
_PREFIX_LIMIT = 1000
_SUFFIX_LIMIT = 8
_BELOW = "vlm"
_DEEP = re.compile(r"~[0-9a-f]{16}")  # replaces very deep folders in ``join``


def kind_of(suffix: str) -> Kind | None:
    """The kind of a suffix, None where files of its type cannot be read here."""
    return _kinds().get(suffix.lower())


@cache
def _kinds() -> dict[str, Kind]:
    """HEIC and AVIF count where their codecs are installed."""
    more = (*_HEIF_SUFFIXES * can_read_heif(), *_AVIF_SUFFIXES * can_read_avif())
    return {**_KIND_BY_SUFFIX, **dict.fromkeys(more, "image")}


def split(name: str) -> tuple[str, str]:
    """Stem and suffix, the suffix as written, with its dot.

    A suffix has 1-8 ASCII letters or digits and at least one letter: ``2301.12345`` has none.
    """
    stem, dot, suffix = name.rpartition(".")
    if not dot or not 1 <= len(suffix) <= _SUFFIX_LIMIT or not suffix.isascii() or not suffix.isalnum():
        return name, ""
    if suffix.isdigit() or not stem.strip("."):
        return name, ""
    return stem, dot + suffix


def output_stem(stem: str) -> str:
    """The base name of a document's output files: ``_content_list.json`` still fits behind it."""
    return _clean(stem, _STEM_LIMIT)


def join(prefix: str, component: str) -> str:
    """A key from a folder's key (empty at the top) and a name. Very deep folders are replaced by a hash."""
    if not prefix:
        return component
    if len(prefix) * 4 > _PREFIX_LIMIT and len(prefix.encode()) > _PREFIX_LIMIT:
        prefix = "~" + digest(prefix)
    return f"{prefix}/{component}"


def document_components(names: Collection[str], *, at_top: bool) -> dict[str, str]:
    """For the documents of one folder: those names whose component is not simply their stem."""
    kept = _shared_stems(names) | _stems_that_are_names(names)

    def preferred(name: str) -> str:
        stem = split(name)[0]
        return name if stem in kept else stem

    odd = names if kept else _special_names(names)
    return _exceptions(names, odd, preferred, lambda name: split(name)[0], at_top=at_top)


def is_plain(name: str) -> bool:
    """Whether a document's name, alone in its folder, gives its stem as component: nearly all do."""
    return not _special_names((name,))


def folder_components(names: Collection[str], *, at_top: bool) -> dict[str, str]:
    """For the folders of one folder: those names whose component is not the name itself."""
    return _exceptions(names, _special_names(names), str, str, at_top=at_top)


def with_root(root: str, key: str, *, unique: str = "") -> str:
    """The key of a document that an earlier INPUT took: below the name of its own INPUT.

    ``unique`` adds a hash of itself, for INPUTs of the same name.
    """
    name = _fit(root, at_top=True)
    first, slash, rest = key.partition("/")
    if unique:
        name = _marked(name, unique, _COMPONENT_LIMIT)
    return join(name, _fit(first, at_top=False) + slash + rest)


def digest(text: str) -> str:
    """Eight bytes of hash as hexadecimal text."""
    return hashlib.blake2b(text.encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()


def _special_names(names: Collection[str]) -> list[str]:
    """The few names that cannot be a component unchanged."""
    ours = (STATE, _BELOW, "~")
    return [
        name for name in names if len(name) > _COMPONENT_LIMIT or not name.isascii() or name.startswith(ours)
    ]


def _exceptions(
    names: Collection[str],
    odd: Collection[str],
    preferred: Callable[[str], str],
    usual: Callable[[str], str],
    *,
    at_top: bool,
) -> dict[str, str]:
    special: dict[str, str] = {}
    changed: dict[str, str] = {}
    for name in odd:
        wanted = preferred(name)
        fitting = _fit(wanted, at_top=at_top)
        if fitting != wanted:
            changed[name] = fitting
        elif wanted != usual(name):
            special[name] = wanted
    if changed:
        met = Counter(changed.values())
        met.update(special.get(name, usual(name)) for name in names if name not in changed)
        for name, fitting in sorted(changed.items()):
            fresh = fitting
            while met[fresh] > (fresh == fitting):
                fresh = _marked(fitting, name + fresh, _COMPONENT_LIMIT)
            met[fresh] += fresh != fitting
            special[name] = fresh
    return special


def _shared_stems(names: Collection[str]) -> set[str]:
    """Stems of more than one name. Remembers only the names that lack the most common suffix."""
    if len({name[name.rfind(".") :] for name in names}) < 2:
        return set()  # fast path for the common case: all end alike
    suffixes = Counter(split(name)[1] for name in names)
    usual = suffixes.most_common(1)[0][0]
    once: set[str] = set()
    shared: set[str] = set()
    for name in names:
        stem, suffix = split(name)
        if suffix != usual:
            (shared if stem in once else once).add(stem)
    return shared | {stem for stem, suffix in map(split, names) if suffix == usual and stem in once}


def _stems_that_are_names(names: Collection[str]) -> set[str]:
    dotted = [name for name in names if name.count(".") > 1]
    suspects = {stem for stem, suffix in map(split, dotted) if suffix}
    return suspects and {name for name in names if name in suspects}


def _fit(text: str, *, at_top: bool) -> str:
    cleaned = _clean(text, _COMPONENT_LIMIT)
    ours = (cleaned == STATE or _DEEP.fullmatch(cleaned)) if at_top else cleaned == _BELOW
    return cleaned + "_" if ours else cleaned


def _clean(text: str, limit: int) -> str:
    if text.isascii() and len(text) <= limit:
        return text
    readable = "".join(_escaped(c) if "\ud800" <= c <= "\udfff" else c for c in text)
    if len(readable.encode()) <= limit:
        return readable
    return _marked(readable, text, limit)


def _escaped(surrogate: str) -> str:
    return f"%{ord(surrogate) & 0xFF:02X}"


def _marked(text: str, origin: str, limit: int) -> str:
    """``text`` with a hash of ``origin``, within ``limit`` bytes."""
    mark = f"~{digest(origin)}"
    return text.encode()[: limit - len(mark)].decode("utf-8", "ignore") + mark
