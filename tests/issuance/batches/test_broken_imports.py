"""Broken files at every door: a clear error, and the ledger stays as it was, event for event."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from sscard.errors import SscardError
from sscard.issuance.applicants import judge_applicants
from sscard.issuance.batches import entering, intake
from sscard.issuance.batches.answers import take_answer
from sscard.issuance.batches.intake import Incoming
from sscard.issuance.batches.made import take_made
from sscard.issuance.batches.matching import Difference
from sscard.issuance.batches.receiving import Counted, receive
from sscard.issuance.batches.units import read_units
from sscard.issuance.batches.verifying import findings_of, numbers_of
from sscard.issuance.exchange import ListError, check_list, load_list_layout
from sscard.issuance.order_states import OrderState
from sscard.issuance.orders import Intake
from sscard.issuance.orders.lists import ListNote
from sscard.profiles import load_profile
from tests.issuance.batches.office import TODAY, Office
from tests.issuance.batches.people import BANKS, account_of, people, with_luhn
from tests.issuance.exchange.broken_files import Broken, broken_files

CITY = BANKS[2]
INTO = Intake("R1", "bank-first", "测试市", "U1")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """A batch that waits for the bank, and a second one of other people."""
    made = Office(tmp_path_factory.mktemp("office")).opened()
    made.batch(list(people(4, bank=CITY)))
    made.send("bank-request")
    made.batch(list(people(3, first=100, bank=CITY)), number="B2")
    made.send("bank-request", "B2")
    return made


def taken_in(office: Office, found: Incoming) -> entering.Taken:
    judged = judge_applicants(found.table, load_profile("gen2"), today=TODAY)
    note = ListNote("in", found.layout, "applicants", found.sha256, len(found.table.rows), "U1")
    return entering.enter(office.orders, judged, INTO, note, office.actor())


def into(office: Office, broken: Broken) -> None:
    """The door that such a file comes to."""
    if broken.way == "table":
        taken_in(office, intake.of_spreadsheet(broken.path))
        return
    checked = check_list(broken.path, load_list_layout(broken.layout))
    kind = checked.layout.kind
    if kind in ("unit-application", "applicants"):
        taken_in(office, intake.of_list(checked))
    elif kind == "return-success":
        take_made(office.orders, "B1", checked, "supplier", office.actor())
    elif kind in ("bank-request", "card-making"):
        receive(office.orders, "B1", checked, Counted(1, "city"), office.actor())
    else:
        take_answer(office.orders, "B1", checked, office.actor())


def test_no_broken_file_leaves_a_trace(office: Office, tmp_path: Path) -> None:
    before, came, wrong = office.events(), 0, []
    for broken in broken_files(tmp_path):
        if broken.way not in ("list", "table"):
            continue  # seals and envelopes are opened before: tests/cli/test_batch.py
        if "Permission denied" in broken.said and not os.geteuid():
            continue  # root may read everything
        came += 1
        try:
            into(office, broken)
            wrong.append(f"{broken.name}: taken")
        except SscardError as error:
            if "110101199003070038" in str(error) or "诸葛" in str(error):
                wrong.append(f"{broken.name}: tells a value")
        if office.events() != before:
            wrong.append(f"{broken.name}: left an event")
            before = office.events()
    assert came > 150
    assert not wrong


Change = Callable[[bytes], bytes]


def swapped(raw: bytes) -> bytes:
    """The numbers of the first two people, each at the other's name."""
    first, second, *rest = raw.split(b"\r\n")
    one, two = first.split(b"|"), second.split(b"|")
    one[2], two[2] = two[2], one[2]
    return b"\r\n".join([b"|".join(one), b"|".join(two), *rest])


@pytest.mark.parametrize("end", [0, 1, 7, 40, 41, -1, -2, -7])
def test_an_answer_that_was_cut_is_refused(office: Office, tmp_path: Path, end: int) -> None:
    answer = office.bank_file(office.folder / "B1-bank-request.txt")
    before = office.events()
    (tmp_path / "cut.txt").write_bytes(answer.read_bytes()[:end])
    with pytest.raises(ListError):
        office.answer(tmp_path / "cut.txt")
    assert office.events() == before


def test_an_answer_for_another_batch_is_refused_as_a_whole(office: Office) -> None:
    answer = office.bank_file(office.folder / "B2-bank-request.txt")
    before = office.events()
    with pytest.raises(ListError, match="has no record of batch B1"):
        office.answer(answer, "B1")
    assert office.events() == before
    with pytest.raises(SscardError, match="B9"):
        office.answer(answer, "B9")
    assert office.events() == before


def test_a_header_of_another_batch_is_refused(office: Office) -> None:
    checked = check_list(office.folder / "B2-bank-request.txt", load_list_layout("bank-request"))
    before = office.events()
    with pytest.raises(ListError, match="批次号不符"):
        take_answer(office.orders, "B1", checked, office.actor())
    assert office.events() == before


def one_batch(folder: Path) -> Office:
    office = Office(folder).opened()
    office.batch(list(people(4, bank=CITY)))
    office.send("bank-request")
    return office


def stranger(raw: bytes) -> bytes:
    lines = raw.split(b"\r\n")
    other = next(people(1, first=77))
    lines[0] = f"{other.name}|{other.id_number}|{account_of(other.id_number)}|新增".encode("gbk")
    return b"\r\n".join(lines)


def doubled_number(raw: bytes) -> bytes:
    lines = [each.split(b"|") for each in raw.split(b"\r\n")]
    lines[1][2] = lines[0][2]
    return b"\r\n".join(b"|".join(each) for each in lines)


@pytest.mark.parametrize(
    ("change", "told", "matched"),
    [
        (stranger, [Difference.UNKNOWN_PERSON, Difference.MISSING], 3),
        (doubled_number, [Difference.NUMBER_TWICE, Difference.NUMBER_TWICE], 2),
    ],
)
def test_what_is_unclear_is_told_and_the_rest_is_taken(
    tmp_path: Path, change: Change, told: list[Difference], matched: int
) -> None:
    office = one_batch(tmp_path)
    answer = office.bank_file(tmp_path / "B1-bank-request.txt")
    answer.write_bytes(change(answer.read_bytes()))
    found = office.answer(answer, last=True)
    assert [each.difference for each in found.differences] == told
    assert found.taken == matched
    # Also with the bank's last word nobody goes back while a record is unclear.
    assert office.states().count("BANK_MATCHED") == matched
    assert office.states().count("BANK_REQUESTED") == 4 - matched


def test_a_number_of_another_person_stays_theirs(tmp_path: Path) -> None:
    office = one_batch(tmp_path)
    answer = office.bank_file(tmp_path / "B1-bank-request.txt")
    assert office.answer(answer).whole
    office.batch(list(people(3, first=100, bank=CITY)), number="B2")
    office.send("bank-request", "B2")
    theirs = account_of(next(people(1)).id_number)
    numbers = iter([theirs, with_luhn("62280041000000002"), with_luhn("62280041000000003")])
    second = office.bank_file(tmp_path / "B2-bank-request.txt", lambda _: next(numbers), "b2.txt")
    found = office.answer(second, "B2", last=False)
    assert [each.difference for each in found.differences] == [Difference.NUMBER_TAKEN]
    assert found.taken == 2
    assert office.states("B2") == ["BANK_REQUESTED", "BANK_MATCHED", "BANK_MATCHED"]


def test_the_same_files_twice_change_nothing(tmp_path: Path) -> None:
    office = one_batch(tmp_path)
    answer = office.bank_file(tmp_path / "B1-bank-request.txt")
    assert office.answer(answer).whole
    before = office.events()
    again = tmp_path / "under another name.txt"
    again.write_bytes(answer.read_bytes())
    assert office.answer(again).again
    assert office.enter_file(tmp_path / "people.csv").again
    first = (tmp_path / "B1-bank-request.txt").read_bytes()
    with pytest.raises(SscardError, match="nobody is on this list"):
        office.send("bank-request")
    assert (tmp_path / "B1-bank-request.txt").read_bytes() == first
    card_list = office.send("card-list")
    middle = office.events()
    assert office.send("card-list").written == card_list.written
    assert (before, middle) == (before, before + 1)
    assert office.events() == middle


def test_people_whom_the_bank_refuses_go_back_with_its_words(tmp_path: Path) -> None:
    office = one_batch(tmp_path)
    head = load_list_layout("city-bank-return").headings[0]
    rows = [
        f"B1|B1|{at}|{at}|{each.name}|{'1' if each.sex == '男' else '2'}|01|{each.id_number}|"
        + ("1|已有账户|" if at == 2 else "0||")
        for at, each in enumerate(people(4, bank=CITY), start=1)
    ]
    answer = tmp_path / "B1_bret.txt"
    layout = load_list_layout("city-bank-return")
    end = b"\r\n" if layout.newline == "crlf" else b"\n"
    answer.write_bytes(end.join(each.encode("gbk") for each in (head, *rows)) + end)
    found = office.answer(answer, layout="city-bank-return", last=False)
    assert [each["reason_zh"] for each in found.returned] == ["已有账户"]
    assert office.states() == ["BANK_REQUESTED", "RETURNED", "BANK_REQUESTED", "BANK_REQUESTED"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("单位编号,单位名称\nU2,a\n", "missing column"),
        ("单位编号,单位名称,类别\nU2,,a\n", "line 2: name 必填"),
        ("单位编号,单位名称,类别\nU2,a,b\nU2,c,d\n", "line 3: code 单位编号重复"),
        (f"单位编号,单位名称,类别\n{'U' * 33},a,b\n", "line 2: code 单位编号 has at most 32"),
    ],
)
def test_units_are_refused_by_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "units.csv"
    path.write_text(text, "utf-8-sig")
    with pytest.raises(SscardError, match=re.escape(message)):
        read_units(path)


def test_findings_and_numbers_name_people_of_the_batch_only(tmp_path: Path) -> None:
    office = Office(tmp_path).opened()
    person, other = people(2, bank=CITY)
    (order,) = office.enter([person]).orders
    path = tmp_path / "told.csv"
    path.write_text(f"证件号码,原因代码\n{person.id_number},HAS_BANK_CARD\n", "utf-8")
    told = findings_of(office.orders, path, (order,))
    office.orders.verify([order], office.actor(), findings=told)
    assert office.orders.order(order).state is OrderState.RETURNED
    path.write_text(f"证件号码,原因代码\n{person.id_number},NO_SUCH\n", "utf-8")
    with pytest.raises(SscardError, match="line 2: no reason code"):
        findings_of(office.orders, path, (order,))
    path.write_text(f"证件号码,卡号\n{other.id_number},A00000009\n", "utf-8")
    office.batch([other], number="B1")
    assert numbers_of(office.orders, "B1", path) == {order + 1: "A00000009"}
    path.write_text(f"证件号码,卡号\n{person.id_number},A00000009\n", "utf-8")
    with pytest.raises(SscardError, match="line 2: is of nobody who waits here"):
        numbers_of(office.orders, "B1", path)
