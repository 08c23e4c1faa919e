"""Pre-made blanks of two generations, and a counter in front of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import Any, ClassVar

import pytest

from simulator import VirtualCard
from sscard.cos import NVM
from sscard.dialects import Chip
from sscard.errors import NotVerified, TransportError
from sscard.issuance.blank_maker import BankBlanks, SocialBlanks
from sscard.issuance.instant_station import InstantStation
from sscard.issuance.numbering import allocated_account
from sscard.issuance.stations import BankStation, SocialStation, account_of_test_bank
from sscard.keys import SUITES, SocialSecurityStore
from sscard.keys.stores import load_bank, load_exchange, load_social_security
from sscard.keys.stores.certificates import load_certificates
from sscard.perso.completion import Completion
from sscard.perso.premade import PremadeCard
from sscard.perso.pse import BankAccount, Instance
from sscard.profiles import Profile, Setting, load_profile
from sscard.profiles.chips import load_chip

#: Invented; the photo needs several commands, the jobs are appended to a cyclic file.
PERSON: Mapping[str, object] = MappingProxyType(
    {
        "id_number": "110101199003070038",
        "name": "诸葛验收",
        "sex": "1",
        "birth_date": "1990-03-07",
        "phone": "13987654321",
        "photo": random.Random(9).randbytes(700).hex(),
        "job_record": [{"employer": "甲公司"}, {"employer": "乙公司"}],
    }
)


@dataclass
class Reader:
    """A card in a reader, which counts, and can be lost before a command."""

    card: VirtualCard
    unplug_at: int = -1
    sent: list[bytes] = field(default_factory=list)

    def reset(self) -> bytes:
        self._send(b"")
        return self.card.reset()

    def transmit(self, command: bytes) -> bytes:
        self._send(command)
        return self.card.transmit(command)

    @property
    def updates(self) -> list[int]:
        """At which of its commands something is written."""
        sent = enumerate(self.sent)
        return [at for at, each in sent if each and each[1] in (0xDC, 0xD6)]

    def _send(self, what: bytes) -> None:
        if len(self.sent) == self.unplug_at:
            raise TransportError("the reader is gone")
        self.sent.append(what)


@dataclass
class Workshop:
    """Both makers of blanks, the counter, and one blank that was made."""

    profile: Profile
    serial: bytes = bytes.fromhex("C0666779")
    sequence: int = 7
    today: date = date(2026, 1, 31)
    number: str = "X00000019"
    person: ClassVar[Mapping[str, object]] = PERSON

    @cached_property
    def chip(self) -> Chip:
        return load_chip(self.profile.chip)

    @cached_property
    def store(self) -> SocialSecurityStore:
        return load_social_security(None, SUITES[self.profile.suite])

    @cached_property
    def exchange(self) -> SocialSecurityStore:
        return load_exchange(None, SUITES[self.profile.suite])

    @cached_property
    def social(self) -> SocialBlanks:
        chance, lot = random.Random(3).randbytes, self.chip.lot
        return SocialBlanks(SocialStation(self.profile, self.store, self.exchange, lot, chance))

    @cached_property
    def bank(self) -> BankBlanks:
        issuers, chance = load_certificates(issuer="62280000"), random.Random(4).randbytes
        station = BankStation(self.profile, load_bank(None), self.exchange, chance, issuers)
        return BankBlanks(station)

    @cached_property
    def counter(self) -> InstantStation:
        return InstantStation(self.profile, self.store, random.Random(5).randbytes)

    @property
    def account(self) -> BankAccount:
        return account_of_test_bank(self.profile, allocated_account(self.sequence), self.today)

    def empty(self) -> VirtualCard:
        """A chip as its maker delivers it."""
        lot = self.store.lot(self.chip.lot)
        return VirtualCard.blank(self.chip, lot=lot, random=random.Random(6).randbytes)

    def half(self, **changes: Any) -> VirtualCard:
        """A card that waits for the bank; ``changes`` to its order make a bad one."""
        card = self.empty()
        self.social.run(replace(self.social.prepare(self.serial, self.today), **changes), card)
        return card

    def whole(self, card: VirtualCard) -> tuple[Instance, ...]:
        """The bank's part; what it put on the card."""
        return self.bank.run(card, self.bank.identify(card), self.account, self.today)

    @cached_property
    def made(self) -> tuple[bytes, tuple[Instance, ...]]:
        """The memory of a finished blank, and what the bank put on it."""
        card = self.half()
        instances = self.whole(card)
        return bytes(card.card.nvm.cells), instances

    @cached_property
    def record(self) -> PremadeCard:
        return self.bank.record(self.blank())

    def blank(self, nvm: Callable[[bytearray], NVM] = NVM) -> VirtualCard:
        """A copy of the finished blank."""
        return self.card(self.made[0], nvm)

    def card(self, cells: bytes, nvm: Callable[[bytearray], NVM] = NVM) -> VirtualCard:
        """The card with this memory."""
        return VirtualCard(nvm(bytearray(cells)), self.chip, random=random.Random(8).randbytes)

    def order(
        self, number: str | None = None, day: date | None = None, **more: object
    ) -> Completion:
        """The person is bound to the blank."""
        values = {**self.person, **more}
        return self.counter.prepare(values, self.record, number or self.number, day or self.today)

    def refusal(self, card: VirtualCard) -> NotVerified:
        """Why the counter refuses this card, to which it has written nothing."""
        reader = Reader(card)
        with pytest.raises(NotVerified) as caught:
            self.counter.complete(self.order(), reader)
        assert not reader.updates
        return caught.value

    def changed(self, **settings: str) -> Workshop:
        """The same for a region with other settings."""
        new = {name: Setting(value=v, source="test", mark="S") for name, v in settings.items()}
        settings_of = {**self.profile.settings, **new}
        return Workshop(self.profile.model_copy(update={"settings": settings_of}))


@pytest.fixture(scope="session")
def second() -> Workshop:
    return Workshop(load_profile("gen2"))


@pytest.fixture(scope="session")
def third() -> Workshop:
    return Workshop(load_profile("gen3"))


@pytest.fixture(params=["second", "third"])
def workshop(request: pytest.FixtureRequest) -> Workshop:
    """Of either generation."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def other(second: Workshop) -> Workshop:
    """Another blank of the second generation."""
    return Workshop(second.profile, bytes.fromhex("C066677A"), 8)


@pytest.fixture(scope="session")
def reader() -> type[Reader]:
    return Reader
