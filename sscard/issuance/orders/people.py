"""Who an order is for, which account goes with it, and who stands at the window."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date
from typing import Any, Literal, Self

from sscard.errors import LedgerError
from sscard.issuance.applicants import Applicant
from sscard.issuance.reasons import Reason


@dataclass(frozen=True, slots=True)
class Person:
    """One person as the office collected them: kept sealed, opened where a card is made.

    ``face_name`` is the spelling on the face, where it is not that of the chip (issuance 4);
    ``photo`` names a file; ``values`` are the values of the card's elements.
    """

    id_number: str = field(repr=False)
    name: str = field(repr=False)
    sex: str = field(repr=False)
    birth_date: date = field(repr=False)
    phone: str = field(default="", repr=False)
    member_number: str = field(default="", repr=False)
    face_name: str = field(default="", repr=False)
    address: str = field(default="", repr=False)
    postcode: str = field(default="", repr=False)
    photo: str = field(default="", repr=False)
    insurance: str = field(default="", repr=False)
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def text(self) -> str:
        """All of it as JSON."""
        known = {each.name: getattr(self, each.name) for each in fields(self)}
        known |= {"birth_date": self.birth_date.isoformat(), "values": dict(self.values)}
        return json.dumps(known, ensure_ascii=False, default=_as_json)

    @classmethod
    def of_text(cls, text: str) -> Self:
        """The person of ``text()``.  Raises LedgerError when another program wrote it."""
        try:
            known = json.loads(text, object_hook=_from_json)
            known["birth_date"] = date.fromisoformat(known["birth_date"])
            return cls(**known)
        except (ValueError, TypeError, KeyError):
            raise LedgerError("the person of an order in the ledger cannot be read") from None


def _as_json(value: object) -> object:
    if isinstance(value, bytes):
        return {"$hex": value.hex()}
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a value of a card is text, bytes or made of them, not {type(value).__name__}")


def _from_json(members: dict[str, Any]) -> Any:
    return bytes.fromhex(members["$hex"]) if set(members) == {"$hex"} else members


@dataclass(frozen=True, slots=True)
class Account:
    """The bank's card number for one person; ``expiry`` and ``sequence`` as the bank writes them.

    ``sequence`` is the PAN sequence number.
    """

    number: str = field(repr=False)
    expiry: str = field(default="", repr=False)
    sequence: str = field(default="", repr=False)

    def text(self) -> str:
        """All of it as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def of_text(cls, text: str) -> Self:
        """The account of ``text()``.  Raises LedgerError when another program wrote it."""
        try:
            return cls(**json.loads(text))
        except (ValueError, TypeError):
            raise LedgerError("the account of an order in the ledger cannot be read") from None


@dataclass(frozen=True, slots=True)
class Entry:
    """A record to be entered: the person, the bank they chose, the office's card number if known.

    ``row`` is where the record stands in its list.
    """

    person: Person = field(repr=False)
    bank: str
    card_number: str | None = None
    row: int = 0

    @classmethod
    def of(cls, applicant: Applicant, **more: str) -> Self:
        """The record of a sound applicant; ``more`` are further fields of ``Person``."""
        person = Person(
            id_number=applicant.id_number,
            name=applicant.name,
            sex=applicant.sex,
            birth_date=applicant.birth_date,
            phone=applicant.phone,
            member_number=applicant.member_number,
            photo=applicant.files.get("photo", ""),
            values=applicant.values,
        )
        whole = replace(person, **more) if more else person  # type: ignore[arg-type]
        return cls(whole, applicant.bank, applicant.card_number, applicant.row)


@dataclass(frozen=True, slots=True)
class Intake:
    """What all records of one list have in common.  ``flow`` is the name of one: bank-first."""

    round: str
    flow: str
    region: str
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one record: an order, or a reason why it goes back."""

    row: int
    order: int | None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Presence:
    """Who is at the window, and which window: activation is face to face, never unseen.

    The clerk and the time are the actor's.
    """

    who: Literal["holder", "agent", "guardian"]
    place: str
