"""A list of applicants: people who can have a card, and records that go back.

Reading (``read_applicants``), comparing with the bank's accounts (``check_accounts``) and writing
what is returned (``rejects.write_rejects``) are separate steps.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from sscard.issuance import person
from sscard.issuance.accounts import Accounts
from sscard.issuance.banks import Banks, packaged_banks
from sscard.issuance.card_columns import CardColumns
from sscard.issuance.columns import positions
from sscard.issuance.csv_table import Table, read_table
from sscard.issuance.reasons import Reason
from sscard.issuance.records import Record, Rules, compared
from sscard.issuance.rejects import Rejection
from sscard.profiles.model import Profile

T = TypeVar("T")

NAMES = {
    "银行": "bank",
    "姓名": "name",
    "性别": "sex",
    "身份证号": "id_number",
    "联系电话": "phone",
    "工作证号": "member_number",
    "学籍号": "member_number",
    "出生日期": "birth_date",
    "卡号": "card_number",
    "批次号": "batch_number",
    "地址": "address",
    "联系地址": "address",
    "邮编": "postcode",
    "邮政编码": "postcode",
    **{column: column for column in (*person.CORE, *person.OPTIONAL, *person.CONTACT)},
}


@dataclass(frozen=True, slots=True)
class Applicant:
    """One person whose record is sound: every value here fits the card.

    ``row`` counts as a spreadsheet does.  ``sex`` is "1" or "2".  ``values`` are the profile's
    element values by element name, those that follow from the core fields included.
    """

    row: int
    id_number: str = field(repr=False)
    name: str = field(repr=False)
    sex: str = field(repr=False)
    birth_date: date = field(repr=False)
    phone: str = field(repr=False)
    member_number: str = field(repr=False)
    bank: str
    card_number: str | None
    batch_number: str | None
    values: Mapping[str, object] = field(repr=False)
    files: Mapping[str, str] = field(default_factory=dict, repr=False)  # named by the list
    contact: Mapping[str, str] = field(default_factory=dict, repr=False)  # on lists, on no card

    @property
    def respelled(self) -> bool:
        """Whether the chip has the name in another spelling than the list (issuance 4)."""
        return f"{self.values['name']}{self.values.get('name_extension', '')}" != self.name


@dataclass(frozen=True, slots=True)
class Register:
    """Everything that came of one list; each row is in exactly one of the two.

    ``shared_numbers``: staff or student numbers that do not say which person of the list is meant.
    """

    applicants: tuple[Applicant, ...]
    rejections: tuple[Rejection, ...]
    shared_numbers: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def rejected_rows(self) -> frozenset[int]:
        """The rows that go back; a row has one rejection for each reason."""
        return frozenset(each.row for each in self.rejections)


def read_applicants(
    path: Path,
    profile: Profile,
    *,
    today: date,
    banks: Banks | None = None,
    in_files: Collection[str] = (),
) -> Register:
    """Read and judge a list of applicants (issuance 3 flow F, 4).

    ``banks`` are those one may choose; None means the packaged test banks.  Columns ``in_files``
    (``photo``) name a file instead of holding a value; it is not opened here.  Raises
    ApplicantError naming file and line when the list as a whole cannot be read.
    """
    return judge_applicants(read_table(path), profile, today=today, banks=banks, in_files=in_files)


def judge_applicants(
    table: Table,
    profile: Profile,
    *,
    today: date,
    banks: Banks | None = None,
    in_files: Collection[str] = (),
) -> Register:
    """The same for a list that is read already, from wherever it came."""
    known = CardColumns.of(profile)
    rules = Rules(known.without(in_files), banks or packaged_banks(), today)
    found = positions(table, {**known.spellings, **NAMES}, person.CORE)
    _refuse_code_beside_parts(table, found)
    judged = (
        rules.judge(row, {column: row.fields[at] for column, at in found.items()})
        for row in table.rows
    )
    records = compared(judged)
    headers = {column: table.header[at] for column, at in found.items()}
    return Register(
        tuple(_applicant(each, rules.banks, in_files) for each in records if not each.findings),
        tuple(rejection for each in records for rejection in _rejections(each, headers)),
        _shared_numbers(records),
    )


def check_accounts(
    register: Register, accounts: Accounts, *, banks: Banks | None = None
) -> Register:
    """The register after flow A's step 4: people without exactly one account go back.

    The account must be at the bank the person chose; ``banks`` as in ``read_applicants``.
    Records that go back already are not asked about: the bank serves sound records only.
    """
    known = banks or packaged_banks()
    reasons = {each.row: _account_reason(each, accounts, known) for each in register.applicants}
    returned = [
        Rejection(each.row, each.id_number, reason)
        for each in register.applicants
        if (reason := reasons[each.row]) is not None
    ]
    return without(register, returned)


def without(register: Register, returned: Iterable[Rejection]) -> Register:
    """The register when these go back, too."""
    rejections = tuple(sorted((*register.rejections, *returned), key=lambda each: each.row))
    rows = {each.row for each in rejections}
    return replace(
        register,
        applicants=tuple(each for each in register.applicants if each.row not in rows),
        rejections=rejections,
    )


def _refuse_code_beside_parts(table: Table, found: Mapping[str, int]) -> None:
    """A code made of parts is one column or a column for each part, not both in one row."""
    wholes = {part: found.get(part.rpartition(".")[0]) for part in found}
    pairs = [(whole, found[part]) for part, whole in wholes.items() if whole is not None]
    for row in table.rows:
        for whole, part in pairs:
            if row.fields[whole] and row.fields[part]:
                names = f"{table.header[whole]!r} and {table.header[part]!r}"
                raise table.error(row.line, f"{names} are a code and a part of it: only one")


def _account_reason(applicant: Applicant, accounts: Accounts, banks: Banks) -> Reason | None:
    if applicant.id_number in accounts.doubled:
        return Reason.BANK_ACCOUNT_DUPLICATE
    account = accounts.by_person.get(applicant.id_number)
    if account is None or (banks.find(account.bank) or account.bank) != applicant.bank:
        return Reason.BANK_ACCOUNT_MISSING
    return None


def _shared_numbers(records: Iterable[Record]) -> frozenset[str]:
    """Staff or student numbers of several people, or that are another's ID number, folded."""
    holders: dict[str, set[str]] = defaultdict(set)
    for record in records:
        for number in (record.cells["member_number"], record.id_number):
            holders[number.casefold()].add(record.id_number)
    return frozenset(number for number, people in holders.items() if len(people) > 1)


def _applicant(record: Record, banks: Banks, in_files: Collection[str]) -> Applicant:
    """The person of a record without findings: nothing here can be missing any more."""
    cells = record.cells
    return Applicant(
        row=record.row,
        id_number=record.id_number,
        name=cells["name"],
        sex=_sure(person.sex(cells)),
        birth_date=_sure(person.birth_date(cells)),
        phone=cells["phone"],
        member_number=cells["member_number"],
        bank=_sure(banks.find(cells["bank"])),
        card_number=cells.get("card_number") or None,
        batch_number=cells.get("batch_number") or None,
        values=MappingProxyType(dict(record.values)),
        files={column: cells[column] for column in in_files if cells.get(column)},
        contact={column: cells[column] for column in person.CONTACT if cells.get(column)},
    )


def _sure(value: T | None) -> T:
    if value is None:
        raise ValueError("a record with findings is no applicant")
    return value


def _rejections(record: Record, headers: Mapping[str, str]) -> Iterator[Rejection]:
    """One a reason; a column is named as the list itself names it."""
    for finding in record.findings:
        column = headers.get(finding.column, finding.column)
        yield Rejection(
            record.row,
            record.id_number,
            finding.reason,
            column,
            finding.by_hand,
            finding.detail,
        )
