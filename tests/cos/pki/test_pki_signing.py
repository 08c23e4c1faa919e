"""The command that signs is a setting: off, a maker's own, kept in the card's memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simulator import VirtualCard
from sscard.apdu import pki
from sscard.apdu.command import CommandAPDU
from sscard.cos import NVM
from sscard.cos.dispatch import Row
from sscard.cos.pki import signing
from sscard.cos.pki.standing import Standing
from sscard.dialects.chip import Chip
from sscard.keys import sm2
from sscard.profiles.chips import load_chip
from tests.cos.pki.hosts import ADMIN, USER, Host, made, powered

PSO = 0x2A
OLDER = 19  # what the object that says how the card signs has, head included


def pso(standing: Standing, command: CommandAPDU) -> bytes:
    """A maker's own: PERFORM SECURITY OPERATION of ISO 7816-8, s before r."""
    signature = signing.sign(standing, command.data)
    return signature[32:] + signature[:32]


def with_pair(host: Host) -> Host:
    host.enter()
    host.show(USER)
    if host.sw(pki.choose_public_key()) != 0x9000:
        host.ok(pki.generate_key_pair())
    return host


def test_a_maker_s_own_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """One entry, made before the chip; nothing else is told of it."""
    rows = {(0x00, PSO): Row(pso, p1=(0x9E,), p2=(0x9A,), lc=(32,))}
    monkeypatch.setitem(signing.WAYS, "pso of a test", rows)
    host = with_pair(made(signing="pso of a test"))
    public, command = host.public(), CommandAPDU(0x00, PSO, 0x9E, 0x9A, bytes(32), 64)
    signature = host.ok(replace(command, data=sm2.digest(public, b"text")))
    assert sm2.verify(public, b"text", signature[32:] + signature[:32])
    assert host.sw(replace(command, p1=0)) == 0x6A86
    assert host.sw(replace(command, data=bytes(31))) == 0x6700
    assert host.sw(pki.sign(bytes(32))) == 0x6D00
    host.card.reset()
    host.enter()
    assert host.sw(command) == 0x6982


def without(chip: Chip) -> VirtualCard:
    return VirtualCard.blank(chip.without_signing())


def test_a_chip_without_the_command_is_otherwise_the_same() -> None:
    chip = load_chip("gen3-80k")
    other = chip.without_signing()
    assert other.certificates.signing == "none"
    signs = replace(other.certificates, signing=chip.certificates.signing)
    assert replace(other, certificates=signs) == chip
    host = with_pair(powered(without(chip)))
    assert host.sw(pki.sign(bytes(32))) == 0x6D00
    host.show(ADMIN)
    host.ok(host.envelope())


@pytest.mark.parametrize(
    ("make", "sw"),
    [(VirtualCard.blank, 0x9000), (without, 0x6D00)],
    ids=["signs", "does not sign"],
)
def test_an_image_remembers_it(make: Callable[[Chip], VirtualCard], sw: int, tmp_path: Any) -> None:
    """The image names a chip file, and that file's chips sign: this card goes on as it was made."""
    card: Any = make(load_chip("gen3-80k"))
    with_pair(powered(card))
    card.save(tmp_path / "a.card")
    again = with_pair(powered(VirtualCard.load(tmp_path / "a.card")))
    assert again.sw(pki.sign(bytes(32))) == sw


def test_a_way_that_nobody_knows_any_more(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with monkeypatch.context() as context:
        context.setitem(signing.WAYS, "for a day", signing.WAYS["gmt0016"])
        card = made(signing="for a day").card
        card.save(tmp_path / "a.card")
    host = with_pair(powered(VirtualCard.load(tmp_path / "a.card")))
    assert host.sw(pki.sign(bytes(32))) == 0x6D00


def test_an_older_image_does_not_say_and_its_chip_file_does() -> None:
    """Made before cards kept it: the last object is not there."""
    chip = load_chip("gen3-80k")
    card = VirtualCard.blank(chip)
    part, cells = card.card.certificates.partition, bytearray(card.card.nvm.cells)
    used = part.size - part.free
    cells[part.base : part.base + 2] = (used - OLDER).to_bytes(2, "big")
    cells[part.base + used - OLDER : part.base + used] = bytes(OLDER)
    for each, sw in ((chip, 0x9000), (chip.without_signing(), 0x6D00)):
        host = with_pair(powered(VirtualCard(NVM(bytearray(cells)), each)))
        assert host.memory().signing is None
        assert host.sw(pki.sign(bytes(32))) == sw


def test_the_same_seed_makes_the_same_card() -> None:
    """Key, signatures and memory: no library may draw its own randomness inside a card."""
    one, other = (with_pair(made()) for _ in range(2))
    signatures = [host.ok(pki.sign(bytes(range(32)))) for host in (one, other)]
    assert signatures[0] == signatures[1]
    assert one.card.card.nvm.cells == other.card.card.nvm.cells
    assert one.ok(pki.sign(bytes(range(32)))) != signatures[0], "another nonce each time"
