"""Cards with a certificate application: blank, and with both pairs."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from simulator import VirtualCard
from sscard.apdu import pki
from sscard.apdu.status import StatusWord
from sscard.cos import NVM
from sscard.dialects.chip import Chip
from sscard.profiles.chips import load_chip
from tests.cos.pki.hosts import (
    ADMIN,
    ANOTHER,
    BROUGHT,
    MASTER,
    SESSION,
    USER,
    Host,
    brought,
    made,
    powered,
)


@pytest.fixture(scope="session")
def make() -> Callable[..., Host]:
    """Makes a blank card's host; settings of the application as keywords."""
    return made


@pytest.fixture(scope="session")
def kit() -> Any:
    """What tests of the application say by name."""

    class Kit:
        user, admin, master, session = USER, ADMIN, MASTER, SESSION
        pair, another = BROUGHT, ANOTHER
        host, power, bring = Host, staticmethod(powered), staticmethod(brought)
        ok = StatusWord.OK

    return Kit


@pytest.fixture
def host(make: Callable[..., Host]) -> Host:
    """A blank card, the ADF selected."""
    here = make()
    here.enter()
    return here


@pytest.fixture(scope="session")
def full_cells(make: Callable[..., Host]) -> bytes:
    """The memory of a card that has both pairs and certificates."""
    host = make()
    host.enter()
    host.show(USER, ADMIN)
    host.ok(pki.generate_key_pair())
    host.bring()
    for fid, byte in ((pki.SIGNATURE_CERTIFICATE, b"\x30"), (pki.ENCRYPTION_CERTIFICATE, b"\x31")):
        assert host.write(fid, byte * 600) == 0x9000
    return bytes(host.card.card.nvm.cells)


@pytest.fixture
def full(full_cells: bytes) -> Host:
    """That card, powered, the ADF selected."""
    chip: Chip = load_chip("gen3-80k")
    memory = NVM(bytearray(full_cells))
    host = powered(VirtualCard(memory, chip, random=random.Random(2).randbytes))
    host.enter()
    return host


@pytest.fixture(scope="module")
def bench() -> Callable[[str, tuple[str, ...]], Host]:
    """A card of this kind, with these things shown; one card, put back each time."""
    host, kept = made(), {}
    host.enter()
    nvm = host.card.card.nvm
    kept["blank"] = bytes(nvm.cells)
    host.show(USER, ADMIN)
    host.ok(pki.import_public_key(bytes(BROUGHT.public)))
    kept["half"] = bytes(nvm.cells)
    host.ok(pki.generate_key_pair())
    host.bring()
    kept["full"] = bytes(nvm.cells)
    kept["counted"] = bytes(made(master_tries=3).card.card.nvm.cells)

    def make(card: str, shown: tuple[str, ...]) -> Host:
        nvm.cells[:] = kept[card]
        host.card.reset()
        host.enter()
        host.show(*(each for each in shown if each in (USER, ADMIN)))
        if "master" in shown:
            assert host.show_master() == 0x9000
        return host

    return make
