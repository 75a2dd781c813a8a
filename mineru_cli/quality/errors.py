"""Errors that prevent a comparison. See ``mineru_cli.errors`` for the tree."""

from __future__ import annotations

from mineru_cli.errors import NotComparable, UsageError


class NothingToCompare(UsageError):
    """BASE or RUN does not exist, or contains no documents."""


class DifferentInputs(NotComparable):
    """The two runs have different documents."""


class DifferentPages(NotComparable):
    """The two runs converted different pages of their documents."""


class DifferentVersions(NotComparable):
    """A recorded baseline is of another schema, normaliser or score version."""


class ApprovalRefused(UsageError):
    """The approval of a change to the baseline was refused."""


class BadAllowList(UsageError):
    """The allow-list cannot be read."""


class BaselineDamaged(UsageError):
    """A recorded baseline cannot be read: files missing, changed by hand, not JSON."""
