"""The cards that an input may start from, each made once and then given its memory back."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date
from enum import IntEnum
from functools import cache
from types import MappingProxyType

from simulator import VirtualCard
from sscard.apdu import iso7816, ssc
from sscard.cos import NVM
from sscard.issuance.stations import BankStation, SocialStation, account_of_test_bank
from sscard.keys.stores import load_bank, load_exchange, load_social_security
from sscard.perso import pse
from sscard.perso.order import CardNumbers, CardOrder
from sscard.perso.pse import BankAccount, Instance
from sscard.profiles import load_profile
from sscard.profiles.chips import load_chip

#: Invented.
PERSON: Mapping[str, object] = MappingProxyType(
    {
        "id_number": "110101199003070038",
        "name": "诸葛验收",
        "sex": "1",
        "birth_date": "1990-03-07",
        "phone": "13987654321",
    }
)
TODAY = date(2026, 1, 31)
INITIAL_PIN = bytes.fromhex("123456")
#: So many digits do not stand in an answer by chance, as the six of the initial PIN might.
PIN = bytes.fromhex("2718281828459045")
#: Seeds the challenges of every input: an input does the same each time.
SEED = 1


class Start(IntEnum):
    """How far the card's life has come; the first byte of an input chooses."""

    #: Both stations are done.
    FINISHED = 0
    #: The social-security side is done; the bank has not begun.
    SEMI_FINISHED = 1
    #: From the chip maker.
    BLANK = 2
    #: The same with the factory stage open: the transport key was shown.
    OPENED = 3


class Seeded:
    """The source of challenges; ``again`` starts it anew."""

    def __init__(self) -> None:
        self._random = random.Random(SEED)

    def __call__(self, size: int) -> bytes:
        return self._random.randbytes(size)

    def again(self) -> None:
        self._random.seed(SEED)


def order() -> CardOrder:
    """The card that the social-security station makes."""
    return _social_station().prepare(PERSON, CardNumbers("X00000019", bytes(4), "639900", TODAY))


def bank_instances() -> tuple[Instance, ...]:
    """What the bank station puts on it."""
    name = str(PERSON["name"])
    return pse.prepare(load_profile("gen2"), _account(), name, load_bank(None), effective=TODAY)


def card_at(start: Start) -> VirtualCard:
    """The card of this start, powered, its memory and its challenges as at the beginning."""
    card, source, cells = _made(Start.BLANK if start is Start.OPENED else start)
    card.card.nvm.cells[:] = cells
    source.again()
    card.power_on()
    return card


@cache
def _made(start: Start) -> tuple[VirtualCard, Seeded, bytes]:
    card = VirtualCard.blank(load_profile("gen2").chip, random=Seeded())
    if start is not Start.BLANK:
        _social_station().run(order(), card)
        _change_pin(card)
    if start is Start.FINISHED:
        bank = BankStation(load_profile("gen2"), load_bank(None), load_exchange(None), Seeded())
        bank.run(card, bank.identify(card), _account(), TODAY)
    source, cells = Seeded(), bytes(card.card.nvm.cells)
    return (
        VirtualCard(NVM(bytearray(cells)), load_chip(card.chip.name), random=source),
        source,
        cells,
    )


def _account() -> BankAccount:
    return account_of_test_bank("6228000000000011", TODAY)


def _social_station() -> SocialStation:
    store, exchange = load_social_security(None), load_exchange(None)
    return SocialStation(load_profile("gen2"), store, exchange, "TEST-GEN2", Seeded())


def _change_pin(card: VirtualCard) -> None:
    card.power_on()
    for command in (iso7816.select(ssc.SSSE_NAME), ssc.change_pin(INITIAL_PIN, PIN)):
        if card.transmit(bytes(command))[-2:] != b"\x90\x00":
            raise ValueError("the card for the inputs does not take its PIN")
