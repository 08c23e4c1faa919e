"""What goes over the wire, beside the fewest bytes that these commands can do it with."""

from __future__ import annotations

import os
from datetime import date

import pytest

from simulator import VirtualCard
from sscard.issuance.stations import BankStation, SocialStation, account_of_test_bank
from sscard.keys import SUITES
from sscard.keys.stores import load_bank, load_exchange, load_social_security
from sscard.keys.stores.certificates import load_certificates
from sscard.perso.handover import Holder
from sscard.perso.order import CardNumbers
from sscard.perso.wire_bound import Bound, lower_bound
from sscard.profiles import load_profile
from sscard.profiles.chips import load_chip

PERSON = {
    "id_number": "110101199003070038",
    "name": "诸葛验收",
    "sex": "1",
    "birth_date": "1990-03-07",
    "phone": "13987654321",
}
NUMBERS = CardNumbers("X00000019", bytes.fromhex("C0666779"), "639900", date(2026, 1, 31))


class Wire:
    """Counts APDU bytes, and lets a card pass through."""

    def __init__(self, card: VirtualCard) -> None:
        self.card = card
        self.bytes = 0

    def reset(self) -> bytes:
        answer = self.card.reset()
        self.bytes += len(answer)
        return answer

    def transmit(self, command: bytes, /) -> bytes:
        response = self.card.transmit(command)
        self.bytes += len(command) + len(response)
        return response


def both(name: str) -> tuple[int, Bound]:
    """Bytes of both stations of one card, and the bound."""
    profile = load_profile(name)
    chip, suite = load_chip(profile.chip), SUITES[profile.suite]
    store, exchange = load_social_security(None, suite), load_exchange(None, suite)
    social = SocialStation(profile, store, exchange, chip.lot, os.urandom)
    bank = BankStation(profile, load_bank(None), exchange, os.urandom, load_certificates())
    order = social.prepare(PERSON, NUMBERS)
    wire = Wire(VirtualCard.blank(chip, lot=order.lot))
    social.run(order, wire)
    account = account_of_test_bank(profile, "6228000000000011", NUMBERS.issued_on)
    instances = bank.run(wire, bank.identify(wire), account, NUMBERS.issued_on)
    return wire.bytes, lower_bound(order, instances)


@pytest.mark.parametrize("name", ["gen2", "gen3"])
def test_a_personalization_is_within_a_tenth_of_the_bound(name: str) -> None:
    wire, bound = both(name)
    assert 1 < wire / bound.total <= 1.10
    assert 0 < bound.payload < bound.total


def test_the_parts_of_the_bound_by_hand() -> None:
    _, bound = both("gen2")
    parts = {part.name: part for part in bound.parts}
    keys = parts["keys"]
    assert keys.times == len(key_sizes()) == 171
    whole, single = 15 + 5 + 24 + 4 + 2, 15 + 5 + 16 + 4 + 2
    assert keys.payload == sum(key_sizes())
    assert keys.payload + keys.unavoidable == sum(
        whole if size == 16 else single for size in key_sizes()
    )
    holder = Holder(str(PERSON["id_number"]), str(PERSON["name"])).encode(64)
    assert parts["hand-over, written"].payload == 64 - holder.count(0)
    assert parts["authentications"].unavoidable == parts["authentications"].times * (15 + 23)


def key_sizes() -> list[int]:
    profile = load_profile("gen2")
    sizes = [
        key.size
        for d in profile.directories
        for key in d.keys
        for _ in range(profile.versions(key))
    ]
    return [*sizes, 8, 16, *[16] * 9]  # PIN, exchange key, master keys
