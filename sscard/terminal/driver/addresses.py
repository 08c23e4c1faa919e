"""pFileAddr, pWriteData and the output of iReadCard: files, items, values (ssc 7 [S])."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sscard.errors import ProfileError
from sscard.profiles.element import Element
from sscard.profiles.file import File
from sscard.profiles.model import Directory, Profile
from sscard.terminal.driver.codes import DriverError, ErrorCode
from sscard.terminal.driver.texts import FILE, ITEM

_FILE = re.compile(r"(SSSE|DF[0-9A-F]{2})(EF[0-9A-F]{2})")
_ITEM = re.compile(r"([0-9A-F]{2})(?::([1-9][0-9]?))?")
_WHOLE = frozenset({"cyclic", "transparent"})


@dataclass(frozen=True, slots=True)
class Item:
    """One record of a file: its number, its element, and how the address names it."""

    name: str
    number: int
    element: Element
    #: The tag, where the card has one record with it; None: by number.
    tag: int | None


@dataclass(frozen=True, slots=True)
class Place:
    """One file of an address; no items where the whole file is meant."""

    name: str
    directory: Directory
    file: File
    items: tuple[Item, ...]


def places_of(address: str, profile: Profile) -> tuple[Place, ...]:
    """The files and items that ``address`` names, in its order.

    Raises DriverError: −14 for what is no address and for an item the file has not; −27266 for a
    file that cards of this version have not.
    """
    return tuple(_place(fields, profile) for fields in _segments(address))


def values_of(data: str, places: tuple[Place, ...]) -> tuple[tuple[str, ...], ...]:
    """The values in ``data``, file by file, which has the form of the output of iReadCard.

    Raises DriverError −14 where it is not of the same files, with a value for each item.
    """
    segments = tuple(_segments(data))
    if [name for name, *_ in segments] != [place.name for place in places]:
        raise DriverError(ErrorCode.PARAMETER)
    values = tuple(tuple(segment[1:]) for segment in segments)
    if not all(_fits(place, found) for place, found in zip(places, values, strict=True)):
        raise DriverError(ErrorCode.PARAMETER)
    return values


def output(place: Place, values: tuple[str, ...]) -> str:
    """One file of the output: it mirrors the address."""
    return ITEM.join((place.name, *values)) + ITEM + FILE


def _segments(text: str) -> Iterator[list[str]]:
    """The fields of each file; every file is ended by ``|$``, its name is in capitals."""
    *files, rest = text.split(FILE)
    if rest or not files:
        raise DriverError(ErrorCode.PARAMETER)
    for each in files:
        *fields, behind = each.split(ITEM)
        if behind or not fields:
            raise DriverError(ErrorCode.PARAMETER)
        yield fields


def _fits(place: Place, values: tuple[str, ...]) -> bool:
    if place.file.structure == "transparent":
        return len(values) == 1
    return len(values) == len(place.items) if place.items else bool(values)


def _place(fields: list[str], profile: Profile) -> Place:
    name, *items = fields
    found = _FILE.fullmatch(name)
    if found is None:
        raise DriverError(ErrorCode.PARAMETER)
    directory, file = _file(profile, found[1], int(found[2], 16))
    if file.structure == "internal":
        raise DriverError(ErrorCode.SW_6982)
    if bool(items) == (file.structure in _WHOLE):
        raise DriverError(ErrorCode.PARAMETER)
    return Place(name, directory, file, tuple(_item(file, item) for item in items))


def _file(profile: Profile, directory: str, fid: int) -> tuple[Directory, File]:
    try:
        found = profile.directory(directory)
        return found, found.file(fid)
    except ProfileError:
        raise DriverError(ErrorCode.SW_6A82) from None


def _item(file: File, name: str) -> Item:
    found = _ITEM.fullmatch(name)
    if found is None:
        raise DriverError(ErrorCode.PARAMETER)
    tag, which = int(found[1], 16), int(found[2] or 1)
    records = [each for each in file.record_templates() if each.tag == tag]
    if not 1 <= which <= len(records):
        raise DriverError(ErrorCode.PARAMETER)
    record = records[which - 1]
    by_tag = tag if len(records) == 1 and file.structure == "variable" else None
    return Item(name, record.number, record.element, by_tag)
