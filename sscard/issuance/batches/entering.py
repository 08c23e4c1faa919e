"""People of a list become orders; whose record cannot be taken goes back with the reasons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sscard.issuance.applicants import Applicant, Register
from sscard.issuance.batches.fields import Values
from sscard.issuance.batches.registry import register
from sscard.issuance.columns import folded
from sscard.issuance.csv_table import Table
from sscard.issuance.ledger import Actor
from sscard.issuance.orders import Entry, Intake, Orders, Outcome
from sscard.issuance.orders import entering as records
from sscard.issuance.orders.lists import ListNote
from sscard.issuance.photo.attached import PHOTO
from sscard.issuance.reasons import Reason
from sscard.issuance.rejects import Rejection

_NAME = frozenset({"姓名", "name"})


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a list of applicants.

    ``returned`` are facts for the list of returned records, one for each reason.  ``again``: the
    same file was taken before, and nothing was done.
    """

    orders: tuple[int, ...]
    returned: tuple[Values, ...] = field(default=(), repr=False)
    again: bool = False


def enter(orders: Orders, judged: Register, intake: Intake, note: ListNote, actor: Actor) -> Taken:
    """Take a judged list into the ledger, all of it in one transaction with the note of the file.

    Raises LedgerError, and leaves the ledger as it was.
    """
    people = judged.applicants
    with orders.book(actor) as book:
        if not register(book, note):
            return Taken((), again=True)
        outcomes = records.enter(book, orders.topologies, intake, map(_entry, people))
    back = sorted(
        (*_judged(judged.rejections), *_refused(people, outcomes)), key=lambda each: each[0]
    )
    entered = (each.order for each in outcomes if each.order is not None)
    return Taken(tuple(entered), tuple(facts for _, facts in back))


def named(returned: Iterable[Values], table: Table) -> tuple[Values, ...]:
    """The same with the names of the list: records go back as they came."""
    columns = [at for at, each in enumerate(table.header) if folded(each) in _NAME]
    names = {str(row.number): row.fields[at] for at in columns for row in table.rows}
    return tuple({**facts, "name": names.get(facts["row"], "")} for facts in returned)


def _entry(applicant: Applicant) -> Entry:
    """The record; a photo that was found in the folder is called as the supplier gets it."""
    found = f"{applicant.id_number}.jpg" if PHOTO in applicant.values else ""
    photo = applicant.files.get(PHOTO) or found
    return Entry.of(applicant, photo=photo, face_name=applicant.name, **applicant.contact)


def _judged(rejections: Iterable[Rejection]) -> Iterator[tuple[int, Values]]:
    for each in rejections:
        facts = _facts(each.row, each.id_number, each.code, each.reason_zh)
        yield each.row, {**facts, "column": each.column}


def _refused(
    people: Iterable[Applicant], outcomes: Iterable[Outcome]
) -> Iterator[tuple[int, Values]]:
    for person, outcome in zip(people, outcomes, strict=True):
        if outcome.reason is not None:
            facts = _facts(person.row, person.id_number, outcome.reason, outcome.reason.zh)
            yield person.row, {**facts, "name": person.name}


def _facts(row: int, id_number: str, reason: Reason, text: str) -> dict[str, str]:
    return {
        "row": str(row),
        "id_number": id_number,
        "reason": reason.value,
        "reason_zh": text,
        "kind": "new",
    }
