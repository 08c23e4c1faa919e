"""An order as the lists see it: texts under the names of ``fields.FIELDS``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sscard.issuance.ledger import CardRow
from sscard.issuance.machines import CHINA
from sscard.issuance.orders import Account, Person
from sscard.issuance.orders.rows import BatchRow, Order, Unit
from sscard.issuance.orders.topology import Topology
from sscard.issuance.reasons import Reason
from sscard.perso.order import years_later

#: Certificates of people with an 18-character number (ssc-more 6.6 [1]: 01 is the identity card).
IDENTITY_CARD = "01"
#: Reasons that are the bank's; of the two types of failure in return data the others are making's.
BANK_SAYS_NO = frozenset(
    {
        Reason.BANK_ACCOUNT_DUPLICATE,
        Reason.BANK_ACCOUNT_MISSING,
        Reason.BANK_REFUSED,
        Reason.HAS_BANK_CARD,
    }
)


def of_batch(batch: BatchRow, unit: Unit, years: int) -> dict[str, str]:
    """What all orders of a batch have in common; also for the header of a list.

    Until a chip says another one, the date of issue is the day on which the batch was made.
    """
    made = batch.opened_at.astimezone(CHINA).date()
    return {
        "issue_date": made.isoformat(),
        "valid_date": years_later(made, years).isoformat(),
        "batch": batch.number,
        "round": batch.round,
        "region": batch.region,
        "bank": batch.bank,
        "unit": unit.name,
        "unit_code": unit.code,
        "unit_address": unit.address,
        "centre": unit.centre,
        "district": unit.centre,
        "town": unit.town,
        "village": unit.name if unit.kind == "village" else "",
    }


def of_order(order: Order) -> dict[str, str]:
    """The order itself, without its person."""
    reason = _reason(order.reason)
    return {
        "order": str(order.id),
        "row": str(order.id),
        "position": str(order.position or ""),
        "kind": order.kind,
        "bank": order.bank,
        "card_number": order.card_number or order.wanted_number or "",
        "reason": order.reason or "",
        "reason_zh": reason.zh if reason else order.reason or "",
        "failure_type": "bank" if order.reason in BANK_SAYS_NO else "making",
        "since": day(order.changed_at),
    }


def of_person(person: Person) -> dict[str, str]:
    """Who the card is for.  Personal data: on the lists that have a field for it, nowhere else."""
    return {
        "name": person.name,
        "face_name": person.face_name or person.name,
        "sex": person.sex,
        "id_number": person.id_number,
        "certificate_type": IDENTITY_CARD,
        "birth_date": person.birth_date.isoformat(),
        "phone": person.phone,
        "member_number": person.member_number,
        "address": person.address,
        "postcode": person.postcode,
        "photo_file": person.photo,
    }


def of_account(account: Account) -> dict[str, str]:
    """The bank's number; the expiry as YYMM and as it is printed, MM/YY."""
    expiry = account.expiry
    return {
        "bank_number": account.number,
        "expiry": expiry,
        "valid_thru": f"{expiry[2:]}/{expiry[:2]}" if len(expiry) == 4 else "",
    }


def of_card(card: CardRow, years: int) -> dict[str, str]:
    """The chip: date of issue and what the card said of itself; valid for ``years``."""
    issued = card.reserved_at.astimezone(CHINA).date()
    return {
        "issue_date": issued.isoformat(),
        "valid_date": years_later(issued, years).isoformat(),
        "card_id_code": (card.card_id_code or b"").hex().upper(),
        "body": card.body or "",
        "atr": (card.atr or b"").hex().upper(),
    }


def of_stripe(stripe: Mapping[str, str]) -> dict[str, str]:
    """CVV2 and tracks: for the supplier alone."""
    return {name: stripe[name] for name in ("cvv2", "track1", "track2", "track3") if name in stripe}


def destination(unit: Unit, topology: Topology) -> str:
    """Where finished cards of a unit go: the office, the unit itself, or its town's window."""
    places = {"office": unit.centre, "unit": unit.name, "window": unit.town}
    return places[topology.finished_cards_to] or unit.name


def day(moment: datetime) -> str:
    """The day where cards are issued."""
    return moment.astimezone(CHINA).date().isoformat()


def _reason(code: str | None) -> Reason | None:
    return Reason(code) if code in {each.value for each in Reason} else None
