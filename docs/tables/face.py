"""Where what is on a card's face, and the fields of track 3."""

from __future__ import annotations

from sscard.issuance.face import load_face_layout
from sscard.issuance.face.layout import Box
from sscard.issuance.face.stripe.track3 import PARTS
from tables.markdown import table


def face_layouts() -> str:
    """Every box of the second generation, and where the third has it."""
    second, third = load_face_layout("gen2"), load_face_layout("gen3")
    rows = [_row("photo", second.photo, third.photo, "")]
    for name, box in second.fields.items():
        type_ = f"{box.pt:g} pt, ≥ {box.min_pt:g}"
        rows.append(_row(f"fields.{name}", box, third.fields.get(name), type_))
    rows.append(_row("contactless", third.contactless, third.contactless, "", second=False))
    return table(("place", "gen2: x, y", "gen3", "width × height", "type", "source", "mark"), rows)


def _row(
    place: str, box: Box | None, other: Box | None, type_: str, *, second: bool = True
) -> tuple[str, ...]:
    if box is None:
        raise ValueError(f"{place} is in no layout")
    at = f"{box.x_mm:g}, {box.y_mm:g}"
    size = f"{box.width_mm:g} × {box.height_mm:g}"
    there = "–" if other is None else f"{other.x_mm:g}, {other.y_mm:g}"
    return (f"`{place}`", at if second else "–", there, size, type_, box.source, box.mark)


def track_3() -> str:
    """The fields in their order."""
    forms = {
        "fixed": "{} digits",
        "optional": "{} digits, or `=`",
        "ended": "up to {} digits, then `=`",
        "rest": "the rest",
    }
    rows = [
        (
            f"`{part.name}`",
            part.zh,
            part.en,
            forms[part.form].format(part.size),
            "" if part.value is None else f"`{part.value}`" * bool(part.value),
        )
        for part in PARTS
    ]
    return table(("field", "中文", "meaning", "length", "unless the rules say else"), rows)
