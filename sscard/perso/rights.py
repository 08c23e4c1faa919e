"""One right of one file, tried on the card: refused without what it asks for, granted with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass, field
from enum import Enum, unique

from sscard.apdu import iso7816
from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.dialects.rights import AccessRule, Condition
from sscard.perso.findings import Finding, Proof
from sscard.perso.plan import Plan, attempt
from sscard.perso.read_files import read_file
from sscard.profiles import File

#: READ BINARY and READ RECORD reach nothing behind these.
_LAST_OFFSET, _LAST_RECORD = 0x7FFF, 0xFE
#: Adds the MAC of the directory's STK to a command.
Seal = Callable[[CommandAPDU], Plan[CommandAPDU]]


@unique
class Access(Enum):
    """What a right is about."""

    READ = "read"
    UPDATE = "update"


@dataclass(frozen=True, slots=True)
class Right:
    """Who may read a file, or who may update it.  ``content`` is what the file must hold."""

    place: str  # directory and file, "SSSE/EF05"
    file: File
    access: Access
    content: tuple[bytes, ...] = field(repr=False)

    @property
    def rule(self) -> AccessRule:
        """The profile's rule."""
        return self.file.read if self.access is Access.READ else self.file.update

    def opens(self, *, pin: bool, keys: Set[int]) -> bool:
        """Whether the PIN and the keys with these ids, if shown, are enough (ssc 3.1 [S])."""
        key = self.rule.kid in keys
        match self.rule.condition:
            case Condition.PIN_AND_KEY:
                return pin and key
            case Condition.PIN_OR_KEY:
                return pin or key
            case Condition.PIN:
                return pin
            case condition:
                return key or condition is Condition.FREE

    def found(self, agrees: bool) -> Finding:
        """What an attempt has shown."""
        return Finding(f"{self.place}: right to {self.access.value}", Proof.REFUSAL, agrees)


def rights(place: str, file: File, content: tuple[bytes, ...]) -> Iterator[Right]:
    """The rights of a file; reading comes first, because trying to update hides what was there."""
    for access in Access:
        yield Right(place, file, access, content)


def tried(right: Right, seal: Seal, *, granted: bool) -> Plan[Finding]:
    """Try once: the card must grant it or say 6982.

    Where the issuer asks for a MAC the card must say 6987 without one; ``seal`` adds it.
    """
    command, demanded = _read(right) if right.access is Access.READ else _update(right), True
    if right.rule.secured:
        demanded = (yield command).sw == StatusWord.MAC_MISSING
        command = yield from seal(command)
    wanted = _granted(right) if granted else StatusWord.SECURITY_NOT_SATISFIED
    return right.found((yield command).sw == wanted and demanded)


def read(right: Right) -> Plan[tuple[Finding, ...]]:
    """Read the whole file: it must be granted, and hold what it should.

    Everything else names a file by the low five bits of its FID, and reads no further than the
    profile says: whether it has this FID and ends there is asked for besides.
    """
    known = (yield iso7816.select_fid(right.file.fid)).sw == StatusWord.OK
    named = Finding(f"{right.place}: FID", Proof.READING, known)
    content = yield from attempt(read_file(right.file))
    if isinstance(content, StatusError):
        return (named, right.found(False))
    ends = yield from _ends(right)
    agrees = content == right.content and ends
    held = Finding(right.place, Proof.READING, agrees, right.content, content)
    return (named, right.found(True), held)


def _ends(right: Right) -> Plan[bool]:
    """Whether a file that has just been read has no more bytes or records than it should."""
    if right.file.structure != "transparent":
        behind = len(right.content) + 1
        if behind > _LAST_RECORD:
            return True
        response = yield iso7816.read_record(behind, sfi=right.file.fid & 0x1F)
        return response.sw == StatusWord.RECORD_NOT_FOUND
    if right.file.length > _LAST_OFFSET:
        return True
    return (yield iso7816.read_binary(1, offset=right.file.length)).sw != StatusWord.OK


def _read(right: Right) -> CommandAPDU:
    """The first record or byte is enough to ask."""
    sfi = right.file.fid & 0x1F
    if right.file.structure == "transparent":
        return iso7816.read_binary(1, sfi=sfi)
    return iso7816.read_record(1, sfi=sfi, ne=len(right.content[0]))


def _update(right: Right) -> CommandAPDU:
    """Write what is already there.

    A cyclic file would keep one record more; it is asked to take one that is a byte too short.
    """
    sfi, first = right.file.fid & 0x1F, right.content[0]
    match right.file.structure:
        case "transparent":
            return iso7816.update_binary(first[:1], sfi=sfi)
        case "cyclic":
            return iso7816.append_record(first[:-1], sfi=sfi)
        case _:
            return iso7816.update_record(1, first, sfi=sfi)


def _granted(right: Right) -> StatusWord:
    """The right is checked before the length: whoever hears of the length has the right."""
    appended = right.access is Access.UPDATE and right.file.structure == "cyclic"
    return StatusWord.WRONG_LENGTH if appended else StatusWord.OK
