"""``sscard psam``: made, shown, and never a key in sight."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from simulator import PsamCard, VirtualCard
from sscard.cli import app
from sscard.errors import SscardError
from sscard.keys import SUITES

CITY = ("--city", "371000")


def psam(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["psam", *map(str, arguments)], catch_exceptions=False)


@pytest.fixture(params=["3des", "sm4"])
def till(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str]:
    path = tmp_path / "till.card"
    assert psam("make", *CITY, "--suite", request.param, "--out", path).exit_code == 0
    return path, request.param


def test_a_psam_is_made_and_shown(till: tuple[Path, str]) -> None:
    path, suite = till
    before = path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    result = psam("show", path)
    assert result.exit_code == 0
    for word in (suite, "371000000001", "00008684371000000001", "27,24", "市级 city", "部级"):
        assert word in result.output
    shown: dict[str, Any] = json.loads(psam("show", path, "--json").output)
    assert shown["image"] == "till.card"
    assert shown["next_transaction"] == 0
    assert {"names": ["IRK"], "usage": "67,08", "held_at": "ministry"} in shown["keys"]
    assert path.read_bytes() == before


def test_what_was_made_is_told(tmp_path: Path) -> None:
    path = tmp_path / "till.card"
    numbers = ("--serial", 12, "--terminal", 34, "--key-version", 2)
    days = ("--valid-from", "2026-02-28", "--valid-to", "2027-02-28")
    result = psam("make", *CITY, "--out", path, *numbers, *days, "--json")
    made = json.loads(result.stdout)
    assert made["historical_bytes"] == "0081544C008684371000000012"
    assert made["terminal"] == "371000000034"
    assert [each["agrees"] for each in made["keys"]].count(None) == 3
    assert {each["version"] for each in made["keys"] if each["key"].startswith("UK")} == {2}
    shown = json.loads(psam("show", path, "--json").stdout)
    assert (shown["valid_from"], shown["valid_to"]) == ("20260228", "20270228")
    assert (shown["purchase_index"], shown["key_version"]) == (2, 2)


def test_test_keys_are_announced(tmp_path: Path) -> None:
    result = psam("make", *CITY, "--out", tmp_path / "till.card")
    assert "TEST KEYS (social security)" in result.stderr
    assert "57 个与密钥库一致 agree" in result.stdout


def test_nothing_is_overwritten(till: tuple[Path, str]) -> None:
    path, _ = till
    with pytest.raises(SscardError, match="never overwritten"):
        psam("make", *CITY, "--out", path)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--city", "37100"), "6 digits"),
        (("--city", "37100X"), "6 digits"),
        ((*CITY, "--valid-from", "2026-01-01", "--valid-to", "2025-01-01"), "valid from a day"),
        ((*CITY, "--profile", "gen3"), "for 3des, profile gen3 for sm4"),
        ((*CITY, "--keystore", "none.toml"), "No such file"),
    ],
)
def test_what_cannot_be_made(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    with pytest.raises(SscardError, match=said):
        psam("make", *arguments, "--out", tmp_path / "till.card")
    assert not list(tmp_path.iterdir())


def test_other_images_are_refused(tmp_path: Path, till: tuple[Path, str]) -> None:
    path, _ = till
    user = tmp_path / "user.card"
    VirtualCard.blank().save(user)
    with pytest.raises(SscardError, match="not of a PSAM"):
        psam("show", user)
    runner = CliRunner()
    with pytest.raises(SscardError, match="PSAM's chip: see sscard psam show"):
        runner.invoke(app, ["card", "show", str(path)], catch_exceptions=False)
    with pytest.raises(SscardError, match="this card is of chip psam-"):
        runner.invoke(app, ["card", "show", "--reader", f"sim:{path}"], catch_exceptions=False)
    blank = tmp_path / "blank.card"
    PsamCard.blank("psam-sm4-16k").save(blank)
    with pytest.raises(SscardError, match="select the environment of"):
        psam("show", blank)
    with pytest.raises(SscardError, match="select the environment of"):
        psam("show", "--reader", f"sim:{user}")
    assert psam("show").exit_code == psam("show", path, "--reader", "0").exit_code == 2


def test_a_psam_in_a_reader_is_shown(till: tuple[Path, str]) -> None:
    path, _ = till
    image = path.read_bytes()
    shown, in_reader = (
        json.loads(psam("show", *way, "--json").stdout)
        for way in ((path,), ("--reader", f"sim:{path}"))
    )
    assert in_reader | {"image": path.name} == shown
    assert path.read_bytes() == image


def test_its_memory_is_mapped_compared_and_carried_over(
    till: tuple[Path, str], tmp_path: Path
) -> None:
    """What ``sscard card`` does with images it does with a PSAM's, and shows no key."""
    path, suite = till
    later, text, again = (tmp_path / name for name in ("later.card", "t.json", "again.card"))
    card = PsamCard.load(path)
    card.power_on()
    card.transmit(bytes.fromhex("00A4040006D15600000590"))
    asked = bytes(18) + b"\2" + bytes.fromhex("20260131235959") + b"\1"
    algorithm = bytes((SUITES[suite].algorithm,))
    assert card.transmit(b"\x80\x70\1\0\x24" + asked + algorithm + bytes(8))[-2:] == b"\x90\0"
    card.save(later)

    def run(*words: object) -> Result:
        return CliRunner().invoke(app, ["card", *map(str, words)], catch_exceptions=False)

    mapped = json.loads(run("map", path, "--json").stdout)
    assert [part["name"] for part in mapped["parts"][:3]] == ["journal", "system", "environment"]
    assert sum(each["size"] for each in mapped["regions"]) == len(card.card.nvm.cells)
    compared = run("diff", path, later)
    assert compared.exit_code == 1
    assert compared.stdout.splitlines()[1:] == [
        "~ environment DF01 0019 file  不同 changed",
        "    1 of 4 bytes",
    ]
    assert run("export", later, "--reveal", "--out", text).exit_code == 0
    assert run("import", text, "--out", again).exit_code == 0
    assert again.read_bytes() == later.read_bytes()
    masked = json.loads(run("export", later, "--json").stdout)
    assert {each["content"] for each in masked["regions"]} == {None}


def test_the_help_has_an_example() -> None:
    for command in ("make", "show"):
        assert f"sscard psam {command}" in psam(command, "--help").output


def test_a_simulated_reader_takes_it(till: tuple[Path, str]) -> None:
    """``sscard simulate --card``: over contacts, and it keeps what it has counted."""
    from sscard.cli.simulate_cards import Around, prepared

    path, _ = till
    with prepared([path], [], Around()) as (slot,):
        assert slot.name == "till.card"
        assert [each.value for each in slot.protocols] == ["T=0", "T=1"]
        assert slot.card.power_on().hex().upper() == "3B6D00000081544C008684371000000001"
