"""``sscard list``: what is said of a list, what it is converted to, and what is not written."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import NameOID
from typer.testing import CliRunner, Result

from sscard.cli import app
from sscard.cli.ending import one_message
from sscard.issuance.exchange import load_list_layout, packaged_layouts, write_list

LAYOUT = load_list_layout("city-card-making")
NAME = LAYOUT.example.records[0]["name"]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["list", *map(str, arguments)])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "order.txt"
    write_list(path, LAYOUT, LAYOUT.example.records)
    return path


def test_the_layouts_are_named() -> None:
    shown = run("layouts").output
    told = json.loads(run("layouts", "--json").output)
    assert [each["name"] for each in told] == list(packaged_layouts())
    assert not [each["name"] for each in told if each["name"] not in shown]


def test_a_sound_list(file: Path) -> None:
    result = run("check", file, "--layout", LAYOUT.name)
    assert (result.exit_code, "2 条记录 records" in result.output) == (0, True)
    told = json.loads(run("check", file, "--layout", LAYOUT.name, "--json").output)
    assert (told["sound"], told["records"], told["findings"]) == (True, 2, [])


def test_findings_are_told_without_values(file: Path, tmp_path: Path) -> None:
    file.write_bytes(file.read_bytes().replace(b"|1|01|", b"|7|99|", 1))
    result = run("check", file, "--layout", LAYOUT.name)
    assert result.exit_code == 2
    assert "order.txt: line 5, field sex: is no code of the layout's table" in result.output
    assert "共 2 处错误 findings" in result.output
    assert NAME not in result.output
    told = json.loads(run("check", file, "--layout", LAYOUT.name, "--json").output)
    assert [(each["line"], each["field"], each["code"]) for each in told["findings"]] == [
        (5, "sex", "CODE"),
        (5, "cert_typed", "CODE"),
    ]
    out = tmp_path / "out.csv"
    assert run("convert", file, "--layout", LAYOUT.name, "--out", out).exit_code
    assert not out.exists()


@pytest.mark.parametrize("form", ["csv", "json", "xlsx"])
def test_a_list_is_converted(file: Path, tmp_path: Path, form: str) -> None:
    out = tmp_path / f"out.{form}"
    result = run("convert", file, "--layout", LAYOUT.name, "--to", form, "--out", out)
    assert result.exit_code == 0, result.output
    assert NAME not in result.output
    if form != "xlsx":
        assert NAME in out.read_text("utf-8")
    assert out.stat().st_size > 300


def test_a_seal_is_asked_for(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = Ed25519PrivateKey.generate()
    private, public = tmp_path / "private.pem", tmp_path / "public.pem"
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(
        key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    asked = ["list", "check", str(file), "--layout", LAYOUT.name, "--trusted", str(public)]
    assert "order.txt.seal: cannot be read (No such file" in failed(asked, capsys)
    assert run("seal", file, "--layout", LAYOUT.name, "--key", private).exit_code == 0
    assert CliRunner().invoke(app, asked).exit_code == 0
    file.write_bytes(file.read_bytes().replace(b"|B01|", b"|B02|"))
    assert "is not the seal of this file" in failed(asked, capsys)
    sealing = ["list", "seal", str(file), "--layout", LAYOUT.name, "--key", str(public)]
    assert "public.pem: no Ed25519 private key" in failed(sealing, capsys)


def test_a_list_is_enclosed_and_disclosed(
    file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = ("office.pem", "key.pem", "list.p7m", "again.txt")
    certificate, key, envelope, again = (tmp_path / name for name in names)
    made = rsa.generate_private_key(65537, 2048)
    sealing = BestAvailableEncryption(b"correct horse battery")
    key.write_bytes(made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, sealing))
    certificate.write_bytes(self_signed(made))
    assert run("enclose", file, "--receiver", certificate, "--out", envelope).exit_code == 0
    opening = [envelope, "--receiver", certificate, "--key", key, "--out", again]
    monkeypatch.setenv("SSCARD_ISSUER_KEY_PASSPHRASE", "wrong horse battery")
    said = failed(["list", "disclose", *map(str, opening)], capsys)
    assert "key.pem: the passphrase is wrong or the file is damaged" in said
    assert not again.exists()
    monkeypatch.setenv("SSCARD_ISSUER_KEY_PASSPHRASE", "correct horse battery")
    assert run("disclose", *opening).exit_code == 0
    assert again.read_bytes() == file.read_bytes()
    envelope.write_bytes(envelope.read_bytes()[:-40])
    said = failed(["list", "disclose", *map(str, opening)], capsys)
    assert "list.p7m: is damaged, for another receiver, or no envelope" in said
    said = failed(
        ["list", "enclose", str(file), "--receiver", str(key), "--out", str(envelope)], capsys
    )
    assert "key.pem: receiver: no certificate in PEM" in said


def self_signed(key: rsa.RSAPrivateKey) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "card centre")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    made = made.public_key(key.public_key()).serial_number(1)
    made = made.not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
    made = made.not_valid_after(datetime(2036, 1, 1, tzinfo=UTC))
    return made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def failed(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended, one_message():
        app(arguments)
    assert ended.value.code == 2
    return capsys.readouterr().err


def test_a_list_is_made_of_a_table(tmp_path: Path) -> None:
    table, out = tmp_path / "people.csv", tmp_path / "unit.txt"
    head, row = "银行,姓名,性别,身份证号,联系电话", "测试银行,诸葛验收,男,110101199003070038,138"
    table.write_text(f"{head}\n{row}\n", "utf-8")
    options = ["--layout", "unit-application", "--out", out]
    result = run("make", table, *options)
    assert (result.exit_code, "1 条记录 records" in result.output) == (0, True)
    assert out.read_bytes() == f"{row.replace(',', '|')}|\r\n".encode("gbk")
    assert run("make", table, *options, "--set", "x=1").exit_code == 2
    assert run("make", table, *options, "--set", "x").exit_code == 2


def test_a_list_is_printed(tmp_path: Path) -> None:
    layout = load_list_layout("receipt-sheet")
    file, table, out = tmp_path / "r.txt", tmp_path / "r.csv", tmp_path / "out.html"
    write_list(file, layout, layout.example.records, layout.example.header)
    assert run("sheet", file, "--kind", "receipt", "--out", out).exit_code == 0
    printed = out.read_bytes()
    assert NAME in printed.decode()
    assert run("convert", file, "--layout", layout.name, "--out", table).exit_code == 0
    options = ["--kind", "receipt", "--out", out]
    assert run("sheet", table, *options).exit_code  # without its batch
    assert run("sheet", table, *options, "--set", "batch=B0001").exit_code == 0
    assert out.read_bytes() == printed
    assert run("sheet", table, *options, "--set", "batch=B2", "--numbers", "full").exit_code == 0
    assert layout.example.records[0]["id_number"] in out.read_text("utf-8")
    assert run("sheet", file, *options, "--set", "batch=B0001").exit_code == 2
    assert "receipt, hand-over" in run("sheet", file, "--kind", "x", "--out", out).output
