"""The social-security station: stepped by hand, on a card, with a card that fails."""

from __future__ import annotations

import random
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from Crypto.Cipher import DES, DES3

from simulator import VirtualCard
from sscard.apdu import atr
from sscard.apdu.command import CommandAPDU
from sscard.apdu.response import ResponseAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.life_cycle import CardState
from sscard.dialects import reference
from sscard.dialects.chip import Chip
from sscard.dialects.operations import AuthenticateTransport, WriteHistorical
from sscard.dialects.rights import Condition
from sscard.errors import MalformedData, NotVerified, ProfileError, TransportError
from sscard.keys import TDES, Pin
from sscard.perso import handover, social_security
from sscard.perso.activation import TransportKeyRefused, WrongLot
from sscard.perso.data import encode
from sscard.perso.order import CardOrder
from sscard.perso.plan import POWER_UP, run
from sscard.profiles.chips import load_chip
from sscard.profiles.fields import FieldError

TRANSPORT = "80E00300"
PIN = "918273"


@dataclass
class Station:
    """A reader with one card in it, which counts, and can be unplugged at a command."""

    card: VirtualCard
    unplug_at: int = -1
    sent: list[str] = field(default_factory=list)
    answer: Callable[[str, bytes], bytes] = lambda command, answer: answer

    def reset(self) -> bytes:
        self.send("power up")
        return self.answer("power up", self.card.reset())

    def transmit(self, command: bytes) -> bytes:
        self.send(command.hex().upper())
        return self.answer(self.sent[-1], self.card.transmit(command))

    def send(self, what: str) -> None:
        if len(self.sent) == self.unplug_at:
            raise TransportError("the reader is gone")
        self.sent.append(what)

    def personalize(self, order: CardOrder) -> None:
        run(social_security.personalize(order, random.Random(5).randbytes), self)

    def tries(self) -> int:
        return sum(command.startswith(TRANSPORT) for command in self.sent)


def station(order: CardOrder, chip: str | Chip = "gen2-32k", **settings: Any) -> Station:
    return Station(VirtualCard.blank(chip, lot=settings.pop("lot", order.lot)), **settings)


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


def test_on_a_blank_card(order: CardOrder) -> None:
    made = station(order)
    made.personalize(order)
    assert made.card.power_on() == order.atr
    assert made.card.card.system.state is CardState.ISSUED
    found = run(handover.read(order.profile), made)
    assert found.holder.id_number == order.id_number
    assert found.historical == order.historical
    assert made.tries() == 2


def test_every_key_travels_enciphered(order: CardOrder) -> None:
    made = station(order)
    made.personalize(order)
    traffic = "".join(made.sent)
    for key in (*order.keys.values(), order.exchange, order.lot.transport):
        assert key.reveal().hex().upper() not in traffic


# What costs no command.


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


# What stops the line.


def test_a_chip_of_another_lot_costs_no_try(order: CardOrder) -> None:
    other = replace(order.lot, blank_historical=bytes(13))
    made = station(order, lot=other)
    with pytest.raises(WrongLot, match="lot TEST-GEN2") as caught:
        made.personalize(order)
    assert isinstance(caught.value, NotVerified)
    assert made.sent == ["power up"]


def test_something_that_is_no_card_at_all(order: CardOrder) -> None:
    made = station(order, answer=lambda command, answer: b"\0\0")
    with pytest.raises(MalformedData, match="ATR"):
        made.personalize(order)
    assert made.sent == ["power up"]


def test_a_wrong_transport_key_is_tried_once(order: CardOrder) -> None:
    other = replace(order.lot, transport=TDES(bytes(range(16))))
    made = station(order, lot=other)
    with pytest.raises(TransportKeyRefused, match="lot TEST-GEN2"):
        made.personalize(order)
    assert made.tries() == 1
    assert made.sent[-1].startswith(TRANSPORT)


def test_a_chip_whose_tries_are_used_up_stops_the_line_too(order: CardOrder) -> None:
    made = station(
        order,
        answer=lambda command, answer: b"\x69\x83" if command.startswith(TRANSPORT) else answer,
    )
    with pytest.raises(TransportKeyRefused):
        made.personalize(order)
    assert made.tries() == 1


def test_an_atr_that_was_not_written(order: CardOrder) -> None:
    blank = atr.build(order.lot.blank_historical)
    made = station(order, answer=lambda command, answer: blank if command == "power up" else answer)
    with pytest.raises(NotVerified, match="ATR that was written"):
        made.personalize(order)
    assert made.tries() == 1, "no key is tried on a chip that is not what it should be"


def test_a_hand_over_area_that_holds_something_else(order: CardOrder) -> None:
    made = station(
        order,
        answer=lambda command, answer: (
            bytes(len(answer) - 2) + answer[-2:] if command.startswith("00B09C") else answer
        ),
    )
    with pytest.raises(NotVerified, match="hand-over"):
        made.personalize(order)


@pytest.mark.parametrize(
    ("ssse", "step"),
    [(64, "SSSE: load key"), (2048, "SSSE: create file EF08"), (9000, "DF03: load key 89")],
)
def test_a_chip_with_too_little_memory_names_the_step(
    order: CardOrder, ssse: int, step: str
) -> None:
    chip = load_chip("gen2-32k")
    tiny = replace(chip, partitions={**chip.partitions, "ssse": ssse})
    with pytest.raises(StatusError) as caught:
        station(order, tiny).personalize(order)
    assert caught.value.sw == StatusWord.NOT_ENOUGH_SPACE
    assert step in str(caught.value)


# What never shows.


def secrets(order: CardOrder) -> set[str]:
    """How keys, PIN and person could look in a text."""
    values = [key.reveal() for key in order.keys.values()]
    values += [order.exchange.reveal(), order.lot.transport.reveal()]
    keys = {form for value in values for form in (value.hex(), repr(value)[2:-1])}
    person = {PIN, order.id_number, order.name, "13987654321", "1990-03-07"}
    return keys | person | {form(order.name.encode("gbk").hex()) for form in (str, str.upper)}


@pytest.fixture
def secret(order: CardOrder) -> CardOrder:
    """The order with a PIN that is not the profile's, which anybody may see."""
    return replace(order, pin=Pin(PIN))


def test_nothing_secret_or_personal_in_any_repr(secret: CardOrder) -> None:
    plan = social_security.personalize(secret, random.Random(5).randbytes)
    holder = handover.Holder(secret.id_number, secret.name)
    shown = repr([secret, encode(secret), holder, plan, next(plan), secret.lot])
    assert not [each for each in secrets(secret) if each in shown]


def test_nothing_secret_or_personal_in_any_error(secret: CardOrder) -> None:
    """A command refused here and there, and what the exception says."""
    clean = station(secret)
    clean.personalize(secret)
    for at in [*range(12), *range(15, len(clean.sent), 5)]:
        if clean.sent[at] == "power up":
            continue
        made = station(secret)
        made.answer = lambda _, answer, at=at, made=made: (
            b"\x6f\x00" if len(made.sent) == at + 1 else answer
        )
        with pytest.raises(StatusError, match="UNKNOWN_ERROR") as caught:
            made.personalize(secret)
        told = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
        assert not [each for each in secrets(secret) if each in told], at
        assert caught.value.doing != "command", "every step says what it was doing"


# What a lost reader leaves behind.


def lost(order: CardOrder, at: int) -> None:
    """Unplugged at this command, the chip is as good as new or is never tried again."""
    made = station(order, unplug_at=at)
    with pytest.raises(TransportError):
        made.personalize(order)
    again = Station(made.card)
    if made.card.power_on() == atr.build(order.lot.blank_historical):
        again.personalize(order)
        assert made.card.power_on() == order.atr
    else:
        with pytest.raises(WrongLot):
            again.personalize(order)
        assert again.tries() == 0


def commands(order: CardOrder) -> int:
    made = station(order)
    made.personalize(order)
    return len(made.sent)


def test_a_reader_lost_at_every_tenth_command(order: CardOrder) -> None:
    for at in [*range(8), *range(10, commands(order), 10)]:
        lost(order, at)


@pytest.mark.full
def test_a_reader_lost_at_every_command(order: CardOrder) -> None:
    for at in range(commands(order)):
        lost(order, at)
