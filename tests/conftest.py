"""A personalized test card and what it is made from; a memory whose power fails."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import NoReturn

import pytest

from simulator import VirtualCard
from simulator.faults import PowerLoss, Torn, TornNVM
from sscard.apdu import iso7816, ssc
from sscard.apdu.command import CommandAPDU
from sscard.apdu.response import ResponseAPDU
from sscard.apdu.status import StatusWord
from sscard.channel import authenticate
from sscard.cos import NVM
from sscard.keys import SM4_SUITE, KeyReference
from sscard.keys.stores import load_exchange, load_social_security
from sscard.perso import social_security
from sscard.perso.order import CardNumbers, CardOrder, prepare
from sscard.perso.plan import run
from sscard.profiles import Profile, load_profile
from sscard.profiles.chips import load_chip

#: Invented; every value can be searched for in what must not show it.
PERSON: Mapping[str, object] = MappingProxyType(
    {
        "id_number": "110101199003070038",
        "name": "诸葛验收",
        "sex": "1",
        "birth_date": "1990-03-07",
        "phone": "13987654321",
    }
)
NUMBERS = CardNumbers("X00000019", bytes.fromhex("C0666779"), "510100", date(2026, 1, 31))


# A shell gives what it starts with "&" a SIGINT that is ignored, and children inherit that: tests
# of Ctrl-C would wait for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


class Terminal:
    """A powered card with a program in front of it that knows the card's keys."""

    def __init__(self, card: VirtualCard, order: CardOrder) -> None:
        self.card = card
        self.order = order
        card.power_on()

    def send(self, command: CommandAPDU) -> ResponseAPDU:
        return ResponseAPDU.parse(self.card.transmit(bytes(command)))

    def status(self, command: CommandAPDU) -> StatusWord:
        return self.send(command).sw

    def ok(self, command: CommandAPDU) -> bytes:
        return self.send(command).require("command")

    def hex(self, command: str) -> str:
        return self.card.transmit(bytes.fromhex(command)).hex().upper()

    def select(self, name: str = "SSSE") -> bytes:
        return self.ok(iso7816.select(self.order.profile.directory(name).df_name))

    def challenge(self, size: int = 8) -> bytes:
        return self.ok(iso7816.get_challenge(size))

    def key(self, name: str, version: int = 1) -> bytes:
        if name == self.order.profile.setting("exchange_key").text:
            return self.order.exchange.reveal()
        return self.order.keys[KeyReference(name, version)].reveal()

    def kid(self, name: str) -> int:
        keys = (key for each in self.order.profile.directories for key in each.keys)
        return next((key.kid for key in keys if key.name == name), 0x1C)

    def show(self, name: str, *, version: int | None = None, wrong: bool = False) -> StatusWord:
        """EXTERNAL AUTHENTICATE with the key of this name, or with a proof that is wrong."""
        challenge = self.challenge()
        suite = self.order.suite
        key = suite.key(self.key(name, version or 1))
        proof = authenticate(suite, key, challenge, challenge)
        proof = proof[::-1] if wrong else proof
        return self.status(
            ssc.external_authenticate(self.kid(name), proof, challenge, version=version)
        )

    def verify(self, pin: str = "123456") -> StatusWord:
        packed = bytes.fromhex(pin + "F" * (len(pin) % 2))
        return self.status(iso7816.verify(packed))


@pytest.fixture(scope="session")
def absent() -> Callable[[str], NoReturn]:
    """Says what of the system a test cannot do without, and skips it.

    With ``SSCARD_SYSTEM_TESTS=required``, as in CI, everything must be there: the test fails.
    """

    def skip(what: str) -> NoReturn:
        if os.environ.get("SSCARD_SYSTEM_TESTS") == "required":
            pytest.fail(f"{what} is not here, and SSCARD_SYSTEM_TESTS=required says it must be")
        pytest.skip(f"{what} is not here")

    return skip


@pytest.fixture(scope="session")
def profile() -> Profile:
    return load_profile("gen2")


@pytest.fixture(scope="session")
def order(profile: Profile) -> CardOrder:
    """A card of the TEST lot for the invented person."""
    return prepare(
        profile,
        PERSON,
        NUMBERS,
        store=load_social_security(None),
        exchange=load_exchange(None),
        lot="TEST-GEN2",
    )


@pytest.fixture(scope="session")
def issued_cells(order: CardOrder) -> bytes:
    """The memory of a card that has left the social-security station."""
    seeded = random.Random(1).randbytes
    card = VirtualCard.blank(order.profile.chip, random=seeded)
    run(social_security.personalize(order, seeded), card)
    return bytes(card.card.nvm.cells)


@pytest.fixture(scope="session")
def sm4_profile() -> Profile:
    """The third generation, which computes with SM4."""
    return load_profile("gen3")


@pytest.fixture(scope="session")
def sm4_order(sm4_profile: Profile) -> CardOrder:
    """The same person's card, computing with SM4."""
    return prepare(
        sm4_profile,
        PERSON,
        NUMBERS,
        store=load_social_security(None, SM4_SUITE),
        exchange=load_exchange(None, SM4_SUITE),
        lot="TEST-GEN3",
    )


@pytest.fixture(scope="session")
def sm4_issued_cells(sm4_order: CardOrder) -> bytes:
    """The memory of that card when it has left the social-security station."""
    seeded = random.Random(4).randbytes
    card = VirtualCard.blank(sm4_order.profile.chip, random=seeded)
    run(social_security.personalize(sm4_order, seeded), card)
    return bytes(card.card.nvm.cells)


@pytest.fixture(scope="session")
def clone(issued_cells: bytes, order: CardOrder) -> Callable[..., Terminal]:
    """Makes a terminal with a copy of that card; ``nvm`` makes the memory."""

    def make(nvm: Callable[[bytearray], NVM] = NVM) -> Terminal:
        chip = load_chip(order.profile.chip)
        memory = nvm(bytearray(issued_cells))
        return Terminal(VirtualCard(memory, chip, random=random.Random(2).randbytes), order)

    return make


@pytest.fixture
def terminal(clone: Callable[..., Terminal]) -> Terminal:
    """A card that has left the social-security station, powered, nothing selected."""
    return clone()


@pytest.fixture(scope="session")
def torn_nvm() -> type[TornNVM]:
    return TornNVM


@pytest.fixture(scope="session")
def power_loss() -> type[PowerLoss]:
    return PowerLoss


@pytest.fixture(params=Torn, ids=lambda each: each.value)
def outcome(request: pytest.FixtureRequest) -> Torn:
    """What became of the page at which power failed."""
    return request.param


@pytest.fixture(scope="session")
def outcomes() -> type[Torn]:
    return Torn
