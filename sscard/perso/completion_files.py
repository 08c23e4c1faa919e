"""What each file of a pre-made blank holds, what it is to hold, and what is left to write."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sscard.dialects.rights import Condition
from sscard.errors import NotVerified, ProfileError
from sscard.perso import expected, premade
from sscard.perso.data import Contents
from sscard.perso.order import WantedCard
from sscard.profiles import Directory, File

_ROOT = "SSSE"
#: The element that says whose a card is.
_HOLDER = "id_number"


class IncompleteBlank(NotVerified):
    """A card that must never reach a holder: ``missing`` is not on it, or not as on a blank."""

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__(f"the pre-made blank is not complete: {', '.join(missing)}")
        self.missing = tuple(missing)


class OtherHolder(NotVerified):
    """The card is somebody's already, or holds something that is not of this order."""


@dataclass(frozen=True, slots=True)
class FileGoal:
    """One file: its content on a blank and on the finished card, and what is written to it."""

    directory: Directory
    file: File
    blank: tuple[bytes, ...] = field(repr=False)
    goal: tuple[bytes, ...] = field(repr=False)
    written: tuple[tuple[int, bytes], ...] = field(repr=False)

    @property
    def place(self) -> str:
        """Directory and file, ``SSSE/EF05``."""
        return f"{self.directory.name}/{self.file.fid:04X}"

    @property
    def changes(self) -> bool:
        """Whether the person changes this file."""
        return self.blank != self.goal

    @property
    def holder_record(self) -> int | None:
        """The place of the ID number, from 0; None for a file without it."""
        names = [each.element.name for each in self.file.record_templates()]
        return names.index(_HOLDER) if _HOLDER in names else None

    def names_holder(self, found: tuple[bytes, ...]) -> bool:
        """Whether the file says that the card is this person's; False: nobody's.

        Raises OtherHolder.
        """
        at = self.holder_record
        if at is None or found[at] not in (self.blank[at], self.goal[at]):
            raise OtherHolder("the card is another person's")
        return found[at] == self.goal[at]

    def left(self, found: tuple[bytes, ...], *, ours: bool) -> Contents:
        """What is still to be written, the ID number first.

        ``ours``: the card names this person already.  Raises IncompleteBlank, OtherHolder.
        """
        if not ours and found != self.blank:
            raise self._no_blank(found)
        match self.file.structure:
            case "transparent":
                return self._spans(found)
            case "cyclic":
                return self._appended(found)
            case _:
                return self._records(found)

    def _spans(self, found: tuple[bytes, ...]) -> Contents:
        """One that is ours may be half-written: it takes several commands, and all are repeated."""
        if found == self.goal:
            return ()
        if not self.changes:
            raise self._foreign(0)
        return self.written

    def _records(self, found: tuple[bytes, ...]) -> Contents:
        """A record is written as a whole or not at all; one that is neither is not ours."""
        for number, record in enumerate(found):
            if record not in (self.blank[number], self.goal[number]):
                raise self._foreign(number)
        missing = [each for each in self.written if found[each[0] - 1] != each[1]]
        at = self.holder_record
        return tuple(sorted(missing, key=lambda each: each[0] - 1 != at))

    def _appended(self, found: tuple[bytes, ...]) -> Contents:
        """Of records that are appended some may be there: the oldest ones, the newest in front."""
        for there in range(len(self.written) + 1):
            newest_first = [data for _, data in reversed(self.written[:there])]
            if (*newest_first, *self.blank)[: len(found)] == found:
                return self.written[there:]
        raise self._foreign(0)

    def _no_blank(self, found: tuple[bytes, ...]) -> NotVerified:
        """What keeps this from being a blank's file: data of somebody, or something missing."""
        fills = expected.records(self.file, {})
        wrong = [at for at, record in enumerate(found) if record != self.blank[at]]
        carried = [at for at in wrong if found[at] != fills[at]]
        if carried:
            return self._foreign(carried[0])
        return IncompleteBlank([self._named(at) for at in wrong])

    def _foreign(self, number: int) -> OtherHolder:
        return OtherHolder(f"the card holds something else in {self._named(number)}")

    def _named(self, number: int) -> str:
        if self.file.structure == "transparent":
            return self.place
        return f"{self.place} {self.file.record_templates()[number].element.name}"


def goals(card: WantedCard) -> tuple[FileGoal, ...]:
    """The files of SSSE, the holder's first, and all others that the person's data change.

    Raises FieldError; ProfileError for a file that is written and cannot be read back, and for a
    profile without ID number.
    """
    found = list(_goals(card))
    holder = holder_goal(found)
    return (holder, *(each for each in found if each is not holder))


def holder_goal(goals: Iterable[FileGoal]) -> FileGoal:
    """The file with the ID number.  Raises ProfileError."""
    for each in goals:
        if each.directory.name == _ROOT and each.holder_record is not None:
            return each
    raise ProfileError(f"{_ROOT} has no element {_HOLDER}")


def _goals(card: WantedCard) -> Iterator[FileGoal]:
    nobody = premade.without_holder(card.profile, card.values)
    directories = sorted(card.profile.directories, key=lambda each: each.name != _ROOT)
    for directory in directories:
        for file in directory.files:
            if file.structure == "internal":
                continue
            goal = FileGoal(
                directory,
                file,
                expected.records(file, nobody),
                expected.records(file, card.values),
                file.encode(card.values),
            )
            readable = file.read.condition is not Condition.NEVER
            if goal.changes and not readable:
                raise ProfileError(f"{goal.place}: is written, but cannot be read back")
            if goal.changes or (readable and directory.name == _ROOT):
                yield goal
