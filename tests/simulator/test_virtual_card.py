"""The card without plastic: power, reset, images; and that the simulator is ours."""

from __future__ import annotations

import os
import random
import stat
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import simulator
from simulator import VirtualCard
from sscard.apdu import aid, atr, iso7816, pki
from sscard.apdu.ats import Ats
from sscard.channel.pki import cryptogram
from sscard.cos import Protocol
from sscard.cos.life_cycle import CardState
from sscard.errors import MalformedData, TransportError
from sscard.keys import SM4, SM4_SUITE, TDES, ChipLot
from sscard.keys.stores import load_social_security
from sscard.profiles.chips import load_chip

if TYPE_CHECKING:
    from tests.conftest import Terminal

ROOT = Path(__file__).parents[2]
CHALLENGE = bytes(iso7816.get_challenge(8))


def test_the_simulator_is_ours() -> None:
    assert Path(simulator.__file__ or "").is_relative_to(ROOT)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert "simulator" in packages


def test_a_blank_card_has_the_atr_of_its_lot_and_nothing_but_the_bank_side() -> None:
    card = VirtualCard.blank()
    assert card.power_on().hex().upper() == "3B6D00000081544C868684000000000000"
    assert card.card.system.state is CardState.BLANK
    assert card.transmit(bytes(iso7816.select_fid(0x3F00))).hex() == "6a82"
    for name in (aid.PSE, aid.DEBIT):
        assert card.transmit(bytes(iso7816.select(name)))[-2:] == b"\x90\x00"


def test_a_chip_with_an_antenna_has_a_ppse_and_an_ats() -> None:
    for chip, there in (("gen2-32k", "6a82"), ("gen3-80k", "9000")):
        card = VirtualCard.blank(chip)
        card.power_on()
        assert card.transmit(bytes(iso7816.select(aid.PPSE)))[-2:].hex() == there
    answer = card.power_on(Protocol.CONTACTLESS)
    assert answer.hex().upper() == "127880A002" + "0081544C868684000000000000"
    assert Ats.parse(answer).historical == atr.historical_bytes(card.power_on())


def test_a_card_of_another_lot_and_chip() -> None:
    lot = ChipLot("other", bytes(range(13)), "1", TDES(bytes(16)))
    chip = replace(load_chip("gen2-32k"), transport_tries=1)
    card = VirtualCard.blank(chip, lot=lot)
    assert card.power_on() == bytes.fromhex("3B6D0000") + bytes(range(13))
    card.transmit(CHALLENGE)
    assert card.transmit(bytes.fromhex("80E0030010" + "00" * 16)).hex() == "63c0"


def test_the_lot_says_the_certificate_applications_master_key() -> None:
    lot, own = load_social_security(None, SM4_SUITE).lot("TEST-GEN3"), SM4(bytes(range(16)))
    for given, right in (
        (lot, lot.certificate_master),
        (replace(lot, certificate_master=own), own),
    ):
        card = VirtualCard.blank("gen3-80k", lot=given)
        card.power_on()
        card.transmit(bytes(iso7816.select(pki.DDF_NAME)))
        challenge = card.transmit(bytes.fromhex("0084000010"))[:-2]
        assert right is not None
        proof = cryptogram(right, challenge)
        assert card.transmit(bytes.fromhex("0082000010") + proof).hex() == "9000"


def test_two_blank_cards_have_two_chip_serials() -> None:
    answers = set()
    for _ in range(2):
        card = VirtualCard.blank()
        card.power_on()
        card.transmit(bytes(iso7816.select(aid.PSE)))
        answers.add(card.transmit(bytes.fromhex("80500000080000000000000000"))[:10])
    assert len(answers) == 2


def test_without_power_there_is_no_answer() -> None:
    card = VirtualCard.blank()
    with pytest.raises(TransportError, match="no power"):
        card.transmit(CHALLENGE)
    card.power_on()
    assert len(card.transmit(CHALLENGE)) == 10
    card.power_off()
    with pytest.raises(TransportError):
        card.transmit(CHALLENGE)
    card.reset()
    assert len(card.transmit(CHALLENGE)) == 10


def test_the_same_random_numbers_make_the_same_card() -> None:
    exchanges = []
    for _ in range(2):
        card = VirtualCard.blank(random=random.Random(9).randbytes)
        card.power_on()
        exchanges.append([card.transmit(CHALLENGE) for _ in range(3)])
    assert exchanges[0] == exchanges[1]
    assert len(set(exchanges[0])) == 3


def test_power_off_forgets_what_was_shown(terminal: Terminal) -> None:
    terminal.select("DF01")
    terminal.verify()
    terminal.card.power_off()
    terminal.card.power_on()
    terminal.select("DF01")
    assert terminal.hex("00B2012C00") == "6982"


def test_a_saved_card_is_the_same_card(terminal: Terminal, tmp_path: Path) -> None:
    path = tmp_path / "a.card"
    terminal.select()
    for _ in range(2):
        terminal.verify("654321")
    terminal.card.save(path)
    loaded = VirtualCard.load(path)
    with pytest.raises(TransportError):
        loaded.transmit(CHALLENGE)
    assert loaded.power_on() == terminal.card.power_on()
    assert loaded.card.nvm.cells == terminal.card.card.nvm.cells
    assert loaded.card.nvm.wear == terminal.card.card.nvm.wear
    assert any(loaded.card.nvm.wear)
    again = type(terminal)(loaded, terminal.order)
    again.select()
    assert again.hex("00200000") == "63C4"


def test_a_card_saved_in_the_middle_of_a_command_recovers_when_it_gets_power(
    clone: Callable[..., Terminal], torn_nvm: Any, power_loss: Any, outcomes: Any, tmp_path: Path
) -> None:
    card = clone(torn_nvm)
    card.select()
    card.card.card.nvm.arm(3, outcomes.FIRST_HALF)
    with pytest.raises(power_loss):
        card.verify("654321")
    card.card.save(tmp_path / "torn.card")
    again = type(card)(VirtualCard.load(tmp_path / "torn.card"), card.order)
    again.select()
    assert again.hex("00200000") == "63C5"


def test_an_image_belongs_to_its_owner_alone(terminal: Terminal, tmp_path: Path) -> None:
    path = tmp_path / "a.card"
    left_behind = tmp_path / f".a.card.{os.getpid()}.new"
    left_behind.write_bytes(b"of a run that was killed")
    left_behind.chmod(0o644)
    path.write_bytes(b"old")
    path.chmod(0o666)
    terminal.card.save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["a.card"]


def test_an_image_is_replaced_as_a_whole_or_not_at_all(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.card"
    terminal.card.save(path)
    before = path.read_bytes()
    terminal.select()
    terminal.verify("654321")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(OSError, match="No space"):
            terminal.card.save(path)
    assert path.read_bytes() == before
    terminal.card.save(path)
    assert path.read_bytes() != before


def test_what_is_not_there_or_of_another_chip(terminal: Terminal, tmp_path: Path) -> None:
    with pytest.raises(TransportError, match=r"none\.card"):
        VirtualCard.load(tmp_path / "none.card")
    short = simulator.image.Image("gen2-32k", bytes(64), (0,))
    short.save(tmp_path / "short.card")
    with pytest.raises(MalformedData, match="not of a gen2-32k chip"):
        VirtualCard.load(tmp_path / "short.card")
