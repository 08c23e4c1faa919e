"""A person's data into the files: external authentication with each update key, then records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from sscard.apdu import iso7816, ssc
from sscard.apdu.command import CommandAPDU
from sscard.channel.ssc import MAC_SIZE, authenticate, wrap
from sscard.errors import MalformedData, ProfileError
from sscard.keys import SecretKey, Suite
from sscard.perso.order import WantedCard, key_at, maintenance_key
from sscard.perso.plan import Plan
from sscard.profiles import Directory, File

#: Bytes of data in one UPDATE BINARY: what a short APDU can say, with a MAC or without.
_CHUNK, _SECURED_CHUNK = 0xFF, 0xFF - MAC_SIZE
UPDATES = (iso7816.INS.UPDATE_RECORD, iso7816.INS.UPDATE_BINARY)
#: The largest offset of UPDATE BINARY with an SFI.
_LAST_NAMED = 0xFF
_CHALLENGE = 8
#: Record number, or offset, and what is written there: as ``File.encode`` gives it.
Contents: TypeAlias = tuple[tuple[int, bytes], ...]


@dataclass(frozen=True, slots=True)
class FileWrites:
    """The commands that bring one file from its fill to its content, and the key they need.

    ``secured``: they need a MAC as well.
    """

    subject: str
    kid: int
    secured: bool
    commands: tuple[CommandAPDU, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class DirectoryWrites:
    """One directory's writes, encoded before the first command goes out."""

    directory: Directory
    files: tuple[FileWrites, ...]


def encode(order: WantedCard) -> tuple[DirectoryWrites, ...]:
    """Everything the card will be told about the person.  Raises FieldError, ProfileError.

    A bad applicant never costs a half-written card, because this comes before the first command.
    """
    writes = []
    for directory in order.profile.directories:
        files = tuple(
            file_writes(directory, file, written)
            for file in directory.files
            if (written := file.encode(order.values))
        )
        if files:
            writes.append(DirectoryWrites(directory, files))
    return tuple(writes)


def file_writes(directory: Directory, file: File, written: Contents) -> FileWrites:
    """The commands that write this much of a file, as its ``encode`` gave it.

    Raises ProfileError where no key may.
    """
    place = f"{directory.name}/{file.fid:04X}"
    if file.update.kid is None:
        raise ProfileError(f"{place}: has values, but no key may write them")
    commands = tuple(_commands(file, written))
    return FileWrites(place, file.update.kid, file.update.secured, commands)


def write(order: WantedCard, writes: tuple[DirectoryWrites, ...]) -> Plan[None]:
    """Select, authenticate, update: directory by directory, each key shown once."""
    for each in writes:
        name = each.directory.name
        (yield iso7816.select(each.directory.df_name)).require(f"select {name}")
        shown: set[int] = set()
        for file in each.files:
            if file.kid not in shown:
                key = key_at(order.profile, each.directory, file.kid)
                doing = f"{file.subject}: {key.name}"
                yield from show_key(order.suite, order.key(key), file.kid, doing)
                shown.add(file.kid)
            for command in file.commands:
                if file.secured and command.ins in UPDATES:
                    command = yield from sealed(command, order, each.directory)
                (yield command).require(f"write {file.subject}")


def sealed(command: CommandAPDU, order: WantedCard, directory: Directory) -> Plan[CommandAPDU]:
    """The command with a MAC under the directory's STK, after a new challenge."""
    stk = maintenance_key(order.profile, directory)
    challenge = yield from _challenge(stk.name)
    return wrap(command, order.suite, order.key(stk), challenge)


def show_key(
    suite: Suite, key: SecretKey, kid: int, doing: str, *, version: int | None = None
) -> Plan[None]:
    """GET CHALLENGE and EXTERNAL AUTHENTICATE: one attempt, the challenge is also the data."""
    challenge = yield from _challenge(doing)
    proof = authenticate(suite, key, challenge, challenge)
    (yield ssc.external_authenticate(kid, proof, challenge, version=version)).require(doing)


def _challenge(doing: str) -> Plan[bytes]:
    """Eight bytes to prove a key over.  Raises StatusError, MalformedData."""
    challenge = (yield iso7816.get_challenge(_CHALLENGE)).require(f"{doing}: challenge")
    if len(challenge) != _CHALLENGE:
        raise MalformedData(f"{doing}: a challenge of {len(challenge)} bytes, not {_CHALLENGE}")
    return challenge


def _commands(file: File, written: Contents) -> Iterator[CommandAPDU]:
    sfi = file.fid & 0x1F
    for place, data in written:
        if file.structure == "cyclic":
            yield iso7816.append_record(data, sfi=sfi)
        elif file.structure == "transparent":
            yield from _binary(file, place, data)
        else:
            yield iso7816.update_record(place, data, sfi=sfi)


def _binary(file: File, offset: int, data: bytes) -> Iterator[CommandAPDU]:
    """SELECT makes the file current where the offset is too large to be said with an SFI."""
    sfi = file.fid & 0x1F
    if offset > _LAST_NAMED:
        yield iso7816.select_fid(file.fid, under_current=True)
        sfi = 0
    chunk = _SECURED_CHUNK if file.update.secured else _CHUNK
    for at in range(0, len(data), chunk):
        yield iso7816.update_binary(data[at : at + chunk], sfi=sfi, offset=offset + at)
        sfi = 0  # named once, it is current
