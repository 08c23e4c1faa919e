"""SELECT, FCI, ATR, and the form of commands."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sscard.apdu.command import CommandAPDU
from sscard.apdu.medical import MEDICAL_CLASS
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos import card, dispatch
from sscard.cos.card import SSSE
from sscard.dialects.operations import Structure
from wrong_cards.hands import Hands, Process, mutant
from wrong_cards.rights import READS

_OK, _REFUSED, _NOT_FOUND = b"\x90\x00", b"\x69\x82", b"\x6a\x82"


def _answered(hands: Hands, change: Any) -> None:
    """Let answers be changed by (command, answer) -> answer."""

    def line(process: Process) -> Process:
        return lambda raw: change(raw, process(raw))

    hands.line(line)


@mutant
def fid_finds_the_neighbours_file(hands: Hands) -> None:
    """SELECT by identifier finds files of other directories."""
    right = hands.os._select_fid

    def select(fid: int, p1: int) -> bytes:
        try:
            return right(fid, p1)
        except StatusError:
            for directory in hands.social.files.directories.values():
                file = directory.by_fid.get(fid)
                if file is not None and file.structure is not Structure.INTERNAL:
                    hands.social.select_file(file)
                    return b""
            raise

    hands.patch.setattr(hands.os, "_select_fid", select)


@mutant
def unknown_name_selects_ssse(hands: Hands) -> None:
    right = hands.os._select_name

    def select(name: bytes, *, following: bool) -> Any:
        try:
            return right(name, following=following)
        except StatusError as refusal:
            if refusal.sw != StatusWord.FILE_NOT_FOUND:
                raise
            return right(hands.social.files.directories[SSSE].name, following=False)

    hands.patch.setattr(hands.os, "_select_name", select)


@mutant
def failed_select_leaves_the_directory(hands: Hands) -> None:
    """A SELECT that finds nothing has made SSSE current, and what was shown is gone."""
    right = hands.os._select_name

    def select(name: bytes, *, following: bool) -> Any:
        try:
            return right(name, following=following)
        except StatusError:
            hands.social.select_directory(hands.social.files.directories[SSSE])
            raise

    hands.patch.setattr(hands.os, "_select_name", select)


@mutant
def fci_without_algorithm(hands: Hands) -> None:
    """The FCI of SSSE has no issuer data."""
    _fci(hands, bytes.fromhex("9F0C03860101"), b"")


@mutant
def fci_names_another_dir(hands: Hands) -> None:
    """The FCI of SSSE names a DIR file that is not there."""
    _fci(hands, bytes.fromhex("88011E"), bytes.fromhex("88011D"))


def _fci(hands: Hands, old: bytes, new: bytes) -> None:
    def change(raw: bytes, answer: bytes) -> bytes:
        if raw[:2] != b"\x00\xa4" or answer[:1] != b"\x6f" or old not in answer:
            return answer
        shorter = len(old) - len(new)
        fci = bytearray(answer.replace(old, new))
        fci[1] -= shorter
        at = fci.index(0xA5, 2 + 2 + fci[3])
        fci[at + 1] -= shorter
        return bytes(fci)

    _answered(hands, change)


@mutant
def refused_reading_is_not_found(hands: Hands) -> None:
    """6A82 instead of 6982 for a file that may not be read."""
    reads = {bytes(each) for each in READS}

    def change(raw: bytes, answer: bytes) -> bytes:
        return _NOT_FOUND if raw[:2] in reads and answer == _REFUSED else answer

    _answered(hands, change)


@mutant
def absent_file_is_refused(hands: Hands) -> None:
    """6982 instead of 6A82 for reading a file that is not there."""
    reads = {bytes(each) for each in READS}

    def change(raw: bytes, answer: bytes) -> bytes:
        return _REFUSED if raw[:2] in reads and answer == _NOT_FOUND else answer

    _answered(hands, change)


@mutant
def refusal_with_data(hands: Hands) -> None:
    """Reading without a right is refused with 6982, and the record stands before it."""
    right = hands.social.require
    refused: list[bool] = []

    def require(rule: Any) -> None:
        try:
            right(rule)
        except StatusError as refusal:
            if refusal.sw != StatusWord.SECURITY_NOT_SATISFIED or not reading:
                raise
            refused.append(True)

    reading: list[bool] = []

    def line(process: Process) -> Process:
        def lie(raw: bytes) -> bytes:
            refused.clear()
            reading[:] = [True] * (raw[:2] in {bytes(each) for each in READS})
            answer = process(raw)
            return answer[:-2] + _REFUSED if refused and answer[-2:] == _OK else answer

        return lie

    hands.patch.setattr(hands.social, "require", require)
    hands.line(line)


@mutant
def channel_ignored(hands: Hands) -> None:
    """A command on another logical channel is carried out on the basic one."""
    _parsed(hands, lambda command: replace(command, cla=command.cla & ~0x03))


@mutant
def class_ignored(hands: Hands) -> None:
    """Class 80 is taken for class 00 where only that is known."""
    known = hands.os._tables[id(hands.social)]

    def change(command: CommandAPDU) -> CommandAPDU:
        strange = command.cla == 0x80 and (0x80, command.ins) not in known
        return replace(command, cla=0x00) if strange and (0x00, command.ins) in known else command

    _parsed(hands, change)


def _parsed(hands: Hands, change: Any) -> None:
    right = card._parse
    hands.patch.setattr(card, "_parse", lambda raw: change(right(raw)))


@mutant
def p1p2_not_checked(hands: Hands) -> None:
    """But for medical transactions, where P1 chooses the command."""

    def unchecked(key: tuple[int, int], row: Any) -> Any:
        return row if key[0] == MEDICAL_CLASS else replace(row, p1=dispatch.ANY, p2=dispatch.ANY)

    hands.everywhere(unchecked)


@mutant
def unknown_instruction_succeeds(hands: Hands) -> None:
    def change(raw: bytes, answer: bytes) -> bytes:
        return _OK if answer == b"\x6d\x00" else answer

    _answered(hands, change)


@mutant
def historical_bytes_one_short(hands: Hands) -> None:
    """The ATR announces 12 historical bytes and has 12."""
    right = hands.os.reset

    def reset(*protocol: Any) -> bytes:
        answer = right(*protocol)
        contact = answer[:2] == b"\x3b\x6d"
        return b"\x3b\x6c" + answer[2:-1] if contact else answer

    hands.patch.setattr(hands.os, "reset", reset)


@mutant
def atr_asks_for_more_guard_time(hands: Hands) -> None:
    """TC1 is not 00."""
    right = hands.os.reset

    def reset(*protocol: Any) -> bytes:
        answer = right(*protocol)
        return answer.replace(b"\x3b\x6d\x00\x00", b"\x3b\x6d\x00\x05", 1)

    hands.patch.setattr(hands.os, "reset", reset)
