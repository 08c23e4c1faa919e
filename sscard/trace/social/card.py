"""What a profile knows about the places on a card: directories, files, keys, records."""

from __future__ import annotations

from dataclasses import dataclass, field

from sscard.profiles import Directory, File, Key, Profile, RecordTemplate

MF_FID = 0x3F00
_LOCAL = 0x80  # bit 8 of a key id: the directory's own (ssc 3.4 [S])
_SHOWN = ("external", "lock")


@dataclass(slots=True)
class Place:
    """Where the card is.  ``directory`` is None below the MF and where nothing is known."""

    directory: Directory | None = None
    file: File | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """A profile, asked by what stands in commands."""

    profile: Profile = field(repr=False)

    def by_name(self, name: bytes) -> Directory | None:
        """The directory that SELECT by this name makes current."""
        return next((d for d in self.profile.directories if d.df_name == name), None)

    def by_fid(self, fid: int) -> Directory | None:
        """The directory with this identifier."""
        return next((d for d in self.profile.directories if d.fid == fid), None)

    def file(self, directory: Directory | None, fid: int) -> File | None:
        """A file of the directory by its identifier, or by its SFI, which is the low byte's."""
        files = directory.files if directory else ()
        return next((each for each in files if fid in (each.fid, each.fid & 0x1F)), None)

    @property
    def area_sfi(self) -> int:
        """The SFI of the hand-over area, which lies below the MF (decision 11, assumed)."""
        return self.profile.setting("exchange_fid").number & 0x1F

    def key_name(self, directory: Directory | None, kid: int) -> str:
        """The name of the key with this id, seen from a directory or the MF; ? when unknown."""
        if directory is None:
            setting = self.profile.setting
            return setting("exchange_key").text if kid == setting("exchange_kid").number else "?"
        key = self._key(directory, kid)
        return key.name if key else "?"

    def _key(self, directory: Directory, kid: int) -> Key | None:
        parents = [d for d in self.profile.directories if d.name == directory.parent]
        owners = [directory] if kid & _LOCAL else [*parents, directory]
        for owner in owners:
            for key in owner.keys:
                if key.kid == kid and key.type in _SHOWN:
                    return key
        return None


def template(
    file: File, *, number: int | None = None, tag: int | None = None
) -> RecordTemplate | None:
    """The record with this number, or the first with this tag."""
    for each in file.record_templates():
        if each.number == number or (tag is not None and each.tag == tag):
            return each
    return None
