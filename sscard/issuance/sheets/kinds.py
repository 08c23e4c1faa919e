"""Which sheet is made of which list: values by field name become what a sheet is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import NamedTuple

from sscard.errors import MalformedData
from sscard.issuance.sheets.destroyed import Destroyed, destruction_sheet
from sscard.issuance.sheets.fees import FeeKind, FeeLine, fee_sheet
from sscard.issuance.sheets.hand_over import HandedOver, HandOver, hand_over_sheet
from sscard.issuance.sheets.labels import BoxLabel, label_sheet
from sscard.issuance.sheets.page import Term
from sscard.issuance.sheets.privacy import Numbers
from sscard.issuance.sheets.progress import ROUNDS, RegionProgress, progress_sheet
from sscard.issuance.sheets.receipts import Receipt, UnitReceipts, receipt_sheet
from sscard.issuance.sheets.returned import Returned, returned_sheet
from sscard.issuance.sheets.stock import StockLine, stock_sheet

Values = Mapping[str, str]
_Maker = Callable[[Values, Sequence[Values], Numbers], str]


class SheetKind(NamedTuple):
    """A sheet: the layout of the list that it is made of, and what makes it."""

    layout: str
    title: Term
    make: _Maker


def _receipts(header: Values, records: Sequence[Values], numbers: Numbers) -> str:
    units: dict[tuple[str, str, str], list[Receipt]] = {}
    for each in records:
        place = (each.get("district", ""), each.get("town", ""), each["unit"])
        receipt = Receipt(**_some(each, "serial name id_number card_number mark"))
        units.setdefault(place, []).append(receipt)
    found = [
        UnitReceipts(unit, tuple(people), town, district)
        for (district, town, unit), people in units.items()
    ]
    return receipt_sheet(header.get("batch", ""), found, numbers)


def _hand_over(title: Term) -> _Maker:
    def make(header: Values, records: Sequence[Values], numbers: Numbers) -> str:
        fields = "serial name id_number mark card_number box unit postcode address"
        cards = tuple(HandedOver(**_some(each, fields)) for each in records)
        return hand_over_sheet(
            HandOver(title, cards=cards, **_some(header, "batch giver receiver sha256")), numbers
        )

    return make


def _destroyed(header: Values, records: Sequence[Values], numbers: Numbers) -> str:
    fields = "serial body_number mark cause card_number"
    cards = [Destroyed(**_some(each, fields)) for each in records]
    return destruction_sheet(header.get("batch", ""), cards, numbers)


def _returned(header: Values, records: Sequence[Values], numbers: Numbers) -> str:
    found = [
        Returned(reason=each["reason_zh"], **_some(each, "row name id_number column mark"))
        for each in records
    ]
    return returned_sheet(header.get("batch", ""), header.get("unit", ""), found, numbers)


def _labels(header: Values, records: Sequence[Values], _: Numbers) -> str:
    labels = []
    for number, each in enumerate(records, start=1):
        texts = _some(each, "first last destination").values()
        try:
            counts = (int(each["box"]), int(each["boxes"]), int(each["cards"]))
            labels.append(BoxLabel(header.get("batch", ""), each["unit"], *counts, *texts))
        except ValueError as error:
            raise MalformedData(f"record {number}: {error} 箱号错误") from None
    return label_sheet(labels)


def _progress(header: Values, records: Sequence[Values], _: Numbers) -> str:
    regions = []
    for number, each in enumerate(records, start=1):
        texts = [each.get(f"round{n}", "") for n in range(1, ROUNDS + 1)]
        rounds = tuple(int(text) if text else None for text in texts)
        region = RegionProgress(each["region"], int(each["expected"]), rounds)
        if region.made != int(each["total"]):
            raise MalformedData(f"record {number}: total is not the sum of the rounds 合计不符")
        regions.append(region)
    return progress_sheet(header.get("date", ""), regions)


def _fees(header: Values, records: Sequence[Values], _: Numbers) -> str:
    lines = []
    for number, each in enumerate(records, start=1):
        price = _fen(each["price"], number, "price")
        kind = FeeKind(each["kind"])
        line = FeeLine(each["party"], kind, each["item"], int(each["quantity"]), price)
        if line.amount != _fen(each["amount"], number, "amount"):
            raise MalformedData(f"record {number}: amount is not quantity × price 金额不符")
        lines.append(line)
    return fee_sheet(header.get("period", ""), lines)


def _stock(header: Values, records: Sequence[Values], _: Numbers) -> str:
    numbers = ("received", "issued", "handed_over", "rejected", "test", "remaining")
    lines = [
        StockLine(each["item"], each.get("version", ""), *(int(each[name]) for name in numbers))
        for each in records
    ]
    return stock_sheet(header.get("date", ""), header.get("place", ""), lines)


def _some(values: Values, names: str) -> dict[str, str]:
    return {name: values.get(name, "") for name in names.split()}


def _fen(text: str, record: int, name: str) -> int:
    """An amount in yuan as fen; more than two places are none."""
    try:
        fen = Decimal(text) * 100
    except InvalidOperation:
        fen = Decimal("NaN")
    if not fen.is_finite() or fen != fen.to_integral_value():
        raise MalformedData(f"record {record}: {name} is no amount in yuan 金额错误")
    return int(fen)


def _handed(layout: str, title: Term) -> SheetKind:
    return SheetKind(layout, title, _hand_over(title))


#: Sheets by the name that the command has for them.
KINDS: Mapping[str, SheetKind] = MappingProxyType(
    {
        "receipt": SheetKind("receipt-sheet", Term("领卡签收表", "receipt sheet"), _receipts),
        "hand-over": _handed(
            "hand-over-finished", Term("成品卡交接单", "hand-over of finished cards")
        ),
        "semi-finished": _handed(
            "hand-over", Term("半成品卡交接单", "hand-over of semi-finished cards")
        ),
        "spoiled": _handed("spoiled", Term("废卡交接单", "hand-over of spoiled cards")),
        "overdue": _handed(
            "overdue", Term("逾期未领卡退回单", "cards that nobody collected, sent back")
        ),
        "destroyed": SheetKind(
            "destroyed", Term("作废卡销毁单", "destruction of spoiled cards"), _destroyed
        ),
        "returned": SheetKind(
            "returned-records", Term("未制卡数据退回单", "records that go back"), _returned
        ),
        "labels": SheetKind("box-labels", Term("箱签与包裹签", "labels"), _labels),
        "progress": SheetKind("progress", Term("任务进度表", "progress"), _progress),
        "fees": SheetKind("fees", Term("费用与补助结算表", "fees and subsidies"), _fees),
        "stock": SheetKind("stock", Term("卡体与COS库存表", "stock"), _stock),
    }
)
