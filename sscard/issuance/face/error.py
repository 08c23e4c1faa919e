"""What cannot be printed, and where."""

from __future__ import annotations

from sscard.errors import SscardError


class FaceError(SscardError):
    """Names field or file, and never what stands in it: that is a person's."""

    def __init__(self, place: str, what: str) -> None:
        super().__init__(f"{place}: {what}")
        self.place, self.what = place, what

    def within(self, outer: str) -> FaceError:
        """The same, seen from further out."""
        return FaceError(f"{outer}: {self.place}", self.what)
