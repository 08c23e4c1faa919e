"""``sscard batch`` as the office types it: one batch from its list to the window, and refusals."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from typer.testing import CliRunner, Result

from sscard.cli import app, batch
from sscard.errors import SscardError
from sscard.issuance.exchange.envelope import enclose
from sscard.issuance.orders import Orders
from sscard.issuance.orders.queries import Notice
from tests.issuance.batches.office import Office
from tests.issuance.batches.people import BANKS, people, unit_file, write_office_list
from tests.issuance.exchange.broken_seals import receiver

CITY = BANKS[2]
PEOPLE = list(people(5, bank=CITY))
UNITS = "单位编号,单位名称,类别,乡镇街道,经办中心\nU1,验收单位,employer,一街,东区中心\n"


class Desk:
    """Commands on one ledger."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *arguments: object) -> Result:
        """What a command says and how it ends; refusals are messages as in the real command."""
        with_ledger = [
            "batch",
            *map(str, arguments),
            "--ledger",
            str(self.folder / "office.sqlite"),
        ]
        return CliRunner().invoke(app, with_ledger)

    def ok(self, *arguments: object, code: int = 0) -> str:
        result = self(*arguments)
        assert result.exit_code == code, (result.output, result.exception)
        return result.stdout

    def json(self, *arguments: object, code: int = 0) -> Any:
        return json.loads(self.ok(*arguments, "--json", code=code))

    def refused(self, *arguments: object) -> str:
        """The message of a refusal, whoever says it."""
        result = self(*arguments)
        assert result.exit_code != 0
        return str(result.exception if isinstance(result.exception, SscardError) else result.output)

    def path(self, name: str) -> Path:
        return self.folder / name


WHERE = ("--round", "R1", "--region", "测试市", "--unit", "U1")


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A ledger with a round and a unit; tests work on copies of its folder."""
    made = Desk(tmp_path_factory.mktemp("opened"))
    made.path("units.csv").write_text(UNITS, "utf-8-sig")
    made.ok("round", "open", "R1", "--region", "测试市", "--general-test", "T-1")
    made.ok("unit", "import", made.path("units.csv"))
    return made


@pytest.fixture(scope="module")
def batched(opened: Desk, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The same with a batch B1 of five people."""
    made = copied(opened, tmp_path_factory.mktemp("batched") / "desk")
    path = write_office_list(made.path("people.csv"), PEOPLE)
    assert made.json("enter", path, *WHERE)["entered"] == 5
    assert made.json("verify", "--round", "R1", "--unit", "U1") == {"verified": 5, "returned": 0}
    told = made.json("make", "--round", "R1", "--unit", "U1", "--bank", CITY, "--number", "B1")
    assert told == {"batch": "B1", "people": 5}
    return made


def copied(desk: Desk, folder: Path) -> Desk:
    shutil.copytree(desk.folder, folder)
    return Desk(folder)


@pytest.fixture
def desk(opened: Desk, tmp_path: Path) -> Desk:
    """Nobody is entered yet."""
    return copied(opened, tmp_path / "desk")


@pytest.fixture
def office(batched: Desk, tmp_path: Path) -> Desk:
    """A batch waits for the bank."""
    return copied(batched, tmp_path / "desk")


def answered(desk: Desk) -> Path:
    desk.ok("bank-request", "B1", "--out", desk.path("request.txt"))
    bank = Office.__new__(Office)  # its bank needs no ledger
    return bank.bank_file(desk.path("request.txt"))


def test_the_path_to_the_bank_and_back(office: Desk) -> None:
    assert office.json("enter", office.path("people.csv"), *WHERE)["again"]
    answer = answered(office)
    told = office.json("bank-answer", "B1", answer, "--last")
    assert (told["taken"], told["differences"], told["waiting"]) == (5, [], 0)
    assert office.json("bank-answer", "B1", answer)["again"]
    (status,) = office.json("status")
    assert status["orders"] == {"BANK_MATCHED": 5}
    assert "银行已配号 5" in office.ok("status")
    shown = office.json("show", "B1")
    assert [each["position"] for each in shown["orders"]] == [1, 2, 3, 4, 5]
    kinds = [(each["direction"], each["kind"]) for each in shown["lists"]]
    assert kinds == [("out", "bank-request"), ("in", "bank-answer")]


def test_whose_bank_changed_is_told_at_the_window(
    office: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Orders, "collect", lambda *_: None)
    monkeypatch.setattr(Orders, "notice", lambda *_: None)
    assert "银行已变更" not in office.ok("collect", "#1", "--place", "W")
    monkeypatch.setattr(Orders, "notice", lambda *_: Notice(1, "A", "B"))
    assert "银行已变更 the bank changed: A → B" in office.ok("collect", "#1", "--place", "W")


def test_a_list_is_sealed_and_a_seal_is_asked_for(office: Desk) -> None:
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    office.path("key.pem").write_bytes(private)
    office.path("pub.pem").write_bytes(public)
    card_list = office.path("card-list.txt")
    office.ok("card-list", "B1", "--out", card_list, "--key", office.path("key.pem"))
    assert office.path("card-list.txt.seal").exists()
    answer = answered(office)
    trusted = ("--trusted", office.path("pub.pem"))
    assert "answer.txt.seal" in office.refused("bank-answer", "B1", answer, *trusted)
    office.path("answer.txt.seal").write_bytes(office.path("card-list.txt.seal").read_bytes())
    assert "封签与" in office.refused("bank-answer", "B1", answer, *trusted)
    assert office.json("status")[0]["orders"] == {"BANK_REQUESTED": 5}


def test_a_unit_sends_its_file_enciphered(desk: Desk) -> None:
    me = receiver()
    desk.path("office.pem").write_bytes(me.certificate)
    key = me.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    desk.path("office.key").write_bytes(key)
    desk.path("unit.p7m").write_bytes(enclose(unit_file(PEOPLE), me.certificate))
    where = ("--round", "R1", "--region", "测试市", "--unit", "U1", "--flow", "group")
    opened = ("--receiver", desk.path("office.pem"), "--receiver-key", desk.path("office.key"))
    file = ("enter", desk.path("unit.p7m"), "--layout", "unit-application", *where)
    assert desk.json(*file, *opened)["entered"] == 5
    assert desk.json(*file, *opened)["again"]
    assert desk(*file, "--receiver", desk.path("office.pem")).exit_code == 2
    desk.path("unit.p7m").write_bytes(b"0" * 100)
    assert "unit.p7m" in desk.refused(*file, *opened)


def test_who_goes_back_is_on_the_list_with_the_reason(desk: Desk) -> None:
    wrong = [*PEOPLE[:2], PEOPLE[2]]
    path = write_office_list(desk.path("people.csv"), wrong)
    raw = path.read_bytes().replace(PEOPLE[2].id_number[:17].encode(), b"41010219500101199")
    path.write_bytes(raw)
    out = desk.path("returned.txt")
    where = ("--round", "R1", "--region", "测试市", "--unit", "U1", "--returned", out)
    told = desk.json("enter", path, *where, code=1)
    assert (told["entered"], told["returned"]) == (2, 1)
    *lines, end = out.read_bytes().decode("gb18030").splitlines()
    assert lines
    assert end == f"END|{len(lines)}"
    for line in lines:
        assert line.startswith(f"4|{PEOPLE[2].name}|41010219500101199")


def test_cards_are_received_only_as_they_were_counted(office: Desk) -> None:
    card_list = office.path("card-list.txt")
    office.ok("card-list", "B1", "--out", card_list)
    listed = ("received", "B1", card_list, "--layout", "card-making")
    told = office.json(*listed, "--counted", 4, code=1)
    assert [each["code"] for each in told["differences"]] == ["COUNT"]
    assert office.json(*listed, "--counted", 5)["differences"] == []
    assert office.json(*listed, "--counted", 5)["again"]


def test_bodies_come_into_stock(office: Desk) -> None:
    path = office.path("bodies.csv")
    rows = "".join(f"BODY{at},{each.card_number}\n" for at, each in enumerate(PEOPLE))
    path.write_text(f"卡体号,社保卡号\n{rows}", "utf-8-sig")
    stock = ("bodies", path, "--batch", "B1", "--lot", "L1")
    assert office.json(*stock) == {"bodies": 5, "again": False}
    assert office.json(*stock)["again"]
    path.write_text("卡体号,社保卡号\nX1,Z99999999\n", "utf-8-sig")
    assert "line 2: 卡号不在该批次中" in office.refused(*stock)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("bank-request", "B9", "--out", "x.txt"), "B9"),
        (("labels", "B1", "--out", "x.txt"), "nobody is on this list 没有可列入清单的人员"),
        (("stripe-file", "B1", "--out", "x.txt", "--layout", "no-such"), "no list layout"),
        (("stripe-file", "B1", "--out", "x.txt", "--layout", "hand-over"), "布局缺少字段"),
        (("close", "B1"), "B1"),
        (("collect", "A00000001", "--place", "w"), "A00000001"),
        (("status", "--production"), "--production refuses TEST keys"),
    ],
)
def test_what_is_refused_says_why(
    office: Desk, arguments: tuple[str, ...], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(office.folder)
    said = office.refused(*arguments)
    assert message in said
    assert not re.search(r"[0-9]{17}", said)
    assert not office.path("x.txt").exists()


def test_no_message_tells_a_person(office: Desk) -> None:
    answer = answered(office)
    lines = answer.read_bytes().split(b"\r\n")
    answer.write_bytes(b"\r\n".join([lines[0].replace(b"|", b"X|", 1), *lines[1:]]))
    result = office("bank-answer", "B1", answer)
    assert result.exit_code == 1
    said = result.output + office.ok("show", "B1") + office.ok("status")
    assert "OTHER_NAME" not in said
    assert "another name" in said
    for each in PEOPLE:
        assert each.name not in said
        assert each.id_number not in said


def test_every_command_has_an_example() -> None:
    commands = batch.registered_commands
    assert len(commands) > 30
    for command in commands:
        callback = command.callback
        assert callback is not None
        name = command.name or callback.__name__
        assert f"sscard batch {name} " in (callback.__doc__ or ""), name
