"""A bank's answer beside the orders it answers: person by person, by ID number (flow A, step 4).

Pure: what is found goes into the ledger elsewhere.  Nobody gets a number about which anything is
unclear; whoever is left over on either side is named by line or by order, never by a value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import unique

from sscard.issuance.accounts import luhn_valid
from sscard.issuance.coded import Coded
from sscard.issuance.exchange import Record

#: What a bank writes where it takes the person (ssc-more 6.6 [1]: 0 is ok).
ACCEPTED = frozenset({"", "0", "00"})


@unique
class Difference(Coded):
    """Why a record of an answer is not used, or an order has none."""

    UNKNOWN_PERSON = ("UNKNOWN_PERSON", "不在所列批次中", "is in none of the batches")
    OTHER_BATCH = ("OTHER_BATCH", "批次号不符", "names another batch")
    OTHER_NAME = ("OTHER_NAME", "姓名与证件号码不符", "has another name than the order")
    OTHER_MARK = ("OTHER_MARK", "新增、补换标志不符", "has another mark, new or replacement")
    NO_NUMBER = ("NO_NUMBER", "没有银行卡号", "has no bank card number")
    BAD_NUMBER = ("BAD_NUMBER", "银行卡号校验位错误", "has a bank card number that fails its check")
    NUMBER_TWICE = ("NUMBER_TWICE", "同一银行卡号出现多次", "has a bank card number of two records")
    NUMBER_TAKEN = ("NUMBER_TAKEN", "银行卡号已属他人", "has a bank card number of another person")
    NUMBER_CHANGED = ("NUMBER_CHANGED", "与已导入的银行卡号不同", "differs from an earlier answer")
    NOT_WAITING = (
        "NOT_WAITING",
        "订单不在等待银行返回",
        "is for an order that awaits no answer",
    )
    REFUSED = ("REFUSED", "银行未通过", "is refused by the bank")
    MISSING = ("MISSING", "银行未返回", "has no record in the answer")


@dataclass(frozen=True, slots=True)
class Waiting:
    """An order that waits for the bank.  ``bank_number`` is what an earlier answer said."""

    order: int
    batch: str
    id_number: str = field(repr=False)
    name: str = field(repr=False)
    kind: str = "new"
    bank_number: str | None = field(default=None, repr=False)
    waits: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """What a list says of one person; facts under the names of orders."""

    line: int
    facts: Mapping[str, str] = field(repr=False)

    @property
    def number(self) -> str:
        """The bank card number, perhaps none."""
        return self.facts.get("bank_number", "")

    @property
    def refused(self) -> bool:
        """Whether the bank does not take this person."""
        return self.facts.get("result", "") not in ACCEPTED


@dataclass(frozen=True, slots=True)
class Told:
    """One difference.  ``line`` of the list, None for an order that the list passes over."""

    difference: Difference
    line: int | None = None
    order: int | None = None

    def __str__(self) -> str:
        line = f"line {self.line}" if self.line is not None else ""
        order = f"order {self.order}" if self.order is not None else ""
        place = ", ".join(filter(None, (line, order)))
        return f"{place}: {self.difference.en} {self.difference.zh}"


@dataclass(frozen=True, slots=True)
class Match:
    """The two sides put together.  ``same`` orders had this answer before."""

    taken: tuple[tuple[Waiting, Answer], ...] = field(repr=False)
    refused: tuple[tuple[Waiting, Answer], ...] = field(repr=False)
    same: int
    differences: tuple[Told, ...]

    @property
    def whole(self) -> bool:
        """Whether every order got its answer and every record found its order."""
        return not self.differences and not self.refused


def match(
    waiting: Iterable[Waiting],
    answers: Iterable[Answer],
    *,
    taken_numbers: Mapping[str, str] | None = None,
    numbers: bool = True,
) -> Match:
    """Put answers and orders together.

    ``taken_numbers`` are bank card numbers of other orders, each with its ID number; ``numbers``
    says whether an answer must bring one, or is a decision only.
    """
    people = {each.id_number: each for each in waiting}
    found = list(answers)
    times = Counter(each.number for each in found if each.number)
    rules = _Rules(people, times, taken_numbers or {}, numbers)
    taken, refused, told, same, seen = [], [], [], 0, set()
    for answer in found:
        order = people.get(answer.facts.get("id_number", ""))
        if order:
            seen.add(order.order)
        wrong = rules.difference(answer, order)
        if wrong or order is None:
            number = order.order if order else None
            told.append(Told(wrong or Difference.UNKNOWN_PERSON, answer.line, number))
        elif answer.refused:
            refused.append((order, answer))
        elif order.bank_number and order.bank_number == answer.number:
            same += 1
        else:
            taken.append((order, answer))
    told += (
        Told(Difference.MISSING, order=each.order)
        for each in people.values()
        if each.waits and each.order not in seen
    )
    return Match(tuple(taken), tuple(refused), same, tuple(told))


@dataclass(frozen=True, slots=True)
class _Rules:
    people: Mapping[str, Waiting]
    times: Mapping[str, int]
    taken: Mapping[str, str]
    numbers: bool

    def difference(self, answer: Answer, order: Waiting | None) -> Difference | None:
        """The first thing that keeps this answer from being used."""
        if order is None:
            return Difference.UNKNOWN_PERSON
        checks = (*self._of_person(answer, order), *self._of_number(answer, order))
        return next((wrong for wrong, holds in checks if holds), None)

    def _of_person(self, answer: Answer, order: Waiting) -> Iterator[tuple[Difference, bool]]:
        facts = answer.facts
        yield Difference.OTHER_BATCH, facts.get("batch", order.batch) != order.batch
        yield Difference.OTHER_NAME, facts.get("name", order.name) != order.name
        yield Difference.OTHER_MARK, facts.get("kind", order.kind) != order.kind

    def _of_number(self, answer: Answer, order: Waiting) -> Iterator[tuple[Difference, bool]]:
        number, before = answer.number, order.bank_number
        if answer.refused:
            yield Difference.NOT_WAITING, not order.waits
            return
        yield Difference.NO_NUMBER, self.numbers and not number
        if number:
            yield Difference.BAD_NUMBER, not luhn_valid(number)
            yield Difference.NUMBER_TWICE, self.times[number] > 1
            other = self.taken.get(number, order.id_number) != order.id_number
            yield Difference.NUMBER_TAKEN, other
            yield Difference.NUMBER_CHANGED, before not in (None, number)
        yield Difference.NOT_WAITING, not order.waits and before != (number or None)


def answers_of(records: Iterable[Record], facts: Iterable[Mapping[str, str]]) -> Iterator[Answer]:
    """Records and what they mean, together."""
    return (Answer(record.line, each) for record, each in zip(records, facts, strict=True))
