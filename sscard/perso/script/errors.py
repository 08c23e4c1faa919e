"""What is wrong with an offline script, and where."""

from __future__ import annotations

from sscard.errors import SscardError


class ScriptError(SscardError):
    """A script that cannot be read, or cannot be run with the data it got.

    ``line`` and ``column`` count from 1; None where the error has no place in the text.  The text
    never repeats a value of a card.
    """

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        column_text = f", column {column}" if column else ""
        place = f"script line {line}{column_text}: " if line else ""
        super().__init__(place + message)
        self.message = message
        self.line = line
        self.column = column

    def at(self, line: int) -> ScriptError:
        """The same error with its line, where none was known."""
        return self if self.line or not line else ScriptError(self.message, line)
