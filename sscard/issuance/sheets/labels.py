"""箱签 and 包裹签: what stands on boxes and parcels.  Cards are inside, so no person is outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

from sscard.issuance.sheets.page import Term, render_with

_BOX = Term("社会保障卡　箱签", "box of cards")
_PARCEL = Term("社会保障卡　包裹签", "parcel of cards")
#: What a scanner finds first: whose label this is, and in which form.
_SCANNED = "SSCARD1"
_SEPARATOR = "|"
#: Widths that stand on a label in its large type, in half Chinese characters, as digits are wide.
_LONG, _LONG_NUMBER, _LONG_FACT = 48, 9, 26


@dataclass(frozen=True, slots=True)
class BoxLabel:
    """Box ``box`` of ``boxes`` of a unit; ``first`` and ``last`` are numbers of the list."""

    batch: str
    unit: str
    box: int
    boxes: int
    cards: int
    first: str = ""
    last: str = ""
    destination: str = ""

    def __post_init__(self) -> None:
        if not 1 <= self.box <= self.boxes or self.cards < 1:
            raise ValueError("a box is one of its boxes, and has cards in it")
        if any(_SEPARATOR in each for each in (self.batch, self.unit, self.destination)):
            raise ValueError("| parts the fields of the code, and can be in none of them")

    @property
    def scanned(self) -> str:
        """The text of the QR code: form, batch, unit, box, boxes, cards."""
        numbers = (str(self.box), str(self.boxes), str(self.cards))
        return _SEPARATOR.join((_SCANNED, self.batch, self.unit, *numbers))


@dataclass(frozen=True, slots=True)
class _Shown:
    """A label as it is drawn."""

    title: Term
    where: str
    large: str
    facts: tuple[tuple[Term, str], ...]
    code: str

    @property
    def where_size(self) -> str:
        """The place in a type in which all of it is on the label."""
        width = _width(self.where)
        return "" if width <= _LONG else "long" if width <= 2 * _LONG else "longest"

    @property
    def large_size(self) -> str:
        """The same of the number of the box."""
        return "" if len(self.large) <= _LONG_NUMBER else "long"

    @property
    def facts_size(self) -> str:
        """The same of what stands below."""
        return "" if max(_width(text) for _, text in self.facts) <= _LONG_FACT else "long"


def label_sheet(labels: Sequence[BoxLabel]) -> str:
    """Labels of parcels, one for each destination and batch, then those of the boxes."""
    shown = [*_parcels(labels), *(_box(each) for each in labels)]
    return render_with("labels.html.j2", labels=shown)


def _box(label: BoxLabel) -> _Shown:
    span = f"{label.first}–{label.last}" if label.first and label.last else ""
    facts = (
        (Term("批次号", "batch"), label.batch),
        (Term("卡数", "cards"), str(label.cards)),
        (Term("序号", "numbers"), span),
        (Term("送达", "to"), label.destination),
    )
    return _Shown(_BOX, label.unit, f"{label.box}/{label.boxes}", facts, _code(label.scanned))


def _parcels(labels: Sequence[BoxLabel]) -> list[_Shown]:
    found: dict[tuple[str, str], list[BoxLabel]] = {}
    for each in labels:
        if each.destination:
            found.setdefault((each.batch, each.destination), []).append(each)
    return [_parcel(batch, where, boxes) for (batch, where), boxes in found.items()]


def _parcel(batch: str, destination: str, boxes: Sequence[BoxLabel]) -> _Shown:
    cards = str(sum(each.cards for each in boxes))
    facts = (
        (Term("批次号", "batch"), batch),
        (Term("卡数", "cards"), cards),
        (Term("单位数", "units"), str(len({each.unit for each in boxes}))),
    )
    scanned = _SEPARATOR.join((_SCANNED, batch, destination, "0", str(len(boxes)), cards))
    return _Shown(_PARCEL, destination, f"{len(boxes)} 箱", facts, _code(scanned))


def _width(text: str) -> int:
    return sum(2 if east_asian_width(each) in "WF" else 1 for each in text)


def _code(text: str) -> str:
    """A QR code as SVG, to stand in a page; 15 % of it may be dirty."""
    import segno

    made = segno.make_qr(text, error="m", encoding="utf-8")
    return str(made.svg_inline(border=2, omitsize=True))
