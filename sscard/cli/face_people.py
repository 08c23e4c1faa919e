"""Whose faces and stripes the commands are about: a list of people, and what is known of cards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from sscard.errors import ApplicantError, LedgerError, ProfileError
from sscard.issuance.applicants import Applicant, Register
from sscard.issuance.face import (
    FaceData,
    FaceError,
    FaceLayout,
    PrintRecord,
    load_face_layout,
    print_record,
)
from sscard.issuance.issued_csv import COLUMNS, read
from sscard.perso.order import years_later
from sscard.profiles import Profile


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of somebody's card; empty where nobody has said it."""

    card_number: str = ""
    bank_number: str = field(default="", repr=False)
    issued_on: date | None = None
    photo: str = field(default="", repr=False)


def issued_cards(path: Path) -> Mapping[str, Known]:
    """Cards in the office's list of issued ones, by ID number.

    Raises LedgerError, ApplicantError.
    """
    if not path.is_file():
        raise ApplicantError(f"{path}: 没有此文件 there is no such file")
    at = {name: COLUMNS.index(name) for name in COLUMNS}
    found: dict[str, Known] = {}
    for cells in read(path).complete:
        day = _day(path, cells[at["issued_at"]])
        known = Known(cells[at["card_number"]], cells[at["bank_number"]], day)
        found[cells[at["id_number"]]] = known  # the newest card stands
    return found


def _day(path: Path, text: str) -> date:
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        raise LedgerError(f"{path}: issued_at is no time") from None


def face_layout(name: str, profile: Profile) -> FaceLayout:
    """The layout, which must say as much of the validity as the profile.  Raises ProfileError."""
    printed = profile.setting("validity_on_face").text == "printed"
    layout = load_face_layout(name or ("gen2" if printed else "gen3"))
    if printed != ("valid_date" in layout.printed):
        raise ProfileError(
            f"layout {layout.name} and profile {profile.name} differ in validity_on_face"
        )
    return layout


def records(
    register: Register,
    known: Mapping[int, Known],
    layout: FaceLayout,
    profile: Profile,
    issued_on: date,
) -> Iterator[PrintRecord]:
    """One for everybody whose card number is known.  Raises FaceError naming row and field."""
    years = profile.setting("validity_years").number
    for each in register.applicants:
        card = known.get(each.row, Known())
        if card.card_number:
            try:
                face = _face(each, card, card.issued_on or issued_on, years)
                yield print_record(face, layout)
            except FaceError as wrong:
                raise wrong.within(f"第{each.row}行 row {each.row}") from None


def _face(each: Applicant, card: Known, day: date, years: int) -> FaceData:
    return FaceData.of(
        each,
        card.card_number,
        day,
        bank_number=card.bank_number,
        valid_date=years_later(day, years),
        photo=card.photo,
    )
