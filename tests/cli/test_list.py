"""``sscard list``: what is said of a list, what it is converted to, and what is not written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
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
    assert "order.txt.seal: No such file" in failed(asked, capsys)
    assert run("seal", file, "--layout", LAYOUT.name, "--key", private).exit_code == 0
    assert CliRunner().invoke(app, asked).exit_code == 0
    file.write_bytes(file.read_bytes().replace(b"|B01|", b"|B02|"))
    assert "is not the seal of this file" in failed(asked, capsys)
    sealing = ["list", "seal", str(file), "--layout", LAYOUT.name, "--key", str(public)]
    assert "public.pem: no Ed25519 private key" in failed(sealing, capsys)


def failed(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended, one_message():
        app(arguments)
    assert ended.value.code == 2
    return capsys.readouterr().err
