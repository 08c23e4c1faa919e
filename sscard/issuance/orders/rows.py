"""Rows of the ledger as this package hands them out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Literal, TypeVar

from sqlalchemy import RowMapping

from sscard.issuance.layers import LayerRecord
from sscard.issuance.ledger import CardRow
from sscard.issuance.ledger.schema import BATCHES, ORDERS, ROUNDS, UNITS
from sscard.issuance.order_states import OrderState, PinState, SideState
from sscard.issuance.orders.people import Account, Person
from sscard.issuance.orders.rules import Eligibility
from sscard.issuance.production_states import BatchState

Kind = Literal["new", "replacement"]


@dataclass(frozen=True, slots=True)
class Round:
    """A region's issue (轮次): ``expected`` people, and the certificate of its sample's test."""

    name: str
    region: str
    expected: int = 0
    age_limit: int | None = None
    rules: Eligibility = field(default_factory=Eligibility)
    general_test: str | None = None
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    tested_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """An employer, school, village: whose people are one batch.  ``kind`` is the office's word."""

    code: str
    name: str
    kind: str
    town: str = ""
    centre: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class MadeAfter:
    """The profile that cards are made after: name, SHA-256 over all layers, and the layers."""

    profile_name: str
    profile_sha256: bytes
    layers: tuple[LayerRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One batch.  ``expected`` people were in it when it was made."""

    number: str
    round: str
    unit: str
    region: str
    flow: str
    bank: str
    profile_name: str
    profile_sha256: bytes
    layers: tuple[LayerRecord, ...] | None
    state: BatchState
    expected: int
    opened_at: datetime
    closed_at: datetime | None
    reason: str | None

    @property
    def made_after(self) -> MadeAfter:
        """The profile of its cards."""
        return MadeAfter(self.profile_name, self.profile_sha256, self.layers or ())


@dataclass(frozen=True, slots=True)
class Order:
    """One person's order.  ``position`` is the place in the unit's list, kept to the last list.

    ``wanted_number`` is the card number that the office gave, ``card_number`` the present card's;
    ``attempts`` counts cards begun; ``replaces`` is the order whose card this one replaces.
    """

    id: int
    batch: str | None
    unit: str | None
    position: int | None
    round: str
    flow: str
    region: str
    bank: str
    kind: Kind
    person_hash: bytes = field(repr=False)
    state: OrderState
    reason: str | None
    wanted_number: str | None
    card_number: str | None
    attempts: int
    bank_hash: bytes | None = field(repr=False)
    replaces: int | None
    bank_since: date | None
    social_state: SideState
    account_state: SideState
    pin_state: PinState
    entered_at: datetime
    changed_at: datetime
    issued_at: datetime | None
    collected_at: datetime | None


@dataclass(frozen=True, slots=True)
class File:
    """An order with its person, the account if the bank's number is known, the present card."""

    order: Order
    person: Person = field(repr=False)
    account: Account | None = field(repr=False)
    card: CardRow | None


#: What an ``Order`` is read from; the sealed columns are left where they are.
ORDER_COLUMNS = tuple(ORDERS.c[each.name] for each in fields(Order))
BATCH_COLUMNS = tuple(BATCHES.c[each.name] for each in fields(BatchRow))
UNIT_COLUMNS = tuple(UNITS.c[each.name] for each in fields(Unit))
ROUND_COLUMNS = tuple(ROUNDS.c[each.name] for each in fields(Round))

Columns = Mapping[str, Any] | RowMapping
_NAMES: Mapping[type[Any], tuple[str, ...]] = MappingProxyType(
    {kind: tuple(each.name for each in fields(kind)) for kind in (Order, BatchRow, Unit)}
)
T = TypeVar("T", Order, BatchRow, Unit)


def row_of(kind: type[T], row: Columns) -> T:
    """The row as its dataclass; columns that it has not are passed over."""
    return kind(*[row[name] for name in _NAMES[kind]])


def round_of(row: Columns) -> Round:
    """The round of a row."""
    known = {each.name: row[each.name] for each in fields(Round)}
    return Round(**known | {"rules": Eligibility.model_validate(known["rules"])})
