"""``--reader sim:FILE`` of every command that touches a card, and what else ``--reader`` takes."""

from __future__ import annotations

import csv
import json
import os
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import simulator.tcp
from simulator import Protocol, VirtualCard
from simulator.doors import Address, Listening
from simulator.rack import Rack
from simulator.reader import Reader
from simulator.slot import Slot
from sscard.cli import app
from sscard.driver.reader_kinds import PcscReader, SimulatedInReader, TcpReader
from sscard.errors import ApplicantError, SscardError, TransportError
from sscard.issuance.stations import BankStation
from sscard.transport import NoCard, TcpConnection


def invoke(*words: object, given: str = "") -> Result:
    return CliRunner().invoke(app, list(map(str, words)), input=given)


def ok(*words: object, given: str = "") -> str:
    done = invoke(*words, given=given)
    assert done.exit_code == 0, (done.output, done.exception)
    return done.stdout


def refused(*words: object) -> SscardError:
    error = invoke(*words).exception
    assert isinstance(error, SscardError)
    return error


@pytest.fixture(autouse=True)
def _any_disk_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command that changes a card is written through to the disk; no power fails here."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture
def people(examples: Path, tmp_path: Path) -> Path:
    """The first four rows of the example: three people and one record that goes back."""
    lines = (examples / "applicants.csv").read_text("utf-8-sig").splitlines()
    path = tmp_path / "list.csv"
    path.write_text("\n".join(lines[:5]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def blank(tmp_path: Path) -> Path:
    path = tmp_path / "blank.card"
    assert "gen2-32k, TEST-GEN2" in ok("card", "blank", "gen2", "--out", path)
    return path


@pytest.fixture
def image(clone: Callable[..., Any], tmp_path: Path) -> Path:
    """A card that has left the social-security station."""
    path = tmp_path / "X00000019.card"
    clone().card.save(path)
    return path


def issued(out: Path) -> list[dict[str, str]]:
    with (out / "issued.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def states(out: Path) -> list[str]:
    with closing(sqlite3.connect(out / "ledger.sqlite")) as ledger:
        return [state for (state,) in ledger.execute("SELECT state FROM cards")]


def test_a_blank_card_is_its_owners_and_replaces_nothing(blank: Path) -> None:
    assert blank.stat().st_mode & 0o777 == 0o600
    before = blank.read_bytes()
    error = refused("card", "blank", "gen2", "--out", blank)
    assert "is there already" in str(error)
    assert blank.read_bytes() == before
    ok("card", "blank", "gen3", "--out", blank, "--force")
    assert VirtualCard.load(blank).chip.name == "gen3-80k"


def test_a_file_that_comes_while_a_blank_card_is_made_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, made = tmp_path / "blank.card", VirtualCard.blank

    def meanwhile(*chip: Any, **lot: Any) -> VirtualCard:
        path.write_bytes(b"another's")
        return made(*chip, **lot)

    monkeypatch.setattr(VirtualCard, "blank", meanwhile)
    error = refused("card", "blank", "gen2", "--out", path)
    assert "is there already; nothing was written" in str(error)
    assert path.read_bytes() == b"another's"


def test_a_blank_card_becomes_an_issued_one(blank: Path, people: Path, tmp_path: Path) -> None:
    place, out = f"sim:{blank}", tmp_path / "issued"
    job = ("personalize", people, "--reader", place, "--out", out, "--json", "--wait", "0")
    made = json.loads(ok(*job, "--count", "1"))
    assert made["complete"] is True
    assert made["counts"]["issued_now"] == made["counts"]["eligible"] == 1
    (line,) = issued(out)
    assert VirtualCard.load(blank).power_on().hex().upper() == line["atr"]
    shown = ok("card", "show", "--reader", place)
    assert line["name"] in shown
    assert shown.startswith(place)

    stopped = invoke(*job)
    assert isinstance(stopped.exception, NoCard)
    assert "waited for: 批次TEST-GEN2的空白卡" in str(stopped.exception)
    assert states(out) == ["ISSUED"], "no number was taken for a card that did not come"
    assert json.loads(stopped.stdout)["counts"]["issued_before"] == 1


def test_one_person_of_the_list(blank: Path, people: Path, tmp_path: Path) -> None:
    out = tmp_path / "issued"
    job = ("personalize", people, "--reader", f"sim:{blank}", "--out", out, "--json")
    rows = csv.DictReader(people.read_text("utf-8").splitlines())
    ids = [row["身份证号"] for row in rows]
    error = refused(*job, "--only", "99")
    assert isinstance(error, ApplicantError)
    assert "row 99 is not in the list" in str(error)
    assert not out.exists()
    ok(*job, "--only", "4")
    assert [line["id_number"] for line in issued(out)] == [ids[2]]


def test_half_done_cards_go_on_where_they_were_begun(
    blank: Path, people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "issued"
    job = ("personalize", people, "--out", out, "--only", "2", "--json")
    at = ("--reader", f"sim:{blank}", "--wait", "0")

    def dark(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(BankStation, "identify", dark)
        assert invoke(*job, *at).exit_code == 130
    assert states(out) == ["SSSE_DONE"]
    assert "go on with --reader" in str(refused(*job))
    other = tmp_path / "other.card"
    ok("card", "blank", "gen2", "--out", other)
    assert "waited for: 卡片 card" in str(refused(*job, "--reader", f"sim:{other}"))
    assert states(out) == ["SSSE_DONE"], "it waits for its card"
    assert json.loads(ok(*job, *at))["counts"]["issued_now"] == 1
    assert states(out) == ["ISSUED"]


def test_simulated_half_done_cards_do_not_go_on_in_a_reader(
    blank: Path, people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "issued"
    job = ("personalize", people, "--out", out, "--only", "2", "--json")

    def dark(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(BankStation, "identify", dark)
        assert invoke(*job).exit_code == 130
    assert "is simulated: go on without" in str(refused(*job, "--reader", f"sim:{blank}"))
    assert states(out) == ["SSSE_DONE"]
    ok(*job)


def test_a_card_in_a_reader_is_shown_nothing_that_was_not_named(image: Path) -> None:
    place = f"sim:{image}"
    shown = ok("card", "show", "--reader", place)
    assert "PIN 未出示 not shown" in shown
    assert "凭 with RKSSSE" not in shown
    before = image.read_bytes()
    wrong = ok("card", "show", "--reader", place, "--ask-pin", given="000000\n")
    assert "wrong, 5 tries left" in wrong
    assert image.read_bytes() != before, "its card has counted the try"
    assert "PIN 正确 accepted" in ok(
        "card", "show", "--reader", place, "--ask-pin", given="123456\n"
    )


def test_pay_with_a_card_in_a_reader(blank: Path, people: Path, tmp_path: Path) -> None:
    place = f"sim:{blank}"
    ok("card", "blank", "gen3", "--out", blank, "--force")
    job = ("--profile", "gen3", "--count", "1", "--out", tmp_path / "issued")
    ok("personalize", people, "--reader", place, *job)
    before = blank.read_bytes()
    paid = invoke("transact", "--reader", place, "--amount", "12.30", "--json")
    told = json.loads(paid.stdout)
    assert (told["image"], told["saved"]) == (place, True)
    assert blank.read_bytes() != before, "its ATC has counted"
    shown = invoke("transact", "--reader", place, "--amount", "12.30").stdout
    assert f"卡片已改动 the card has changed: {place}" in shown
    error = refused("transact", "--reader", f"sim:{tmp_path / 'no.card'}", "--amount", "1")
    assert "no.card: cannot be read" in str(error)


def test_the_map_of_a_simulated_card(image: Path) -> None:
    assert ok("card", "map", "--reader", f"sim:{image}") == ok("card", "map", image)


def test_no_map_of_others() -> None:
    error = refused("card", "map", "--reader", "tcp:127.0.0.1:9")
    assert "no command gives the memory of a card in a reader" in str(error)


def test_a_script_is_tried_on_the_card_in_the_reader(
    blank: Path, people: Path, tmp_path: Path
) -> None:
    script = tmp_path / "gen2.script"
    ok("script", "export", "--out", script)
    at = ("--reader", f"sim:{blank}", "--wait", "0")
    made = invoke("script", "run", script, people, *at, "--count", "1")
    assert "cards written: 1" in made.stdout
    assert VirtualCard.load(blank).power_on()[-4:] == (1).to_bytes(4, "big")
    assert isinstance(refused("script", "run", script, people, *at), NoCard)
    both = invoke("script", "run", script, people, *at, "--out", tmp_path)
    assert both.exit_code == 2
    assert "no images of cards in a reader" in both.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("card", "show"),
        ("card", "map"),
        ("transact", "--amount", "1"),
        ("card", "migrate", "--values", "x.csv", "--row", "2"),
    ],
)
def test_an_image_or_a_reader_but_one_of_them(words: tuple[str, ...], image: Path) -> None:
    for more in ((), (image, "--reader", f"sim:{image}")):
        done = invoke(*words, *more)
        assert done.exit_code == 2
        assert "one of both" in done.stderr


@pytest.mark.parametrize("spec", ["tcp:", "tcp:host", "tcp::1", "tcp:host:x", "tcp:host:65536"])
def test_addresses_that_are_none(spec: str) -> None:
    done = invoke("card", "show", "--reader", spec)
    assert done.exit_code == 2
    assert "tcp: needs HOST:PORT" in done.stderr


def test_a_card_behind_tcp(image: Path) -> None:
    reader = Reader(VirtualCard.load(image), Protocol.T0)
    door = Listening(Address(0), simulator.tcp.turn_away)
    serve = simulator.tcp.serving((Protocol.T0, Protocol.T1))
    with Rack([Slot(1, "card", reader, door, serve)]):
        place = f"tcp:127.0.0.1:{door.address.port}"
        shown = ok("card", "show", "--reader", place)
        assert shown.startswith(place)
        assert "PIN 未出示 not shown" in shown
        error = refused("transact", "--reader", place, "--amount", "1", "--contactless")
        assert "reached by its contacts" in str(error)


@pytest.mark.parametrize(
    ("contactless", "protocol"),
    [(None, "CONTACTLESS"), (True, "CONTACTLESS"), (False, "T1")],
)
def test_the_way_to_a_card_behind_tcp_is_the_one_that_was_asked_for(
    contactless: bool | None, protocol: str
) -> None:
    offered = (Protocol.CONTACTLESS, Protocol.T1, Protocol.T0)
    door = Listening(Address(0), simulator.tcp.turn_away)
    card = Reader(VirtualCard.blank("gen3-80k"), Protocol.CONTACTLESS)
    with Rack([Slot(1, "card", card, door, simulator.tcp.serving(offered))]):
        found = TcpReader("127.0.0.1", door.address.port).connect(contactless=contactless)
        found.close()
        assert isinstance(found, TcpConnection)
        assert found.protocol.name == protocol


def test_without_pyscard_the_message_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "smartcard", None)
    assert "python -m pip install 'sscard[pcsc]'" in str(refused("reader", "list"))


def test_a_real_card_that_was_cut_off_inside_the_bank_station_is_replaced(
    blank: Path, people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, left = tmp_path / "issued", [0]
    job = ("personalize", people, "--reader", f"sim:{blank}", "--wait", "0", "--out", out)
    begin, transmit = BankStation.run, SimulatedInReader.transmit

    def beginning(*arguments: Any) -> Any:
        left[0] = 30
        return begin(*arguments)

    def cut(card: SimulatedInReader, command: bytes) -> bytes:
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt
        return transmit(card, command)

    with monkeypatch.context() as patch:
        patch.setattr(BankStation, "run", beginning)
        patch.setattr(SimulatedInReader, "transmit", cut)
        assert invoke(*job, "--only", "2").exit_code == 130
    assert states(out) == ["SSSE_DONE"]
    again = invoke(*job, "--only", "2", "--json")
    assert again.exit_code == 1
    assert states(out) == ["FAILED"], "it does not begin again, and its number is used up"
    ok("card", "blank", "gen2", "--out", blank, "--force")
    ok(*job, "--only", "2")
    assert sorted(states(out)) == ["FAILED", "ISSUED"]


@pytest.mark.parametrize(
    ("atr", "wanted", "message"),
    [
        ("3B8D80010081544C86868451011234567847", False, "by antenna: add --contactless"),
        ("3B6D00000081544C868684510112345678", True, "by its contacts: leave out --contactless"),
    ],
)
def test_a_reader_that_reaches_the_card_the_other_way(
    atr: str, wanted: bool, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = []

    class Seen:
        def __init__(self, name: str) -> None:
            self.name, self.atr = name, bytes.fromhex(atr)

        def close(self) -> None:
            closed.append(self.name)

    monkeypatch.setattr("sscard.transport.PcscConnection", Seen)
    place = PcscReader("R")
    with pytest.raises(TransportError, match=message):
        place.connect(contactless=wanted)
    assert closed == ["R"]
    assert isinstance(place.connect(contactless=not wanted), Seen)
    assert isinstance(place.connect(), Seen)
    assert closed == ["R"]
