"""Records, binary files and lengths: which bytes are read, and which are written."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos import le
from sscard.cos.environment import Environment
from sscard.cos.files import ElementaryFile
from sscard.cos.ssse import records
from sscard.dialects.operations import Structure
from wrong_cards.hands import Handler, Hands, Process, mutant
from wrong_cards.rights import SEALED_UPDATES, UPDATES

_BY_NUMBER, _TO_LAST = 4, 5
_RECORD_UPDATES = tuple(each for each in UPDATES + SEALED_UPDATES if each[1] == INS.UPDATE_RECORD)


def _found(hands: Hands, find: Any) -> None:
    """Let a record be found by this; it is given the right way to find."""
    right = records._find
    hands.patch.setattr(
        records, "_find", lambda env, file, p1, how: find(right, env, file, p1, how)
    )


def _read_otherwise(hands: Hands, change: Any, ins: int = INS.READ_RECORD) -> None:
    """Let the card understand a read command as another one."""

    def around(handler: Handler) -> Handler:
        return lambda env, command: handler(env, change(command))

    hands.around(around, (0x00, ins))


@mutant
def record_number_one_off(hands: Hands) -> None:
    """Number n is the record behind the n-th, of the last the first."""

    def find(right: Any, env: Environment, file: ElementaryFile, p1: int, how: int) -> Any:
        if how == _BY_NUMBER and file.structure is not Structure.CYCLIC:
            records._number(file, p1)
            p1 = p1 % len(file.places) + 1
        return right(env, file, p1, how)

    _found(hands, find)


@mutant
def identifier_finds_the_next(hands: Hands) -> None:
    """An identifier finds the record behind the one that has it."""

    def find(right: Any, env: Environment, file: ElementaryFile, p1: int, how: int) -> Any:
        place = right(env, file, p1, how)
        if how < _BY_NUMBER:
            return file.places[(file.places.index(place) + 1) % len(file.places)]
        return place

    _found(hands, find)


@mutant
def last_record_missing(hands: Hands) -> None:
    right = records._number

    def number(file: ElementaryFile, p1: int) -> int:
        if len(file.places) > 1 and p1 == len(file.places):
            raise StatusError(StatusWord.RECORD_NOT_FOUND)
        return right(file, p1)

    hands.patch.setattr(records, "_number", number)


@mutant
def behind_the_last_is_the_last(hands: Hands) -> None:
    """A record number that the file does not have is answered with the last record."""
    hands.patch.setattr(records, "_number", lambda file, p1: min(max(p1, 1), len(file.places)))


@mutant
def all_records_is_one(hands: Hands) -> None:
    def change(command: CommandAPDU) -> CommandAPDU:
        one = command.p2 & 7 == _TO_LAST
        return replace(command, p2=command.p2 - 1) if one else command

    _read_otherwise(hands, change)


@mutant
def short_identifier_ignored(hands: Hands) -> None:
    """Where a file is current, P2 does not name another one."""
    right = hands.social.file
    hands.patch.setattr(hands.social, "file", lambda sfi: right(0 if hands.social.ef else sfi))


@mutant
def cyclic_oldest_first(hands: Hands) -> None:
    def find(right: Any, env: Environment, file: ElementaryFile, p1: int, how: int) -> Any:
        if how == _BY_NUMBER and file.structure is Structure.CYCLIC:
            p1 = len(file.places) + 1 - records._number(file, p1)
        return right(env, file, p1, how)

    _found(hands, find)


@mutant
def append_overwrites_the_newest(hands: Hands) -> None:
    def append(env: Environment, file: ElementaryFile, record: bytes) -> None:
        at, size = file.places[env.nvm.image[file.newest_at]]
        if len(record) != size:
            raise StatusError(StatusWord.WRONG_LENGTH)
        env.nvm.write(at, record)

    hands.patch.setattr(records, "append", append)


@mutant
def update_takes_any_tag(hands: Hands) -> None:
    """A record of a variable file may get another tag and length."""
    variable, fixed = Structure.VARIABLE, Structure.FIXED
    right = records._record_file

    def file_of(env: Environment, command: CommandAPDU) -> Any:
        file, how = right(env, command)
        free = file.structure is variable and command.ins == INS.UPDATE_RECORD
        return (replace(file, structure=fixed) if free else file), how

    hands.patch.setattr(records, "_record_file", file_of)


@mutant
def update_takes_short_records(hands: Hands) -> None:
    """What is too short is filled up with zeros, what is too long is cut."""

    def around(handler: Handler) -> Handler:
        def run(env: Environment, command: CommandAPDU) -> bytes:
            try:
                return handler(env, command)
            except StatusError as refusal:
                if refusal.sw != StatusWord.WRONG_LENGTH:
                    raise
            file, how = records._record_file(env, command)
            _, size = records._find(env, file, command.p1, how)
            return handler(env, replace(command, data=command.data[:size].ljust(size, b"\0")))

        return run

    hands.around(around, (0x00, INS.UPDATE_RECORD))


@mutant
def update_not_written(hands: Hands) -> None:
    """9000, and the record is as it was."""

    def around(handler: Handler) -> Handler:
        def run(env: Environment, command: CommandAPDU) -> bytes:
            handler(env, command)
            env.nvm.roll_back()
            return b""

        return run

    hands.around(around, *_RECORD_UPDATES)


@mutant
def update_lost_at_power_off(hands: Hands) -> None:
    """An update is read back rightly and is gone when power comes back."""
    right, written = hands.nvm.commit, []

    def around(handler: Handler) -> Handler:
        def run(env: Environment, command: CommandAPDU) -> bytes:
            written.append(True)
            return handler(env, command)

        return run

    def commit() -> None:
        if written:
            written.clear()
            hands.nvm._forget()
        else:
            right()

    hands.around(around, *UPDATES, *SEALED_UPDATES)
    hands.patch.setattr(hands.nvm, "commit", commit)


@mutant
def update_spoils_the_next_record(hands: Hands) -> None:
    """An update by number also clears the value of the record behind."""

    def around(handler: Handler) -> Handler:
        def run(env: Environment, command: CommandAPDU) -> bytes:
            answer = handler(env, command)
            file, how = records._record_file(env, command)
            if file.structure is Structure.VARIABLE and how == _BY_NUMBER:
                at, size = file.places[command.p1 % len(file.places)]
                env.nvm.write(at + 2, bytes(size - 2))
            return answer

        return run

    hands.around(around, *_RECORD_UPDATES)


@mutant
def binary_offset_of_one_byte(hands: Hands) -> None:
    """The high byte of an offset is ignored: photographs repeat their beginning."""

    def change(command: CommandAPDU) -> CommandAPDU:
        return command if command.p1 & 0x80 else replace(command, p1=0)

    _read_otherwise(hands, change, INS.READ_BINARY)


@mutant
def binary_behind_the_end(hands: Hands) -> None:
    """Behind the end of a transparent file there are zeros."""
    right = records.part

    def part(env: Environment, file: ElementaryFile, offset: int, ne: int) -> bytes:
        _, size = file.places[0]
        return bytes(ne) if offset >= size else right(env, file, offset, ne)

    hands.patch.setattr(records, "part", part)


@mutant
def small_le_is_cut(hands: Hands) -> None:
    """An Le that is too small gets so many bytes and 9000, not 6Cxx."""
    hands.patch.setattr(le, "policy", lambda chip, protocol: lambda data, ne: data[:ne])


@mutant
def right_le_told_wrong(hands: Hands) -> None:
    """6Cxx names one byte more than there is."""

    def line(process: Process) -> Process:
        def lie(raw: bytes) -> bytes:
            answer = process(raw)
            return (
                bytes((0x6C, answer[1] + 1 & 0xFF))
                if len(answer) == 2 and answer[0] == 0x6C
                else answer
            )

        return lie

    hands.line(line)
