"""``sscard keys token`` and cards made with tokens, as a user runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import pytest

from sscard.keys.stores import load_bank, load_social_security

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN, SO_PIN = "271828", "31415926"
Sscard = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def folder(absent: Callable[[str], NoReturn]) -> Iterator[Path]:
    """Settings of two tokens, and where SoftHSM keeps them: in memory where it can be."""
    if not MODULE.exists() or find_spec("pkcs11") is None:
        absent("SoftHSM2 or python-pkcs11")
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as name:
        made = Path(name)
        (made / "tokens").mkdir()
        (made / "softhsm2.conf").write_text(f"directories.tokendir = {made}/tokens\n")
        lots = files("sscard.keys.stores") / "test-ssse-3des.toml"
        (made / "lots.toml").write_text(lots.read_text("utf-8"), "utf-8")
        for kind in ("social-security", "bank"):
            more = 'lots = "lots.toml"\n' if kind == "social-security" else ""
            (made / f"{kind}.toml").write_text(
                f'kind = "{kind}"\n{more}[pkcs11]\nmodule = "{MODULE}"\ntoken = "{kind}"\n'
                f'pin-variable = "PIN_OF_{kind[:4].upper()}"\n'
            )
        yield made


@pytest.fixture(scope="module")
def run(folder: Path, environment: dict[str, str]) -> Sscard:
    """``sscard`` with the PINs of both tokens in its environment, or without."""

    def start(*arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
        pins = {"PIN_OF_SOCI": PIN, "PIN_OF_BANK": PIN, "SSCARD_TOKEN_SO_PIN": SO_PIN}
        own = {"SOFTHSM2_CONF": str(folder / "softhsm2.conf"), **pins, **variables}
        return subprocess.run(
            [sys.executable, "-m", "sscard", *map(str, arguments)],
            capture_output=True,
            encoding="utf-8",
            env={**environment, **own},
            stdin=subprocess.DEVNULL,
            check=False,
        )

    return start


@pytest.fixture(scope="module")
def filled(folder: Path, run: Sscard) -> Path:
    """Both tokens with the TEST masters in them."""
    for kind, count in (("social-security", 200), ("bank", 6)):
        settings = folder / f"{kind}.toml"
        done = run("keys", "token", "init", settings)
        assert (done.returncode, done.stdout) == (0, f"已初始化 initialized token {kind}\n")
        done = run("keys", "token", "import", settings)
        assert (done.returncode, done.stdout) == (
            0,
            f"已导入 imported {count}; 0 已有 were there\n",
        )
        assert ("未导入 left out: SM4-IMK-AC" in done.stderr) == (kind == "bank")
    return folder


def test_keys_are_listed_with_their_check_values(filled: Path, run: Sscard) -> None:
    shown = json.loads(run("keys", "token", "list", filled / "bank.toml", "--json").stdout)
    assert (shown["token"], shown["test"]) == ("bank", True)
    names = {"IMK-AC", "IMK-ENC", "IMK-MAC", "KMC", "TK", "TK-MAC"}
    listed = {(each["name"], each["version"], each["kcv"]) for each in shown["keys"]}
    assert listed >= {(name, 1, load_bank().kcv(name).hex().upper()) for name in names}
    assert {name for name, _, _ in listed} - names == {"TK-MAC-left-half"}
    table = run("keys", "token", "list", filled / "social-security.toml")
    assert table.returncode == 0
    irk = load_social_security().kcv("IRK", 1).hex().upper()
    assert "social-security TEST" in table.stdout
    assert any("IRK" in line and irk in line for line in table.stdout.splitlines())


def test_the_rest_of_the_table_is_made_inside(filled: Path, run: Sscard) -> None:
    settings = filled / "social-security.toml"
    done = run("keys", "token", "generate", settings)
    assert (done.returncode, done.stdout) == (0, "已生成 generated 2; 195 已有 were there\n")
    again = run("keys", "token", "generate", settings)
    assert again.stdout == "已生成 generated 0; 197 已有 were there\n"
    shown = json.loads(run("keys", "token", "list", settings, "--json").stdout)
    assert sum(each["made"] == "in the token" for each in shown["keys"]) == 2


def test_cards_are_made_with_both_tokens(
    filled: Path, run: Sscard, examples: Path, tmp_path: Path
) -> None:
    people = (examples / "applicants.csv").read_text("utf-8-sig").splitlines()[:4]
    (tmp_path / "people.csv").write_text("\n".join(people) + "\n", "utf-8")
    done = run(
        "personalize",
        tmp_path / "people.csv",
        "--out",
        tmp_path / "issued",
        "--keystore",
        filled / "social-security.toml",
        "--bank-keystore",
        filled / "bank.toml",
        "--json",
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["counts"]["issued_now"] == 3
    assert "TEST KEYS (social security, bank, exchange, card issuers)" in done.stderr
    written = "".join(path.read_text("utf-8", "replace") for path in tmp_path.rglob("*.html"))
    for text in (done.stdout, done.stderr, written):
        assert PIN not in text


@pytest.mark.parametrize(
    ("command", "variables", "words"),
    [
        (("init",), {}, "token bank is there already; nothing was changed"),
        (
            ("list",),
            {"PIN_OF_BANK": ""},
            "PIN 口令 of token bank: the variable that the settings name",
        ),
        (("list",), {"PIN_OF_BANK": "999999"}, "token bank: wrong PIN; the token does not say"),
        (("import", "--from", "/nowhere"), {}, "/nowhere: No such file"),
        (("import", "--from", "social-security.toml"), {}, "no bank key store"),
    ],
)
def test_what_goes_wrong_is_said_in_one_line(
    filled: Path, run: Sscard, command: tuple[str, ...], variables: dict[str, str], words: str
) -> None:
    name, *rest = command
    rest = [str(filled / each) if each.endswith(".toml") else each for each in rest]
    done = run("keys", "token", name, filled / "bank.toml", *rest, **variables)
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "999999" not in done.stderr


@pytest.mark.parametrize("command", ["generate", "import"])
def test_two_houses_have_two_tokens(
    filled: Path, run: Sscard, tmp_path: Path, command: str
) -> None:
    text = (filled / "bank.toml").read_text()
    for kind in ("social-security", "exchange"):
        settings = tmp_path / f"{kind}.toml"
        settings.write_text(text.replace('"bank"', f'"{kind}"', 1))
        done = run("keys", "token", command, settings)
        assert done.returncode == 2
        assert f"token bank: has bank keys (IMK-AC); {kind} keys go into another" in done.stderr
    shown = json.loads(run("keys", "token", "list", filled / "bank.toml", "--json").stdout)
    assert len(shown["keys"]) == 7


def test_a_file_that_is_not_there(run: Sscard, tmp_path: Path) -> None:
    for command in ("init", "generate", "import", "list"):
        done = run("keys", "token", command, tmp_path / "absent.toml")
        assert (done.returncode, "absent.toml: No such file" in done.stderr) == (2, True)


def test_pins_that_nobody_types(folder: Path, run: Sscard, tmp_path: Path) -> None:
    settings = tmp_path / "typed.toml"
    settings.write_text(f'kind = "bank"\n[pkcs11]\nmodule = "{MODULE}"\ntoken = "typed"\n')
    done = run("keys", "token", "init", settings)
    assert (done.returncode, "there is no terminal to type it at" in done.stderr) == (2, True)
