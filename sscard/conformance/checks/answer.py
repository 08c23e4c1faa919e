"""An answer's data with what is known around it, as a check sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sscard.conformance.case import About
from sscard.conformance.template import Value
from sscard.errors import ProfileError
from sscard.profiles import Directory, File, Profile


@dataclass(frozen=True, slots=True)
class Answer:
    """``of`` names a file as ``DF01/EF05``, ``record`` a record of it; ``data`` never shows."""

    data: bytes = field(repr=False)
    profile: Profile = field(repr=False)
    about: About
    of: str = ""
    record: int = 1
    variables: Mapping[str, Value] = field(default_factory=dict, repr=False)
    #: The directory that is selected, as the profile names it.
    selected: str = ""

    @property
    def directory(self) -> Directory:
        """The directory that the step or the case is about.  Raises ProfileError."""
        named = self.of.partition("/")[0]
        return self.profile.directory(named or self.selected or self.about.directory)

    @property
    def file(self) -> File:
        """The file that the step or the case is about.  Raises ProfileError."""
        fid = self.of.partition("/")[2]
        try:
            return self.directory.file(int(fid, 16) if fid else self.about.file)
        except ValueError:
            raise ProfileError(f"{self.of!r} is no place such as DF01/EF05") from None

    def kept(self, name: str) -> bytes | None:
        """A variable that is bytes; None where there is none."""
        value = self.variables.get(name)
        return value if isinstance(value, bytes) else None
