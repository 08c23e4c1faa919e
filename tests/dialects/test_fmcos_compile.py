"""Neutral operations in FMCOS's words, on a card; and what it refuses, by name (decision 17)."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from sscard.apdu import iso7816
from sscard.apdu.command import CommandAPDU
from sscard.apdu.response import ResponseAPDU
from sscard.apdu.status import StatusWord
from sscard.channel.fmcos import authentication_data
from sscard.cos.fmcos import FmcosCard
from sscard.cos.nvm import JOURNAL_PAGES, NVM
from sscard.dialects.chip import PAGE
from sscard.dialects.fmcos_compile import compile_card
from sscard.dialects.operations import (
    CreateDirectory,
    CreateFile,
    EndPreIssue,
    KeyType,
    LoadKey,
    Operation,
    ReplaceKey,
    ReplaceMaster,
    SetFci,
    Structure,
    WriteHistorical,
)
from sscard.dialects.rights import FREE, NEVER, PIN, AccessRule, Condition
from sscard.dialects.timecos import TIMECOS
from sscard.errors import ProfileError
from sscard.keys import TDES
from sscard.perso import structure
from sscard.perso.order import CardOrder

MASTER, UPDATE, OTHER, BOTH = (bytes(range(at, at + 16)) for at in (0, 16, 32, 48))
KEY = AccessRule(Condition.KEY, 0x83)
PIN_OR_KEY = AccessRule(Condition.PIN_OR_KEY, 0x84)
PIN_AND_KEY = AccessRule(Condition.PIN_AND_KEY, 0x85)


def file(fid: int, read: AccessRule = FREE, update: AccessRule = NEVER) -> CreateFile:
    return CreateFile(fid, Structure.FIXED, read, update, (b"one", b"two"))


KEYS = (
    LoadKey(KeyType.MASTER, 0, 1, 3, MASTER),
    LoadKey(KeyType.PIN, 0, 1, 6, bytes.fromhex("123456FFFFFFFFFF")),
    LoadKey(KeyType.EXTERNAL, 0x83, 1, 3, UPDATE),
    LoadKey(KeyType.EXTERNAL, 0x84, 1, 3, OTHER),
    LoadKey(KeyType.EXTERNAL, 0x85, 1, 3, BOTH),
    LoadKey(KeyType.MAINTENANCE, 0x82, 1, 3, OTHER),
    LoadKey(KeyType.INTERNAL, 0, 1, 0, OTHER),
)
FILES = (
    file(1, FREE, KEY),
    file(2, PIN, NEVER),
    file(3, PIN_OR_KEY, PIN_AND_KEY),
    CreateFile(4, Structure.TRANSPARENT, FREE, KEY, (bytes(range(250)) * 2,)),
    CreateFile(5, Structure.CYCLIC, KEY, KEY, (b"\xff" * 8,), 3),
    CreateFile(6, Structure.VARIABLE, FREE, NEVER, (b"\x01\x02ab", b"\x02\x01c")),
)
#: Files before keys: the compiler puts them in the order that FMCOS wants.
CARD: tuple[Operation, ...] = (
    CreateDirectory(0x3F00),
    SetFci(b"\x88\x01\x01"),
    LoadKey(KeyType.MASTER, 0, 1, 3, MASTER),
    CreateDirectory(0xDF01, b"ADF-1"),
    *FILES,
    *KEYS,
    CreateDirectory(0xDF02, b"ADF-2"),
    file(1, FREE, FREE),
    EndPreIssue(),
)


class Host:
    def __init__(self, operations: tuple[Operation, ...]) -> None:
        memory = NVM(bytearray(JOURNAL_PAGES * PAGE + 8192))
        self.card = FmcosCard(memory, random.Random(1).randbytes)
        for command in compile_card(operations):
            assert self.send(command).sw == StatusWord.OK
        self.card.reset()

    def send(self, command: CommandAPDU) -> ResponseAPDU:
        return ResponseAPDU.parse(self.card.process(bytes(command)))

    def read(self, sfi: int) -> int:
        return self.send(iso7816.read_record(1, sfi=sfi)).sw

    def write(self, sfi: int) -> int:
        return self.send(iso7816.update_record(1, b"new", sfi=sfi)).sw

    def show(self, kid: int, value: bytes) -> int:
        challenge = self.send(iso7816.get_challenge(8)).data
        proof = authentication_data(TDES(value), challenge)
        return self.send(CommandAPDU(0x00, 0x82, 0, kid, proof)).sw

    def enter(self) -> None:
        assert self.send(iso7816.select_fid(0x3F00)).sw == StatusWord.OK
        assert self.send(iso7816.select_fid(0xDF01)).sw == StatusWord.OK


@pytest.fixture(scope="module")
def host() -> Host:
    return Host(CARD)


def test_contents_and_names(host: Host) -> None:
    host.enter()
    assert host.send(iso7816.read_record(2, sfi=1)).data == b"two"
    assert host.send(iso7816.read_record(2, sfi=6)).data == b"\x02\x01c"
    whole = [host.send(iso7816.read_binary(200, sfi=4, offset=at)).data for at in (0, 200)]
    assert b"".join(whole) == (bytes(range(250)) * 2)[:400]
    assert host.send(iso7816.select(b"ADF-2")).data == bytes.fromhex("6F078405") + b"ADF-2"
    assert host.send(iso7816.select_fid(0x3F00)).data.endswith(b"\xa5\x03\x88\x01\x01")


OK, NO = 0x9000, 0x6982


@pytest.mark.parametrize(
    ("shown", "answers"),
    [
        ((), (NO, NO, NO, NO)),
        (("PIN",), (NO, OK, OK, NO)),
        ((0x83,), (OK, NO, NO, NO)),
        ((0x84,), (NO, NO, OK, NO)),
        ((0x00,), (NO, NO, NO, NO)),
        (("PIN", 0x85), (NO, NO, NO, OK)),
        (("PIN", 0x83), (OK, NO, NO, NO)),
    ],
)
def test_each_rule_after_what_it_asks_for(
    host: Host, shown: tuple[int | str, ...], answers: tuple[int, ...]
) -> None:
    """Rules: update KEY, read PIN, read PIN or key, update PIN and key."""
    host.enter()
    values = {0x00: MASTER, 0x83: UPDATE, 0x84: OTHER, 0x85: BOTH}
    for each in shown:
        if isinstance(each, str):
            assert host.send(iso7816.verify(bytes.fromhex("123456"))).sw == OK
        else:
            assert host.show(each, values[each]) == OK
    assert (host.write(1), host.read(2), host.read(3), host.write(3)) == answers


def test_a_key_that_counts_only_with_the_pin_comes_after_it(host: Host) -> None:
    host.enter()
    assert host.show(0x85, BOTH) == NO


def test_timecos_says_the_same() -> None:
    assert compile_card(CARD, TIMECOS) == compile_card(CARD)


DF = CreateDirectory(0xDF01, b"ADF-1")
LONG = b"\x01" * 249


@pytest.mark.parametrize(
    ("operations", "message"),
    [
        ((DF, file(0xEF05)), "directory DF01, file EF05: .* short identifiers"),
        ((DF, file(1, update=KEY)), "DF01, file 0001, update right: key 83 is not in the same"),
        ((DF, file(1, read=PIN)), "DF01, file 0001, read right: the PIN is not in the same"),
        ((DF, file(1, replace(FREE, contacts_only=True))), "DF01, file 0001, read right: .* both"),
        ((DF, *KEYS, file(1, KEY), file(2, AccessRule(Condition.PIN_AND_KEY, 0x83))), "with the"),
        (
            (
                DF,
                *KEYS,
                *(file(at, AccessRule(Condition.PIN_OR_KEY, 0x82 + at)) for at in (1, 2, 3)),
            ),
            "directory DF01: only two keys",
        ),
        (
            (DF, *(file(at, AccessRule(Condition.KEY, at)) for at in range(1, 13))),
            "directory DF01: more keys than",
        ),
        ((DF, replace(KEYS[2], version=2)), "directory DF01, key 83: .* one version"),
        ((DF, replace(KEYS[2], limit=0)), "directory DF01, key 83: .* 1 to 15"),
        ((DF, replace(KEYS[2], kid=0x80)), "id 00 is the master"),
        ((DF, CreateFile(1, Structure.FIXED, FREE, FREE, (b"1",))), "two or more records"),
        ((DF, CreateFile(1, Structure.FIXED, FREE, FREE, (b"1", b"22"))), "of one length"),
        ((DF, CreateFile(1, Structure.VARIABLE, FREE, FREE, (b"\1\1",))), "one tag, one length"),
        ((DF, CreateFile(1, Structure.CYCLIC, FREE, FREE, (LONG,), 3)), "at most 248"),
        ((DF, SetFci(b"\x9f\x0c\x01\x01")), "directory DF01: the FCI"),
        ((DF, WriteHistorical(bytes(13))), "directory DF01: fmcos has nothing for WriteHist"),
        ((DF, ReplaceMaster(bytes(16))), "directory DF01: fmcos has nothing for ReplaceMaster"),
        (
            (DF, ReplaceKey(KeyType.EXTERNAL, 0x83, 1, 2, bytes(16))),
            "directory DF01: fmcos has nothing for ReplaceKey",
        ),
        ((CreateDirectory(0xDF01, b""),), "directory DF01: .* name"),
        ((CreateDirectory(0x3F00, b"1PAY.SYS.DDF01"),), "directory 3F00: .* name"),
        ((file(1),), "before any directory"),
        ((DF, replace(KEYS[2], type=KeyType.LOCK)), "DF01, key 83: FMCOS has no lock keys"),
        ((DF, replace(KEYS[2], type=KeyType.LOAD)), "DF01, key 83: FMCOS has no load keys"),
        ((DF, CreateFile(1, Structure.INTERNAL, NEVER, NEVER, (b"1",))), "no internal files"),
    ],
)
def test_what_it_cannot_say(operations: tuple[Operation, ...], message: str) -> None:
    with pytest.raises(ProfileError, match=message):
        compile_card(operations)


def test_the_social_security_profile_is_refused_by_name(order: CardOrder) -> None:
    """Versions of keys, rights across directories, uncounted keys: more than FMCOS has."""
    for directory in order.profile.directories:
        made = CreateDirectory(directory.fid, directory.df_name)
        with pytest.raises(ProfileError, match=f"directory {directory.fid:04X}"):
            compile_card((made, *structure.contents(order, directory)))
