"""The factory stage: what opens it, what it refuses, what closes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from Crypto.Cipher import DES, DES3

from sscard.apdu import iso7816
from sscard.apdu.status import StatusWord
from sscard.cos.life_cycle import CardState
from sscard.dialects.operations import (
    AuthenticateTransport,
    CreateDirectory,
    CreateFile,
    EndPreIssue,
    KeyType,
    LoadKey,
    Operation,
    ReplaceMaster,
    SetFci,
    Structure,
    WriteHistorical,
)
from sscard.dialects.rights import FREE
from sscard.keys import TDES

if TYPE_CHECKING:
    from tests.cos.conftest import Maker

MF, SSSE = CreateDirectory(0x3F00), CreateDirectory(0xDDF1, b"SSSE.")
FILE = CreateFile(0xEF05, Structure.FIXED, FREE, FREE, (b"a",))
KEY = LoadKey(KeyType.EXTERNAL, 4, 1, 0, bytes(range(16)))
MASTER = LoadKey(KeyType.MASTER, 0, 1, 0, bytes(range(16)))
FIRST, LAST = TDES(MASTER.value), TDES(bytes(range(16, 32)))
WRONG = AuthenticateTransport(bytes(8), bytes(8))
ALL: list[Operation] = [
    MF,
    FILE,
    SetFci(b"\x88\1\x1e"),
    WriteHistorical(bytes(13)),
    KEY,
    ReplaceMaster(bytes(16)),
    EndPreIssue(),
]


@pytest.fixture
def opened(maker: Maker) -> Maker:
    maker.open()
    return maker


@pytest.fixture
def inside(opened: Maker) -> Maker:
    """MF and SSSE are there, SSSE is current."""
    opened.make(MF, SSSE)
    return opened


def name(operation: object) -> str:
    return type(operation).__name__


def test_a_wrong_transport_key_counts_down_to_a_dead_card(maker: Maker) -> None:
    answers = []
    for _ in range(3):
        maker.send(iso7816.get_challenge(8))
        answers.append(maker.say(WRONG))
    assert answers == [0x63C2, 0x63C1, 0x63C0]
    assert maker.card.card.system.state is CardState.DEAD
    maker.card.power_on()
    for command in ("0084000008", "00A40000023F00", "80E00200", "00A4040001AA", "FFFFFFFF"):
        assert maker.card.transmit(bytes.fromhex(command)).hex() == "6a81"


def test_the_right_one_gives_the_tries_back(maker: Maker) -> None:
    for _ in range(2):
        maker.send(iso7816.get_challenge(8))
        maker.say(WRONG)
        maker.say(WRONG)
    maker.open()
    maker.card.power_on()
    maker.send(iso7816.get_challenge(8))
    assert maker.say(WRONG) == 0x63C2


def test_without_a_challenge_no_try_is_used(maker: Maker) -> None:
    assert maker.say(WRONG) == StatusWord.NO_CHALLENGE
    maker.send(iso7816.get_challenge(4))
    assert maker.say(WRONG) == 0x63C2


def test_the_proof_against_another_library(maker: Maker) -> None:
    challenge = maker.send(iso7816.get_challenge(8)).data
    key = maker.lot.transport.reveal()
    session = DES3.new(key, DES3.MODE_ECB).encrypt(challenge)
    proof = DES.new(session, DES.MODE_ECB).encrypt(b"original")
    assert maker.say(AuthenticateTransport(proof, b"original")) == StatusWord.OK
    assert maker.say(MF) == StatusWord.OK


def test_power_off_closes_it_again(opened: Maker) -> None:
    assert opened.say(MF) == StatusWord.OK
    opened.card.power_on()
    assert opened.say(SSSE) == StatusWord.SECURITY_NOT_SATISFIED


def test_a_cut_while_the_try_is_judged_costs_the_try(
    make_maker: Callable[..., Maker], torn_nvm: Any, power_loss: Any, outcome: Any
) -> None:
    """Four steps count the try; pulling the card out at any of them never gives more than three."""
    for cut_at in range(1, 5):
        maker, judged = make_maker(nvm=torn_nvm), 0
        for cuts in range(20):
            maker.card.power_on()
            maker.send(iso7816.get_challenge(8))
            maker.card.card.nvm.arm(cut_at if cuts < 3 else 0, outcome)
            try:
                answer = maker.say(WRONG)
            except power_loss:
                continue
            if answer.tries_left is None:
                break
            judged += 1
        assert judged <= 3
        assert answer in (StatusWord.AUTHENTICATION_BLOCKED, StatusWord.FUNCTION_NOT_SUPPORTED)


@pytest.mark.parametrize("operation", ALL, ids=name)
def test_nothing_is_done_before_it_is_open(maker: Maker, operation: Operation) -> None:
    cells = bytes(maker.card.card.nvm.cells)
    assert maker.say(operation) == StatusWord.SECURITY_NOT_SATISFIED
    assert maker.card.card.nvm.cells == cells


@pytest.mark.parametrize("operation", [*ALL, WRONG], ids=name)
def test_nothing_is_done_after_the_end(inside: Maker, operation: Operation) -> None:
    inside.make(WriteHistorical(bytes(13)), EndPreIssue())
    cells = bytes(inside.card.card.nvm.cells)
    for _ in range(2):
        assert inside.say(operation) == StatusWord.CONDITIONS_NOT_SATISFIED
        inside.card.power_on()
    assert inside.card.card.nvm.cells == cells


def test_there_is_no_ssse_without_an_mf_and_no_adf_without_ssse(opened: Maker) -> None:
    assert opened.say(SSSE) == StatusWord.FUNCTION_NOT_SUPPORTED
    assert opened.say(FILE) == StatusWord.CONDITIONS_NOT_SATISFIED
    opened.make(MF)
    assert opened.say(CreateDirectory(0xDF01, b"FIRST")) == StatusWord.WRONG_DATA


@pytest.mark.parametrize(
    "operation",
    [MF, SSSE, CreateDirectory(0xDF01, b"FIRST"), FILE, KEY, SetFci(b"\x88\1\x1e")],
    ids=lambda each: f"{type(each).__name__} {getattr(each, 'fid', '')}",
)
def test_what_exists_is_not_made_again(inside: Maker, operation: Operation) -> None:
    inside.say(operation)
    inside.send(iso7816.select_fid(0xDDF1))
    cells = bytes(inside.card.card.nvm.cells)
    assert inside.say(operation) == StatusWord.FILE_EXISTS
    assert inside.card.card.nvm.cells == cells


def test_another_version_of_a_key_is_another_key(inside: Maker) -> None:
    inside.make(KEY, replace(KEY, version=2), replace(KEY, type=KeyType.INTERNAL))
    assert inside.say(replace(KEY, version=2)) == StatusWord.FILE_EXISTS


def test_the_historical_bytes_are_seen_at_the_next_reset(opened: Maker) -> None:
    final = bytes.fromhex("0081544C868684510100000001")
    opened.make(WriteHistorical(final))
    assert opened.card.power_on() == bytes.fromhex("3B6D0000") + final


def test_keys_travel_under_the_transport_key_until_there_is_a_master_key(inside: Maker) -> None:
    inside.make(MASTER)
    assert inside.say(KEY) == StatusWord.MAC_WRONG
    assert inside.say(KEY, FIRST) == StatusWord.OK
    assert inside.say(ReplaceMaster(LAST.reveal()), FIRST) == StatusWord.OK
    assert inside.say(replace(KEY, kid=5), FIRST) == StatusWord.MAC_WRONG
    inside.make(CreateDirectory(0xDF01, b"FIRST"), replace(KEY, kid=0x83))


def test_a_master_key_that_is_not_there_is_not_replaced(inside: Maker) -> None:
    assert inside.say(ReplaceMaster(bytes(16))) == StatusWord.KEY_NOT_FOUND


@pytest.mark.parametrize("at", [0, 8, -5, -4, -1])
def test_any_changed_byte_is_a_wrong_mac(inside: Maker, at: int) -> None:
    command = inside.command(KEY)
    data = bytearray(command.data)
    data[at] ^= 1
    cells = bytes(inside.card.card.nvm.cells)
    assert inside.send(replace(command, data=bytes(data))).sw == StatusWord.MAC_WRONG
    assert inside.card.card.nvm.cells == cells
    assert inside.send(command).sw == StatusWord.NO_CHALLENGE


def test_without_a_mac(inside: Maker) -> None:
    inside.send(iso7816.get_challenge(8))
    assert inside.send(replace(inside.command(KEY), data=b"abc")).sw == StatusWord.MAC_MISSING


def test_enciphered_rubbish_with_a_right_mac_is_wrong_data(inside: Maker) -> None:
    short = replace(KEY, value=b"")
    assert inside.say(short) == StatusWord.WRONG_DATA


def test_a_key_travels_enciphered(inside: Maker) -> None:
    """ssc 4 row 5 with another library."""
    command = inside.command(KEY)
    challenge = inside.card.card._social.challenges._last
    session = DES3.new(inside.lot.transport.reveal(), DES3.MODE_ECB).encrypt(challenge)
    plain = DES.new(session, DES.MODE_ECB).decrypt(command.data[:-4])
    assert plain == bytes.fromhex("14 0D 04 01 00") + KEY.value + b"\x80\0\0"


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("80E0090000", "6A86"),
        ("80E0020100", "6A86"),
        ("80E002000100", "6700"),
        ("80E0020000", "6700"),
        ("80E0050001AA", "6700"),
        ("80E0010001AA", "6700"),
        ("80E001020CEF07090284028501FF005503", "6A80"),
        ("84D40000000100" + "AA" * 256, "6700"),
        ("84D400000000", "6700"),
        ("84D4010000", "6700"),
        ("80E2000000", "6D00"),
    ],
)
def test_the_form_of_a_command(inside: Maker, command: str, answer: str) -> None:
    inside.send(iso7816.get_challenge(8))
    assert inside.card.transmit(bytes.fromhex(command)).hex().upper() == answer


def test_a_full_partition_refuses_and_stays_as_it_is(inside: Maker) -> None:
    """Every kind of object, when there is room for one byte too few."""
    part = inside.card.card._social.files.partition
    filler = part.free - 16 - 15
    inside.make(CreateFile(0xEF01, Structure.TRANSPARENT, FREE, FREE, (bytes(filler),)))
    assert part.free == 15
    for operation in (KEY, replace(FILE, records=(b"ab",)), SetFci(bytes(11))):
        assert inside.say(operation) == StatusWord.NOT_ENOUGH_SPACE
    assert inside.say(CreateDirectory(0xDF01, b"eleven bytes")) == StatusWord.NOT_ENOUGH_SPACE
    assert part.free == 15
    inside.make(SetFci(bytes(10)))
    assert part.free == 0


@pytest.mark.parametrize(
    ("key", "sw"),
    [
        (LoadKey(KeyType.EXTERNAL, 4, 1, 0, bytes(8)), 0x9000),
        (LoadKey(KeyType.EXTERNAL, 4, 1, 0, bytes(15)), 0x6A80),
        (LoadKey(KeyType.EXTERNAL, 4, 1, 0, bytes(32)), 0x6A80),
        (LoadKey(KeyType.EXTERNAL, 4, 1, 16, bytes(16)), 0x6A80),
        (LoadKey(KeyType.PIN, 0, 1, 3, bytes(8)), 0x9000),
        (LoadKey(KeyType.PIN, 0, 1, 3, bytes(16)), 0x6A80),
    ],
)
def test_keys_are_as_long_as_the_suite_has_them(inside: Maker, key: LoadKey, sw: int) -> None:
    assert inside.say(key) == sw
