"""Prose, names and figures for drawn pages, the same for the same seed."""

from __future__ import annotations

from random import Random

_SUBJECTS = [
    "The committee", "A second survey", "Our earlier report", "The regional office", "Most of the sample",
    "The new harbour", "Each household", "The river authority", "An independent panel", "The orchard",
    "This procedure", "The northern station", "Every third visitor", "The revised catalogue",
]  # fmt: skip
_VERBS = [
    "described", "measured", "rejected", "compared", "recorded", "published", "examined", "repaired",
    "estimated", "delayed", "followed", "supported", "replaced", "observed",
]  # fmt: skip
_OBJECTS = [
    "the annual inflow of fresh water", "a series of small bridges", "the price of imported timber",
    "two kinds of glazed tile", "the habits of migrating geese", "several unsigned letters",
    "the older drainage maps", "a collection of brass instruments", "the result of the first ballot",
    "long periods without rain", "the wages of seasonal workers", "an unusual pattern of frost",
]  # fmt: skip
_ENDS = [
    "during the following winter", "without further comment", "in all but three districts",
    "for the first time since the war", "as the members had expected", "on the southern slope",
    "before the roads were closed", "with the help of volunteers", "at considerable expense",
    "until the grant ran out", "near the old customs house", "under very different conditions",
]  # fmt: skip
_NOUNS = [
    "Harbour", "Timber", "River", "Orchard", "Glass", "Winter", "Bridge", "Market", "Garden", "Copper",
    "Letter", "Mountain", "Harvest", "Signal", "Village", "Paper", "Lantern", "Canal", "Meadow", "Quarry",
]  # fmt: skip
_QUALITIES = [
    "Seasonal", "Northern", "Hidden", "Comparative", "Early", "Quiet", "Regional", "Distant", "Modern",
    "Fragile", "Public", "Coastal",
]  # fmt: skip
_FIRST = [
    "Anna", "Bertil", "Chiara", "David", "Elena", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Katrin",
    "Luis", "Marta", "Nils", "Olga", "Pavel",
]  # fmt: skip
_LAST = [
    "Almgren", "Brandt", "Castell", "Dvorak", "Eriksen", "Fournier", "Gardner", "Holm", "Ivanova",
    "Jansen", "Keller", "Lindqvist", "Moreau", "Novak", "Okafor", "Petrov",
]  # fmt: skip
_TOWNS = [
    "Bergholm", "Castlemere", "Dunford", "Eastvale", "Fairhaven", "Glenrock", "Harwich", "Kingsport",
    "Lowfield", "Marlow", "Northgate",
]  # fmt: skip


def sentence(rng: Random) -> str:
    parts = (_SUBJECTS, _VERBS, _OBJECTS, _ENDS)
    return " ".join(rng.choice(part) for part in parts) + "."


def paragraph(rng: Random, sentences: int = 4) -> str:
    return " ".join(sentence(rng) for _ in range(sentences))


def title(rng: Random, words: int = 3) -> str:
    return f"{rng.choice(_QUALITIES)} " + " and ".join(rng.sample(_NOUNS, max(1, words - 1)))


def noun(rng: Random) -> str:
    return rng.choice(_NOUNS)


def names(rng: Random, count: int) -> list[str]:
    return [f"{rng.choice(_FIRST)} {last}" for last in rng.sample(_LAST, count)]


def town(rng: Random) -> str:
    return rng.choice(_TOWNS)


def amount(rng: Random, digits: int = 0) -> str:
    return f"{rng.uniform(1, 10 ** rng.uniform(1, 5)):,.{digits}f}"
