"""What docs/certificates.md shows is what happens."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sscard.cli.ca import app
from sscard.issuance.ca.authority import AnswerAwaited
from sscard.issuance.ca.load import load_authority
from sscard.keys.x509 import CertificateRequest
from sscard.keys.x509.request import FIELDS

PAGE = (Path(__file__).parents[4] / "docs" / "certificates.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder to work in."""
    monkeypatch.setenv("SSCARD_CA_PASSPHRASE", "a passphrase of the CA")
    monkeypatch.setenv("SSCARD_CA_FOLDER_PASSPHRASE", "a passphrase of the folder")
    monkeypatch.chdir(tmp_path)


def ca(line: str) -> str:
    words = line.split("#")[0].split()
    assert words[:2] == ["sscard", "ca"], line
    ended = CliRunner().invoke(app, words[2:], terminal_width=120)
    assert ended.exit_code == 0, ended.output
    return ended.stdout


def test_the_commands_and_openssl(written: None, first: CertificateRequest) -> None:
    commands, *_, verify, openssl = blocks("sh")
    new, folder, *rest = commands.splitlines()
    ca(new)
    ca(folder)
    with pytest.raises(AnswerAwaited):
        load_authority(Path("exchange")).answer(first)
    for line in rest:
        ca(line)
    Path("sign.cer").write_bytes(load_authority(Path("exchange")).answer(first).signature)
    shown = ca(verify)
    headings = [re.split(r"  +", line)[0] for line in blocks("text")[0].splitlines()]
    assert [re.split(r"  +", line)[0] for line in shown.splitlines()] == headings
    done = subprocess.run(
        ["sh", "-e"], input=openssl, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    assert "issuing.pem: OK\nsign.pem: OK\n" in done.stdout
    assert first.name in done.stdout


def test_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    (program,) = blocks("python")
    exec(program, {})
    assert f"# {capsys.readouterr().out}" in program


def test_the_station_has_such_a_file() -> None:
    (station,) = map(tomllib.loads, blocks("toml"))
    assert (station["kind"], set(station["service"])) == (
        "ca",
        {"host", "port", "ca", "token_variable"},
    )


def test_every_field_is_there(test_ca: Any, first: CertificateRequest) -> None:
    cells = re.findall(r"\| `([A-Z0-9]+)` \|", PAGE)
    assert {*FIELDS, *test_ca.answer(first).texts()} == set(cells)
