"""From rows to judged records: each by itself first, then beside the others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from sscard.issuance import field_details, person
from sscard.issuance.banks import Banks
from sscard.issuance.card_columns import CardColumns
from sscard.issuance.csv_table import Row
from sscard.issuance.person import Cells, Finding
from sscard.issuance.rare_characters import RareCharacters
from sscard.issuance.reasons import Reason
from sscard.profiles.fields import FieldError

ID_REASONS = frozenset(reason for reason in Reason if reason.startswith("ID_"))


@dataclass(frozen=True, slots=True)
class Record:
    """One row, what is wrong with it, and the element values it would put on a card."""

    row: int
    cells: Cells = field(repr=False)
    values: Mapping[str, object] = field(repr=False)
    findings: tuple[Finding, ...]

    @property
    def id_number(self) -> str:
        """The ID number, normalized; sound or not."""
        return person.id_number(self.cells)

    def with_findings(self, *more: Finding) -> Record:
        """The same record with more things wrong; of one column a reason is told once."""
        told: dict[tuple[object, ...], Finding] = {}
        for each in (*self.findings, *more):
            told.setdefault((each.reason, each.column, each.by_hand), each)
        return replace(self, findings=tuple(told.values()))


@dataclass(frozen=True, slots=True)
class Rules:
    """What a record is judged by."""

    columns: CardColumns
    banks: Banks
    today: date

    def judge(self, row: Row, cells: Cells) -> Record:
        """One record by itself: core fields, and every value encoded as the card will hold it."""
        found = list(person.findings(cells, today=self.today, banks=self.banks))
        values = self._values(cells, found)
        refused = (
            Finding(Reason(problem.code), problem.element, detail=field_details.detail_of(problem))
            for problem in self.columns.profile.problems(values)
        )
        return Record(row.number, cells, values, ()).with_findings(*found, *refused)

    def _values(self, cells: Cells, found: list[Finding]) -> dict[str, object]:
        derived = self.columns.known({**_derived(cells, found), **self._name(cells["name"], found)})
        return {**self.columns.values(cells), **derived}

    def _name(self, name: str, found: list[Finding]) -> dict[str, object]:
        rare = RareCharacters.of(self.columns.profile)
        try:
            first, more = self.columns.split_name(rare.on_card(name))
        except FieldError as refused:
            reason = Reason(refused.code)
            found.append(Finding(reason, by_hand=rare.by_hand and reason is Reason.NAME_ENCODING))
            return {}
        return {"name": first, "name_extension": more} if more else {"name": first}


def _derived(cells: Cells, found: list[Finding]) -> dict[str, object]:
    """Element values that follow from the core fields; what has a finding is left out."""
    faulty = {each.column for each in found}
    born = person.birth_date(cells)
    derived = {
        "sex": person.sex(cells),
        "birth_date": born.isoformat() if born else None,
        "card_number": cells.get("card_number") or None,
    }
    if not any(each.reason in ID_REASONS for each in found):
        derived["id_number"] = person.id_number(cells)
    return {name: value for name, value in derived.items() if value and name not in faulty}


def compared(records: Iterable[Record]) -> list[Record]:
    """The same records, judged beside each other: doubled card numbers and ID numbers."""
    return list(_id_numbers(list(_card_numbers(list(records)))))


def _card_numbers(records: list[Record]) -> Iterator[Record]:
    """A card number given to two people goes back for both: nobody knows whose it is."""
    holders: dict[str, set[str]] = defaultdict(set)
    for record in records:
        holders[record.cells.get("card_number", "")].add(record.id_number)
    for record in records:
        number = record.cells.get("card_number")
        if number and len(holders[number]) > 1:
            shared = person.invalid("card_number", field_details.SHARED_CARD_NUMBER)
            yield record.with_findings(shared)
        else:
            yield record


def _id_numbers(records: list[Record]) -> Iterator[Record]:
    """Of rows with one ID number the first sound one stands; if none is sound, the first."""
    standing: dict[str, Record] = {}
    for record in records:
        first = standing.setdefault(record.id_number, record)
        if first.findings and not record.findings:
            standing[record.id_number] = record
    for record in records:
        if record.id_number and standing[record.id_number] is not record:
            yield record.with_findings(Finding(Reason.ID_DUPLICATE))
        else:
            yield record
