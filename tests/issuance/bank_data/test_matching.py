"""Records of a bank's file beside the people of a list: served, or returned with a reason."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from sscard.apdu import tlv
from sscard.errors import ApplicantError, KeyStoreError
from sscard.issuance.accounts import Accounts, read_accounts
from sscard.issuance.applicants import Applicant, Register, read_applicants
from sscard.issuance.bank_data import BankDataError, Layout, load_layout, write
from sscard.issuance.bank_data.batch import Batch, read_batch
from sscard.issuance.bank_data.chip_account import chip_account
from sscard.issuance.bank_data.matching import Matched, match
from sscard.issuance.bank_data.returned import COLUMNS, Returned, ReturnReason, write_returned
from sscard.issuance.stations import applications
from sscard.keys import des
from sscard.keys.stores import load_bank
from sscard.keys.types import TDES
from sscard.perso.pse import BankAccount, Dgi, Instance, prepare
from sscard.profiles import load_profile

EXAMPLES = Path(__file__).parents[3] / "examples"
PROFILE, STORE, TODAY = load_profile("gen2"), load_bank(), date(2026, 1, 1)
LAYOUT = load_layout()
HEADER: dict[str, Any] = {"batch": "B1", "transport_key_version": 1, "mac_key_version": 1}
Fields = dict[str, Any]
Made = tuple[Fields, tuple[Instance, ...]]


class TestBank:
    __test__ = False

    def __init__(self) -> None:
        kept: Any = STORE
        self.key: Callable[[str], TDES] = kept._tdes

    def encipher(self, data: bytes, /) -> bytes:
        return des.ecb_encrypt(self.key("TK"), data)

    def mac(self, message: bytes, /) -> bytes:
        return des.retail_mac(self.key("TK-MAC"), message)


@pytest.fixture(scope="module")
def register() -> Register:
    whole = read_applicants(EXAMPLES / "applicants.csv", PROFILE, today=TODAY)
    return replace(whole, applicants=whole.applicants[:4])


@pytest.fixture(scope="module")
def accounts() -> Accounts:
    return read_accounts(EXAMPLES / "bank-accounts.csv", today=TODAY)


@pytest.fixture(scope="module")
def records(register: Register, accounts: Accounts) -> list[Made]:
    return [record(each, accounts) for each in register.applicants]


def record(person: Applicant, accounts: Accounts, **changed: str) -> Made:
    found = accounts.by_person[person.id_number]
    number = changed.get("bank_number", found.bank_number)
    account = BankAccount("TEST", number, changed.get("expiry", found.expiry), found.psn)
    whose = changed.get("holder", person.id_number)
    values = {
        "id_number": changed.get("id_number", person.id_number),
        "emboss_number": changed.get("emboss_number", account.number),
        "emboss_name": "TEST",
        "emboss_expiry": "01/36",
        "cvv2": "123",
        "track1": "B",
        "track2": changed.get("track2", f"{account.number}=3601"),
    }
    chip = prepare(PROFILE, account, "TEST", STORE, effective=TODAY, id_number=whose)
    return values, chip


def batch(folder: Path, made: Sequence[Made], layout: Layout = LAYOUT) -> Batch:
    path = folder / "b.bdp"
    with path.open("wb") as stream:
        write(stream, layout, HEADER, made, TestBank())
    return read_batch(path, layout, STORE, applications(PROFILE))


def codes(found: Matched) -> list[tuple[int, str]]:
    return [(each.record, each.reason.value) for each in found.returned]


def told(found: Matched) -> list[tuple[str, str]]:
    """What the office is told because of the bank's file."""
    details = [(each.code.value, each.detail) for each in found.register.rejections]
    return [(code, one.code) for code, one in details if one and "bank-data" in one.code]


def test_everybody_has_a_record_in_whatever_order(
    tmp_path: Path, register: Register, records: list[Made], accounts: Accounts
) -> None:
    made = batch(tmp_path, records[::-1])
    for known in (None, accounts):
        found = match(made, register, known, TODAY)
        assert found.register == register
        assert found.returned == ()
        assert len(found.entries) == 4
        for each, (_, chip) in zip(register.applicants, records, strict=True):
            assert found.accounts.by_person[each.id_number].bank_number == (
                accounts.by_person[each.id_number].bank_number
            )
            given = found.instances(each.id_number)
            assert [one.name for one in given] == [one.name for one in chip]
            assert [one.identifier for one in given[-1].dgis] == [
                one.identifier for one in chip[-1].dgis
            ]


def test_too_few_and_too_many(
    tmp_path: Path, register: Register, records: list[Made], accounts: Accounts
) -> None:
    stranger = replace(register.applicants[0], id_number="110101199003070038")
    numbers = [*accounts.by_person.values()]
    others = Accounts({stranger.id_number: numbers[-1]})
    found = match(batch(tmp_path, [*records[:3], record(stranger, others)]), register, None, TODAY)
    assert codes(found) == [(4, "NO_PERSON")]
    assert told(found) == [("BANK_ACCOUNT_MISSING", "no-bank-data")]
    assert len(found.register.applicants) == len(found.entries) == 3


def test_a_person_who_goes_back_takes_the_record_along(
    tmp_path: Path, register: Register, records: list[Made]
) -> None:
    first, *rest = register.applicants
    gone = replace(register.rejections[0], id_number=first.id_number)
    fewer = replace(register, applicants=tuple(rest), rejections=(gone,))
    assert codes(match(batch(tmp_path, records), fewer, None, TODAY)) == [(1, "PERSON_RETURNED")]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"holder": "110101199003070038"}, "WRONG_PERSON"),
        ({"emboss_number": "6228 0001 0000 1117"}, "ACCOUNT_DIFFERS"),
        ({"track2": ";6228000100001117=3601"}, "ACCOUNT_DIFFERS"),
        ({"bank_number": "6228000100001116"}, "CHIP_DATA"),
        ({"expiry": "2512"}, "ACCOUNT_EXPIRED"),
    ],
)
def test_a_record_that_makes_no_card(
    tmp_path: Path,
    register: Register,
    records: list[Made],
    accounts: Accounts,
    changed: dict[str, str],
    reason: str,
) -> None:
    wrong = record(register.applicants[0], accounts, **changed)
    found = match(batch(tmp_path, [wrong, *records[1:]]), register, None, TODAY)
    assert codes(found) == [(1, reason)]
    assert told(found) == [("BANK_ACCOUNT_MISSING", "bank-data-returned")]
    assert len(found.entries) == 3


def test_two_records_of_one_person_and_two_of_one_account(
    tmp_path: Path, register: Register, records: list[Made], accounts: Accounts
) -> None:
    first, second, *_ = register.applicants
    broken = record(first, accounts, track2="0=0")
    for doubled in (records[0], broken):
        found = match(batch(tmp_path, [*records, doubled]), register, None, TODAY)
        assert (1, "PERSON_DOUBLED") in codes(found)
        assert first.id_number not in found.entries
        code = "BANK_ACCOUNT_MISSING" if doubled is broken else "BANK_ACCOUNT_DUPLICATE"
        assert told(found) == [(code, "bank-data-returned")]
        assert len(found.returned) == 2
    number = accounts.by_person[first.id_number].bank_number
    shared = record(second, accounts, bank_number=number)
    found = match(batch(tmp_path, [records[0], shared, *records[2:]]), register, None, TODAY)
    assert codes(found) == [(1, "ACCOUNT_DOUBLED"), (2, "ACCOUNT_DOUBLED")]


def test_an_account_that_is_not_the_lists(
    tmp_path: Path, register: Register, records: list[Made], accounts: Accounts
) -> None:
    one, two = (each.id_number for each in register.applicants[:2])
    by_person = dict(accounts.by_person)
    swapped = replace(by_person[two], id_number=one)
    known = Accounts({**by_person, one: swapped})
    found = match(batch(tmp_path, records), register, known, TODAY)
    assert codes(found) == [(1, "ACCOUNT_DIFFERS")]


def test_joined_by_account_or_by_card_number(
    tmp_path: Path, register: Register, records: list[Made], accounts: Accounts
) -> None:
    by_account = LAYOUT.model_copy(update={"join": "account"})
    made = batch(tmp_path, records, by_account)
    found = match(made, register, accounts, TODAY)
    assert set(found.entries) == {each.id_number for each in register.applicants}
    with pytest.raises(ApplicantError, match="--bank-accounts is needed"):
        match(made, register, None, TODAY)

    person = replace(register.applicants[0], card_number="D2143569X")
    renamed = [
        each.model_copy(update={"name": "card_number"}) for each in LAYOUT.record.fields[1:2]
    ]
    fields = (LAYOUT.record.fields[0], *renamed, *LAYOUT.record.fields[2:])
    by_card = LAYOUT.model_copy(
        update={
            "join": "card_number",
            "record": LAYOUT.record.model_copy(update={"fields": fields}),
        }
    )
    wanted = [({**values, "card_number": "D2143569X"}, chip) for values, chip in records[:1]]
    found = match(
        batch(tmp_path, wanted, by_card), replace(register, applicants=(person,)), None, TODAY
    )
    assert set(found.entries) == {person.id_number}


def test_other_applications_than_the_cards(
    tmp_path: Path, register: Register, records: list[Made]
) -> None:
    values, chip = records[0]
    for wrong in (chip[1:], (*chip, chip[0]), (*chip[:-1], replace(chip[-1], name=b"other"))):
        found = match(batch(tmp_path, [(values, wrong)]), register, None, TODAY)
        assert codes(found) == [(1, "WRONG_APPLICATIONS")]


def changed_file(made: Batch, at: int) -> None:
    raw = bytearray(made.path.read_bytes())
    raw[at] ^= 1
    made.path.write_bytes(raw)


def test_a_file_that_changed_after_it_was_checked(
    tmp_path: Path, register: Register, records: list[Made]
) -> None:
    made = batch(tmp_path, records)
    first = register.applicants[0].id_number
    found = match(made, register, None, TODAY)
    changed_file(made, made.entries[0].offset + 20)
    with pytest.raises(BankDataError, match="record 1, MAC: is wrong"):
        found.instances(first)
    assert found.instances(register.applicants[1].id_number)
    changed_file(made, made.entries[0].offset)
    with pytest.raises(BankDataError, match="record 1: is no longer there"):
        found.instances(first)
    batch(tmp_path, [records[1], records[0], *records[2:]])  # whole, under the same keys
    with pytest.raises(BankDataError, match=r"record [12]: (changed|is no longer)"):
        found.instances(first)
    made.path.unlink()
    with pytest.raises(BankDataError, match="No such file"):
        found.instances(first)


def test_a_rehearsal_asks_for_the_transport_key(
    tmp_path: Path, register: Register, records: list[Made]
) -> None:
    made = batch(tmp_path, records)

    class Without:
        """Everything but the transport key."""

        test = True
        transport_mac = STORE.transport_mac

        def translate(self, *_: object) -> bytes:
            raise KeyStoreError("no key TK version 1")

    assert match(made, register, None, TODAY).rehearse()
    store: Any = Without()
    poor = replace(made, store=store)
    with pytest.raises(KeyStoreError, match="TK version 1"):
        match(poor, register, None, TODAY).rehearse()
    nobody = match(poor, replace(register, applicants=()), None, TODAY)
    assert [each.name for each in nobody.rehearse()] == list(applications(PROFILE))


def without(instance: Instance, *identifiers: int) -> Instance:
    kept = tuple(each for each in instance.dgis if each.identifier not in identifiers)
    return replace(instance, dgis=kept)


def put(instance: Instance, identifier: int, value: bytes) -> Instance:
    rest = without(instance, identifier)
    return replace(rest, dgis=(*rest.dgis, Dgi(identifier, value)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda it: without(it, 0x9102), "DGI 9102: is missing"),
        (lambda it: without(it, 0x9104), "DGI 9104: is missing"),
        (lambda it: without(it, 0x9010), "DGI 9010: is missing"),
        (lambda it: without(it, 0x0201), "DGI 9104: names record 0201, which is missing"),
        (lambda it: without(it, 0x0301), "tag 5A: is missing"),
        (lambda it: put(it, 0x0101, bytes(4)), "DGI 0101: no tag at offset 0"),
        (lambda it: put(it, 0x0101, tlv.encode(0x61, b"")), "DGI 0101: is no template 70"),
        (lambda it: put(it, 0x9104, b"\x94\1\0"), "DGI 9104: an AFL is whole entries"),
        (
            lambda it: put(it, 0x0401, tlv.encode(0x70, tlv.encode(0x5A, b"\x62"))),
            "tag 5A: is there with different values",
        ),
        (
            lambda it: put(it, 0x0101, tlv.encode(0x70, tlv.encode(0x57, b"\x62\xd3\x60\x1f"))),
            "tag 57: is of another account",
        ),
        (
            lambda it: put(it, 0x0401, tlv.encode(0x70, tlv.encode(0x5F34, b"\x01\x01"))),
            "tag 5F34: is there with different values",
        ),
    ],
)
def test_chip_data_that_make_no_card(
    records: list[Made], change: Callable[[Instance], Instance], message: str
) -> None:
    debit = records[0][1][-1]
    assert chip_account(debit).psn == "01"
    with pytest.raises(BankDataError, match=message):
        chip_account(change(debit))


def test_the_list_for_the_bank_has_numbers_and_reasons_only(tmp_path: Path) -> None:
    path = tmp_path / "bank-returned.csv"
    every = [Returned(number, reason, "tag 5A") for number, reason in enumerate(ReturnReason, 1)]
    write_returned(path, every)
    header, *rows = csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig")))
    assert tuple(header) == COLUMNS
    assert [row[0] for row in rows] == [str(number) for number in range(1, len(every) + 1)]
    assert all(row[2] and row[3] for row in rows)


def test_nothing_of_a_card_or_person_is_printed(
    tmp_path: Path, register: Register, records: list[Made]
) -> None:
    found = match(batch(tmp_path, records), register, None, TODAY)
    shown = repr(found)
    numbers = [each.account.number for each in found.batch.entries]
    people = [each.id_number for each in register.applicants]
    assert not [each for each in (*numbers, *people) if each in shown]
