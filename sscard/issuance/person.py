"""What every record must have, and what is wrong with it; none of it looks at other records."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

from sscard.issuance import citizen_number, field_details
from sscard.issuance.banks import Banks
from sscard.issuance.numbering import require_card_number
from sscard.issuance.reasons import Reason
from sscard.issuance.rejects import Detail

Cells = Mapping[str, str]

#: The six core fields (issuance 3, flow F), and what may stand beside them.
CORE = ("bank", "name", "sex", "id_number", "phone", "member_number")
OPTIONAL = ("birth_date", "card_number", "batch_number")
#: Where the card is sent: for the lists between the parties, never for the chip.
CONTACT = ("address", "postcode")

#: Longest staff, student or batch number taken (assumed); a student number has 19 characters.
LONGEST_NUMBER = 32
_SEXES = {"1": "1", "男": "1", "m": "1", "2": "2", "女": "2", "f": "2"}
_PHONE = re.compile(r"\+?[0-9][0-9() -]{3,}[0-9]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Finding(NamedTuple):
    """One thing wrong with a record; ``column`` where the reason alone does not say it.

    ``by_hand``: the region has a desk for such records (issuance 4).  ``detail``: what exactly.
    """

    reason: Reason
    column: str = ""
    by_hand: bool = False
    detail: Detail | None = None


def invalid(column: str, detail: Detail) -> Finding:
    """A field whose content is not allowed."""
    return Finding(Reason.FIELD_INVALID, column, detail=detail)


def findings(cells: Cells, *, today: date, banks: Banks) -> Iterator[Finding]:
    """Everything wrong with the core fields of one record, the content of the name excepted."""
    yield from _control_characters(cells)
    yield from _id_number(cells, today)
    if not cells["name"]:
        yield Finding(Reason.NAME_MISSING)
    if not cells["bank"]:
        yield Finding(Reason.BANK_MISSING)
    elif banks.find(cells["bank"]) is None:
        yield Finding(Reason.BANK_UNKNOWN)
    yield from _numbers(cells)


def id_number(cells: Cells) -> str:
    """The ID number, normalized; sound or not."""
    return citizen_number.normalized(cells["id_number"])


def sex(cells: Cells) -> str | None:
    """The code "1" or "2" (GB/T 2261.1, ssc 8 [S]); None when the cell says neither."""
    return _SEXES.get(cells["sex"].casefold())


def birth_date(cells: Cells) -> date | None:
    """The birth date of its column if that is filled, else of the number; None: no real date."""
    if cells.get("birth_date"):
        return _stated_birth(cells)
    return citizen_number.birth_date(id_number(cells))


def _stated_birth(cells: Cells) -> date | None:
    text = cells.get("birth_date", "")
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{8}", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _control_characters(cells: Cells) -> Iterator[Finding]:
    for column, text in cells.items():
        if _CONTROL.search(text):
            yield invalid(column, field_details.CONTROL_CHARACTER)


def _id_number(cells: Cells, today: date) -> Iterator[Finding]:
    stated = _stated_birth(cells)
    if sex(cells) is None:
        yield invalid("sex", field_details.NOT_A_SEX)
    if cells.get("birth_date") and stated is None:
        yield invalid("birth_date", field_details.NOT_A_DATE)
    number = id_number(cells)
    wrong = citizen_number.problems(number, today=today, stated_sex=sex(cells), stated_birth=stated)
    yield from (Finding(reason) for reason in wrong)


def _numbers(cells: Cells) -> Iterator[Finding]:
    if not _PHONE.fullmatch(cells["phone"]):
        yield invalid("phone", field_details.NOT_A_PHONE)
    if not cells["member_number"]:
        yield invalid("member_number", field_details.EMPTY)
    for column in ("member_number", "batch_number"):
        if len(cells.get(column, "")) > LONGEST_NUMBER:
            most = field_details.at_most(LONGEST_NUMBER)
            yield Finding(Reason.FIELD_TOO_LONG, column, detail=most)
    if cells.get("card_number") and not _is_card_number(cells["card_number"]):
        yield invalid("card_number", field_details.NOT_A_CARD_NUMBER)


def _is_card_number(text: str) -> bool:
    try:
        return bool(require_card_number(text))
    except ValueError:
        return False
