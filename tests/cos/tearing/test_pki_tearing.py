"""Power fails in every command of the certificate application that changes the card.

The key pair, its state and the certificate of the former key change together or not at all, and no
try comes back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from sscard.apdu import iso7816, pki
from sscard.apdu.command import CommandAPDU
from sscard.channel import pki as channel
from sscard.cos import NVM
from sscard.cos.pki.table import ADF, DDF, FORMS
from sscard.keys import SM4
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
)
from tests.cos.tearing.conftest import World

if TYPE_CHECKING:
    from tests.cos.tearing.conftest import Sweep

NEW_PIN, NEW_MASTER = bytes.fromhex("87654321"), SM4(bytes(range(16)))


@dataclass(frozen=True)
class Update:
    """As in the other sweeps: the way to the command, and what it and its repetition answer."""

    approach: Callable[[Host], CommandAPDU]
    start: str = "blank"
    prepare: Callable[[Host], object] | None = None
    sw: int = 0x9000
    again: int = 0x9000
    states: int = 2
    counted: bool = False


def shown(*pins: str, then: CommandAPDU) -> Callable[[Host], CommandAPDU]:
    def approach(host: Host) -> CommandAPDU:
        host.enter()
        for pin in pins:
            host.ok(host.proof(pin))
        return then

    return approach


def proof(pin: str, *, wrong: bool = False) -> Callable[[Host], CommandAPDU]:
    def approach(host: Host) -> CommandAPDU:
        host.enter()
        return host.proof(pin, wrong=wrong)

    return approach


def tried(pin: str, times: int = 1) -> Callable[[Host], None]:
    def prepare(host: Host) -> None:
        host.enter()
        for _ in range(times):
            host.send(host.proof(pin, wrong=True))

    return prepare


def master(name: bytes, key: SM4) -> Callable[[Host], CommandAPDU]:
    def approach(host: Host) -> CommandAPDU:
        host.enter(name)
        return pki.external_authenticate(channel.cryptogram(key, host.challenge()))

    return approach


def replacement(name: bytes) -> Callable[[Host], CommandAPDU]:
    def approach(host: Host) -> CommandAPDU:
        host.ok(master(name, MASTER)(host))
        return channel.replace_master(MASTER, NEW_MASTER.reveal(), host.challenge())

    return approach


def another_pin(host: Host) -> CommandAPDU:
    host.enter()
    host.ok(host.proof(ADMIN))
    old = channel.pin_key(bytes.fromhex(ADMIN))
    return channel.change_admin_pin(old, NEW_PIN, host.challenge())


def private_half(host: Host) -> CommandAPDU:
    host.enter()
    host.ok(host.proof(USER))
    host.ok(pki.set_session_key(SESSION.reveal()))
    return brought(BROUGHT)


def public_half(host: Host) -> None:
    host.send(shown(USER, then=pki.import_public_key(bytes(BROUGHT.public)))(host))


def certificate(host: Host) -> CommandAPDU:
    host.enter()
    host.ok(host.proof(USER))
    host.ok(iso7816.select_fid(pki.SIGNATURE_CERTIFICATE))
    return iso7816.update_binary(bytes(range(1, 251)), offset=30)


UPDATES = {
    "VERIFY right": Update(proof(USER), prepare=tried(USER), states=3, counted=True),
    "VERIFY wrong": Update(
        proof(USER, wrong=True), prepare=tried(USER), sw=0x63C4, again=0x63C3, counted=True
    ),
    "VERIFY wrong, admin": Update(proof(ADMIN, wrong=True), sw=0x63C5, again=0x63C4, counted=True),
    "VERIFY wrong for the last time": Update(
        proof(USER, wrong=True), prepare=tried(USER, 5), sw=0x63C0, again=0x6983, counted=True
    ),
    "EXTERNAL AUTHENTICATE right": Update(
        master(pki.ADF_NAME, MASTER),
        "counted",
        lambda host: host.send(master(pki.ADF_NAME, NEW_MASTER)(host)),
        states=3,
        counted=True,
    ),
    "EXTERNAL AUTHENTICATE wrong, DDF": Update(
        master(pki.DDF_NAME, NEW_MASTER), "counted", sw=0x63C2, again=0x63C1, counted=True
    ),
    "CHANGE ADMIN PIN": Update(another_pin, again=0x63C5),
    "REPLACE MASTER": Update(replacement(pki.ADF_NAME), again=0x63CF),
    "REPLACE MASTER, DDF": Update(replacement(pki.DDF_NAME), again=0x63CF),
    "GENERATE KEY PAIR": Update(shown(USER, then=pki.generate_key_pair()), again=0x6982),
    "GENERATE KEY PAIR again": Update(shown(USER, ADMIN, then=pki.generate_key_pair()), "full"),
    "IMPORT KEY, public": Update(shown(USER, then=pki.import_public_key(bytes(BROUGHT.public)))),
    "IMPORT KEY, another public": Update(
        shown(USER, then=pki.import_public_key(bytes(ANOTHER.public))), "full"
    ),
    "IMPORT KEY, private": Update(private_half, prepare=public_half),
    "UPDATE BINARY": Update(certificate, "full"),
}
COUNTED = [name for name, update in UPDATES.items() if update.counted]


@pytest.fixture(scope="module")
def certificates() -> World:
    """Blank, with counted master keys, and with both pairs and certificates."""
    world = World()
    world.add("blank", made())
    world.add("counted", made(master_tries=3))
    full = made()
    full.enter()
    full.show(USER, ADMIN)
    full.ok(pki.generate_key_pair())
    full.bring()
    for fid in (pki.SIGNATURE_CERTIFICATE, pki.ENCRYPTION_CERTIFICATE):
        full.write(fid, b"\x30" * 600)
    world.add("full", full)
    return world


@pytest.mark.parametrize("name", UPDATES)
def test_power_cut_at_every_page(
    name: str, certificates: World, sweep: Callable[..., Sweep], outcomes: Any
) -> None:
    """Each page with some of the outcomes, others at the next page."""
    update = UPDATES[name]
    swept = sweep(certificates, update)
    known = swept.known
    assert len(set(known.states)) == len(known.states) == update.states
    assert (known.goes_on[0][0], known.goes_on[-1][0]) == (update.sw, update.again)
    for step in range(1, known.steps + 1):
        for outcome in list(outcomes)[step % 4 :: 4]:
            swept.cut(step, outcome)
    assert swept.mixtures == []
    assert set(swept.seen) == set(range(update.states))


@pytest.mark.full
@pytest.mark.parametrize("name", UPDATES)
def test_power_cut_twice(
    name: str, certificates: World, sweep: Callable[..., Sweep], outcomes: Any
) -> None:
    """Every page with every outcome, and then every page of the recovery."""
    swept = sweep(certificates, UPDATES[name])
    for outcome in outcomes:
        for step in range(1, swept.known.steps + 1):
            torn = swept.cut(step, outcome)
            for _ in swept.cut_again(torn, [outcome]):
                pass
    assert swept.mixtures == []


@pytest.mark.parametrize("name", COUNTED)
def test_a_try_is_counted_before_it_is_judged(
    name: str,
    certificates: World,
    sweep: Callable[..., Sweep],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    swept = sweep(certificates, UPDATES[name])
    host = certificates.host(swept.update.start, NVM(bytearray(swept.known.cells)))
    command, nvm = swept.update.approach(host), host.card.card.nvm
    found, proves = [], channel.proves

    def comparing(*args: Any) -> bool:
        found.append(swept.contents(NVM(bytearray(nvm.cells))))
        return proves(*args)

    monkeypatch.setattr(channel, "proves", comparing)
    host.send(command)
    assert found == [swept.known.states[1]]


READERS = {
    (0x00, iso7816.INS.GET_CHALLENGE),
    (0x00, iso7816.INS.READ_BINARY),
    (pki.CLASS, pki.PkiINS.DECRYPT),
    (pki.CLASS, pki.PkiINS.SET_SESSION_KEY),
    (pki.CLASS, pki.PkiINS.HASH),
    (pki.CLASS, pki.PkiINS.EXPORT_PUBLIC_KEY),
}


def test_every_command_that_changes_the_memory_is_swept(
    certificates: World, sweep: Callable[..., Sweep]
) -> None:
    places = {sweep(certificates, update).known.place for update in UPDATES.values()}
    ddf, adf = (
        {place[1:3] for place in places if bool(place[0]) is inner} for inner in (False, True)
    )
    assert ddf == set(DDF) - READERS
    assert adf == set(ADF) - READERS
    imports = {key[1:] for key in FORMS if key[0] == pki.PkiINS.IMPORT_KEY}
    assert {place[3:] for place in places if place[2] == pki.PkiINS.IMPORT_KEY} == imports
