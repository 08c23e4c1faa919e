"""Bytes on the wire of one personalization, beside the lower bound, part by part.

    python benchmarks/wire_bytes.py [profile]

The bound and its formulas: docs/line-time.md.  Nothing is timed here.
"""

from __future__ import annotations

import os
import sys
from datetime import date
from typing import NamedTuple

from simulator import VirtualCard
from sscard.apdu.iso7816 import INS
from sscard.issuance.stations import BankStation, SocialStation, account_of_test_bank
from sscard.keys import SUITES
from sscard.keys.stores import load_bank, load_exchange, load_social_security
from sscard.keys.stores.certificates import load_certificates
from sscard.perso.order import CardNumbers
from sscard.perso.wire_bound import Bound, lower_bound
from sscard.profiles import load_profile
from sscard.profiles.chips import load_chip

PERSON = {
    "id_number": "110101199003070038",
    "name": "张三",
    "sex": "1",
    "birth_date": "1990-03-07",
    "phone": "13800000000",
    "hukou_address": "幸福路一号",
}
TODAY = date(2026, 11, 22)


class Bytes:
    """Counts what goes over the wire and lets a card pass through."""

    def __init__(self, card: VirtualCard) -> None:
        self.card = card
        self.count = self.stores = 0

    def reset(self) -> bytes:
        answer = self.card.reset()
        self.count += len(answer)
        return answer

    def transmit(self, command: bytes, /) -> bytes:
        response = self.card.transmit(command)
        self.count += len(command) + len(response)
        self.stores += command[1] == INS.STORE_DATA
        return response


class Measured(NamedTuple):
    """Bytes at the social-security station, at both stations, and the fewest possible.

    ``stores`` are the commands that carry data groupings.
    """

    first: int
    wire: int
    bound: Bound
    stores: int


def measured(name: str) -> Measured:
    """Both stations of one card of a profile."""
    profile = load_profile(name)
    chip, suite = load_chip(profile.chip), SUITES[profile.suite]
    exchange = load_exchange(None, suite)
    store = load_social_security(None, suite)
    social = SocialStation(profile, store, exchange, chip.lot, os.urandom)
    bank = BankStation(profile, load_bank(None), exchange, os.urandom, load_certificates())
    numbers = CardNumbers("X00000019", bytes(4), "639900", TODAY)
    order = social.prepare(PERSON, numbers)
    account = account_of_test_bank(profile, "6228000000000011", TODAY)

    wire = Bytes(VirtualCard.blank(chip, lot=order.lot))
    social.run(order, wire)
    first = wire.count
    instances = bank.run(wire, bank.identify(wire), account, TODAY)
    return Measured(first, wire.count, lower_bound(order, instances), wire.stores)


def main() -> None:
    first, wire, bound, _ = measured(sys.argv[1] if len(sys.argv) > 1 else "gen3")
    print(f"{'bound':30}{'times':>6}{'payload':>9}{'around':>8}{'bytes':>8}")
    for part in bound.parts:
        whole = part.payload + part.unavoidable
        print(f"{part.name:30}{part.times:6}{part.payload:9}{part.unavoidable:8}{whole:8}")
    print(f"{'sum':30}{bound.payload:15}{bound.total - bound.payload:8}{bound.total:8}")
    print(f"social-security station {first} bytes, bank station {wire - first}")
    print(f"wire {wire} / bound {bound.total} = {wire / bound.total:.3f}")


if __name__ == "__main__":
    main()
