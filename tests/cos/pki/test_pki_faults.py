"""The application on a card that is pulled out, goes silent, or whose pages wear out."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from simulator import VirtualCard
from simulator.faults import Fault, FaultyCard, FaultyNVM, Kind, Torn
from sscard.apdu import iso7816, pki
from sscard.apdu.command import CommandAPDU
from sscard.channel import pki as channel
from sscard.errors import TransportError
from sscard.profiles.chips import load_chip
from tests.cos.pki.hosts import ADMIN, BROUGHT, MASTER, SESSION, USER, Host, brought


@pytest.fixture(scope="module")
def begun() -> bytes:
    """The memory of a card with the public half of an encryption pair."""
    card = VirtualCard.blank("gen3-80k", random=random.Random(1).randbytes)
    card.power_on()
    host = Host(card)
    host.enter()
    host.show(USER)
    host.ok(pki.import_public_key(bytes(BROUGHT.public)))
    return bytes(card.card.nvm.cells)


@pytest.fixture
def host(begun: bytes) -> Host:
    """That card with both PINs, the session key and the ADF's master key shown."""
    memory = FaultyNVM(bytearray(begun))
    card = VirtualCard(memory, load_chip("gen3-80k"), random=random.Random(2).randbytes)
    faulty = FaultyCard(card)
    faulty.power_on()
    return ready(Host(faulty))


def ready(host: Host) -> Host:
    host.enter()
    host.show(USER, ADMIN)
    host.ok(pki.set_session_key(SESSION.reveal()))
    assert host.show_master() == 0x9000
    return host


def new_pin(host: Host) -> CommandAPDU:
    old = channel.pin_key(bytes.fromhex(ADMIN))
    return channel.change_admin_pin(old, bytes.fromhex("87654321"), host.challenge())


def new_master(host: Host) -> CommandAPDU:
    return channel.replace_master(MASTER, bytes(range(16)), host.challenge())


CHANGES: dict[str, Callable[[Host], CommandAPDU]] = {
    "GENERATE KEY PAIR": lambda _: pki.generate_key_pair(),
    "IMPORT KEY, private": lambda _: brought(BROUGHT),
    "UPDATE BINARY": lambda _: iso7816.update_binary(b"0" * 250, sfi=0x18),
    "CHANGE ADMIN PIN": new_pin,
    "REPLACE MASTER": new_master,
    "VERIFY": lambda host: host.proof(USER),
    "VERIFY wrong": lambda host: host.proof(USER, wrong=True),
}


@pytest.mark.parametrize("name", CHANGES)
def test_worn_pages_change_nothing_and_leave_all_else(name: str, host: Host) -> None:
    command, before = CHANGES[name](host), host.state()
    host.card.plan([Fault(Kind.WORN_PAGE, command=1)])
    assert host.sw(command) == 0x6581
    assert host.state() == before
    assert host.file(0x14, 66) == b"\xca\x40" + bytes(BROUGHT.public)
    assert host.sw(pki.hash_message(b"x")) == 0x9000


def test_a_page_that_wears_out_under_a_right_pin_shows_nothing(begun: bytes) -> None:
    """The try was counted, and cannot be given back: then the PIN has not been shown either."""
    memory = FaultyNVM(bytearray(begun))
    card = VirtualCard(memory, load_chip("gen3-80k"), random=random.Random(2).randbytes)
    host = Host(FaultyCard(card))
    host.card.power_on()
    host.enter()
    proof = host.proof(USER)
    pin = host.memory().pins[pki.USER]
    programmed: list[int] = []
    program = memory.program

    def wearing(page: int, content: bytes) -> None:
        program(page, content)
        programmed.append(page)
        memory.worn |= {page} & {pin.at // 64}

    memory.program = wearing  # type: ignore[method-assign]
    assert host.sw(proof) == 0x6581
    assert pin.at // 64 in programmed
    assert host.sw(pki.tries_left(pki.USER)) == 0x63C5
    assert host.sw(pki.generate_key_pair()) == 0x6982


@pytest.mark.parametrize("kind", [Kind.POWER_CUT, Kind.REMOVED, Kind.MUTE])
@pytest.mark.parametrize("moment", ["command", "response"])
@pytest.mark.parametrize("name", CHANGES)
def test_without_an_answer_it_happened_wholly_or_not_at_all(
    name: str, moment: str, kind: Kind, host: Host
) -> None:
    command, before = CHANGES[name](host), host.state()
    fault: Any = {moment: 1}
    host.card.plan([Fault(kind, **fault)])
    with pytest.raises(TransportError):
        host.sw(command)
    host.card.plan([])
    if kind is Kind.REMOVED:
        host.card.insert()
    host.card.power_on()
    happened = (
        moment == "response" and name != "VERIFY"
    )  # a right PIN leaves the tries as they were
    assert (host.state() != before) is happened
    host.enter()
    assert host.sw(pki.set_session_key(bytes(16))) == 0x6982, "nothing is shown any more"


def test_a_planned_tear_in_the_middle_of_a_new_pair(begun: bytes) -> None:
    """As a scenario plans it: page and kind of tear, then the card goes on."""
    for torn in Torn:
        again = Host(FaultyCard(VirtualCard(FaultyNVM(bytearray(begun)), load_chip("gen3-80k"))))
        again.card.power_on()
        ready(again)
        again.card.plan([Fault(Kind.POWER_CUT, page=2, torn=torn)])
        with pytest.raises(TransportError):
            again.sw(pki.generate_key_pair())
        again.card.plan([])
        again.card.power_on()
        ready(again)
        assert again.sw(pki.choose_public_key()) in (0x6985, 0x9000)
        again.ok(pki.generate_key_pair())
