"""Tables of a TOML document, read with the place in every complaint, and without values."""

from __future__ import annotations

from collections.abc import Mapping

#: Instead of a file: the packaged keys, which are public.
TEST = "TEST"


class Table:
    """A table, and where it is in the document.  Every method raises ValueError."""

    def __init__(self, name: str, entries: Mapping[str, object]) -> None:
        self._name = name
        self._entries = entries

    def __repr__(self) -> str:
        return f"<table {self._name}: {', '.join(self._entries)}>"

    def place(self, entry: str) -> str:
        """The name of an entry, from the top."""
        return f"{self._name}.{entry}" if self._name else entry

    def require_only(self, *known: str) -> None:
        """An entry that nobody reads is a misspelled one."""
        for entry in self._entries:
            if entry not in known:
                raise ValueError(f"{self.place(entry)}: 未知 unknown; there are {', '.join(known)}")

    def table(self, entry: str) -> Table:
        """A table below this one; empty where it is not there."""
        found = self._entries.get(entry, {})
        if not isinstance(found, dict):
            raise ValueError(f"{self.place(entry)}: is a table, [{self.place(entry)}]")
        return Table(self.place(entry), found)

    def text(self, entry: str) -> str | None:
        """Text that is not empty; None where the entry is not there."""
        found = self._entries.get(entry)
        if found is not None and (not isinstance(found, str) or not found):
            raise ValueError(f"{self.place(entry)}: is text, in quotes")
        return found

    def flag(self, entry: str) -> bool:
        """true or false; false where the entry is not there."""
        found = self._entries.get(entry, False)
        if not isinstance(found, bool):
            raise ValueError(f"{self.place(entry)}: is true or false")
        return found

    def digits(self, entry: str) -> str:
        """Decimal digits; empty where the entry is not there."""
        found = self.text(entry) or ""
        if found and not (found.isascii() and found.isdigit()):
            raise ValueError(f"{self.place(entry)}: is digits, in quotes")
        return found

    def texts(self, entry: str) -> tuple[str, ...]:
        """A list of texts; empty where the entry is not there."""
        found = self._entries.get(entry, [])
        if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
            raise ValueError(f"{self.place(entry)}: is a list of texts")
        return tuple(found)

    def number(self, entry: str, default: int, least: int, most: int) -> int:
        """A whole number in a range."""
        found = self._entries.get(entry, default)
        if not isinstance(found, int) or isinstance(found, bool) or not least <= found <= most:
            raise ValueError(f"{self.place(entry)}: is a whole number from {least} to {most}")
        return found
