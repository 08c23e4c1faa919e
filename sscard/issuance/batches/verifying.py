"""What the office says of people who are entered: findings elsewhere, and the numbers it issues.

Its tables name people by ID number; messages name lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from sqlalchemy import select

from sscard.issuance.batches.intake import table_of
from sscard.issuance.columns import positions
from sscard.issuance.csv_table import Row, Table
from sscard.issuance.ledger import transaction
from sscard.issuance.ledger.schema import ORDERS
from sscard.issuance.order_states import OrderState
from sscard.issuance.orders import Orders
from sscard.issuance.reasons import Reason

_ID = {"证件号码": "id_number", "身份证号": "id_number", "id_number": "id_number"}
_REASON = {"原因代码": "reason", "原因": "reason", "reason": "reason"}
_NUMBER = {"卡号": "card_number", "社保卡号": "card_number", "card_number": "card_number"}


def waiting_to_be_verified(orders: Orders, round_name: str, unit: str | None) -> tuple[int, ...]:
    """Orders that are entered and not verified yet, as they were entered."""
    query = select(ORDERS.c.id).where(
        ORDERS.c.state == OrderState.ENTERED, ORDERS.c.round == round_name
    )
    if unit is not None:
        query = query.where(ORDERS.c.unit == unit)
    with transaction(orders.engine) as connection:
        return tuple(connection.execute(query.order_by(ORDERS.c.id)).scalars())


def findings_of(orders: Orders, path: Path, ids: tuple[int, ...]) -> Mapping[int, Reason]:
    """Why some of these orders go back, by a table of ID numbers and reason codes.

    Raises ApplicantError naming the line for an unknown code, and for whoever is not among them.
    """
    found: dict[int, Reason] = {}
    for table, row, cells in _cells(path, {**_ID, **_REASON}, ("id_number", "reason")):
        if cells["reason"] not in {each.value for each in Reason}:
            raise table.error(row.line, "no reason code 原因代码不在表中: docs/batches.md")
        order = _order(orders, table, row, cells["id_number"], ids)
        found[order] = Reason(cells["reason"])
    return found


def numbers_of(orders: Orders, batch: str, path: Path) -> Mapping[int, str]:
    """Card numbers for orders of a batch, by a table of ID numbers and card numbers.

    Raises ApplicantError naming the line for whoever is not in the batch, or comes twice.
    """
    ids = tuple(each.id for each in orders.orders_of(batch))
    found: dict[int, str] = {}
    for table, row, cells in _cells(path, {**_ID, **_NUMBER}, ("id_number", "card_number")):
        order = _order(orders, table, row, cells["id_number"], ids)
        if order in found:
            raise table.error(row.line, "is of the same person as an earlier line 人员重复")
        found[order] = cells["card_number"]
    return found


def _cells(
    path: Path, names: Mapping[str, str], required: tuple[str, ...]
) -> Iterator[tuple[Table, Row, dict[str, str]]]:
    table = table_of(path)
    places = positions(table, names, required)
    for row in table.rows:
        yield table, row, {name: row.fields[at] for name, at in places.items()}


def _order(orders: Orders, table: Table, row: Row, id_number: str, ids: tuple[int, ...]) -> int:
    wanted = set(ids)
    found = [each.id for each in orders.by_person(id_number.upper()) if each.id in wanted]
    if not found:
        raise table.error(row.line, "is of nobody who waits here 不在待处理人员中")
    return found[0]
