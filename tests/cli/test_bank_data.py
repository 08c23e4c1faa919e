"""``sscard bank-data``: what is said of a bank's file, and what is not."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from Crypto.Cipher import DES, DES3
from typer.testing import CliRunner, Result

from sscard.cli import app
from sscard.cli.ending import one_message
from sscard.issuance.bank_data import load_layout, write
from sscard.issuance.bank_data.purge import verify
from sscard.keys.stores import load_bank
from sscard.perso.pse import BankAccount, prepare
from sscard.profiles import load_profile

PERSONAL = {
    "id_number": "110101199003070038",
    "emboss_number": "6228 0001 0000 1117",
    "emboss_name": "诸葛验收",
    "emboss_expiry": "12/30",
    "cvv2": "737",
    "track1": "B6228000100001117^ZHUGE^3012201",
    "track2": "6228000100001117=30122010123456789",
}


class TestBank:
    __test__ = False

    def _key(self, name: str) -> bytes:
        return hashlib.sha256(f"sscard TEST {name} v1".encode()).digest()[:16]

    def encipher(self, data: bytes, /) -> bytes:
        return DES3.new(self._key("TK"), DES3.MODE_ECB).encrypt(data)

    def mac(self, message: bytes, /) -> bytes:
        key = self._key("TK-MAC")
        padded = message + b"\x80" + bytes(-(len(message) + 1) % 8)
        left = DES.new(key[:8], DES.MODE_CBC, bytes(8)).encrypt(padded)[-8:]
        right = DES.new(key[8:], DES.MODE_ECB).decrypt(left)
        return DES.new(key[:8], DES.MODE_ECB).encrypt(right)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    account = BankAccount("TEST", "6228000100001117", "3012", "01", test=True)
    bank = load_bank()
    instances = prepare(
        load_profile("gen2"), account, PERSONAL["emboss_name"], bank, effective=date(2026, 2, 3)
    )
    header: dict[str, Any] = {"batch": "B7", "transport_key_version": 1, "mac_key_version": 1}
    values: dict[str, Any] = {**PERSONAL}
    path = tmp_path / "batch.bdp"
    with path.open("wb") as stream:
        write(stream, load_layout(), header, [(values, instances)] * 2, TestBank())
    return path


def bank_data(*arguments: object, answer: str = "") -> Result:
    words = ["bank-data", *map(str, arguments)]
    return CliRunner().invoke(app, words, catch_exceptions=False, input=answer)


def failing(*arguments: object, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended, one_message():
        app(["bank-data", *map(str, arguments)], standalone_mode=False)
    assert ended.value.code == 2
    return capsys.readouterr().err


def test_a_whole_file(file: Path) -> None:
    result = bank_data("check", file)
    assert (result.exit_code, result.stdout) == (
        0,
        "完好 whole: 2 条记录 records, 批次 batch B7\n",
    )
    assert "TEST KEYS" in result.stderr
    found = json.loads(bank_data("check", file, "--json").stdout)
    assert (found["records"], found["batch"], len(found["sha256"])) == (2, "B7", 64)


def test_a_damaged_file_is_told_by_place(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    raw = bytearray(file.read_bytes())
    raw[100] ^= 1
    file.write_bytes(raw)
    said = failing("check", file, capsys=capsys)
    assert "batch.bdp, record 1, MAC: is wrong" in said
    assert not [value for value in PERSONAL.values() if value in said]


def test_what_is_shown_has_no_value(file: Path) -> None:
    for options in ((), ("--json",)):
        result = bank_data("show", file, *options)
        assert result.exit_code == 0
        assert "8000[48]" in result.stdout
        said = result.stdout + result.stderr
        assert not [value for value in PERSONAL.values() if value in said]
    shown = json.loads(bank_data("show", file, "--json", "--records", 1).stdout)
    assert [each["record"] for each in shown["records"]] == [1]
    assert shown["records"][0]["fields"]["cvv2"] == 3
    assert list(shown["records"][0]["applications"]) == ["PSE", "debit application"]


def test_a_file_is_destroyed_only_when_wanted(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert bank_data("purge", file, "--out", out, answer="n\n").exit_code == 1
    assert file.exists()
    result = bank_data("purge", file, "--out", out, answer="y\n")
    assert result.exit_code == 0
    assert not file.exists()
    assert "flash disks" in result.stderr
    assert verify(out, load_bank()) == 1


def test_a_purge_for_programs(file: Path, tmp_path: Path) -> None:
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    options = ("--out", tmp_path / "out", "--yes", "--json")
    found = json.loads(bank_data("purge", file, *options).stdout)
    assert (found["records"], found["batch"], found["sha256"]) == (2, "B7", digest)
    assert Path(found["record"]).exists()


def test_a_damaged_file_is_not_destroyed(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_bytes(file.read_bytes()[:-1])
    assert "trailer" in failing("purge", file, "--out", tmp_path / "out", "--yes", capsys=capsys)
    assert file.exists()
    assert not (tmp_path / "out").exists()
