"""``sscard personalize --certificates``: what is on the cards, judged by the openssl program."""

from __future__ import annotations

import base64
import csv
import json
import os
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from typer.testing import CliRunner, Result

from simulator import VirtualCard
from sscard.apdu import iso7816, pki
from sscard.cli import app
from sscard.cli.run import _machines
from sscard.cli.slot import CardInSlot
from sscard.errors import TransportError
from sscard.issuance.ca.load import packaged_authority
from sscard.keys.x509 import Certificate, parse
from sscard.perso.certificates import elementary_files as files
from sscard.perso.certificates import make_key
from sscard.perso.certificates.seen import look
from sscard.perso.plan import POWER_UP, Plan, run
from sscard.profiles import load_profile
from tests.certified_card import BLANK
from tests.openssl_program import VERIFY, Run, openssl

__all__ = ["openssl"]

APPLICATION = load_profile("gen3").certificates
SIGNATURE, ENCRYPTION = 0x0018, 0x0019


def invoke(*words: object) -> Result:
    return CliRunner().invoke(app, list(map(str, words)))


def ok(*words: object) -> Result:
    done = invoke(*words)
    assert done.exit_code == 0, (done.output, done.exception)
    return done


def listed(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def read(fid: int) -> Plan[bytes]:
    assert APPLICATION is not None
    (yield POWER_UP).require("power up")
    yield from files.enter(APPLICATION)
    return (yield from files.read(APPLICATION, fid))


def on_card(path: Path) -> dict[int, Certificate]:
    card = VirtualCard.load(path)
    return {fid: parse(run(read(fid), card)) for fid in (SIGNATURE, ENCRYPTION)}


def pem(path: Path, certificates: Iterable[Certificate]) -> Path:
    blocks = (base64.encodebytes(each.der).decode() for each in certificates)
    head, tail = (f"-----{word} CERTIFICATE-----\n" for word in ("BEGIN", "END"))
    path.write_text("".join(f"{head}{each}{tail}" for each in blocks))
    return path


@pytest.fixture(scope="module")
def people(examples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first two people of the example."""
    lines = (examples / "applicants.csv").read_text("utf-8-sig").splitlines()
    path = tmp_path_factory.mktemp("list") / "two.csv"
    path.write_text("\n".join(lines[:3]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def job(people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[object, ...]:
    """No power fails here, so nothing has to reach the disk."""
    monkeypatch.setattr(os, "fsync", lambda _: None)
    return "personalize", people, "--profile", "gen3", "--out", tmp_path / "issued"


@pytest.fixture(scope="module")
def made(people: Path) -> tuple[Path, dict[str, Any]]:
    out = people.with_name("issued")
    job = ("personalize", people, "--profile", "gen3", "--out", out)
    done = ok(*job, "--certificates", "--json", "--line", "contact")
    assert "TEST KEYS (social security, bank, exchange, certificate authority" in done.stderr
    return out, json.loads(done.stdout)


def test_openssl_verifies_the_certificates_of_every_card(
    made: tuple[Path, dict[str, Any]], openssl: Run, tmp_path: Path
) -> None:
    out, _ = made
    require_verified(openssl, out, tmp_path, cards=2)


def require_verified(openssl: Run, out: Path, folder: Path, *, cards: int) -> None:
    """Chains by the program; names, numbers and hashes by the lists."""
    authority = packaged_authority()
    root, issuing = (
        pem(folder / name, of)
        for name, of in (("root.pem", [authority.root]), ("issuing.pem", authority.issuers))
    )
    done = openssl(*VERIFY, "-CAfile", root, issuing)
    assert done.returncode == 0, done.stderr
    names = {line["card_number"]: line["name"] for line in listed(out / "issued.csv")}
    children = []
    for line in listed(out / "certificates.csv"):
        number = line["card_number"]
        found = on_card(out / "cards" / f"{number}.card")
        for fid, pair in ((SIGNATURE, "signature"), (ENCRYPTION, "encryption")):
            certificate = found[fid]
            assert certificate.extensions["1.2.156.2316.1.1"] == number.encode()
            assert certificate.named("CN") == names[number]
            assert certificate.sha256.hex() == line[f"{pair}_sha256"]
            assert certificate.serial.hex().upper() == line[f"{pair}_serial"]
            children.append(pem(folder / f"{number}-{pair}.pem", [certificate]))
    assert len(children) == 2 * len(names) == 2 * cards
    done = openssl(*VERIFY, "-partial_chain", "-CAfile", issuing, *children)
    assert (done.returncode, done.stdout.count(b": OK")) == (0, len(children)), done.stderr


def test_report_and_summary_tell_both_certificates_of_every_card(
    made: tuple[Path, dict[str, Any]],
) -> None:
    out, told = made
    assert told["left_blank"] == told["not_modelled"] == []
    assert told["counts"]["issued_now"] == 2
    assert "certificates" in told["line_time"]["phases"]
    page = (out / "report.html").read_text("utf-8")
    lines = {line["card_number"]: line for line in listed(out / "certificates.csv")}
    for card in told["cards"]:
        line = lines[card["card_number"]]
        for pair in ("signature", "encryption"):
            facts = card["certificates"][pair]
            assert facts == {name: line[f"{pair}_{name}"] for name in facts}
            assert facts["serial"] in page
            assert f"{facts['not_before']} – {facts['not_after']}" in page
        assert line["issuer"] in page
        assert card["certificates"]["issuer"] == line["issuer"]
    assert "PKI/0018: chain to the root" in page
    assert "留空" not in page
    assert not [line["name"] for line in listed(out / "issued.csv") if line["name"] in page]


#: Commands between the first SELECT of the certificate station and the bank's first one.
COMMANDS = 85
PLACES = [
    pytest.param((60,), id="in the middle"),
    pytest.param(range(1, COMMANDS + 1), id="everywhere", marks=pytest.mark.full),
]


@pytest.mark.parametrize("places", PLACES)
def test_a_card_that_was_torn_in_a_reader_goes_on_with_its_key(
    job: tuple[object, ...],
    places: Iterable[int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Interrupted, or pulled out: a card of plastic keeps what it has got so far."""
    for place in places:
        folder = tmp_path / str(place)
        folder.mkdir()
        require_resumed((*job[:-1], folder / "issued"), place, folder, monkeypatch)


def require_resumed(
    job: tuple[object, ...], place: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blank = folder / "blank.card"
    ok("card", "blank", "gen3", "--out", blank)
    job = (*job, "--certificates", "--only", "2", "--reader", f"sim:{blank}", "--wait", "0")
    with monkeypatch.context() as patch:
        patch.setattr(CardInSlot, "transmit", torn_at(place, pulled=place % 2 == 0))
        done = invoke(*job, "--json")
        assert done.exit_code == (1 if place % 2 == 0 else 130), done.output
    assert APPLICATION is not None
    before = run(look(APPLICATION), VirtualCard.load(blank)).public
    ok(*job)
    after = on_card(blank)
    assert before in (None, after[SIGNATURE].public)
    assert after[SIGNATURE].public == run(look(APPLICATION), VirtualCard.load(blank)).public
    (line,) = listed(folder / "issued" / "certificates.csv")
    assert line["signature_sha256"] == after[SIGNATURE].sha256.hex()


def torn_at(place: int, *, pulled: bool) -> Callable[[CardInSlot, bytes], bytes]:
    """Transmits until the command at this place of the certificate station has had its effect."""
    transmit, sent, ddf = CardInSlot.transmit, 0, bytes(iso7816.select(pki.DDF_NAME))

    def torn(self: CardInSlot, command: bytes, /) -> bytes:
        nonlocal sent
        answer = transmit(self, command)
        sent += bool(sent) or command == ddf
        if sent == place:
            sent += 1
            raise TransportError("pulled out") if pulled else KeyboardInterrupt
        return answer

    return torn


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--ca", "x.ca"), "it is for --certificates"),
        (("--certificates", "--profile", "gen2"), "gen2 declares no certificate application"),
        (("--certificates", "--ca", "none.ca"), "none.ca: No such file"),
        (("--certificates", "--production"), "refuses TEST keys: "),
    ],
    ids=["alone", "gen2", "missing", "test"],
)
def test_what_cannot_be_is_told_before_anything_is_made(
    job: tuple[object, ...], words: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    done = invoke(*job, *words)
    assert said in f"{done.output}{done.exception}"
    assert done.exit_code != 0
    assert not (tmp_path / "issued").exists()


@pytest.mark.parametrize(("production", "sw"), [(False, "9000"), (True, "6d00")])
def test_chips_made_for_production_have_no_command_that_nobody_knows(
    production: bool, sw: str
) -> None:
    """A whole run with --production wants confirmed profiles and real stores."""
    run_ = SimpleNamespace(
        profile=load_profile("gen3"), options=SimpleNamespace(production=production, at=None)
    )
    with _machines(cast("Any", run_)) as made_by:
        card = made_by.blank()
        card.reset()
        assert APPLICATION is not None
        run(make_key(APPLICATION, BLANK), card)
        assert card.transmit(bytes(pki.sign(bytes(32))))[-2:].hex() == sw


def test_certificates_are_valid_from_the_day_of_issue(
    made: tuple[Path, dict[str, Any]],
) -> None:
    out, _ = made
    for line in listed(out / "issued.csv"):
        issued = datetime.fromisoformat(line["issued_at"])
        found = on_card(out / "cards" / f"{line['card_number']}.card")
        for each in found.values():
            assert each.not_before <= issued.astimezone(UTC) <= each.not_after
            assert each.not_after.year - each.not_before.year == 10
