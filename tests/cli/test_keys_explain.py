"""``sscard keys explain``: what people and programs see of a key's way to its card."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from sscard.cli import app, main
from sscard.keys import Factors
from sscard.keys.stores import load_social_security

CARD, HISTORY = "639900D15600000500BF7C7A48FB4966", "00814E43238697159900BF7C7A"
THIS = ("--card", CARD, "--history", HISTORY)


def explain(*arguments: object) -> Result:
    words = ["keys", "explain", *map(str, arguments)]
    return CliRunner().invoke(app, words, catch_exceptions=False)


def kcv(name: str, version: int) -> str:
    factors = Factors.of("639900", bytes.fromhex(HISTORY))
    return load_social_security().card_key(name, version, factors).kcv.hex().upper()


def test_people_see_every_step() -> None:
    result = explain("UK1DF01", *THIS, "--version", 2)
    assert result.exit_code == 0
    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["密钥", "key", "UK1DF01,", "DF01,", "external"] in lines
    assert ["加密机地址", "HSM", "address", "0098"] in lines
    (root,) = [line for line in lines if line[:2] == ["根", "root"] and len(line) == 3]
    (city,) = [line for line in lines if line[:2] == ["市", "city"]]
    (card,) = [line for line in lines if line[:2] == ["卡", "card"]]
    assert root[2] == load_social_security().kcv("UK1DF01", 2).hex().upper()
    assert city[3] == b"639900sx".hex().upper()
    assert card[2:5] == ["*", kcv("UK1DF01", 2), HISTORY[10:]]
    assert "TEST KEYS" in result.stderr


def test_programs_get_everything_as_json() -> None:
    found: dict[str, Any] = json.loads(explain("UK1DF01", *THIS, "--json").stdout)
    assert (found["name"], found["kid"], found["hsm"], found["city"]) == (
        "UK1DF01",
        "83",
        "0097",
        "639900",
    )
    assert found["kcv"] == found["steps"][-1]["kcv_after"] == kcv("UK1DF01", 1)
    befores = [step["kcv_before"] for step in found["steps"]]
    assert befores == [found["root_kcv"], *(step["kcv_after"] for step in found["steps"][:-1])]
    assert found["psam"] == [{"use": "28,42", "mark": "S"}, {"use": "48,42", "mark": "1"}]


def test_sm4_and_a_key_store_of_ones_own(tmp_path: Path) -> None:
    packaged = (resources.files("sscard.keys.stores") / "test-ssse-sm4.toml").read_text("utf-8")
    path = tmp_path / "mine.toml"
    path.write_text(packaged, "utf-8")
    result = explain("STK", *THIS, "--keystore", path, "--json")
    assert json.loads(result.stdout)["suite"] == "sm4"
    assert result.stdout == explain("STK", *THIS, "--suite", "sm4", "--json").stdout


def test_a_citys_key_store_and_what_is_not_in_it(tmp_path: Path) -> None:
    path, packaged = tmp_path / "city.toml", resources.files("sscard.keys.stores")
    text = (packaged / "test-ssse-3des.toml").read_text("utf-8")
    path.write_text('root_level = "city"\narea = "639900"\n' + text, "utf-8")
    found = json.loads(explain("UK1DF01", *THIS, "--keystore", path, "--json").stdout)
    assert (found["held"], [step["reached"] for step in found["steps"]]) == ("city", ["card"])
    shown = explain("UK1DF01", *THIS, "--keystore", path).stdout
    assert "市级 city" in shown
    assert "根 root " not in shown.replace("根密钥归属 root made by", "")
    other = [sys.executable, "-m", "sscard", "keys", "explain", "UK1DF01", "--keystore", str(path)]
    card = ("--card", f"5101{CARD[4:]}", "--history", HISTORY)
    done = subprocess.run([*other, *card], capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "UK1DF01 is held for the city 639900 only" in done.stderr


def test_a_warning_about_two_cards() -> None:
    result = explain("IRK", "--card", CARD, "--history", HISTORY[:-2] + "7B")
    assert "are they of one card?" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["UKXDF01", *THIS], "no social security key is called UKXDF01"),
        (["UK1DF01", *THIS, "--version", "4"], "versions 1 to 3"),
        (["UK1DF01", *THIS, "--keystore", "no.toml"], "no.toml"),
        (["UK1DF01", *THIS, "--suite", "des"], "3des, sm4"),
        (["UK1DF01", "--card", CARD[:-2], "--history", HISTORY], "16 bytes"),
        (["UK1DF01", "--card", "x", "--history", HISTORY], "not hexadecimal"),
        (["UK1DF01", "--card", CARD, "--history", HISTORY[:-2]], "13 historical bytes"),
    ],
)
def test_what_cannot_be_explained_ends_with_one_message_and_2(
    arguments: list[str],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(sys, "argv", ["sscard", "keys", "explain", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert "Traceback" not in err


def test_the_help_teaches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    text = " ".join(explain("--help").stdout.replace("│", " ").split())
    example = f"sscard keys explain UK1DF01 --card {CARD} --history {HISTORY}"
    assert example in text
    assert "No key is ever shown" in text


def test_help_loads_no_store_and_no_table() -> None:
    """Decision 32: heavy imports happen where they are used."""
    program = "import sys, sscard.cli.keys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert not loaded & {"pydantic", "cryptography", "rich.table", "sscard.keys"}
