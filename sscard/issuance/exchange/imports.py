"""Which lists were imported: the same content a second time is known by its SHA-256.

The journal holds a line of JSON for each import: hash, layout, number of records, time.  Nothing of
a person is in it, and no file name, which somebody else chose.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from sscard.durable import replace_file
from sscard.issuance.exchange.fault import Fault
from sscard.issuance.exchange.finding import ListError
from sscard.issuance.exchange.reading import Checked


@dataclass(frozen=True, slots=True)
class Import:
    """One list that was imported; ``sha256`` in hexadecimal, ``at`` with its zone."""

    sha256: str
    layout: str
    records: int
    at: str


@dataclass(frozen=True, slots=True)
class ImportJournal:
    """The imports of one place, in their order.  One process at a time writes."""

    path: Path

    def find(self, checked: Checked) -> Import | None:
        """The earlier import of the same content, under whatever name it came."""
        found = (each for each in self.imports() if each.sha256 == checked.sha256.hex())
        return next(found, None)

    def add(self, checked: Checked, now: datetime) -> Import:
        """Note an import, on the disk when this returns; an earlier one of the same stays alone.

        Raises ListError for a list with findings: it cannot have been imported.
        """
        checked.require_sound()
        known = self.find(checked)
        if known is not None:
            return known
        new = Import(checked.sha256.hex(), checked.layout.name, checked.count, now.isoformat())
        lines = [json.dumps(asdict(each)) for each in (*self.imports(), new)]
        replace_file(self.path, "".join(f"{line}\n" for line in lines).encode("ascii"))
        return new

    def imports(self) -> tuple[Import, ...]:
        """All of them.  Raises ListError for a journal that is damaged."""
        if not self.path.exists():
            return ()
        try:
            lines = self.path.read_text("ascii").splitlines()
            return tuple(Import(**json.loads(line)) for line in lines)
        except (OSError, ValueError, TypeError):
            raise ListError.because(self.path.name, Fault.JOURNAL) from None
