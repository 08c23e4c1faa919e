"""Applications come and go: DELETE and INSTALL under the channel of the ISD (pboc 1.1, 7)."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from simulator import VirtualCard
from sscard.apdu import aid, cps, gp, iso7816, tlv
from sscard.apdu.command import CommandAPDU
from sscard.apdu.gp import Installation
from sscard.apdu.iso7816 import INS
from sscard.channel import SecurityLevel
from sscard.cos.memory_map import Kind
from sscard.cos.nvm import NVM
from sscard.cos.pse.domain import CHANNEL, TABLE
from sscard.cos.pse.domain_state import DOMAIN_TRANSITIONS, DomainEvent, DomainState
from sscard.cos.pse.instance import load_all
from sscard.cos.pse.state import ChannelState
from sscard.dialects.delivery import Delivery, MadeBy
from tests.cos.pse.conftest import CARD_KEYS, KEYDATA, SETS, Bench, Grouping, rich_groupings

GP = Delivery(MadeBy.GP)
OTHER = bytes.fromhex("A000000333010106")
NAMES = [aid.PSE, aid.PPSE, aid.DEBIT]


def installation(name: bytes, **more: bytes) -> Installation:
    return Installation(GP.package, more.get("module", GP.module), name, b"\0", b"\xc9\0")


class DomainBench(Bench):
    """A chip whose applications are made by INSTALL."""

    def __init__(self, *, antenna: bool = True, delivery: Delivery = GP, **more: Any) -> None:
        super().__init__(**more)
        self.banking.manufacture(KEYDATA, CARD_KEYS, antenna=antenna, delivery=delivery)

    def managed(self, *commands: CommandAPDU, level: SecurityLevel = SecurityLevel.C_MAC) -> Any:
        host = self.open(self.banking.delivery.domain, level)
        return [int(self.send(host.wrap(each)).sw) for each in commands]

    def install(self, *names: bytes) -> list[int]:
        return self.managed(*(gp.install(installation(name)) for name in names))

    def delete(self, *names: bytes) -> list[int]:
        return self.managed(*(gp.delete(name) for name in names))


@pytest.fixture
def chip() -> DomainBench:
    return DomainBench()


def test_there_is_nothing_but_the_domain(chip: DomainBench) -> None:
    assert [chip.select(name).sw for name in NAMES] == [0x6A82] * 3
    for name in (aid.ISD, aid.ISD[:7], aid.ISD[:5]):
        answer = chip.select(name)
        assert answer.data == bytes.fromhex("6F108408A000000003000000A5049F6501FF"), "public trace"


@pytest.mark.parametrize("level", SecurityLevel)
def test_delete_install_personalize(chip: DomainBench, level: SecurityLevel) -> None:
    pairs = [
        each(name) for name in NAMES for each in (gp.delete, lambda n: gp.install(installation(n)))
    ]
    assert chip.managed(*pairs, level=level) == [0x6A88, 0x9000] * 3
    chip.reset()
    for name in NAMES:
        assert set(chip.personalize(name)) == {0x9000}
    assert chip.hex("00a4040008 a000000333010101 00").endswith("9000")


def test_the_same_card_as_from_the_maker(chip: DomainBench) -> None:
    """A whole card of PBOC 3.0: both families, and what it answers."""
    chip.install(*NAMES)
    assert set(chip.personalize(groupings=rich_groupings().values())) == {0x9000}
    made = Bench()
    made.banking.manufacture(KEYDATA, CARD_KEYS, antenna=True)
    assert set(made.personalize(groupings=rich_groupings().values())) == {0x9000}
    for command in ("00a4040008a00000033301010100", "00b2010c00", "80ca9f3600", "80ca9f7900"):
        assert chip.hex(command) == made.hex(command)


def test_two_applications_of_one_module(chip: DomainBench) -> None:
    assert chip.install(aid.DEBIT, OTHER) == [0x9000, 0x9000]
    other = SETS[aid.DEBIT]
    assert set(chip.personalize(aid.DEBIT)) == {0x9000}
    assert set(chip.personalize(OTHER, other)) == {0x9000}
    first = chip.select(aid.UNIONPAY).data
    following = chip.send(iso7816.select(aid.UNIONPAY, p2=2))
    assert [tlv.find(each, 0x6F, 0x84) for each in (first, following.data)] == [aid.DEBIT, OTHER]


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        (gp.install(installation(aid.ISD)), 0x6A80),
        (gp.install(installation(bytes.fromhex("A0000000041010"))), 0x6A80),
        (gp.install(installation(aid.UNIONPAY + bytes(12))), 0x6A80),
        (gp.install(installation(aid.PSE, module=bytes(7))), 0x6A88),
        (gp.install(Installation(bytes(6), GP.module, aid.PSE)), 0x6A88),
        (gp.install(Installation(GP.package, GP.module, aid.PSE, b"")), 0x6A80),
        (gp.install(Installation(GP.package, GP.module, aid.PSE, b"\0", b"\xc9\1")), 0x6A80),
        (CommandAPDU(0x80, INS.INSTALL, 0x0C, 0, bytes(5)), 0x6A80),
        (CommandAPDU(0x80, INS.INSTALL, 0x04, 0, bytes(5)), 0x6A86),
        (CommandAPDU(0x80, INS.INSTALL, 0x0C, 1, bytes(5)), 0x6A86),
        (gp.install_for_personalization(aid.PSE), 0x6A88),
        (CommandAPDU(0x80, INS.INSTALL, 0x20, 0, bytes(5)), 0x6A80),
        (gp.delete(aid.PSE), 0x6A88),
        (gp.delete(aid.ISD), 0x6A88),
        (CommandAPDU(0x80, INS.DELETE, 0, 0, b"\x4f\x05"), 0x6A80),
        (CommandAPDU(0x80, INS.DELETE, 0, 0x80, b"\x4f\x00"), 0x6A86),
        (cps.store_data(b"\x90\x10\x02\3\3", 0), 0x6A88),
        (gp.set_status(0x0F), 0x6985),
        (gp.set_status(0x7F), 0x6A86),
        (gp.set_status(0xFF), 0x6A86),
    ],
)
def test_refusals(chip: DomainBench, command: CommandAPDU, sw: int) -> None:
    free = chip.partition.free
    again = gp.install(installation(aid.PSE))
    answers = chip.managed(command, again, level=SecurityLevel.NONE)
    assert answers == [sw, 0x9000], "the channel lives on"
    assert chip.select(aid.PSE).sw == 0x9000
    assert chip.partition.free == free - 3 - 63 - len(aid.PSE)


def test_what_is_there_is_not_installed_twice(chip: DomainBench) -> None:
    assert chip.install(aid.PSE, aid.PSE) == [0x9000, 0x6A89]


def test_no_ppse_without_an_antenna() -> None:
    assert DomainBench(antenna=False).install(aid.PPSE, aid.PSE) == [0x6A80, 0x9000]


def test_what_is_issued_stays(chip: DomainBench) -> None:
    chip.install(*NAMES)
    assert set(chip.personalize(aid.PSE)) == {0x9000}
    assert chip.delete(aid.PSE, aid.PPSE) == [0x6985, 0x9000]
    chip.reset()
    assert [chip.select(name).sw for name in NAMES] == [0x9000, 0x6A82, 0x9000]
    assert chip.hex("00a404000e" + aid.PSE.hex() + "00").endswith("9000")


def test_memory_full() -> None:
    chip = DomainBench(size=200)
    assert chip.install(aid.PSE, aid.DEBIT) == [0x9000, 0x6A84]
    assert chip.delete(aid.PSE) == [0x9000]
    assert chip.install(aid.PSE) == [0x9000], "in the place of the one before"


def test_memory_is_used_again() -> None:
    """Half a card, deleted; any number of times, and no key of it is left."""
    chip = DomainBench(size=2600)
    some = list(rich_groupings().values())[:22]
    for _ in range(6):
        assert chip.install(aid.DEBIT) == [0x9000]
        host = chip.open()
        assert {chip.store(host, each, at) for at, each in enumerate(some)} == {0x9000}
        instance = chip.banking._instances[aid.DEBIT]
        for each in some:
            assert each.value.startswith(instance.value(each.identifier) or b"?"), "less padding"
        assert chip.delete(aid.DEBIT) == [0x9000]
        for gone in load_all(chip.partition):
            assert not any(gone.keys)
            assert not gone.places or gone.state
    assert chip.install(aid.DEBIT) == [0x9000]


def test_the_map_shows_what_is_gone() -> None:
    card = VirtualCard.blank("gen3-80k-gp")
    bench = card.card.banking
    bench.install(aid.PSE)
    bench.delete(aid.PSE)
    bench.install(aid.PPSE)
    card.card.nvm.commit()
    regions = [each for each in card.memory_map().regions if each.kind is Kind.INSTANCE]
    assert [(each.owner, each.detail) for each in regions] == [
        ("issuer security domain", ""),
        ("2PAY.SYS.DDF01", ""),
    ], "the PPSE's name is as long as the PSE's: it lies where that was"


# States and channel


@pytest.mark.parametrize("channel", ChannelState)
@pytest.mark.parametrize("key", TABLE)
def test_every_command_in_every_state_of_the_channel(
    chip: DomainBench, key: tuple[int, int], channel: ChannelState
) -> None:
    chip.select(aid.ISD)
    if channel is ChannelState.INITIALIZED:
        chip.initialize()
    if channel is ChannelState.SECURED:
        chip.open(aid.ISD)
    cla, ins = key
    p1 = {INS.INSTALL: 0x0C, INS.SET_STATUS: 0x80, INS.EXTERNAL_AUTHENTICATE: 1}.get(ins, 0)
    size = {INS.INITIALIZE_UPDATE: 8, INS.EXTERNAL_AUTHENTICATE: 16}.get(ins, 20)
    sw = chip.send(CommandAPDU(cla, ins, p1, 0, bytes(size))).sw
    if channel in CHANNEL[key]:
        assert sw not in (0x6982, 0x6985)
    else:
        assert sw == (0x6985 if ins == INS.EXTERNAL_AUTHENTICATE else 0x6982)


def test_a_broken_mac_ends_the_channel(chip: DomainBench) -> None:
    host = chip.open(aid.ISD)
    raw = bytearray(bytes(host.wrap(gp.install(installation(aid.PSE)))))
    raw[-1] ^= 1
    assert chip.process(bytes(raw)).hex() == "6988"
    assert chip.send(gp.delete(aid.PSE)).sw == 0x6982
    assert chip.select(aid.PSE).sw == 0x6A82


@pytest.mark.parametrize(("state", "event"), list(product(DomainState, DomainEvent)))
def test_the_life_of_the_domain(chip: DomainBench, state: DomainState, event: DomainEvent) -> None:
    way = [gp.set_status(each) for each in (0x07, 0x0F) if each <= state]
    assert set(chip.managed(*way) or [0x9000]) == {0x9000}
    allowed = (state, event) in DOMAIN_TRANSITIONS
    assert chip.managed(gp.set_status(event)) == [0x9000 if allowed else 0x6985]
    assert chip.install(aid.PSE) == [0x9000], "in every state there are applications to come"


def test_unknown_commands_of_the_domain(chip: DomainBench) -> None:
    chip.open(aid.ISD)
    assert chip.hex("80ca9f7f00") == "6d00"
    assert chip.hex("00b2010c00") == "6e00"
    assert chip.hex("81e4000000") == "6881"


# INSTALL [for personalization]


@pytest.mark.parametrize("name", [aid.PSE, aid.DEBIT])
def test_personalization_through_the_domain(chip: DomainBench, name: bytes) -> None:
    chip.install(*NAMES)
    host = chip.open(aid.ISD)
    assert chip.send(host.wrap(gp.install_for_personalization(name))).sw == 0x9000
    todo: list[Grouping] = list(SETS[name])
    answers = [chip.store(host, each, at, last=at == len(todo) - 1) for at, each in enumerate(todo)]
    assert set(answers) == {0x9000}
    assert chip.store(host, todo[0], len(todo)) == 0x6A88, "it is for nobody any more"
    chip.reset()
    chip.select(name)
    assert chip.hex("00b2010c00").endswith("9000")
    assert chip.managed(gp.install_for_personalization(name)) == [0x9000]
    host = chip.open(aid.ISD)
    chip.send(host.wrap(gp.install_for_personalization(name)))
    assert chip.store(host, todo[0], 0) == 0x6985, "it is issued"


def test_le_gets_the_empty_confirmation(chip: DomainBench) -> None:
    host = chip.open(aid.ISD, SecurityLevel.NONE)
    assert host
    command = gp.install(installation(aid.PSE))
    assert chip.hex(bytes(command).hex() + "00") == "009000"


# Power


class Torn(NVM):
    """Power fails at the n-th programmed page."""

    left: int | None = None

    def program(self, page: int, content: bytes) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                self.left = None
                raise InterruptedError
        super().program(page, content)


@pytest.mark.parametrize("what", ["install", "delete"])
def test_power_fails_anywhere(what: str) -> None:
    """An application is there or not, and the next try makes the same of it."""
    seen = set()
    for cut in range(200):
        chip = DomainBench(memory=Torn)
        chip.install(*([aid.PSE] if what == "install" else [aid.PSE, aid.DEBIT]))
        if what == "delete":
            host = chip.open()
            for at, each in enumerate(SETS[aid.DEBIT][:6]):
                assert chip.store(host, each, at) == 0x9000
        command = gp.install(installation(aid.DEBIT)) if what == "install" else gp.delete(aid.DEBIT)
        host = chip.open(aid.ISD)
        chip.nvm.left = cut
        try:
            chip.send(host.wrap(command))
        except InterruptedError:
            chip.reset()
            there = chip.select(aid.DEBIT).sw == 0x9000
            seen.add(there)
            assert chip.select(aid.PSE).sw == 0x9000
            assert chip.managed(command)[0] in (0x9000, 0x6A89, 0x6A88)
            assert (chip.select(aid.DEBIT).sw == 0x9000) == (what == "install")
            chip.install(aid.DEBIT)
            assert set(chip.personalize()) == {0x9000}
            assert all(not any(gone.keys) for gone in load_all(chip.partition) if not gone.state)
            continue
        break
    assert seen == {True, False}
    assert cut > 3


def test_a_grouping_that_outgrows_its_place_may_go_before_it() -> None:
    """The memory is full, and a place of what was deleted lies further in front."""
    chip = DomainBench(size=820)
    chip.install(aid.PSE)
    directory = Grouping(0x0101, bytes.fromhex("7081FB5081F8") + bytes(248))
    host = chip.open(aid.PSE)
    assert chip.store(host, directory, 0) == 0x9000
    chip.delete(aid.PSE)
    assert chip.install(aid.DEBIT) == [0x9000]
    host = chip.open()
    values = [bytes((0x70, size + 2, 0x50, size)) + bytes((size,)) * size for size in (100, 120)]
    assert chip.store(host, Grouping(0x0101, values[0]), 0) == 0x9000
    assert chip.store(host, Grouping(0x0102, values[0]), 1) == 0x9000
    assert chip.store(host, Grouping(0x0101, values[1]), 2) == 0x9000
    for _ in range(2):
        instance = chip.banking._instances[aid.DEBIT]
        assert [instance.value(each) for each in (0x0101, 0x0102)] == [values[1], values[0]]
        chip.reset()
    assert chip.store(chip.open(), Grouping(0x0102, values[1]), 0) == 0x6A84
    instance = chip.banking._instances[aid.DEBIT]
    assert [instance.value(each) for each in (0x0101, 0x0102)] == [values[1], values[0]]
