"""A card whose image follows it: what is in the file when, and who may have it."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from simulator import PsamCard, VirtualCard
from simulator.faults import Fault, FaultyCard, FaultyNVM, Kind
from simulator.persistence import Persist, PersistentCard, kept
from sscard.apdu import iso7816
from sscard.errors import MalformedData, TransportError

if TYPE_CHECKING:
    from tests.conftest import Terminal

EACH, OFF = Persist.EACH_COMMAND, Persist.POWER_OFF
CHALLENGE = bytes(iso7816.get_challenge(8))


@pytest.fixture
def image(terminal: Terminal, tmp_path: Path) -> Path:
    path = tmp_path / "X00000019.card"
    terminal.card.save(path)
    return path


def tries(terminal: Any, card: PersistentCard) -> str:
    """The answer to VERIFY without data, of a card that gets power now."""
    host = type(terminal)(card, terminal.order)
    host.select()
    return str(host.hex("00200000"))


def in_the_file(terminal: Terminal, image: Path) -> str:
    card = VirtualCard.load(image)
    host = type(terminal)(card, terminal.order)
    host.select()
    return host.hex("00200000")


def test_each_command_is_in_the_file_before_its_answer(terminal: Terminal, image: Path) -> None:
    with kept(image, EACH) as card:
        host = type(terminal)(card, terminal.order)  # type: ignore[arg-type]
        host.select()
        for left in ("63C5", "63C4", "63C3"):
            host.verify("654321")
            assert in_the_file(terminal, image) == left
        host.verify()
        assert in_the_file(terminal, image) == "63C6"


def test_at_power_off_and_at_no_other_time(terminal: Terminal, image: Path) -> None:
    with kept(image, OFF) as card:
        host = type(terminal)(card, terminal.order)  # type: ignore[arg-type]
        host.select()
        host.verify("654321")
        assert in_the_file(terminal, image) == "63C6"
        card.reset()
        assert in_the_file(terminal, image) == "63C5"
        host.select()
        host.verify("654321")
        card.power_off()
        assert in_the_file(terminal, image) == "63C4"
        card.power_on()
        host.select()
        host.verify("654321")
    assert in_the_file(terminal, image) == "63C3"


@pytest.mark.parametrize("when", Persist)
def test_what_changes_nothing_writes_nothing(
    terminal: Terminal, image: Path, when: Persist, monkeypatch: pytest.MonkeyPatch
) -> None:
    with kept(image, when) as card:
        monkeypatch.setattr(VirtualCard, "save", None)
        host = type(terminal)(card, terminal.order)  # type: ignore[arg-type]
        host.select()
        host.challenge()
        card.reset()


def test_a_card_that_was_kept_is_the_same_card_with_its_wear(
    terminal: Terminal, image: Path
) -> None:
    with kept(image, EACH) as card:
        host = type(terminal)(card, terminal.order)  # type: ignore[arg-type]
        host.select()
        host.verify("654321")
        card.power_off()
        here = card.card.nvm
    there = VirtualCard.load(image).card.nvm
    assert (there.cells, there.wear) == (here.cells, here.wear)


def test_a_torn_command_is_kept_as_torn_and_recovers(
    terminal: Terminal, image: Path, torn_nvm: Any, power_loss: Any, outcomes: Any
) -> None:
    with kept(image, EACH, nvm=torn_nvm) as card:
        host: Any = type(terminal)(card, terminal.order)  # type: ignore[arg-type]
        host.select()
        card.card.nvm.arm(4, outcomes.FIRST_HALF)
        with pytest.raises(power_loss):
            host.verify("654321")
        assert VirtualCard.load(image).card.nvm.cells == card.card.nvm.cells
    with kept(image, EACH) as card:
        assert tries(terminal, card) in ("63C6", "63C5")


def test_one_program_at_a_time(image: Path) -> None:
    with (
        kept(image, EACH),
        pytest.raises(TransportError, match="another program"),
        kept(image, OFF),
    ):
        pytest.fail("two programs had one card")
    with kept(image, OFF):
        pass


def test_a_new_card_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "new.card"
    made = iter([VirtualCard.blank(random=random.Random(1).randbytes)])
    with kept(path, EACH, blank=lambda: next(made)) as card:
        first = card.power_on()
    with kept(path, EACH, blank=lambda: next(made)) as card:
        assert card.power_on() == first
    assert {each.name for each in tmp_path.iterdir()} <= {"new.card", ".new.card.lock"}
    assert path.stat().st_mode & 0o777 == 0o600


def test_drafts_of_a_killed_process_are_removed_and_no_others(image: Path) -> None:
    ours, others = image.with_name(f".{image.name}.77.new"), image.with_name(".other.card.77.new")
    for each in (ours, others):
        each.write_bytes(b"keys")
    with kept(image, EACH):
        assert not ours.exists()
    assert others.exists()


def test_what_is_not_there_damaged_or_nowhere(image: Path, tmp_path: Path) -> None:
    with pytest.raises(TransportError, match="cannot be read"), kept(tmp_path / "no.card", EACH):
        pass
    with pytest.raises(TransportError, match="no such directory"), kept(tmp_path / "a/b", EACH):
        pass
    assert not (tmp_path / "a").exists()
    image.write_bytes(image.read_bytes()[:-1])
    with pytest.raises(MalformedData, match="bytes of"), kept(image, EACH):
        pass


def test_a_state_that_cannot_be_kept_has_no_answer_and_is_tried_again(
    terminal: Terminal, image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    before = image.read_bytes()
    with kept(image, EACH) as card:
        host = type(terminal)(card, terminal.order)  # type: ignore[arg-type]
        host.select()
        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", full)
            with pytest.raises(TransportError, match=r"cannot be kept \(No space"):
                host.verify("654321")
            with pytest.raises(TransportError, match="cannot be kept"):
                card.transmit(CHALLENGE)
            with pytest.raises(TransportError, match="cannot be kept"):
                card.power_on()
        assert image.read_bytes() == before
        assert tries(terminal, card) == "63C5"
    assert in_the_file(terminal, image) == "63C5"


def test_saving_elsewhere_is_still_possible(
    clone: Callable[..., Terminal], image: Path, tmp_path: Path
) -> None:
    with kept(image, EACH) as card:
        card.save(tmp_path / "copy.card")
        assert card.chip.name == clone().card.chip.name
    assert (tmp_path / "copy.card").read_bytes() == image.read_bytes()


def test_a_psam_is_kept_and_fails_like_any_card(tmp_path: Path) -> None:
    path = tmp_path / "terminal.psam"
    wrong_key = bytes.fromhex("80E0030010" + "00" * 16)
    with kept(
        path, EACH, blank=lambda: PsamCard.blank("psam-sm4-16k"), load=PsamCard.load, nvm=FaultyNVM
    ) as psam:
        card = FaultyCard(psam, [Fault(Kind.POWER_CUT, response=2)])
        card.power_on()
        card.transmit(CHALLENGE)
        before = path.read_bytes()
        with pytest.raises(TransportError):
            card.transmit(wrong_key)
        assert path.read_bytes() != before
    assert PsamCard.load(path).card.system.tries == (2, 3)
