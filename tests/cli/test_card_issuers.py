"""Cards as they come off the line pay, and who signs them is somebody's choice."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from sscard.cli import main

PEOPLE = 3


class Ended:
    """How a command ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


Sscard = Callable[..., Ended]


@pytest.fixture
def sscard(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Sscard:
    """In this process: starting Python would take longer than the work."""

    def run(*arguments: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["sscard", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capfd.readouterr()
        return Ended(int(ended.value.code or 0), printed.out, printed.err)

    return run


@pytest.fixture
def people(examples: Path, tmp_path: Path) -> Path:
    rows = (examples / "applicants.csv").read_text("utf-8-sig").splitlines()
    path = tmp_path / "people.csv"
    path.write_text("\n".join(rows[: PEOPLE + 1]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def authority(sscard: Sscard, tmp_path: Path) -> Path:
    """New authorities, and an issuer for the accounts of the example."""
    out = tmp_path / "testca"
    assert sscard("keys", "testca", "--out", out, "--issuer", "62280050").code == 0
    return out


def cards(out: Path) -> list[Path]:
    return sorted((out / "cards").iterdir())


def paid(sscard: Sscard, image: Path, *options: object) -> tuple[int, Mapping[str, Any]]:
    ended = sscard("transact", image, "--amount", "12.30", "--json", *options)
    return ended.code, json.loads(ended.out)


#: What terminals ask for, by profile.
WAYS = [
    ("gen2", ()),
    ("gen2", ("--online",)),
    ("gen3", ()),
    ("gen3", ("--sm",)),
    ("gen3", ("--online", "--sm")),
    ("gen3", ("--contactless",)),
    ("gen3", ("--contactless", "--sm")),
]


@pytest.mark.parametrize("profile", ["gen2", "gen3"])
def test_cards_off_the_line_pay(sscard: Sscard, people: Path, tmp_path: Path, profile: str) -> None:
    out = tmp_path / "issued"
    made = sscard("personalize", people, "--profile", profile, "--out", out, "--json")
    assert made.code == 0, made.err
    assert "TEST KEYS (social security, bank, exchange, card issuers)" in made.err
    for image in cards(out):
        for options in (ways for name, ways in WAYS if name == profile):
            code, said = paid(sscard, image, *options)
            assert (code, said["approved"]) == (0, True), (options, said)
            assert not any("failed" in each for each in said["tvr"]["words"])
    assert len(cards(out)) == PEOPLE


def test_cards_of_another_issuer_are_for_terminals_that_know_it(
    sscard: Sscard, people: Path, authority: Path, examples: Path, tmp_path: Path
) -> None:
    out, issuers = tmp_path / "issued", authority / "card-issuers.toml"
    accounts = "--bank-accounts", examples / "bank-accounts.csv"
    arguments = people, "--profile", "gen3", "--out", out, "--card-issuers", issuers
    made = sscard("personalize", *arguments, *accounts)
    assert made.code == 0, made.err
    assert "card issuers" in made.err, "they are TEST issuers"
    page = (out / "report.html").read_text("utf-8")
    assert "card-issuers.toml" in page
    image = cards(out)[0]
    keys = "--ca-keys", authority / "ca-keys.toml"
    for sm in ((), ("--sm",)):
        code, said = paid(sscard, image, *keys, *sm)
        assert (code, said["approved"]) == (0, True)
        _, strange = paid(sscard, image, *sm)
        assert strange["tvr"] != said["tvr"], "a terminal that was not told of this authority"


def test_an_issuer_of_other_accounts_is_refused_before_any_chip(
    sscard: Sscard, people: Path, authority: Path, tmp_path: Path
) -> None:
    """The test bank's accounts only begin with 622800."""
    out, issuers = tmp_path / "issued", authority / "card-issuers.toml"
    made = sscard("personalize", people, "--out", out, "--card-issuers", issuers)
    assert made.code == 2
    assert "card issuers: issuer certificate: number is not that of the account" in made.err
    assert not out.exists()


def test_a_file_with_one_family_does_not_do_for_two(
    sscard: Sscard, people: Path, authority: Path, examples: Path, tmp_path: Path
) -> None:
    issuers = authority / "card-issuers.toml"
    text = issuers.read_text("utf-8")
    start, end = text.index("\n[sm2]"), text.index("\n[[ca.rsa]]")
    issuers.write_text(text[:start] + text[end:], encoding="utf-8")
    accounts = "--bank-accounts", examples / "bank-accounts.csv"
    arguments = people, "--out", tmp_path / "issued", "--card-issuers", issuers, *accounts
    made = sscard("personalize", *arguments, "--profile", "gen3")
    assert made.code == 2
    assert "card issuers: profile gen3 needs one with an SM2 key" in made.err
    assert sscard("personalize", *arguments, "--profile", "gen2").code == 0


def test_a_profile_of_another_bank_is_signed_too(
    sscard: Sscard, people: Path, tmp_path: Path
) -> None:
    """The packaged TEST authorities certify the TEST issuer for whatever the accounts are."""
    own = tmp_path / "own.toml"
    own.write_text(
        'extends = "gen2"\nname = "own"\n[bank.bin]\nvalue = "621700"\nsource = "invented"\n'
        'mark = "assumed"\n',
        encoding="utf-8",
    )
    out = tmp_path / "issued"
    made = sscard("personalize", people, "--profile", own, "--out", out)
    assert made.code == 0, made.err
    code, said = paid(sscard, cards(out)[0], "--online")
    assert (code, said["approved"]) == (0, True)
    assert not any("failed" in each for each in said["tvr"]["words"])
