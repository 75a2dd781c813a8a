"""What can keep two runs from being compared. See ``mineru_cli.errors`` for the tree."""

from __future__ import annotations

from mineru_cli.errors import NotComparable, UsageError


class NothingToCompare(UsageError):
    """BASE or RUN is not there, or is nothing that holds documents."""


class DifferentInputs(NotComparable):
    """The two runs are about different documents."""


class DifferentPages(NotComparable):
    """The two runs converted different pages of their documents."""


class DifferentVersions(NotComparable):
    """A recorded baseline is of another schema, normaliser or score version."""


class ApprovalRefused(UsageError):
    """A baseline may not be changed here."""


class BadAllowList(UsageError):
    """The allow-list cannot be read."""


class BaselineDamaged(UsageError):
    """A recorded baseline cannot be read: files missing, changed by hand, not JSON."""
