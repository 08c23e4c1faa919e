"""Which application: by directory (PSE, PPSE) or by a list of names (pboc 2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sscard.apdu import iso7816, pboc, tlv
from sscard.apdu.aid import PPSE, PSE
from sscard.apdu.response import ResponseAPDU
from sscard.apdu.status import StatusWord
from sscard.errors import MalformedData
from sscard.perso.plan import Plan
from sscard.terminal.pos.configuration import Application, Terminal

#: A directory has records 1 to 255 and a card fewer applications than this of one name.
_LAST_RECORD, _MOST = 0xFF, 30
#: Bytes in the name of an application.
_NAMES = range(5, 17)
_DIRECTORY_SFIS = range(1, 11)
_PRIORITY, _LAST = 0x0F, 0x10


@dataclass(frozen=True, slots=True)
class Candidate:
    """An application of the card, and under which of the terminal's it falls.

    ``priority`` is 1 for the first; 0 for one without.
    """

    name: bytes
    application: Application
    label: str = ""
    priority: int = 0


def candidates(terminal: Terminal) -> Plan[tuple[Candidate, ...]]:
    """The applications that both know, in the card's order of preference.

    Raises StatusError for a card that is blocked as a whole.
    """
    found: tuple[Candidate, ...] = ()
    if terminal.directory:
        found = yield from _directory(terminal.applications)
    if not found:
        found = yield from _by_list(terminal.applications)
    return in_order(found)


def contactless_candidates(terminal: Terminal) -> Plan[tuple[Candidate, ...]]:
    """The same from a PPSE, whose FCI is the directory (pboc 2.2 [H])."""
    fci = (yield pboc.select(PPSE)).require("select PPSE")
    listed = tlv.find(fci, 0x6F, 0xA5, 0xBF0C)
    return in_order(_entries(listed or b"", terminal.applications))


def in_order(found: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """By priority; those without come last, in the order found."""
    return tuple(sorted(found, key=lambda each: each.priority or _LAST))


def _directory(applications: tuple[Application, ...]) -> Plan[tuple[Candidate, ...]]:
    response = yield pboc.select(PSE)
    if response.sw == StatusWord.FUNCTION_NOT_SUPPORTED:
        response.require("select PSE: the card is blocked")
    place = _directory_file(response)
    if place is None:
        return ()
    found: list[Candidate] = []
    for number in range(1, _LAST_RECORD + 1):
        record = yield iso7816.read_record(number, sfi=place)
        if record.sw == StatusWord.RECORD_NOT_FOUND:
            return tuple(found)
        entries = _record_entries(record, applications)
        if entries is None:
            return ()
        found.extend(entries)
    return tuple(found)


def _directory_file(response: ResponseAPDU) -> int | None:
    """SFI of the directory; None for a card without one, or with one that is blocked or broken."""
    if response.sw != StatusWord.OK:
        return None
    try:
        place = tlv.find(response.data, 0x6F, 0xA5, 0x88)
    except MalformedData:
        return None
    return place[0] if place and len(place) == 1 and place[0] in _DIRECTORY_SFIS else None


def _record_entries(
    record: ResponseAPDU, applications: tuple[Application, ...]
) -> tuple[Candidate, ...] | None:
    """None for a record that is none: then the terminal's own list is what counts."""
    if record.sw != StatusWord.OK:
        return None
    try:
        content = tlv.find(record.data, 0x70)
        return None if content is None else tuple(_entries(content, applications))
    except MalformedData:
        return None


def _entries(content: bytes, applications: tuple[Application, ...]) -> Iterator[Candidate]:
    for tag, entry in tlv.parse(content):
        name = tlv.find(entry, 0x4F) if tag == 0x61 else None
        if name is None or len(name) not in _NAMES:
            continue
        accepted = next((each for each in applications if each.matches(name)), None)
        if accepted:
            yield _candidate(name, accepted, entry)


def _candidate(name: bytes, application: Application, content: bytes) -> Candidate:
    label = tlv.find(content, 0x9F12) or tlv.find(content, 0x50) or b""
    priority = tlv.find(content, 0x87) or b"\0"
    text = label.decode("gbk", errors="replace").strip()
    return Candidate(name, application, text, priority[0] & _PRIORITY)


def _by_list(applications: tuple[Application, ...]) -> Plan[tuple[Candidate, ...]]:
    found: dict[bytes, Candidate] = {}
    for application in applications:
        for candidate in (yield from _named(application)):
            found.setdefault(candidate.name, candidate)
    return tuple(found.values())


def _named(application: Application) -> Plan[tuple[Candidate, ...]]:
    """All of the card's under one name: the first, and then the next, and the next."""
    found: list[Candidate] = []
    for at in range(_MOST):
        response = yield pboc.select(application.name, following=at > 0)
        if response.sw == StatusWord.FUNCTION_NOT_SUPPORTED and not at:
            response.require("select application: the card is blocked")
        blocked = response.sw == StatusWord.FILE_INVALIDATED
        if response.sw != StatusWord.OK and not blocked:
            break
        name = (tlv.find(response.data, 0x6F, 0x84) or b"") if response.data else b""
        if not blocked and len(name) in _NAMES and application.matches(name):
            content = tlv.find(response.data, 0x6F, 0xA5) or b""
            found.append(_candidate(name, application, content))
        if not application.partial or name == application.name:
            break
    return tuple(found)
