"""A failure as a value, for ledger, reports and events in place of an exception."""

from __future__ import annotations

from dataclasses import dataclass

from mineru_cli.errors import MinerUBatchError, error_class


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a page or a document failed: the error's ``code``, a message, and a hint."""

    code: str
    message: str
    hint: str = ""

    @classmethod
    def of(cls, error: MinerUBatchError) -> Failure:
        """The failure for an error of our tree."""
        return cls(error.code, error.message, error.hint)

    def error(self) -> MinerUBatchError:
        """The error for this failure, of the class that the code names."""
        return error_class(self.code)(self.message, hint=self.hint)
