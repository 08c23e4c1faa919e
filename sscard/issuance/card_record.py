"""One card as an office has it on record: a JSON object with the columns of a list of applicants.

Beside the person there are the card's numbers and dates and, where it has one, its account.
``null`` in a column leaves it open: whatever the card has there is not judged.  Nothing that is
wrong is quoted: messages name file and column.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType

from sscard.errors import ApplicantError, MalformedData
from sscard.issuance import field_details, person
from sscard.issuance.accounts import DEFAULT_PSN
from sscard.issuance.applicants import NAMES
from sscard.issuance.banks import packaged_banks
from sscard.issuance.card_columns import CardColumns
from sscard.issuance.columns import folded
from sscard.issuance.csv_table import Row
from sscard.issuance.numbering import require_card_number
from sscard.issuance.records import Rules
from sscard.perso.order import CardNumbers
from sscard.perso.pse import BankAccount
from sscard.profiles import Profile
from sscard.profiles.identifiers import CardIdentification

REQUIRED = (
    "id_number",
    "name",
    "sex",
    "card_number",
    "card_identification_code",
    "issue_date",
)
#: What the profile or the other columns say where the record does not.
_ISSUER = ("expiry_date", "spec_version", "initialization_organization")
BANK = ("bank_number", "bank_expiry", "bank_sequence", "bank_effective")
#: Columns of lists that no card has.
_ELSEWHERE = ("bank", "member_number", "batch_number", *person.CONTACT)
_OWN = (*REQUIRED, *_ISSUER, *BANK, *_ELSEWHERE, "birth_date")
_SPELLINGS: Mapping[str, str] = MappingProxyType(
    {
        "卡识别码": "card_identification_code",
        "card_id_code": "card_identification_code",
        "发卡日期": "issue_date",
        "卡有效期": "expiry_date",
        "规范版本": "spec_version",
        "初始化机构编号": "initialization_organization",
        "银行账号": "bank_number",
        "银行卡有效期": "bank_expiry",
        "银行卡序号": "bank_sequence",
        "银行卡生效日期": "bank_effective",
        **NAMES,
        **{column: column for column in _OWN},
    }
)


@dataclass(frozen=True, slots=True)
class CardRecord:
    """What the record says; ``values`` are element values by name.  Nothing of it ever prints."""

    values: Mapping[str, object] = field(repr=False)
    numbers: CardNumbers = field(repr=False)
    account: BankAccount | None = field(repr=False)
    #: From which day on the account is good (5F25).
    effective: date
    #: Columns that say nothing on purpose.
    left_open: frozenset[str]


def read_record(path: Path, profile: Profile, today: date) -> CardRecord:
    """The record in a file.  Raises ApplicantError naming file and column."""
    try:
        text = path.read_text("utf-8-sig")
    except OSError as failed:
        raise ApplicantError(f"{path}: {failed.strerror}") from None
    except UnicodeDecodeError:
        raise ApplicantError(f"{path}: is no UTF-8") from None
    try:
        return parse_record(text, profile, today)
    except ApplicantError as error:
        raise ApplicantError(f"{path}: {error}") from None


def parse_record(text: str, profile: Profile, today: date) -> CardRecord:
    """The same from its text.  Raises ApplicantError naming the column."""
    columns = CardColumns.of(profile)
    said = _columns(_object(text), columns)
    cells = {column: value for column, value in said.items() if value is not None}
    missing = [column for column in REQUIRED if not cells.get(column)]
    if missing:
        raise ApplicantError(f"缺少 missing: {', '.join(missing)}")
    numbers, code = _numbers(cells)
    issuer = {column: cells[column] for column in _ISSUER if cells.get(column)}
    values = {**_values(cells, columns, today), **issuer, **code}
    for problem in profile.problems(values):
        raise _wrong(problem.element, field_details.detail_of(problem).en)
    effective = _date(cells, "bank_effective") if "bank_effective" in cells else numbers.issued_on
    left_open = frozenset(said.keys() - cells.keys())
    return CardRecord(values, numbers, _account(cells), effective, left_open)


def template(profile: Profile) -> dict[str, str | None]:
    """A record to begin with: an invented person, and every column there is, left open."""
    city = profile.setting("issuing_division").text
    example = {
        "id_number": "110101199003070038",
        "name": "诸葛验收",
        "sex": "1",
        "card_number": "X00000019",
        "card_identification_code": f"{city}D156000005C066677900000000",
        "issue_date": "2026-01-31",
        "expiry_date": "2036-01-31",
        "bank_number": "6228000100001117",
        "bank_expiry": "3601",
        "bank_sequence": DEFAULT_PSN,
        "bank_effective": "2026-01-31",
    }
    known = dict.fromkeys(CardColumns.of(profile).spellings.values())
    return {**example, **{column: None for column in known if column not in example}}


def _object(text: str) -> Mapping[str, object]:
    try:
        found = json.loads(text, object_pairs_hook=_pairs)
    except json.JSONDecodeError as error:
        where = f"第 {error.lineno} 行 line {error.lineno}, column {error.colno}"
        raise ApplicantError(f"{where}: is no JSON: {error.msg}") from None
    except RecursionError:
        raise ApplicantError("is no JSON object of columns") from None
    if not isinstance(found, _Pairs):
        raise ApplicantError("is no JSON object of columns")
    return found


class _Pairs(dict[str, object]):
    """An object of JSON."""


def _pairs(pairs: Iterable[tuple[str, object]]) -> _Pairs:
    found = _Pairs()
    for name, value in pairs:
        if name in found:
            raise ApplicantError(f"{name!r} is there twice")
        found[name] = value
    return found


def _columns(document: Mapping[str, object], columns: CardColumns) -> dict[str, str | None]:
    """By the columns' own names.  Raises ApplicantError for unknown ones, doubled ones, no text."""
    names = {folded(each): column for each, column in _SPELLINGS.items()}
    names = {**columns.spellings, **names}
    unknown = [name for name in document if folded(name) not in names]
    if unknown:
        raise ApplicantError(f"未知列 unknown column {', '.join(map(repr, unknown))}")
    said: dict[str, str | None] = {}
    for name, value in document.items():
        column = names[folded(name)]
        if column in said:
            raise ApplicantError(f"{name!r} is there twice, as {column}")
        if value is not None and not isinstance(value, str):
            raise _wrong(column, "is no text in quotes, and not null")
        said[column] = value if value is None else value.strip()
    return said


def _values(cells: Mapping[str, str], columns: CardColumns, today: date) -> dict[str, object]:
    """What the person's columns put on a card, judged as in a list."""
    empty = dict.fromkeys(person.CORE, "")
    rules = Rules(columns, packaged_banks(), today)
    judged = rules.judge(Row(1, 1, ()), {**empty, **cells})
    for each in judged.findings:
        column = each.column or _subject(each)
        if column in cells:
            detail = f" ({each.detail.zh} {each.detail.en})" if each.detail else ""
            raise _wrong(column, f"{each.reason.zh} {each.reason.en}{detail}")
    return dict(judged.values)


def _subject(found: person.Finding) -> str:
    """The column of a reason that has it in its name; the bank is on no card."""
    return {"ID": "id_number", "NAME": "name"}.get(found.reason.value.partition("_")[0], "")


def _numbers(cells: Mapping[str, str]) -> tuple[CardNumbers, dict[str, object]]:
    """What makes the card unlike others, and its number as the card has it."""
    try:
        card_number = require_card_number(cells["card_number"])
    except ValueError as error:
        raise _wrong("card_number", str(error)) from None
    try:
        raw = bytes.fromhex(cells["card_identification_code"])
        code = CardIdentification.parse(raw)
    except (ValueError, MalformedData):
        raise _wrong("card_identification_code", "is no such number: 32 hex digits") from None
    issued = _date(cells, "issue_date")
    numbers = CardNumbers(card_number, code.serial, code.city, issued)
    return numbers, {"card_identification_code": raw.hex().upper()}


def _account(cells: Mapping[str, str]) -> BankAccount | None:
    if not any(cells.get(each) for each in BANK):
        return None
    missing = [each for each in BANK[:2] if not cells.get(each)]
    if missing:
        raise ApplicantError(f"缺少 missing: {', '.join(missing)}, beside the other bank columns")
    sequence = cells.get("bank_sequence") or DEFAULT_PSN
    try:
        return BankAccount(
            cells.get("bank", ""), cells["bank_number"], cells["bank_expiry"], sequence
        )
    except ValueError as error:
        raise _wrong("bank_number, bank_expiry, bank_sequence", str(error)) from None


def _date(cells: Mapping[str, str], column: str) -> date:
    try:
        return date.fromisoformat(cells[column])
    except ValueError:
        raise _wrong(column, "is no date: YYYY-MM-DD") from None


def _wrong(column: str, what: str) -> ApplicantError:
    return ApplicantError(f"{column}: {what}")
