"""A bank's answer comes in: matched person by person, what is clear is taken, the rest is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from sscard.issuance.accounts import DEFAULT_PSN
from sscard.issuance.batches import facts
from sscard.issuance.batches.fields import FieldMap, Values
from sscard.issuance.batches.matching import (
    Answer,
    Difference,
    Match,
    Told,
    Waiting,
    answers_of,
    match,
)
from sscard.issuance.batches.registry import register
from sscard.issuance.exchange import Checked, ListError
from sscard.issuance.ledger import Actor, Book
from sscard.issuance.order_states import OrderState
from sscard.issuance.orders import BankRow, Orders
from sscard.issuance.orders.banking import match_bank
from sscard.issuance.orders.lists import ListNote
from sscard.issuance.reasons import Reason

#: Orders that wait for no number, whatever the bank's way.
_ASIDE = frozenset({OrderState.RETURNED, OrderState.CANCELLED, OrderState.REPLACED})


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of an answer.  ``returned`` are the people whom the bank does not take.

    ``waiting`` orders of the batch have no record in it, and wait for another answer.
    """

    taken: int
    same: int
    differences: tuple[Told, ...]
    waiting: int = 0
    returned: tuple[Values, ...] = field(default=(), repr=False)
    again: bool = False

    @property
    def whole(self) -> bool:
        """Whether everybody of the batch has a number now."""
        return not self.differences and not self.returned and not self.waiting


def take_answer(
    orders: Orders, batch: str, checked: Checked, actor: Actor, *, last: bool = False
) -> Answered:
    """Take a bank's answer for a batch: the note of the file and all numbers in one transaction.

    ``last``: people whom the answer passes over go back; else they wait for another one, as they
    do while any record is unclear.  Raises ListError for a list with findings, or one of another
    batch, and LedgerError: nothing is changed then.
    """
    found = list(_answers(checked, batch))
    note = _note(orders, batch, checked)
    with orders.book(actor) as book:
        if not register(book, note):
            return Answered(0, 0, (), again=True)
        matched = match(_waiting(orders, batch), found, numbers=_brings_numbers(checked))
        _require_of(matched, found, checked, batch)
        taken, doubled = _into_ledger(book, orders, batch, matched, last=last)
    told = [*matched.differences, *doubled]
    missing = [each for each in told if each.difference is Difference.MISSING]
    if not last:
        told = [each for each in told if each.difference is not Difference.MISSING]
    returned = tuple(_back(order, answer) for order, answer in matched.refused)
    return Answered(taken, matched.same, tuple(told), 0 if last else len(missing), returned)


def _note(orders: Orders, batch: str, checked: Checked) -> ListNote:
    return ListNote(
        direction="in",
        layout=checked.layout.name,
        kind=checked.layout.kind,
        sha256=checked.sha256,
        records=checked.count,
        party=orders.batch(batch).bank,
        batch=batch,
    )


def _answers(checked: Checked, batch: str) -> Iterator[Answer]:
    fields = FieldMap.of(checked.layout)
    fields.require("id_number")
    said = fields.of_header(checked.header).get("batch", batch)
    if said != batch:
        what = f"is an answer for another batch, not for {batch} 批次号不符"
        raise ListError(checked.source.name, what)
    records = list(checked.records())
    return answers_of(records, (fields.facts(each.values) for each in records))


def _brings_numbers(checked: Checked) -> bool:
    return "bank_number" in FieldMap.of(checked.layout).meanings.values()


def _waiting(orders: Orders, batch: str) -> Iterator[Waiting]:
    for each in orders.files_of(batch):
        number = each.account.number if each.account else None
        yield Waiting(
            order=each.order.id,
            batch=batch,
            id_number=each.person.id_number,
            name=each.person.name,
            kind=each.order.kind,
            bank_number=number,
            waits=number is None and each.order.state not in _ASIDE,
        )


def _require_of(matched: Match, found: Iterable[Answer], checked: Checked, batch: str) -> None:
    """ListError for a list of which no record is about this batch."""
    strange = {Difference.UNKNOWN_PERSON, Difference.OTHER_BATCH}
    lines = {each.line for each in matched.differences if each.difference in strange}
    if all(answer.line in lines for answer in found) and lines:
        what = f"has no record of batch {batch} 清单中没有该批次的人员"
        raise ListError(checked.source.name, what)


def _into_ledger(
    book: Book, orders: Orders, batch: str, matched: Match, *, last: bool
) -> tuple[int, tuple[Told, ...]]:
    """The numbers and refusals.  Nobody goes back as missing while a record is unclear."""
    taken = [pair for pair in matched.taken if pair[1].number]
    rows = [_row(order, answer) for order, answer in taken]
    rows += [
        replace(_row(order, answer), refused=Reason.BANK_REFUSED)
        for order, answer in matched.refused
    ]
    clear = all(each.difference is Difference.MISSING for each in matched.differences)
    said = match_bank(book, orders.topologies, batch, rows, last=last and clear)
    told = tuple(
        Told(Difference.NUMBER_TAKEN, answer.line, order.order)
        for (order, answer), outcome in zip(taken, said.outcomes, strict=False)
        if outcome.reason is not None
    )
    return len(taken) - len(told), told


def _row(order: Waiting, answer: Answer) -> BankRow:
    said = answer.facts
    stripe = facts.of_stripe(said)
    return BankRow(
        id_number=order.id_number,
        number=answer.number,
        name=order.name,
        expiry=said.get("expiry", ""),
        sequence=said.get("sequence", DEFAULT_PSN),
        stripe=stripe or None,
    )


def _back(order: Waiting, answer: Answer) -> Values:
    reason = Reason.BANK_REFUSED
    words = answer.facts.get("reason_zh") or answer.facts.get("reason") or reason.zh
    return {
        "row": str(answer.line),
        "name": order.name,
        "id_number": order.id_number,
        "reason": reason.value,
        "reason_zh": words,
        "kind": order.kind,
    }
