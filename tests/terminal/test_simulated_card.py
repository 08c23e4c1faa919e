"""Kernel, simulated card and issuer's host together: whole transactions over the wire."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

import pytest

from simulator import VirtualCard
from sscard.apdu import aid, tlv
from sscard.apdu.cryptogram import Cryptogram
from sscard.apdu.tsi import TSI
from sscard.apdu.tvr import TVR
from sscard.cos import NVM
from sscard.cos.protocol import Protocol
from sscard.issuance import script_orders
from sscard.keys import rsa_generation
from sscard.keys.certificates import (
    CARD,
    ISSUER,
    RSAAuthority,
    SM2Authority,
    Subject,
)
from sscard.keys.rsa import RSAPrivateKey
from sscard.keys.sm2_fast import FastSigner
from sscard.keys.sm2_keys import SM2PrivateKey, generate
from sscard.keys.stores import load_bank
from sscard.keys.types import Pin
from sscard.perso.plan import run
from sscard.perso.pse import Dgi, Instance, personalize
from sscard.terminal.pos import (
    Application,
    Authorities,
    ContactlessLimits,
    Outcome,
    Reason,
    Surroundings,
    Terminal,
    Terminated,
    Transaction,
    contact,
    contactless,
    explained,
)

ACCOUNT, PSN = "6228000100001117", "01"
DAY = datetime(2026, 11, 22, 10, 30, 0)
CHIP = "gen3-80k"
CDOL1 = "9F02069F03069F1A0295055F2A029A039F21039C019F37049F4E14"
CDOL2 = "8A029F02069F03069F1A0295055F2A029A039F21039C019F3704"
PDOL = "9F7A019F02065F2A02DF6901"
TAP_PDOL = "9F66049F02069F03069F1A0295055F2A029A039C019F3704DF6901"
LOG_FORMAT = "9A039F21039F02069F03069F1A025F2A029F4E149C019F3602"
ISSUER_SUBJECT = Subject(ISSUER, "622800", 2030, 6, b"\0\0\1")
CARD_SUBJECT = Subject(CARD, ACCOUNT, 2029, 12, b"\0\0\2")


def objects(*pairs: tuple[int, str]) -> bytes:
    return b"".join(tlv.encode(tag, bytes.fromhex(value)) for tag, value in pairs)


def padded(value: bytes) -> bytes:
    return value + b"\x80" + bytes(-(len(value) + 1) % 8)


SIGNED = objects(
    (0x5A, ACCOUNT),
    (0x5F24, "301231"),
    (0x5F25, "250701"),
    (0x9F07, "FFC0"),
    (0x8E, "0000000000000000410342035E0343031F00"),
    (0x9F0D, "F020040000"),
    (0x9F0E, "0050880000"),
    (0x9F0F, "F020049800"),
    (0x5F28, "0156"),
    (0x9F4A, "82"),
)
LISTS = objects(
    (0x8C, CDOL1), (0x8D, CDOL2), (0x9F08, "0030"), (0x9F42, "0156"), (0x9F49, "9F3704")
)
CARD_DATA = objects(
    (0x9F4F, LOG_FORMAT),
    (0x9F58, "0A"),
    (0x9F59, "14"),
    (0x9F54, "000000200000"),
    (0x9F5C, "000000300000"),
    (0x9F77, "000000100000"),
    (0x9F78, "000000050000"),
    (0x9F79, "000000060000"),
    (0x9F6D, "000000001000"),
    (0x9F68, "80108000"),
    (0x9F6C, "0000"),
)
INTERNAL_DATA = objects(
    (0x9F51, "0156"), (0x9F52, "0000"), (0x9F56, "80"), (0x9F57, "0156"), (0x9F36, "0000")
)


@dataclass(frozen=True)
class World:
    """A personalized card's memory, and the CA keys with which terminals check it."""

    cells: bytes
    authorities: Authorities

    def card(self, protocol: Protocol = Protocol.T1) -> VirtualCard:
        made = VirtualCard(NVM(bytearray(self.cells)), blank_chip(), random=source().randbytes)
        made.power_on(protocol)
        return made


def source() -> random.Random:
    return random.Random(8)


def blank_chip() -> Any:
    return VirtualCard.blank(CHIP).chip


def certificates(
    aip: dict[str, bytes], rsa: RSAPrivateKey, national: SM2PrivateKey
) -> tuple[dict[int, bytes], dict[int, bytes], Authorities]:
    ca, issuer = rsa_generation.generate(1408), rsa_generation.generate(1152)
    sm_ca, sm_issuer = (generate(source().randbytes) for _ in range(2))
    made = RSAAuthority(9, ca).issuer(ISSUER_SUBJECT, issuer)
    sm_made = SM2Authority(0x57, FastSigner(sm_ca)).issuer(ISSUER_SUBJECT, FastSigner(sm_issuer))
    authorities = Authorities(
        MappingProxyType({9: ca.public}), MappingProxyType({0x57: sm_ca.public})
    )
    tags = {**made.tags, **made.card(CARD_SUBJECT, rsa.public, SIGNED + aip["rsa"])}
    sm_tags = {**sm_made.tags, **sm_made.card(CARD_SUBJECT, national.public, SIGNED + aip["sm2"])}
    return tags, sm_tags, authorities


def groupings(
    rsa: RSAPrivateKey,
    national: SM2PrivateKey,
    tags: dict[int, bytes],
    sm_tags: dict[int, bytes],
    udks: Callable[[str, str], Any],
    aip: str,
) -> tuple[Dgi, ...]:
    def record(*parts: bytes) -> bytes:
        return tlv.encode(0x70, b"".join(parts))

    def each(values: dict[int, bytes], *wanted: int) -> bytes:
        return b"".join(tlv.encode(tag, values[tag]) for tag in wanted if tag in values)

    tail = objects((0x50, "50424F43204445424954"), (0x87, "01"))
    logs = tlv.encode(0xBF0C, objects((0x9F4D, "0B0A")))
    fci = {
        0x9102: tlv.encode(0xA5, tail + objects((0x9F38, PDOL)) + logs),
        0x9103: tlv.encode(0xA5, tail + objects((0x9F38, TAP_PDOL)) + logs),
    }
    afl = {
        "rsa": "08010100 10010300 18010101 20010100",
        "sm2": "08010100 28010200 18010101 20010100",
    }
    tap = {"rsa": "10010300 18010101 20020200", "sm2": "28010200 18010101 20020200"}
    options = {
        0x9104: objects((0x82, aip), (0x94, afl["rsa"])),
        0x9105: objects((0x82, aip), (0x94, afl["sm2"])),
        0x9203: objects((0x82, aip), (0x94, afl["rsa"] + "20030300")),
        0x9204: objects((0x82, aip), (0x94, afl["sm2"] + "20030300")),
        0x9207: objects((0x82, aip), (0x94, tap["rsa"])),
        0x9208: objects((0x82, aip), (0x94, tap["sm2"])),
    }
    clear = {
        **fci,
        **options,
        0x0101: record(
            objects((0x57, ACCOUNT + "D30122010123456789"), (0x5F34, PSN)),
            tlv.encode(0x5F20, b"ZHANG SAN/"),
        ),
        0x0201: record(each(tags, 0x8F, 0x90)),
        0x0202: record(each(tags, 0x92, 0x9F32, 0x9F47, 0x9F48)),
        0x0203: record(each(tags, 0x9F46)),
        0x0301: record(SIGNED),
        0x0401: record(LISTS),
        0x0402: record(objects((0x9F69, "0100000000300000"))),
        0x0403: record(objects((0x9F74, "454343313131"))),
        0x0501: record(each(sm_tags, 0x8F, 0x90)),
        0x0502: record(each(sm_tags, 0x9F46)),
        0x0D01: CARD_DATA,
        0x0E01: INTERNAL_DATA,
        0x9200: bytes.fromhex("07010103000000010A01"),
        0x9201: bytes.fromhex("07010103000000040A01"),
        0x9000: b"".join(udks("3des", use).kcv for use in ("ac", "mac", "enc")),
        0x9400: b"".join(udks("sm4", use).kcv for use in ("ac", "mac", "enc")),
        0x9010: b"\3\3",
    }
    crt = zip(range(0x8205, 0x8200, -1), rsa.crt, strict=True)
    secret = {
        0x8000: b"".join(udks("3des", use).reveal() for use in ("ac", "mac", "enc")),
        0x8400: b"".join(udks("sm4", use).reveal() for use in ("ac", "mac", "enc")),
        **{identifier: padded(part.reveal()) for identifier, part in crt},
        0x8501: padded(national.reveal()),
        0x8502: padded(national.public.point),
        0x8010: Pin("123456").block(),
    }
    return tuple(
        Dgi(identifier, value, identifier in secret)
        for identifier, value in {**clear, **secret}.items()
    )


def make_world(operations: Any, aip: str) -> World:
    rsa, national = rsa_generation.generate(1024), generate(source().randbytes)
    raw = bytes.fromhex(aip)
    tags, sm_tags, authorities = certificates({"rsa": raw, "sm2": raw}, rsa, national)

    def udks(family: str, use: str) -> Any:
        return operations._stores[family](use, ACCOUNT, PSN)

    entry = tlv.encode(
        0x61, tlv.encode(0x4F, aid.DEBIT) + objects((0x50, "50424F43"), (0x87, "01"))
    )
    directory = (
        Dgi(0x0101, tlv.encode(0x70, entry)),
        Dgi(0x9102, bytes.fromhex("A50C8801015F2D027A689F110101")),
    )
    near = (Dgi(0x9102, tlv.encode(0xA5, tlv.encode(0xBF0C, entry))),)
    instances = (
        Instance("PSE", aid.PSE, directory),
        Instance("PPSE", aid.PPSE, near),
        Instance("debit", aid.DEBIT, groupings(rsa, national, tags, sm_tags, udks, aip)),
    )
    card = VirtualCard.blank(CHIP, random=source().randbytes)
    card.power_on()
    run(personalize(instances, load_bank(), random=source().randbytes), card)
    return World(bytes(card.card.nvm.cells), authorities)


@pytest.fixture(scope="module")
def world(operations: Any) -> World:
    """DDA, no CDA."""
    return make_world(operations, "7C00")


@pytest.fixture(scope="module")
def combining(operations: Any) -> World:
    """CDA."""
    return make_world(operations, "7D00")


def at_terminal(world: World, **changes: Any) -> Terminal:
    return Terminal(authorities=world.authorities, **changes)


def buying(amount: int = 1230, **changes: Any) -> Transaction:
    return replace(Transaction(amount, DAY, b"\x11\x22\x33\x44"), **changes)


@pytest.fixture
def around(host: Any) -> Surroundings:
    return Surroundings(
        random=source().randbytes, issuer=host.authorize, pin=lambda _tries: Pin("123456")
    )


@pytest.mark.parametrize("sm", [False, True])
@pytest.mark.parametrize("signed", ["world", "combining"])
def test_online_with_contacts(
    signed: str, sm: bool, request: Any, around: Surroundings, account: Any, host: Any
) -> None:
    world = request.getfixturevalue(signed)
    receipt = run(contact.transact(at_terminal(world, sm=sm), buying(), around), world.card())
    assert receipt.outcome is Outcome.APPROVED_ONLINE
    assert receipt.tvr == TVR.FLOOR_LIMIT_EXCEEDED
    assert receipt.tsi == TSI(0xF800)
    assert receipt.cvm.result == 2
    assert receipt.atc == 1
    assert receipt.values[0x9F10][7] == (4 if sm else 1)
    assert host.settle(receipt.final, in_cash=False)
    assert account.balance == 100_000 - 1230


@pytest.mark.parametrize("sm", [False, True])
def test_offline_with_contacts(
    sm: bool, world: World, around: Surroundings, account: Any, host: Any
) -> None:
    terminal = at_terminal(world, sm=sm, applications=(Application(floor_limit=5000),))
    card = world.card()
    run(contact.transact(at_terminal(world, sm=sm), buying(), around), card)
    receipt = run(contact.transact(terminal, buying(100), around), card)
    assert receipt.outcome is Outcome.APPROVED_OFFLINE
    assert host.settle(receipt.final, in_cash=False)
    assert account.balance == 100_000 - 1330


@pytest.mark.parametrize("sm", [False, True])
def test_contactless_offline_and_online(
    sm: bool, world: World, around: Surroundings, account: Any, host: Any
) -> None:
    card = world.card(Protocol.CONTACTLESS)
    terminal = at_terminal(world, sm=sm)
    receipt = run(contactless.transact(terminal, buying(), around), card)
    assert receipt.outcome is Outcome.APPROVED_OFFLINE
    assert not receipt.tvr
    assert host.settle(receipt.final, in_cash=False)
    near = Application(contactless=ContactlessLimits(floor=1000))
    asking = replace(terminal, applications=(near,))
    receipt = run(contactless.transact(asking, buying(), around), card)
    assert receipt.outcome is Outcome.APPROVED_ONLINE
    assert receipt.atc == 2
    assert account.balance == 100_000 - 2 * 1230


@pytest.mark.parametrize("sm", [False, True])
def test_an_issuer_writes_to_the_card(
    sm: bool, world: World, around: Surroundings, account: Any
) -> None:
    card, terminal = world.card(), at_terminal(world, sm=sm)
    account.orders.extend(
        [
            script_orders.put_data(0x9F79, bytes.fromhex("000000012345")),
            script_orders.change_pin(Pin("654321")),
        ]
    )
    receipt = run(contact.transact(terminal, buying(), around), card)
    assert [each.failed for each in receipt.scripts] == [None]
    assert card.transmit(bytes.fromhex("80CA9F7900"))[3:-2].hex() == "000000012345"
    changed = replace(around, pin=lambda _tries: Pin("654321"))
    assert run(contact.transact(terminal, buying(), changed), card).cvm.result == 2


def test_a_blocked_application_and_back(world: World, around: Surroundings, account: Any) -> None:
    card, terminal = world.card(), at_terminal(world)
    account.orders.append(script_orders.block_application())
    assert run(contact.transact(terminal, buying(), around), card).outcome.approved
    with pytest.raises(Terminated) as stopped:
        run(contact.transact(terminal, buying(), around), card)
    assert stopped.value.reason in (Reason.NOT_ACCEPTED, Reason.NO_APPLICATION)


def test_three_wrong_pins_block_it(
    world: World, around: Surroundings, account: Any, host: Any
) -> None:
    card, terminal = world.card(), at_terminal(world)
    wrong = replace(around, pin=lambda _tries: Pin("000000"))
    receipt = run(contact.transact(terminal, buying(), wrong), card)
    assert TVR.PIN_TRIES_EXCEEDED in receipt.tvr
    assert receipt.outcome is Outcome.DECLINED_OFFLINE, "the card's denial codes say so"
    # Only who enters a PIN for the issuer gets through to it, and the issuer helps.
    account.orders.append(script_orders.unblock_pin())
    host.pin = lambda _account, block: block == b"block"
    online = replace(wrong, online_pin=lambda _account: b"block")
    receipt = run(contact.transact(terminal, buying(), online), card)
    assert [each.failed for each in receipt.scripts] == [None]
    receipt = run(contact.transact(terminal, buying(), around), card)
    assert TVR.PIN_TRIES_EXCEEDED not in receipt.tvr
    assert receipt.cvm.result == 2


def test_the_dialogue_of_a_simulated_card_hides_its_holder(
    combining: World, around: Surroundings
) -> None:
    rows: list[Any] = []
    terminal = at_terminal(combining, sm=True)
    run(explained(contact.transact(terminal, buying(), around), rows.append), combining.card())
    text = "".join(map(repr, rows))
    assert "622800******1117" in text
    for secret in (ACCOUNT, b"ZHANG".hex().upper(), "ZHANG", "123456F"):
        assert secret not in text


def card_agrees(card: VirtualCard, receipt: Any, paid: Transaction, cash: int) -> int:
    """The card's own counters, money and log after a transaction; the money that is left."""
    assert int(card.transmit(bytes.fromhex("80CA9F3600"))[3:-2].hex(), 16) == receipt.atc
    left = int(card.transmit(bytes.fromhex("80CA9F7900"))[3:-2].hex())
    approved = receipt.cid.kind is Cryptogram.TC
    assert left in ((cash, cash - paid.amount) if approved else (cash,)), "money out of nothing"
    if approved:
        newest = card.transmit(bytes.fromhex("00B2015C00"))
        assert newest[6:12].hex() == f"{paid.amount:012}"
        assert int.from_bytes(newest[-4:-2], "big") == receipt.atc
    return left


def entering(chance: random.Random) -> Callable[[int | None], Pin | None]:
    """Somebody who knows the PIN, errs once in a while, or has no PIN to enter."""
    errs, enters = chance.random() < 0.2, chance.random() < 0.9
    return lambda tries: Pin("999999" if errs and tries == 3 else "123456") if enters else None


def account_agrees(host: Any, receipt: Any, *, tap: bool) -> int:
    """The host takes in how it ended; what is gone from the account."""
    if receipt.ecash is not None and receipt.ecash.paid:
        assert host.settle(receipt.final, in_cash=True)
        return 0  # it left the account when it was loaded
    if receipt.values[0x5F2A] != b"\x01\x56":
        assert receipt.outcome is not Outcome.APPROVED_ONLINE
        assert not host.settle(receipt.final, in_cash=False), "nobody converts"
        return 0
    if receipt.outcome.approved:
        asked = tap and receipt.outcome is Outcome.APPROVED_ONLINE
        assert asked or host.settle(receipt.final, in_cash=False), "an ARQC is all that a tap gives"
        return int(receipt.amount)
    if receipt.outcome is Outcome.DECLINED_BY_CARD:
        assert host.reverse(receipt.final)
    else:
        assert not host.settle(receipt.final, in_cash=False)
    return 0


def terminal_agrees(receipt: Any, cash: int, left: int, *, tap: bool) -> bool:
    """What the terminal read of electronic cash is so; whether it was paid with it."""
    paid = receipt.ecash is not None and receipt.ecash.paid
    if not tap:
        assert (left < cash) == paid
    if receipt.ecash is not None:
        assert receipt.ecash.balance == cash
        assert receipt.ecash.left in (None, left)
    return paid


def random_transactions(
    count: int, seed: int, worlds: tuple[World, ...], around: Any, host: Any, account: Any
) -> dict[Outcome, int]:
    """Whatever comes: the oracle is an account in plain Python and a counter."""
    chance = random.Random(seed)
    account.balance = balance = 10**9
    seen = dict.fromkeys(Outcome, 0)
    card = counter = cash = None
    in_cash = 0
    for turn in range(count):
        if turn % 40 == 0:
            world = chance.choice(worlds)
            card, counter, cash, account.last_atc = world.card(), 0, 60_000, 0
            account.charged.clear()
            account.declined.clear()
        tap = chance.random() < 0.4
        card.power_on(Protocol.CONTACTLESS if tap else Protocol.T1)
        floor = chance.choice((0, 5000, 100_000))
        application = Application(
            floor_limit=floor,
            cash_limit=chance.choice((None, 20_000)),
            contactless=ContactlessLimits(10**8, floor or 1, 10**8),
        )
        terminal = at_terminal(
            world,
            sm=chance.random() < 0.5,
            ecash=chance.random() < 0.3,
            applications=(application,),
            country=bytes.fromhex(chance.choice(("0156", "0156", "0840"))),
            kind=chance.choice((0x22, 0x22, 0x21, 0x23)),
        )
        amount = chance.choice((0, 1, chance.randrange(10_000), chance.randrange(10**7)))
        if tap and terminal.offline_only:
            amount = max(1, amount)
        paid = buying(amount, number=chance.randbytes(4))
        currency = chance.choice(("0156", "0156", "0840"))
        paid = replace(paid, currency=bytes.fromhex(currency))
        person = replace(around, pin=entering(chance))
        if chance.random() < 0.3:
            person = replace(person, issuer=lambda _request: None)
        kernel = contactless if tap else contact
        receipt = run(kernel.transact(terminal, paid, person), card)
        assert receipt.atc == counter + 1, "the counter goes up by one"
        counter = receipt.atc
        seen[receipt.outcome] += 1
        balance -= account_agrees(host, receipt, tap=tap)
        assert account.balance == balance
        left = card_agrees(card, receipt, paid, cash)
        in_cash += terminal_agrees(receipt, cash, left, tap=tap)
        cash = left
    assert in_cash > count // 100
    return seen


def test_random_transactions(
    world: World, combining: World, around: Any, host: Any, account: Any
) -> None:
    seen = random_transactions(250, 6, (world, combining), around, host, account)
    for outcome in (Outcome.APPROVED_OFFLINE, Outcome.APPROVED_ONLINE, Outcome.DECLINED_OFFLINE):
        assert seen[outcome] > 10, seen


@pytest.mark.full
def test_ten_thousand_transactions(
    world: World, combining: World, around: Any, host: Any, account: Any
) -> None:
    assert random_transactions(10_000, 7, (world, combining), around, host, account)
