"""A folder of files, and which of them is whose.

Offices name them by ID number, or by staff or student number (issuance 3 F), or name them in the
list.  A file that might be another person's is nobody's.  Names of files hold ID numbers: they are
in no message.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sscard.errors import ApplicantError
from sscard.issuance.applicants import Applicant, Register
from sscard.issuance.photo.faults import Fault


@dataclass(frozen=True, slots=True)
class PersonFiles:
    """The files of one folder by their name without ending, folded."""

    root: Path
    by_name: Mapping[str, tuple[str, ...]] = field(repr=False)

    @classmethod
    def of(cls, folder: Path, endings: Collection[str]) -> PersonFiles:
        """Files that end in one of ``endings`` (``.jpg``).  Raises ApplicantError."""
        found: dict[str, list[str]] = defaultdict(list)
        try:
            for path in folder.iterdir():
                if path.suffix.casefold() in endings:
                    found[path.stem.casefold()].append(path.name)
        except OSError as failed:
            raise ApplicantError(f"{folder}: {failed.strerror}") from failed
        return cls(folder.resolve(), {stem: tuple(names) for stem, names in found.items()})

    def chosen(self, register: Register, column: str) -> dict[int, Path | Fault]:
        """For each applicant's row the file, or why there is none; ``column`` may name it."""
        found = {
            each.row: self._file(each, each.files.get(column), register.shared_numbers)
            for each in register.applicants
        }
        times = Counter(each for each in found.values() if isinstance(each, Path))
        return {
            row: Fault.SHARED_FILE if isinstance(each, Path) and times[each] > 1 else each
            for row, each in found.items()
        }

    def _file(
        self, applicant: Applicant, named: str | None, shared: frozenset[str]
    ) -> Path | Fault:
        if named:
            return self._inside(named)
        names = self.by_name.get(applicant.id_number.casefold(), ())
        if not names:
            number = applicant.member_number.casefold()
            names = self.by_name.get(number, ())
            if names and number in shared:
                return Fault.SHARED_FILE
        if len(names) > 1:
            return Fault.SEVERAL_FILES
        return self._inside(names[0]) if names else Fault.NO_FILE

    def _inside(self, name: str) -> Path | Fault:
        """A list must not reach files elsewhere, by ``..`` or by a link."""
        try:
            path = (self.root / name).resolve()
            if not path.is_relative_to(self.root):
                return Fault.OUTSIDE_FOLDER
            return path if path.is_file() else Fault.NO_FILE
        except (OSError, ValueError, RuntimeError):  # name too long, NUL, links in a circle
            return Fault.NO_FILE
