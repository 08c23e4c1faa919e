"""iReadCard and iReadCardBas: from files to text (ssc 7 [S])."""

from __future__ import annotations

from collections.abc import Iterator

from sscard.apdu import iso7816
from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusWord
from sscard.profiles.file import File
from sscard.profiles.migration import Definition
from sscard.terminal.driver.addresses import Item, Place
from sscard.terminal.driver.dialogue import Dialogue
from sscard.terminal.driver.standing import Standing
from sscard.terminal.driver.texts import shown

#: In one READ BINARY, and records that a cyclic file can have.
_CHUNK, _MOST = 0xE0, 0xFE


def read_places(standing: Standing, places: tuple[Place, ...]) -> Dialogue[list[tuple[str, ...]]]:
    """The values of each place, as text.

    Raises DriverError, StatusError, MalformedData, KeyStoreError.
    """
    values = []
    for place in places:
        yield from standing.enter(place.directory)
        yield from standing.satisfy(place.file.read, place.directory)
        values.append((yield from _values(standing, place)))
    return values


def _values(standing: Standing, place: Place) -> Dialogue[tuple[str, ...]]:
    if place.file.structure == "transparent":
        return ((yield from _whole(standing, place.file)).hex().upper(),)
    if place.file.structure == "cyclic":
        records = yield from cyclic_records(standing, place.file)
        return tuple(shown(place.file.elements[0], each) for each in records)
    return (yield from _items(standing, place))


def _items(standing: Standing, place: Place) -> Dialogue[tuple[str, ...]]:
    found = []
    for item in place.items:
        answer = yield from standing.send(_read(item, place.file))
        record = answer.require(f"read {place.name}")
        found.append(_shown(standing, place, item, record))
    return tuple(found)


def _shown(standing: Standing, place: Place, item: Item, record: bytes) -> str:
    """By the definition that the record says: one of the first generation may be newer."""
    for each in standing.met.redefined:
        here = each.tag == item.element.tag and each.stands_in(place.directory, place.file)
        if here and each.migrates and each.definition_of(record) is Definition.SECOND:
            return shown(each.new, each.renewed(record))
    return shown(item.element, item.element.unframed(record))


def _read(item: Item, file: File) -> CommandAPDU:
    size = len(item.element.framed(item.element.fill))
    if item.tag is None:
        return iso7816.read_record(item.number, sfi=file.sfi, ne=size)
    return iso7816.read_record_tag(item.tag, sfi=file.sfi, ne=size)


def cyclic_records(standing: Standing, file: File) -> Dialogue[list[bytes]]:
    """What has been written, the newest first; a record that is all fill has not been."""
    element, found = file.elements[0], []
    for number in range(1, _MOST + 1):
        command = iso7816.read_record(number, sfi=file.sfi, ne=element.size)
        answer = yield from standing.send(command)
        if answer.sw == StatusWord.RECORD_NOT_FOUND:
            break
        found.append(answer.require("read a cyclic file"))
    return [each for each in found if each != element.fill]


def _whole(standing: Standing, file: File) -> Dialogue[bytes]:
    """The first command names the file, which makes it current for the ones behind it."""
    content = b""
    for at, size in chunks(file.length, _CHUNK):
        command = iso7816.read_binary(size, sfi=0 if at else file.sfi, offset=at)
        content += (yield from standing.send(command)).require("read a transparent file")
    return content


def chunks(length: int, longest: int) -> Iterator[tuple[int, int]]:
    """Offset and size of each part."""
    for at in range(0, length, longest):
        yield at, min(longest, length - at)
