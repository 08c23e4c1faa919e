"""REPLACE KEY on an issued card: what it changes, and what it does not.

Every condition with its status word is in ``vectors/command-conditions/factory.toml``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from Crypto.Cipher import DES, DES3

from simulator import VirtualCard
from sscard.apdu import iso7816, ssc
from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusWord
from sscard.channel import authenticate, wrap, wrap_enciphered
from sscard.cos import NVM
from sscard.cos.nvm import JOURNAL_PAGES
from sscard.dialects import reference
from sscard.dialects.chip import PAGE
from sscard.dialects.operations import (
    CreateDirectory,
    EndPreIssue,
    KeyType,
    LoadKey,
    ReplaceKey,
    ReplaceMaster,
    WriteHistorical,
)
from sscard.keys import TDES, SecretKey
from sscard.perso.order import CardOrder
from sscard.profiles.chips import load_chip

if TYPE_CHECKING:
    from tests.conftest import Terminal
    from tests.cos.conftest import Maker

NEW = bytes.fromhex("102132435465768798A9BACBDCEDFE0F")
UPDATE = ReplaceKey(KeyType.EXTERNAL, 0x04, 1, 4, NEW)
PUK = ReplaceKey(KeyType.EXTERNAL, 0x06, 1, 2, NEW)
FIRST, OWN = TDES(bytes(range(16))), TDES(bytes(range(16, 32)))


def held(card: Terminal | Maker) -> bytes:
    return bytes(card.card.card.nvm.cells[JOURNAL_PAGES * PAGE :])


def command(
    card: Terminal, operation: ReplaceKey, name: str = "SSSE", key: SecretKey | None = None
) -> CommandAPDU:
    suite, master = card.order.suite, key or card.order.master(name)
    return wrap_enciphered(reference.build(operation), suite, master, card.challenge())


def say(card: Terminal, operation: ReplaceKey, name: str = "SSSE") -> StatusWord:
    if name == "MF":
        card.ok(iso7816.select_fid(0x3F00))
    else:
        card.select(name)
    return card.status(command(card, operation, name))


def of_version(command: CommandAPDU, version: int) -> CommandAPDU:
    """With any version byte; our own host knows only the three groups of the specification."""
    return replace(command, data=command.data + bytes((version,)))


def shown(card: Terminal, operation: ReplaceKey, *, version: int, value: bytes) -> StatusWord:
    """EXTERNAL AUTHENTICATE with this value as this version."""
    suite, challenge = card.order.suite, card.challenge()
    proof = authenticate(suite, suite.key(value), challenge, challenge)
    return card.status(
        of_version(ssc.external_authenticate(operation.kid, proof, challenge), version)
    )


@pytest.fixture(params=["3des", "sm4"])
def issued(
    request: pytest.FixtureRequest,
    terminal: Terminal,
    sm4_order: CardOrder,
    sm4_issued_cells: bytes,
) -> Terminal:
    """A card of either cipher."""
    if request.param == "3des":
        return terminal
    memory = NVM(bytearray(sm4_issued_cells))
    return type(terminal)(VirtualCard(memory, load_chip(sm4_order.profile.chip)), sm4_order)


def test_the_old_version_is_gone_and_the_new_one_there(issued: Terminal) -> None:
    old = issued.key("UKSSSE")
    assert say(issued, UPDATE) == 0x9000
    for _ in range(2):
        assert shown(issued, UPDATE, version=4, value=NEW) == 0x9000
        assert shown(issued, UPDATE, version=4, value=old) == 0x63CF
        assert shown(issued, UPDATE, version=1, value=old) == 0x6A88
        assert issued.show("UKSSSE", version=2) == 0x9000, "another version stays"
        issued.card.power_on()
        issued.select()


def test_the_same_with_an_internal_key(issued: Terminal) -> None:
    assert say(issued, ReplaceKey(KeyType.INTERNAL, 0, 1, 4, NEW)) == 0x9000
    suite, factor, data = issued.order.suite, bytes(range(8)), bytes(range(8, 16))
    answer = issued.ok(of_version(ssc.internal_authenticate(factor, data), 4))
    assert answer == authenticate(suite, suite.key(NEW), factor, data)
    assert issued.status(ssc.internal_authenticate(factor, data)) == 0x6A88


@pytest.mark.parametrize("type_", [KeyType.LOAD, KeyType.PURCHASE, KeyType.TRANSACTION])
def test_the_keys_of_transactions(issued: Terminal, type_: KeyType) -> None:
    operation = ReplaceKey(type_, 1, 3, 4, NEW)
    assert say(issued, operation, "DF04") == 0x9000
    assert say(issued, operation, "DF04") == 0x6A89
    assert say(issued, replace(operation, new_version=5), "DF04") == 0x6A88


def test_in_the_mf(issued: Terminal) -> None:
    kid = issued.order.profile.setting("exchange_kid").number
    operation = ReplaceKey(KeyType.EXTERNAL, kid, 1, 2, NEW)
    assert say(issued, operation, "MF") == 0x9000
    assert shown(issued, operation, version=2, value=NEW) == 0x9000


def test_one_key_changes_and_nothing_else(issued: Terminal) -> None:
    """Version, failures and value stand together; here the failures were none."""
    before = held(issued)
    assert say(issued, UPDATE) == 0x9000
    pairs = enumerate(zip(before, held(issued), strict=True))
    changed = [at for at, (old, new) in pairs if old != new]
    assert 0 < len(changed) <= 1 + 16
    assert changed[-1] - changed[0] < 3 + 16


def test_failures_are_forgotten_and_the_limit_stays(issued: Terminal) -> None:
    issued.select()
    for left in (0x63C2, 0x63C1, 0x63C0):
        assert shown(issued, PUK, version=1, value=NEW) == left
    assert shown(issued, PUK, version=1, value=issued.key("PUK")) == 0x6983
    assert say(issued, PUK) == 0x9000
    assert shown(issued, PUK, version=2, value=bytes(16)) == 0x63C2
    assert shown(issued, PUK, version=2, value=NEW) == 0x9000


@pytest.mark.parametrize("type_", [KeyType.MASTER, KeyType.PIN, KeyType.MAINTENANCE, KeyType.LOCK])
def test_types_without_versions(issued: Terminal, type_: KeyType) -> None:
    before = held(issued)
    for kid, name in ((0, "SSSE"), (2, "SSSE"), (0x83, "DF04")):
        assert say(issued, ReplaceKey(type_, kid, 1, 2, NEW), name) == 0x6A80
    assert held(issued) == before


@pytest.mark.parametrize("at", [0, 8, -5, -4, -1])
def test_any_changed_byte_is_a_wrong_mac(issued: Terminal, at: int) -> None:
    issued.select()
    before, right = held(issued), command(issued, UPDATE)
    data = bytearray(right.data)
    data[at] ^= 1
    assert issued.status(replace(right, data=bytes(data))) == 0x6988
    assert issued.status(right) == 0x6984, "the challenge is used up"
    assert held(issued) == before


def test_a_replayed_command_is_refused(issued: Terminal) -> None:
    issued.select()
    once = command(issued, UPDATE)
    assert issued.status(once) == 0x9000
    assert issued.status(once) == 0x6984
    issued.challenge()
    assert issued.status(once) == 0x6988


def test_neither_the_transport_key_nor_another_directorys_opens_it(issued: Terminal) -> None:
    issued.select()
    before = held(issued)
    for key in (issued.order.lot.transport, issued.order.master("DF01"), issued.order.exchange):
        assert issued.status(command(issued, UPDATE, key=key)) == 0x6988
    assert held(issued) == before


def test_the_data_against_another_library(terminal: Terminal) -> None:
    """ssc 4 rows 1, 3 and 5."""
    terminal.select()
    challenge = terminal.challenge()
    master = terminal.key("MKSSSE")
    session = DES.new(DES3.new(master, DES3.MODE_ECB).encrypt(challenge), DES.MODE_ECB)
    plain = bytes.fromhex("14 0D 04 01 04") + NEW + b"\x80\0\0"
    data, mac = session.encrypt(plain), bytes(8)
    message = bytes.fromhex("84 D4 02 00 1C") + data + b"\x80\0\0"
    for at in range(0, len(message), 8):
        block = zip(mac, message[at : at + 8], strict=True)
        mac = session.encrypt(bytes(one ^ other for one, other in block))
    sent = bytes.fromhex("84 D4 02 00 1C") + data + mac[:4]
    assert terminal.hex(sent.hex()) == "9000"


def test_a_blocked_directory_says_so(issued: Terminal) -> None:
    issued.select("DF04")
    issued.show("LKDF04")
    stk = issued.order.suite.key(issued.key("STKDF04"))
    issued.ok(wrap(ssc.application_block(), issued.order.suite, stk, issued.challenge()))
    assert issued.hex("84D4020000") == "9303"


# Before the end of pre-issue, and cards that were issued half-done.


@pytest.fixture
def inside(maker: Maker, external: Callable[[int], LoadKey]) -> Maker:
    """SSSE with an external key under its first master key, in the factory stage."""
    maker.open()
    maker.make(CreateDirectory(0x3F00), CreateDirectory(0xDDF1, b"SSSE."))
    maker.make(LoadKey(KeyType.MASTER, 0, 1, 0, FIRST.reveal()))
    assert maker.say(external(4), FIRST) == 0x9000
    return maker


def end(maker: Maker) -> None:
    maker.make(WriteHistorical(maker.lot.blank_historical), EndPreIssue())


def test_not_in_the_factory_stage(inside: Maker) -> None:
    before = held(inside)
    assert inside.say(UPDATE, FIRST) == 0x6985
    assert inside.say(ReplaceMaster(OWN.reveal()), FIRST) == 0x9000
    assert inside.say(UPDATE, OWN) == 0x6985
    assert held(inside) != before
    end(inside)
    assert inside.say(UPDATE, OWN) == 0x9000
    inside.card.power_on()
    inside.send(iso7816.select_fid(0xDDF1))
    assert inside.say(UPDATE, OWN) == 0x6A89


def test_not_under_a_temporary_master_key(inside: Maker) -> None:
    end(inside)
    before = held(inside)
    assert inside.say(UPDATE, FIRST) == 0x6985
    assert inside.say(UPDATE) == 0x6985
    assert held(inside) == before


def test_not_where_there_is_no_master_key(maker: Maker) -> None:
    maker.ground()
    assert maker.say(UPDATE) == 0x6985


def test_a_key_of_another_size_is_refused(maker: Maker) -> None:
    maker.open()
    short = LoadKey(KeyType.EXTERNAL, 4, 1, 0, bytes(range(8)))
    maker.make(CreateDirectory(0x3F00), CreateDirectory(0xDDF1, b"SSSE."), short)
    maker.make(LoadKey(KeyType.MASTER, 0, 1, 0, FIRST.reveal()))
    assert maker.say(ReplaceMaster(OWN.reveal()), FIRST) == 0x9000
    end(maker)
    assert maker.say(UPDATE, OWN) == 0x6700
    assert maker.say(replace(UPDATE, value=NEW[:8]), OWN) == 0x9000


def test_the_other_commands_of_the_factory_stay_closed(issued: Terminal) -> None:
    """P1 tells the commands of one instruction: what is not this one is 6985 as before."""
    issued.select()
    for header in ("84D40000", "84D40100", "84D40300", "84D4FF00", "80D20000", "80E00200"):
        issued.challenge()
        assert issued.hex(f"{header}00") == "6985"


def test_what_is_taken_back_is_known_by_its_old_version(terminal: Terminal) -> None:
    """As any refusal behind the change would do."""
    files, nvm = terminal.card.card._social.files, terminal.card.card.nvm
    directory = files.directories[0xDDF1]
    key = directory.keys[KeyType.EXTERNAL, 4, 1]
    files.change_version(directory, key, 4, NEW)
    assert (KeyType.EXTERNAL, 4, 4) in directory.keys
    assert nvm.roll_back()
    assert files.forget_lost()
    keys = files.directories[0xDDF1].keys
    assert keys[KeyType.EXTERNAL, 4, 1] == key
    assert (KeyType.EXTERNAL, 4, 4) not in keys
    assert not files.forget_lost()
