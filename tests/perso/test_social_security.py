"""The social-security station: stepped by hand, on a card, and with a card it must not touch."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from Crypto.Cipher import DES, DES3

from sscard.apdu import atr
from sscard.apdu.command import CommandAPDU
from sscard.apdu.response import ResponseAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.life_cycle import CardState
from sscard.dialects import reference
from sscard.dialects.operations import AuthenticateTransport, WriteHistorical
from sscard.dialects.rights import Condition
from sscard.errors import MalformedData, NotVerified, ProfileError
from sscard.keys import TDES, TDES_SUITE
from sscard.keys.stores import load_social_security
from sscard.perso import handover, social_security
from sscard.perso.activation import TransportKeyRefused, WrongLot, open_factory
from sscard.perso.order import CardOrder
from sscard.perso.plan import POWER_UP, run
from sscard.profiles.chips import load_chip
from sscard.profiles.fields import FieldError

if TYPE_CHECKING:
    from tests.perso.conftest import Station

Make = Callable[..., "Station"]
TRANSPORT = "80E00300"


def test_stepped_by_hand_without_a_card(order: CardOrder) -> None:
    plan = social_security.personalize(order, random.Random(5).randbytes)
    assert next(plan) is POWER_UP
    blank = ResponseAPDU(atr.build(order.lot.blank_historical))
    assert plan.send(blank) == CommandAPDU(0x00, 0x84, ne=8)
    challenge = b"12345678"
    shown = plan.send(ResponseAPDU(challenge))
    session = DES3.new(order.lot.transport.reveal(), DES3.MODE_ECB).encrypt(challenge)
    proof = DES.new(session, DES.MODE_ECB).encrypt(challenge)
    assert shown == reference.build(AuthenticateTransport(proof, challenge))
    assert plan.send(ResponseAPDU()) == reference.build(WriteHistorical(order.historical))
    assert plan.send(ResponseAPDU()) is POWER_UP
    assert plan.send(ResponseAPDU(order.atr)) == CommandAPDU(0x00, 0x84, ne=8)
    again = plan.send(ResponseAPDU(challenge))
    assert again == shown
    created = plan.send(ResponseAPDU())
    assert bytes(created).hex() == "80e00100023f00"
    with pytest.raises(StatusError, match=r"create MF: NOT_ENOUGH_SPACE \(6A84\)"):
        plan.send(ResponseAPDU(sw=StatusWord.NOT_ENOUGH_SPACE))


def test_on_a_blank_card(station: Make, order: CardOrder) -> None:
    made = station()
    made.personalize(order)
    assert made.card.power_on() == order.atr
    assert made.card.card.system.state is CardState.ISSUED
    found = run(handover.read(order.profile), made)
    assert found.holder.id_number == order.id_number
    assert found.historical == order.historical
    assert made.tries() == 2


def test_every_key_travels_enciphered(station: Make, order: CardOrder) -> None:
    made = station()
    made.personalize(order)
    traffic = "".join(made.sent)
    for key in (*order.keys.values(), order.exchange, order.lot.transport):
        assert key.reveal().hex().upper() not in traffic


@pytest.mark.parametrize(
    "wrong", [{"sex": "7"}, {"name": "😀"}, {"phone": "1" * 16}, {"birth_date": "1990-02-30"}]
)
def test_a_bad_applicant_costs_no_chip(order: CardOrder, wrong: Mapping[str, object]) -> None:
    plan = social_security.personalize(
        replace(order, values={**order.values, **wrong}), random.Random(5).randbytes
    )
    with pytest.raises(FieldError) as caught:
        next(plan)
    assert str(next(iter(wrong.values()))) not in str(caught.value)


def test_a_right_the_dialect_cannot_say_costs_no_chip(
    order: CardOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reference, "CONDITIONS", frozenset(Condition) - {Condition.PIN_AND_KEY})
    with pytest.raises(ProfileError, match=r"gen2: DF04/EF06: .*reference.*'PIN and key'"):
        next(social_security.personalize(order, random.Random(5).randbytes))


def test_a_chip_of_another_lot_costs_no_try(station: Make, order: CardOrder) -> None:
    other = replace(order.lot, blank_historical=bytes(13))
    made = station(blank={"lot": other})
    with pytest.raises(WrongLot, match="lot TEST-GEN2") as caught:
        made.personalize(order)
    assert isinstance(caught.value, NotVerified)
    assert made.sent == ["power up"]


def test_something_that_is_no_card_at_all(station: Make, order: CardOrder) -> None:
    made = station(answer=lambda command, answer: b"\0\0")
    with pytest.raises(MalformedData, match="ATR"):
        made.personalize(order)
    assert made.sent == ["power up"]


def test_a_wrong_transport_key_is_tried_once(station: Make, order: CardOrder) -> None:
    other = replace(order.lot, transport=TDES(bytes(range(16))))
    made = station(blank={"lot": other})
    with pytest.raises(TransportKeyRefused, match="lot TEST-GEN2"):
        made.personalize(order)
    assert made.tries() == 1
    assert made.sent[-1].startswith(TRANSPORT)


def test_a_chip_whose_tries_are_used_up_stops_the_line_too(station: Make, order: CardOrder) -> None:
    made = station(
        answer=lambda command, answer: b"\x69\x83" if command.startswith(TRANSPORT) else answer,
    )
    with pytest.raises(TransportKeyRefused):
        made.personalize(order)
    assert made.tries() == 1


def test_an_atr_that_was_not_written(station: Make, order: CardOrder) -> None:
    blank = atr.build(order.lot.blank_historical)
    made = station(answer=lambda command, answer: blank if command == "power up" else answer)
    with pytest.raises(NotVerified, match="ATR that was written"):
        made.personalize(order)
    assert made.tries() == 1, "no key is tried on a chip that is not what it should be"


def test_a_hand_over_area_that_holds_something_else(station: Make, order: CardOrder) -> None:
    made = station(
        answer=lambda command, answer: (
            bytes(len(answer) - 2) + answer[-2:] if command.startswith("00B09C") else answer
        ),
    )
    with pytest.raises(NotVerified, match="hand-over"):
        made.personalize(order)


@pytest.mark.parametrize(
    ("ssse", "step"),
    [(64, "SSSE: load key"), (2048, "SSSE: create file EF08"), (11520, "DF03: load key 8C")],
)
def test_a_chip_with_too_little_memory_names_the_step(
    station: Make, order: CardOrder, ssse: int, step: str
) -> None:
    chip = load_chip("gen2-32k")
    tiny = replace(chip, partitions={**chip.partitions, "ssse": ssse})
    with pytest.raises(StatusError) as caught:
        station(tiny).personalize(order)
    assert caught.value.sw == StatusWord.NOT_ENOUGH_SPACE
    assert step in str(caught.value)


@pytest.mark.parametrize("sw", [0x63C2, 0x6983, 0x6300, 0x6988, 0x6982, 0x6985, 0x6F00])
def test_whatever_the_chip_says_to_the_transport_key_stops_the_line(sw: int) -> None:
    lot = load_social_security(None).lot("TEST-GEN2")
    plan = open_factory(lot, TDES_SUITE)
    next(plan)
    plan.send(ResponseAPDU(bytes(8)))
    with pytest.raises(TransportKeyRefused, match=f"{sw:04X}"):
        plan.send(ResponseAPDU(sw=StatusWord(sw)))
