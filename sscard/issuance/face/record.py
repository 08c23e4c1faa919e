"""Print records (制卡打印数据): what a printer is told of one card, in the layout's own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from sscard.issuance.face.data import SEXES, FaceData
from sscard.issuance.face.error import FaceError
from sscard.issuance.face.layout import DATE_FORMATS, FaceLayout, FieldName, TextBox
from sscard.issuance.numbering import require_card_number


@dataclass(frozen=True, slots=True)
class PrintRecord:
    """One card.  ``texts`` are exactly what is printed, by field, in the layout's order.

    ``chip_name`` is for whoever compares card and face: it is printed nowhere.
    """

    card_number: str
    layout: str
    texts: Mapping[FieldName, str] = field(repr=False)
    chip_name: str = field(repr=False)
    photo: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        try:
            require_card_number(self.card_number)
        except ValueError as wrong:
            raise FaceError("card", str(wrong)) from None
        if "name" not in self.texts:
            raise FaceError("name", "is on every card")

    @property
    def respelled(self) -> bool:
        """Whether the chip has the name in another spelling than the face."""
        return self.texts["name"] != self.chip_name


def print_record(data: FaceData, layout: FaceLayout) -> PrintRecord:
    """What is printed of ``data`` on a card of this layout.

    Raises FaceError naming the field that the layout prints and the data lack.
    """
    texts = {name: _text(data, name, box) for name, box in layout.printed.items()}
    return PrintRecord(
        data.card_number, layout.name, MappingProxyType(texts), data.chip_name, data.photo
    )


def _text(data: FaceData, name: FieldName, box: TextBox) -> str:
    match name:
        case "sex":
            return SEXES[data.sex]
        case "issue_date":
            return DATE_FORMATS[box.date_format].format(data.issue_date)
        case "valid_date":
            return DATE_FORMATS[box.date_format].format(_until(data.valid_date))
        case "bank_number" if not data.bank_number:
            raise FaceError(name, "the layout prints it, and there is none")
    text: str = getattr(data, name)
    return _grouped(text, box.group)


def _until(day: date | None) -> date:
    if day is None:
        raise FaceError("valid_date", "the layout prints it, and there is none")
    return day


def _grouped(text: str, size: int) -> str:
    """Digits in groups, as people read a long number."""
    pieces = range(0, len(text), size) if size else ()
    return " ".join(text[at : at + size] for at in pieces) or text
