"""Cards from a bank's own data file: made, stopped, gone on with, and the file destroyed."""

from __future__ import annotations

import csv
import importlib.util
import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from simulator import VirtualCard
from sscard.apdu.dgi import DGI
from sscard.cli import app
from sscard.cli.ending import one_message
from sscard.issuance.applicants import read_applicants
from sscard.issuance.bank_data import load_layout, open_reader
from sscard.issuance.bank_data.purge import verify
from sscard.issuance.stations import BankStation
from sscard.keys.stores import load_bank
from sscard.perso import audit_pse
from sscard.perso.findings import Proof
from sscard.perso.plan import run
from sscard.perso.pse import BankAccount, prepare
from sscard.profiles import load_profile

PEOPLE = 3


@pytest.fixture
def people(tmp_path: Path, examples: Path) -> Path:
    """A list of three people."""
    path = tmp_path / "people.csv"
    lines = (examples / "applicants.csv").read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[: PEOPLE + 1]))
    return path


@pytest.fixture
def file(tmp_path: Path, people: Path, examples: Path) -> Path:
    """The bank's data for these three, and for nobody else."""
    spec = importlib.util.spec_from_file_location("maker", examples / "make_examples.py")
    assert spec is not None
    assert spec.loader is not None
    maker: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    everybody = maker.applicants()
    wanted = {each["身份证号"].upper() for each in everybody[:PEOPLE]}
    given = [each for each in maker.accounts(everybody) if each["身份证号"] in wanted]
    path = tmp_path / "b7.bdp"
    header = {"batch": "B7", "transport_key_version": "1", "mac_key_version": "1"}
    with path.open("wb") as stream:
        made = maker.bank_data(everybody, given)
        maker.write_bank_data(stream, load_layout(), header, made, maker.Bank())
    return path


def sscard(*words: object, code: int = 0) -> Result:
    result = CliRunner().invoke(app, [*map(str, words)], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


def personalize(people: Path, file: Path, out: Path, code: int = 0) -> dict[str, Any]:
    words = ("personalize", people, "--bank-data", file, "--out", out, "--json")
    document: dict[str, Any] = json.loads(sscard(*words, code=code).stdout)
    return document


def refused(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    with pytest.raises(SystemExit) as ended, one_message():
        app([*map(str, words)], standalone_mode=False)
    assert ended.value.code == 2
    return capsys.readouterr().err


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def outcomes(document: dict[str, Any]) -> list[str]:
    return [card["outcome"] for card in document["cards"]]


def test_the_files_groupings_are_on_the_cards(people: Path, file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert outcomes(personalize(people, file, out)) == ["issued"] * PEOPLE
    issued = {line["id_number"]: line for line in table(out / "issued.csv")}
    with open_reader(file, load_layout(), load_bank()) as reader:
        for record in reader:
            line = issued[str(record.values["id_number"])]
            assert line["bank_number"] == str(record.values["emboss_number"]).replace(" ", "")
            card = VirtualCard.load(out / "cards" / f"{line['card_number']}.card")
            card.power_on()
            findings = run(audit_pse.audit(record.instances), card)
            assert all(each.agrees for each in findings)
            named = {each.subject: each.proof for each in findings}
            assert named["debit application: record 0301"] is Proof.READING
            assert named["debit application: offline PIN"] is Proof.NOT_PROVEN
    assert table(out / "bank-returned.csv") == []
    assert outcomes(personalize(people, file, out)) == ["issued_before"] * PEOPLE


def test_another_records_groupings_are_not_on_the_card(
    people: Path, file: Path, tmp_path: Path
) -> None:
    """The audit that the line makes would see it."""
    out = tmp_path / "out"
    personalize(people, file, out)
    line = table(out / "issued.csv")[0]
    card = VirtualCard.load(out / "cards" / f"{line['card_number']}.card")
    card.power_on()
    with open_reader(file, load_layout(), load_bank()) as reader:
        others = [each for each in reader if each.values["id_number"] != line["id_number"]]
    wrong = [each for each in run(audit_pse.audit(others[0].instances), card) if not each.agrees]
    assert "debit application: record 0301" in [each.subject for each in wrong]


def test_no_plain_secret_of_the_bank_is_in_the_host(
    people: Path, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys and PIN blocks are asked of nobody, and no command has them."""
    profile, bank = load_profile("gen2"), load_bank()
    person = read_applicants(people, profile, today=date(2026, 1, 1)).applicants[0]
    with open_reader(file, load_layout(), bank) as reader:
        (found,) = (each for each in reader if each.values["id_number"] == person.id_number)
    number = str(found.values["emboss_number"]).replace(" ", "")
    secrets = [bank.udk(use, number, "01").reveal() for use in ("ac", "mac", "enc")]
    secrets += [each.value for each in found.instances[-1].dgis if each.secret]
    sent: list[bytes] = []
    transmit = VirtualCard.transmit

    def watched(card: VirtualCard, command: bytes, /) -> bytes:
        sent.append(command)
        return transmit(card, command)

    def asked(*_: object) -> bytes:
        raise AssertionError("a debit key was made at the station")

    monkeypatch.setattr(VirtualCard, "transmit", watched)
    monkeypatch.setattr("sscard.keys.stores.software.SoftwareBankStore.udk", asked)
    personalize(people, file, tmp_path / "out")
    assert not [each for each in secrets for raw in sent if each in raw]


def test_the_whole_way_with_interruptions(
    people: Path,
    file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Stopped in the bank station, the file stays; when all is issued it goes, and for good."""
    out, copy = tmp_path / "out", tmp_path / "copy.bdp"
    shutil.copy(file, copy)
    purge = ("bank-data", "purge", file, "--out", out, "--yes")
    stopped_at(monkeypatch, 2)
    sscard("personalize", people, "--bank-data", file, "--out", out, code=130)
    monkeypatch.undo()
    assert len(table(out / "issued.csv")) == 1
    assert "half-done cards wait for records" in refused(capsys, *purge, "--unissued")
    assert file.exists()

    assert sorted(outcomes(personalize(people, file, out))) == [
        "issued",
        "issued",
        "issued_before",
    ]
    assert len({line["bank_number"] for line in table(out / "issued.csv")}) == PEOPLE
    sscard(*purge)
    assert not file.exists()
    (record,) = out.glob("purge-*.json")
    document = json.loads(record.read_text("utf-8"))
    assert (document["cards_issued"], document["records_without_card"]) == (PEOPLE, "")
    assert verify(out, load_bank()) == 1
    for again in (file, copy):
        words = ("personalize", people, "--bank-data", again, "--out", out)
        assert "batch B7 is not issued any more: it was destroyed" in refused(capsys, *words)


def stopped_at(monkeypatch: pytest.MonkeyPatch, wanted: int) -> None:
    real: Callable[..., Any] = BankStation.run
    runs: list[int] = []

    def run_or_stop(station: BankStation, *arguments: Any) -> Any:
        runs.append(1)
        if len(runs) == wanted:
            raise KeyboardInterrupt
        return real(station, *arguments)

    monkeypatch.setattr(BankStation, "run", run_or_stop)


def test_a_purge_that_was_begun_stops_production(
    people: Path,
    file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "out"
    personalize(people, file, out)

    def cut(*_: object) -> None:
        raise OSError("power")

    with monkeypatch.context() as patch:
        patch.setattr("sscard.issuance.bank_data.purge._destroy", cut)
        refused(capsys, "bank-data", "purge", file, "--out", out, "--yes")
    words = ("personalize", people, "--bank-data", file, "--out", out)
    assert "its purge was begun" in refused(capsys, *words)
    sscard("bank-data", "purge", file, "--out", out, "--yes")
    assert not file.exists()
    assert verify(out, load_bank()) == 1


def test_records_of_nobody_keep_the_file_until_somebody_says_so(
    people: Path, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    lines = people.read_bytes().splitlines(keepends=True)
    people.write_bytes(b"".join(lines[:-1]))
    assert outcomes(personalize(people, file, out)) == ["issued"] * (PEOPLE - 1)
    (returned,) = table(out / "bank-returned.csv")
    assert returned["code"] == "NO_PERSON"
    purge = ("bank-data", "purge", file, "--out", out, "--yes")
    assert f"no card was made of records {returned['record']};" in refused(capsys, *purge)
    sscard(*purge, "--unissued")
    (record,) = out.glob("purge-*.json")
    document = json.loads(record.read_text("utf-8"))
    assert document["records_without_card"] == returned["record"]


def test_a_file_damaged_in_the_middle_of_a_run_stops_the_line(
    people: Path,
    file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The card in the machine waits; with the right file it is finished."""
    out, whole = tmp_path / "out", file.read_bytes()
    real: Callable[..., Any] = BankStation.identify

    def damaging(station: BankStation, chip: Any) -> Any:
        file.write_bytes(whole[:300] + bytes(len(whole) - 300))
        return real(station, chip)

    with monkeypatch.context() as patch:
        patch.setattr(BankStation, "identify", damaging)
        said = refused(capsys, "personalize", people, "--bank-data", file, "--out", out)
    assert "b7.bdp, record" in said
    file.write_bytes(whole)
    document = personalize(people, file, out)
    assert outcomes(document) == ["issued"] * PEOPLE
    assert not list(out.glob("cards/*.dead*"))


def test_a_damaged_file_costs_no_number(
    people: Path, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, raw = tmp_path / "out", bytearray(file.read_bytes())
    raw[-60] ^= 1
    file.write_bytes(raw)
    words = ("personalize", people, "--bank-data", file, "--out", out)
    assert "b7.bdp, record 3, MAC: is wrong" in refused(capsys, *words)
    assert not out.exists()


def test_an_account_list_beside_the_file(
    people: Path, file: Path, tmp_path: Path, examples: Path
) -> None:
    words = ("personalize", people, "--bank-data", file, "--json", "--out", tmp_path / "out")
    done = sscard(*words, "--bank-accounts", examples / "bank-accounts.csv")
    assert outcomes(json.loads(done.stdout)) == ["issued"] * PEOPLE


def test_the_pin_of_the_file_is_the_cards(people: Path, file: Path, tmp_path: Path) -> None:
    """Not proven at the station; here everybody knows the TEST bank's."""
    out = tmp_path / "out"
    personalize(people, file, out)
    line = table(out / "issued.csv")[0]
    card = VirtualCard.load(out / "cards" / f"{line['card_number']}.card")
    card.power_on()
    profile, bank = load_profile("gen2"), load_bank()
    account = BankAccount("TEST", line["bank_number"], "3601", "01")
    name, number = line["name"], line["id_number"]
    made = prepare(profile, account, name, bank, effective=date(2026, 1, 1), id_number=number)
    assert DGI.PIN_BLOCK in made[-1]
    findings = {each.subject: each for each in run(audit_pse.audit(made), card)}
    assert findings["debit application: offline PIN"].proof is Proof.AUTHENTICATION
    assert all(each.agrees for each in findings.values())
