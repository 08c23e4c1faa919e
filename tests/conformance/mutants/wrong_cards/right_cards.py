"""The right card of each generation: finished by both stations, made once and copied."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from types import MappingProxyType

from simulator import VirtualCard
from simulator.faults import FaultyNVM
from sscard.cos import NVM
from sscard.cos.nvm import JOURNAL_PAGES
from sscard.dialects.chip import CERTIFICATES, PAGE, Chip
from sscard.issuance.card_keys import CardKeys
from sscard.issuance.stations import BankStation, SocialStation, account_of_test_bank
from sscard.keys import SUITES
from sscard.keys.stores import load_bank, load_exchange, load_social_security
from sscard.keys.stores.certificates import load_certificates
from sscard.perso import handover, social_security
from sscard.perso.order import CardNumbers, CardOrder
from sscard.perso.plan import run
from sscard.profiles import Profile, load_profile
from sscard.profiles.chips import load_chip
from tests.certified_card import Certified, certify

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
SERIAL = bytes.fromhex("C0666779")
CARD_NUMBER = "X00000019"
_ACCOUNT = "6228000000000011"


@dataclass(frozen=True)
class RightCard:
    """What was ordered, and the memory of the card that was made of it."""

    order: CardOrder
    chip: Chip
    cells: bytes = field(repr=False)
    #: Of the certificate application, where the card has one.
    certified: Certified | None = field(default=None, repr=False)

    @property
    def profile(self) -> Profile:
        """What the card must be."""
        return self.order.profile

    def copy(self) -> VirtualCard:
        """A card of its own, without power; its challenges are the same each time."""
        return card_of(self.cells, self.chip)


def card_of(cells: bytes, chip: Chip) -> VirtualCard:
    """The card with this memory, whose power may be cut."""
    return VirtualCard(FaultyNVM(bytearray(cells)), chip, random=random.Random(9).randbytes)


@cache
def right_card(generation: str) -> RightCard:
    """The card of this generation with TEST keys, the same in every run."""
    profile = load_profile(generation)
    card, order = semi_finished(station(profile).prepare(PERSON, numbers(profile)))
    bank = _bank(profile)
    account = account_of_test_bank(profile, _ACCOUNT, TODAY)
    bank.run(card, bank.identify(card), account, TODAY)
    certified = None
    if profile.certificates is not None:
        certified = certify(card, card_number=CARD_NUMBER)
    return RightCard(order, card.chip, bytes(card.card.nvm.cells), certified)


def semi_finished(order: CardOrder) -> tuple[VirtualCard, CardOrder]:
    """A blank chip after the social-security station."""
    chip = load_chip(order.profile.chip)
    card = VirtualCard.blank(chip, lot=order.lot, random=_seeded(), nvm=NVM)
    run(social_security.personalize(order, _seeded()), card)
    return card, order


def personalized(order: CardOrder, like: RightCard, *, close: bool = True) -> bytes:
    """The memory of a card made of another order, with the right bank's side and certificates."""
    card, _ = semi_finished(order)
    cells, chip = card.card.nvm.cells, card.chip
    base = JOURNAL_PAGES * PAGE
    for name in chip.parts:
        end = base + chip.partitions[name]
        if name in ("pse", CERTIFICATES):
            cells[base:end] = like.cells[base:end]
        base = end
    if close:
        card.power_on()
        run(handover.close(order.profile, order.exchange), card)
    return bytes(cells)


def station(profile: Profile) -> SocialStation:
    """The social-security station with TEST keys."""
    suite = SUITES[profile.suite]
    store, exchange = load_social_security(None, suite), load_exchange(None, suite)
    return SocialStation(profile, store, exchange, load_chip(profile.chip).lot, _seeded())


def numbers(profile: Profile) -> CardNumbers:
    """What makes the card unlike others."""
    city = profile.setting("issuing_division").text
    return CardNumbers(CARD_NUMBER, SERIAL, city, TODAY)


def _bank(profile: Profile) -> BankStation:
    exchange = load_exchange(None, SUITES[profile.suite])
    issuers = load_certificates(random=_seeded())
    return BankStation(profile, load_bank(None), exchange, _seeded(), issuers, card_keys=CardKeys())


def _seeded() -> Callable[[int], bytes]:
    return random.Random(1).randbytes
