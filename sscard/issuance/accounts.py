"""The bank's answer: which bank card number belongs to which person."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from sscard.issuance import citizen_number
from sscard.issuance.banks import Banks
from sscard.issuance.columns import positions
from sscard.issuance.csv_table import Row, Table, read_table
from sscard.issuance.numbering import luhn_digit

_NAMES = {
    "身份证号": "id_number",
    "id_number": "id_number",
    "银行": "bank",
    "bank": "bank",
    "银行卡号": "bank_number",
    "bank_number": "bank_number",
    "有效期": "expiry",
    "expiry": "expiry",
    "序号": "psn",
    "psn": "psn",
    "拼音": "latin_name",
    "latin_name": "latin_name",
}
_REQUIRED = ("id_number", "bank", "bank_number", "expiry")
#: PAN sequence number when the bank gives none (pboc 6.1: 5F34 of a test card; assumed).
DEFAULT_PSN = "01"
#: What a name on track 1 of the stripe may be made of (ISO/IEC 7813).
_LATIN = re.compile(r"[A-Z][A-Z ./-]{0,24}[A-Z.]")


@dataclass(frozen=True, slots=True)
class Account:
    """One account.  ``expiry`` is YYMM, ``psn`` the two-digit PAN sequence number.

    ``latin_name`` is the name on track 1 of the stripe, empty where the bank gives none.
    """

    id_number: str = field(repr=False)
    bank: str
    bank_number: str = field(repr=False)
    expiry: str = field(repr=False)
    psn: str = DEFAULT_PSN
    latin_name: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts of one file by ID number; ``doubled`` holds the people who cannot be served.

    Doubled are people with two accounts and everyone who shares a bank card number.
    """

    by_person: Mapping[str, Account] = field(repr=False)
    doubled: frozenset[str] = field(default=frozenset(), repr=False)

    @classmethod
    def of(cls, accounts: Iterable[Account]) -> Accounts:
        """Index the accounts.  The same account given twice is one account."""
        distinct = list(dict.fromkeys(accounts))
        people = Counter(each.id_number for each in distinct)
        numbers = Counter(each.bank_number for each in distinct)
        doubled = frozenset(
            each.id_number
            for each in distinct
            if people[each.id_number] > 1 or numbers[each.bank_number] > 1
        )
        sound = {each.id_number: each for each in distinct if each.id_number not in doubled}
        return cls(sound, doubled)

    def banks(self) -> Banks:
        """The banks this file names."""
        return Banks.of(each.bank for each in self.by_person.values())


def read_accounts(path: Path, *, today: date) -> Accounts:
    """Read a bank's accounts file (issuance 3, flow A step 3).

    Columns 身份证号/id_number, 银行/bank, 银行卡号/bank_number, 有效期/expiry (YYMM or YYYY-MM),
    optional 序号/psn and 拼音/latin_name.  Raises ApplicantError naming file and line when the file
    cannot be read or a value is wrong or expired: a bank's damaged list goes back to the bank as a
    whole.
    """
    table = read_table(path)
    found = positions(table, _NAMES, _REQUIRED)
    return Accounts.of(_accounts(table, found, today))


def luhn_valid(number: str) -> bool:
    """Whether a bank card number of 13 to 19 digits has the right check digit (ISO/IEC 7812-1)."""
    return bool(re.fullmatch(r"[0-9]{13,19}", number)) and luhn_digit(number[:-1]) == number[-1]


def _accounts(table: Table, found: Mapping[str, int], today: date) -> Iterator[Account]:
    for row in table.rows:
        values = {column: row.fields[index] for column, index in found.items()}
        account = _account(table, row, values)
        if account.expiry < f"{today:%y%m}":
            raise table.error(row.line, "the expiry is in the past")
        yield account


def _account(table: Table, row: Row, values: Mapping[str, str]) -> Account:
    id_number = citizen_number.normalized(values["id_number"])
    expiry = _expiry(values["expiry"])
    psn = values.get("psn") or DEFAULT_PSN
    if len(id_number) != citizen_number.SIZE:
        raise table.error(row.line, "the ID number does not have 18 characters")
    if not values["bank"]:
        raise table.error(row.line, "no bank")
    if not luhn_valid(values["bank_number"]):
        raise table.error(row.line, "the bank card number is not one (check digit, 13-19 digits)")
    if expiry is None:
        raise table.error(row.line, "the expiry is neither YYMM nor YYYY-MM")
    if not re.fullmatch(r"[0-9]{2}", psn):
        raise table.error(row.line, "the sequence number (psn) does not have two digits")
    latin = values.get("latin_name", "")
    if latin and not _LATIN.fullmatch(latin):
        raise table.error(row.line, "the Latin name is not 2 to 26 capitals, as on a stripe")
    return Account(id_number, values["bank"], values["bank_number"], expiry, psn, latin)


def _expiry(text: str) -> str | None:
    """YYMM, from that or from YYYY-MM of this century; None for anything else."""
    if not re.fullmatch(r"(?:[0-9]{2}|20[0-9]{2}-)(?:0[1-9]|1[0-2])", text):
        return None
    return text.replace("-", "")[-4:]
