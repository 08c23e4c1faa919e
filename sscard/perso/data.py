"""A person's data into the files: external authentication with each update key, then records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sscard.apdu import iso7816, ssc
from sscard.apdu.command import CommandAPDU
from sscard.channel.ssc import authenticate
from sscard.errors import ProfileError
from sscard.keys import SecretKey, Suite
from sscard.perso.order import CardOrder, key_at
from sscard.perso.plan import Plan
from sscard.profiles import Directory, File

#: Bytes of data in one UPDATE BINARY: what a short APDU without secure messaging can say.
_CHUNK = 0xFF
#: The largest offset of UPDATE BINARY with an SFI.
_LAST_NAMED = 0xFF


@dataclass(frozen=True, slots=True)
class FileWrites:
    """The commands that bring one file from its fill to its content, and the key they need."""

    subject: str
    kid: int
    commands: tuple[CommandAPDU, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class DirectoryWrites:
    """One directory's writes, encoded before the first command goes out."""

    directory: Directory
    files: tuple[FileWrites, ...]


def encode(order: CardOrder) -> tuple[DirectoryWrites, ...]:
    """Everything the card will be told about the person.  Raises FieldError, ProfileError.

    A bad applicant never costs a half-written card, because this comes before the first command.
    """
    writes = []
    for directory in order.profile.directories:
        files = tuple(
            FileWrites(f"{directory.name}/{file.fid:04X}", _update_kid(order, directory, file), c)
            for file in directory.files
            if (c := tuple(_commands(file, order)))
        )
        if files:
            writes.append(DirectoryWrites(directory, files))
    return tuple(writes)


def write(order: CardOrder, writes: tuple[DirectoryWrites, ...]) -> Plan[None]:
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
                (yield command).require(f"write {file.subject}")


def show_key(
    suite: Suite, key: SecretKey, kid: int, doing: str, *, version: int | None = None
) -> Plan[None]:
    """GET CHALLENGE and EXTERNAL AUTHENTICATE: one attempt, the challenge is also the data."""
    challenge = (yield iso7816.get_challenge(8)).require(f"{doing}: challenge")
    proof = authenticate(suite, key, challenge, challenge)
    (yield ssc.external_authenticate(kid, proof, challenge, version=version)).require(doing)


def _commands(file: File, order: CardOrder) -> Iterator[CommandAPDU]:
    sfi = file.fid & 0x1F
    for place, data in file.encode(order.values):
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
    for at in range(0, len(data), _CHUNK):
        yield iso7816.update_binary(data[at : at + _CHUNK], sfi=sfi, offset=offset + at)
        sfi = 0  # named once, it is current


def _update_kid(order: CardOrder, directory: Directory, file: File) -> int:
    if file.update.kid is None:
        if file.encode(order.values):
            raise ProfileError(
                f"{directory.name}/{file.fid:04X}: has values, but no key may write them"
            )
        return 0
    return file.update.kid
