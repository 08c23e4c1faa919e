"""Pre-made blanks (预制卡): finished cards that lack nothing but their holder (issuance 3 [S]).

Both key sets are on them, the financial side is complete with its account, and the social-security
side has what follows from chip and issuer.  ``completion`` writes the rest at a counter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from sscard.apdu import atr
from sscard.apdu.card_identity import historical_bytes
from sscard.dialects.delivery import BY_MAKER, Delivery
from sscard.errors import NotVerified, ProfileError
from sscard.keys import SocialSecurityStore
from sscard.perso import audit as finished
from sscard.perso import bank_shown, data, handover, order, social_security, structure
from sscard.perso.bank_shown import BankShown
from sscard.perso.findings import Finding, Proof
from sscard.perso.order import CardNumbers, CardOrder, WantedCard
from sscard.perso.plan import POWER_UP, Plan, attempt
from sscard.profiles import Profile
from sscard.profiles.interfaces import REGION_SIZE

#: What an office's number is where there is none yet.
_NO_CARD_NUMBER = ""
_CLOSED = "closed"

Random = Callable[[int], bytes]


def prepare(
    profile: Profile,
    serial: bytes,
    made_on: date,
    *,
    store: SocialSecurityStore,
    exchange: SocialSecurityStore,
    lot: str,
) -> CardOrder:
    """Keys and values of a blank with this serial (4 bytes).  Raises KeyStoreError, ProfileError.

    ``made_on`` is in none of its files: the issue date is the day on which it gets a holder.
    """
    numbers = CardNumbers(_NO_CARD_NUMBER, serial, _city(profile), made_on)
    made = order.prepare(profile, {}, numbers, store=store, exchange=exchange, lot=lot)
    return replace(made, values=without_holder(profile, made.values))


def wanted(
    profile: Profile, historical: bytes, today: date, store: SocialSecurityStore
) -> WantedCard:
    """What the blank with these historical bytes must be, without lot and exchange key."""
    serial = profile.contact.serial(historical)
    numbers = CardNumbers(_NO_CARD_NUMBER, serial, _city(profile), today)
    card = order.wanted(profile, {}, numbers, historical, store)
    return replace(card, values=without_holder(profile, card.values))


def without_holder(profile: Profile, values: Mapping[str, object]) -> dict[str, object]:
    """Of a card's values those that a blank has already (assumed: ``premade_elements``).

    Raises ProfileError for an element that the profile does not have.
    """
    names = profile.setting("premade_elements").text.split()
    for name in names:
        if name not in profile.elements:
            raise ProfileError(
                f"profile {profile.name}: settings.premade_elements: there is no element {name}"
            )
    return {name: values[name] for name in names}


def closes(profile: Profile) -> bool:
    """Whether a blank's hand-over area is closed, which carried nobody (assumed)."""
    return profile.setting("premade_handover").text == _CLOSED


def make(
    blank: CardOrder,
    random: Random,
    *,
    applications: Sequence[bytes] = (),
    delivery: Delivery = BY_MAKER,
) -> Plan[None]:
    """The social-security part: blank chip to a card without financial side and without holder.

    Raises as ``social_security.personalize`` does.  A chip that was torn away is spoiled, as any
    other in the factory stage is: no key is loaded twice.
    """
    structure.check(blank)
    writes = data.encode(blank)
    yield from social_security.prepersonalize(
        blank, random, applications=applications, delivery=delivery
    )
    yield from data.write(blank, writes)


def unused(profile: Profile) -> Plan[bytes]:
    """Power up; the historical bytes of a card whose hand-over area never carried anybody.

    Raises NotVerified for another card, StatusError, MalformedData.
    """
    answer = (yield POWER_UP).require("power up")
    if not (yield from handover.never_used(profile)):
        raise NotVerified("the card is no pre-made blank: its hand-over area has been used")
    return historical_bytes(answer)


@dataclass(frozen=True, slots=True)
class PremadeCard:
    """What a blank tells everybody: its account, its ATR, and a digest of the financial side."""

    bank: BankShown = field(repr=False)
    historical: bytes

    @property
    def bank_number(self) -> str:
        """The account number, by which pre-made blanks are tracked."""
        return self.bank.number


def identify(profile: Profile) -> Plan[PremadeCard]:
    """Power up and read whose account this is; no key is needed, and nothing is told to the card.

    Raises NotVerified for a card of another region or without its serial, and for a financial side
    that is not complete, naming what is missing; MalformedData for another kind of ATR.
    """
    historical = historical_bytes((yield POWER_UP).require("power up"))
    contact = profile.contact
    if len(historical) != atr.HISTORICAL_SIZE or contact.is_blank(historical):
        raise NotVerified("the card is no pre-made blank: its ATR has no serial number")
    region = bytes.fromhex(_city(profile))[:REGION_SIZE]
    serial = contact.serial(historical)
    if contact.final(historical, region=region, serial=serial) != historical:
        raise NotVerified("the card is a card of another region")
    return PremadeCard((yield from bank_shown.read(profile)), historical)


def audit(card: WantedCard, random: Random, *, closed: bool) -> Plan[tuple[Finding, ...]]:
    """Every finding about the social-security side of a blank, or of the card it has become.

    ``closed``: the hand-over area must be closed; else it must never have been used.
    """
    found = yield from finished.audit(card, random, handed_over=closed)
    if closed:
        return found
    never = yield from attempt(handover.never_used(card.profile))
    return (*found, Finding("hand-over area never used", Proof.REFUSAL, never is True))


def _city(profile: Profile) -> str:
    return profile.setting("issuing_division").text
