"""Processing restrictions: versions, where and for what a card may be used, dates (EMV 3, 10.4)."""

from __future__ import annotations

from datetime import date

from sscard.apdu.tvr import TVR
from sscard.apdu.usage_control import UsageControl
from sscard.errors import MalformedData
from sscard.terminal.pos.card_data import CardData
from sscard.terminal.pos.configuration import Application, Terminal
from sscard.terminal.pos.transaction import Kind, Transaction

_VERSION, _EFFECTIVE, _EXPIRY, _USAGE, _COUNTRY = 0x9F08, 0x5F25, 0x5F24, 0x9F07, 0x5F28
_NONE = TVR(0)
#: Two-digit years from here on are of the last century (EMV book 4, 6.7.3 [G]).
_PIVOT = 50


def restricted(
    card: CardData, application: Application, terminal: Terminal, transaction: Transaction
) -> TVR:
    """What stands against this transaction.  Raises MalformedData for dates that are none."""
    found = _NONE
    if card.values.get(_VERSION, application.version) != application.version:
        found |= TVR.VERSIONS_DIFFER
    if not allowed(card, terminal, transaction):
        found |= TVR.SERVICE_NOT_ALLOWED
    return found | dated(card, transaction.at.date())


def dated(card: CardData, today: date) -> TVR:
    """Whether the card is expired, or not yet effective."""
    found = _NONE
    if _EFFECTIVE in card.values and day(card.values[_EFFECTIVE]) > today:
        found |= TVR.NOT_YET_EFFECTIVE
    if day(card.need(_EXPIRY)) < today:
        found |= TVR.EXPIRED
    return found


def day(packed: bytes) -> date:
    """A date as YYMMDD.  Raises MalformedData."""
    digits = packed.hex()
    if len(digits) != 6 or not digits.isdecimal():
        raise MalformedData("a date of the card is not YYMMDD")
    year = int(digits[:2])
    try:
        century = 1900 if year >= _PIVOT else 2000
        return date(century + year, int(digits[2:4]), int(digits[4:]))
    except ValueError:
        raise MalformedData("a date of the card is none in the calendar") from None


def allowed(card: CardData, terminal: Terminal, transaction: Transaction) -> bool:
    """Whether the usage control, where the card has one, lets it take place here."""
    if _USAGE not in card.values:
        return True
    usage = UsageControl.parse(card.values[_USAGE])
    place = UsageControl.TELLER_MACHINES if terminal.teller_machine else None
    if (place or UsageControl.OTHER_TERMINALS) not in usage:
        return False
    if _COUNTRY not in card.values:
        return True
    domestic = card.values[_COUNTRY] == terminal.country
    return all(usage & each for each in _services(transaction, domestic=domestic))


def _services(transaction: Transaction, *, domestic: bool) -> list[UsageControl]:
    """Groups of bits; of each group one must be set."""
    groups: list[UsageControl] = []
    if transaction.kind == Kind.CASH:
        groups.append(_at(domestic, UsageControl.DOMESTIC_CASH, UsageControl.INTERNATIONAL_CASH))
    if transaction.kind in (Kind.PURCHASE, Kind.CASHBACK):
        # A purchase says not whether it is of goods or of services: either will do.
        inside = UsageControl.DOMESTIC_GOODS | UsageControl.DOMESTIC_SERVICES
        abroad = UsageControl.INTERNATIONAL_GOODS | UsageControl.INTERNATIONAL_SERVICES
        groups.append(_at(domestic, inside, abroad))
    if transaction.other:
        back = UsageControl.DOMESTIC_CASHBACK, UsageControl.INTERNATIONAL_CASHBACK
        groups.append(_at(domestic, *back))
    return groups


def _at(domestic: bool, inside: UsageControl, abroad: UsageControl) -> UsageControl:
    return inside if domestic else abroad
