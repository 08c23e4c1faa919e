"""Records of a bank's file beside the people of a list: each finds its person, or goes back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from sscard.errors import ApplicantError
from sscard.issuance.accounts import Account, Accounts
from sscard.issuance.applicants import Applicant, Register, without
from sscard.issuance.bank_data.batch import Batch, Entry
from sscard.issuance.bank_data.returned import Returned, ReturnReason
from sscard.issuance.reasons import Reason
from sscard.issuance.rejects import Detail, Rejection
from sscard.perso.pse_groupings import Instance

_NO_RECORD = Detail(
    "no-bank-data",
    "银行数据文件中没有此人的记录",
    "the bank's data file has no record of the person",
)
_RECORD_RETURNED = Detail(
    "bank-data-returned",
    "银行数据文件中此人的记录已退回银行",
    "the person's record in the bank's data file goes back to the bank",
)


_DOUBLED = (ReturnReason.PERSON_DOUBLED, ReturnReason.ACCOUNT_DOUBLED)
_BLOCK = 8


@dataclass(frozen=True, slots=True)
class Matched:
    """What a run is made of: people with a record, their accounts, and what goes back to whom."""

    batch: Batch
    register: Register
    accounts: Accounts
    entries: Mapping[str, Entry] = field(repr=False)
    returned: tuple[Returned, ...]

    def instances(self, id_number: str) -> tuple[Instance, ...]:
        """What the bank prepared for this person.  Raises BankDataError."""
        return self.batch.instances(self.entries[id_number])

    def rehearse(self) -> tuple[Instance, ...]:
        """The applications of some card, whose secrets the store can translate.

        Raises BankDataError, KeyStoreError.
        """
        entry = next(iter(self.entries.values()), None)
        if entry is None:
            return tuple(Instance("", name, ()) for name in self.batch.names)
        found = self.batch.instances(entry)
        for grouping in (each for one in found for each in one.dgis):
            if grouping.transport is not None:
                block = grouping.value[:_BLOCK]
                self.batch.store.translate(grouping.transport, block, bytes(10), bytes(2))
                break
        return found


def match(batch: Batch, register: Register, known: Accounts | None, today: date) -> Matched:
    """Every record to its person.  ``known``: the bank's list of accounts, where there is one.

    Each record is in a card's place or returned with its reason, each person is served or goes
    back to the office.  Raises ApplicantError where records are joined by account without a list.
    """
    if batch.layout.join == "account" and known is None:
        raise ApplicantError(
            f"{batch.path}: its records are joined by account: --bank-accounts is needed"
        )
    people = _People(register, known, batch.layout.join)
    judged = list(_judged(batch, people, today))
    entries = {person: each for person, each in judged if isinstance(each, Entry)}
    back = {person: each for person, each in judged if isinstance(each, Returned)}
    found = {
        person: _account(people.sound[person], each, known) for person, each in entries.items()
    }
    every = [each for _, each in judged if isinstance(each, Returned)]
    return Matched(
        batch,
        without(register, _rejections(register, entries, back)),
        Accounts(found),
        MappingProxyType(entries),
        tuple(sorted(every, key=lambda each: each.record)),
    )


class _People:
    """The list, by what a layout joins by."""

    def __init__(self, register: Register, known: Accounts | None, join: str) -> None:
        self.sound = {each.id_number: each for each in register.applicants}
        self.returned = {each.id_number for each in register.rejections} - set(self.sound)
        self._known, self._join = known, join
        self._by_key = {self._key(each): each.id_number for each in register.applicants}

    def find(self, key: str) -> str:
        """The ID number of whose record it is, nothing for nobody's."""
        return key if self._join == "id_number" else self._by_key.get(key, "")

    def account(self, person: str) -> Account | None:
        """What the list of accounts says of a person."""
        return self._known.by_person.get(person) if self._known else None

    def _key(self, applicant: Applicant) -> str | None:
        if self._join == "card_number":
            return applicant.card_number
        account = self.account(applicant.id_number)
        return account.bank_number if account else None


def _judged(batch: Batch, people: _People, today: date) -> Iterator[tuple[str, Entry | Returned]]:
    """Whose a record is, and what comes of it."""
    found = [(people.find(each.key), each) for each in batch.entries]
    faulty = [(people.find(each.key), each.returned) for each in batch.faulty]
    persons = Counter(person for person, _ in (*found, *faulty))
    numbers = Counter(each.account.number for _, each in found)
    for person, entry in found:
        reason = _reason(person, entry, people, today)
        if reason is None and persons[person] > 1:
            reason = ReturnReason.PERSON_DOUBLED
        if reason is None and numbers[entry.account.number] > 1:
            reason = ReturnReason.ACCOUNT_DOUBLED
        yield person, entry if reason is None else Returned(entry.record, reason)
    yield from faulty


def _reason(person: str, entry: Entry, people: _People, today: date) -> ReturnReason | None:
    account = people.account(person)
    if person not in people.sound:
        there = person in people.returned
        return ReturnReason.PERSON_RETURNED if there else ReturnReason.NO_PERSON
    if entry.account.id_number not in ("", person):
        return ReturnReason.WRONG_PERSON
    if entry.account.expiry < f"{today:%y%m}":
        return ReturnReason.ACCOUNT_EXPIRED
    chip = (entry.account.number, entry.account.expiry)
    if account is not None and chip != (account.bank_number, account.expiry):
        return ReturnReason.ACCOUNT_DIFFERS
    return None


def _account(applicant: Applicant, entry: Entry, known: Accounts | None) -> Account:
    listed = known.by_person.get(applicant.id_number) if known else None
    bank = listed.bank if listed else applicant.bank
    chip = entry.account
    return Account(applicant.id_number, bank, chip.number, chip.expiry, chip.psn)


def _rejections(
    register: Register, entries: Mapping[str, Entry], back: Mapping[str, Returned]
) -> Iterator[Rejection]:
    for each in register.applicants:
        number = each.id_number
        if number in entries:
            continue
        returned = back.get(number)
        doubled = returned is not None and returned.reason in _DOUBLED
        reason = Reason.BANK_ACCOUNT_DUPLICATE if doubled else Reason.BANK_ACCOUNT_MISSING
        detail = _NO_RECORD if returned is None else _RECORD_RETURNED
        yield Rejection(each.row, number, reason, detail=detail)
