"""What the card decides in a qPBOC transaction, in the order of pboc 5 [M].

Currency, terminals that are off line only, cardholder verification, wishes for an online
transaction, new card, PIN, electronic cash: the first rule that says something decides, and with
nothing against it the money does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Flag
from typing import NamedTuple

from sscard.apdu.card_processing import CardProcessing
from sscard.apdu.cryptogram import Cryptogram
from sscard.apdu.ctq import CTQ
from sscard.apdu.cvr import NO_FACTS, Fact
from sscard.apdu.ttq import TTQ


class Way(Flag):
    """What an approval goes to."""

    NOTHING = 0
    CASH = 1
    TOTAL = 2


@dataclass(frozen=True, slots=True)
class Tap:
    """A transaction as it stands before the card: what terminal and card say and have."""

    terminal: TTQ
    card: CardProcessing
    own_currency: bool
    above_cvm_limit: bool
    new: bool
    no_tries: bool
    cash_enough: bool
    cash_low: bool
    total_enough: bool
    abroad_allowed: bool

    @property
    def online(self) -> Cryptogram:
        """What it becomes when the card wants the issuer: declined where none can be asked."""
        return Cryptogram.AAC if TTQ.OFFLINE_ONLY in self.terminal else Cryptogram.ARQC


class Decided(NamedTuple):
    """The kind of cryptogram, what an approval goes to, facts for the CVR, bits for the CTQ."""

    kind: Cryptogram
    way: Way
    facts: Fact
    qualifiers: CTQ


_Step = Callable[[Tap, CTQ], Cryptogram | None]


def decide(here: Tap) -> Decided:
    """The outcome of the transaction."""
    facts = Fact.NEW_CARD if here.new else NO_FACTS
    facts |= Fact.PIN_TRIES_EXCEEDED if here.no_tries else NO_FACTS
    needed, qualifiers = _verification(here)
    for step in _STEPS:
        kind = Cryptogram.AAC if needed and not qualifiers else step(here, qualifiers)
        if kind is not None:
            return Decided(kind, Way.NOTHING, facts, qualifiers)
    way = _way(here)
    return Decided(Cryptogram.TC if way else here.online, way, facts, qualifiers)


def _verification(here: Tap) -> tuple[bool, CTQ]:
    """Whether the cardholder must be verified, and how both sides can: by neither is CTQ 0."""
    abroad = not here.own_currency and CardProcessing.CVM_FOR_OTHER_CURRENCY in here.card
    limit = here.own_currency and here.above_cvm_limit
    if not (TTQ.CVM_REQUIRED in here.terminal or abroad or limit):
        return False, CTQ(0)
    pin = (
        CardProcessing.ONLINE_PIN_SAME_CURRENCY
        if here.own_currency
        else CardProcessing.ONLINE_PIN_OTHER_CURRENCY
    )
    reaches_issuer = TTQ.OFFLINE_ONLY not in here.terminal
    if reaches_issuer and TTQ.ONLINE_PIN in here.terminal and pin in here.card:
        return True, CTQ.ONLINE_PIN
    if TTQ.SIGNATURE in here.terminal and CardProcessing.SIGNATURE in here.card:
        return True, CTQ.SIGNATURE
    return True, CTQ(0)


def _currency(here: Tap, _: CTQ) -> Cryptogram | None:
    if here.own_currency:
        return None
    if CardProcessing.DISALLOW_OTHER_CURRENCY in here.card:
        return Cryptogram.AAC
    return None if CardProcessing.ALLOW_OTHER_CURRENCY_OFFLINE in here.card else here.online


def _offline_only(here: Tap, _: CTQ) -> Cryptogram | None:
    declines = CardProcessing.NEW_CARD_OFFLINE_ONLY_DECLINE in here.card
    alone = TTQ.OFFLINE_ONLY in here.terminal
    return Cryptogram.AAC if alone and here.new and declines else None


def _online_pin(here: Tap, qualifiers: CTQ) -> Cryptogram | None:
    return here.online if CTQ.ONLINE_PIN in qualifiers else None


def _wishes(here: Tap, _: CTQ) -> Cryptogram | None:
    if TTQ.ONLINE_CRYPTOGRAM_REQUIRED not in here.terminal:
        return None
    contact = CardProcessing.PREFER_CONTACT_IF_ONLINE in here.card
    inserts = contact and TTQ.CONTACT_DEBIT_CREDIT in here.terminal
    return Cryptogram.AAC if inserts else here.online


def _new(here: Tap, _: CTQ) -> Cryptogram | None:
    return here.online if here.new and CardProcessing.NEW_CARD_CHECK in here.card else None


def _pin(here: Tap, _: CTQ) -> Cryptogram | None:
    return here.online if here.no_tries and CardProcessing.PIN_TRIES_CHECK in here.card else None


_STEPS: tuple[_Step, ...] = (_currency, _offline_only, _online_pin, _wishes, _new, _pin)


def _way(here: Tap) -> Way:
    """From what an offline approval is paid; from nothing is none."""
    if not here.own_currency:
        return Way.TOTAL if here.abroad_allowed else Way.NOTHING
    cash = here.cash_enough and (not here.cash_low or CardProcessing.PREPAID in here.card)
    if CardProcessing.ECASH_AND_CTTA_CHECK in here.card:
        return Way.CASH | Way.TOTAL if cash and here.total_enough else Way.NOTHING
    if CardProcessing.ECASH_OR_CTTA_CHECK in here.card:
        return Way.CASH if cash else Way.TOTAL if here.total_enough else Way.NOTHING
    return Way.CASH if cash and CardProcessing.ECASH_CHECK in here.card else Way.NOTHING
