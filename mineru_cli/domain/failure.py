"""A failure as a value: what ledger, reports and events carry instead of an exception."""

from __future__ import annotations

from dataclasses import dataclass

from mineru_cli.errors import MinerUBatchError, error_class


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a page or a document failed: the error's ``code``, a sentence, and what to do."""

    code: str
    message: str
    hint: str = ""

    @classmethod
    def of(cls, error: MinerUBatchError) -> Failure:
        """The value of an error of our tree."""
        return cls(error.code, error.message, error.hint)

    def error(self) -> MinerUBatchError:
        """The error again, of the class that the code names."""
        return error_class(self.code)(self.message, hint=self.hint)
