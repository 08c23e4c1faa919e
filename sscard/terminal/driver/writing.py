"""iWriteCard: from text to files (ssc 7 [S]).  Everything is encoded before anything is written."""

from __future__ import annotations

from collections.abc import Callable

from sscard.apdu import iso7816
from sscard.apdu.command import CommandAPDU
from sscard.dialects.rights import Condition
from sscard.profiles.file import File
from sscard.terminal.driver.addresses import Item, Place
from sscard.terminal.driver.codes import DriverError, ErrorCode
from sscard.terminal.driver.dialogue import Dialogue
from sscard.terminal.driver.reading import chunks
from sscard.terminal.driver.standing import Standing
from sscard.terminal.driver.texts import written

#: In one UPDATE BINARY, with room for a MAC.
_CHUNK = 0xE0
Updates = tuple[CommandAPDU, ...]


def updates_of(place: Place, values: tuple[str, ...]) -> Updates:
    """The commands that write these values.  Raises DriverError −27010, −14, −41, −42."""
    file = place.file
    if file.update.condition is Condition.NEVER:
        raise DriverError(ErrorCode.SW_6982)
    if file.structure == "transparent":
        return _binary(file, values[0])
    if file.structure == "cyclic":
        element = file.elements[0]
        return tuple(iso7816.append_record(written(element, each), sfi=file.sfi) for each in values)
    pairs = zip(place.items, values, strict=True)
    return tuple(_update(item, file, value) for item, value in pairs)


def write_places(
    standing: Standing,
    places: tuple[Place, ...],
    values: Callable[[], tuple[tuple[str, ...], ...]],
) -> Dialogue[None]:
    """Show the keys, send the commands.

    ``values`` is asked when the first key has been shown: with an HSM they come with its answer.
    Raises DriverError, StatusError, KeyStoreError.
    """
    updates: list[Updates] = []
    for at, place in enumerate(places):
        yield from standing.enter(place.directory)
        yield from standing.satisfy(place.file.update, place.directory)
        if not updates:
            updates = [updates_of(*each) for each in zip(places, values(), strict=True)]
        for command in updates[at]:
            yield from standing.update(place.file.update, place.directory, command)


def _update(item: Item, file: File, value: str) -> CommandAPDU:
    record = item.element.framed(written(item.element, value))
    if item.tag is None:
        return iso7816.update_record(item.number, record, sfi=file.sfi)
    return iso7816.update_record_tag(item.tag, record, sfi=file.sfi)


def _binary(file: File, value: str) -> Updates:
    """Select by SFI with the first command; offsets behind the first 256 bytes need that."""
    if len(value) > 2 * file.length:
        raise DriverError(ErrorCode.DATA_LENGTH)
    if len(value) % 2 or not set(value) <= set("0123456789ABCDEFabcdef"):
        raise DriverError(ErrorCode.DATA_CHARACTERS)
    content = bytes.fromhex(value)
    return tuple(
        iso7816.update_binary(content[at : at + size], sfi=0 if at else file.sfi, offset=at)
        for at, size in chunks(len(content), _CHUNK)
    )
