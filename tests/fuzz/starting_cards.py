"""The cards that an input may start from, each made once and then given its memory back."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date
from enum import IntEnum
from functools import cache
from types import MappingProxyType

from simulator import VirtualCard
from sscard.apdu import iso7816, ssc
from sscard.cos import NVM
from sscard.issuance.card_keys import CardKeys
from sscard.issuance.card_signing import new_signing
from sscard.issuance.stations import BankStation, SocialStation, account_of_test_bank
from sscard.keys import SM4_SUITE, TDES_SUITE, Suite, sm2_keys
from sscard.keys.rsa import RSAPrivateKey
from sscard.keys.stores import load_bank, load_exchange, load_social_security
from sscard.keys.stores.certificates import CertificateStore, load_certificates
from sscard.perso import pse
from sscard.perso.order import CardNumbers, CardOrder
from sscard.perso.pse import BankAccount, Instance
from sscard.profiles import Profile, load_profile
from sscard.profiles.chips import load_chip

#: Invented.
PERSON: Mapping[str, object] = MappingProxyType(
    {
        "id_number": "110101199003070038",
        "name": "诸葛验收",
        "sex": "1",
        "birth_date": "1990-03-07",
        "phone": "13987654321",
    }
)
TODAY = date(2026, 1, 31)
INITIAL_PIN = bytes.fromhex("123456")
#: So many digits do not stand in an answer by chance, as the six of the initial PIN might.
PIN = bytes.fromhex("2718281828459045")
#: Seeds the challenges of every input: an input does the same each time.
SEED = 1


class Start(IntEnum):
    """How far the card's life has come; the first byte of an input chooses."""

    #: Both stations are done.
    FINISHED = 0
    #: The social-security side is done; the bank has not begun.
    SEMI_FINISHED = 1
    #: From the chip maker.
    BLANK = 2
    #: The same with the factory stage open: the transport key was shown.
    OPENED = 3
    #: As ``FINISHED``, on the chip and in the cipher of the third generation.
    SM4_FINISHED = 4
    #: As ``OPENED``, on that chip.
    SM4_OPENED = 5

    @property
    def suite(self) -> Suite:
        """The cipher of the social-security side."""
        return SM4_SUITE if self.name.startswith("SM4") else TDES_SUITE

    @property
    def opened(self) -> bool:
        """Whether an input begins with the transport key."""
        return self.name.endswith("OPENED")

    @property
    def finished(self) -> bool:
        """Whether the bank is done."""
        return self.name.endswith("FINISHED") and not self.name.startswith("SEMI")


class Seeded:
    """The source of challenges; ``again`` starts it anew."""

    def __init__(self) -> None:
        self._random = random.Random(SEED)

    def __call__(self, size: int) -> bytes:
        return self._random.randbytes(size)

    def again(self) -> None:
        self._random.seed(SEED)


def profile(suite: Suite = TDES_SUITE) -> Profile:
    """What the card contains, in this cipher."""
    return load_profile("gen2" if suite is TDES_SUITE else "gen3")


def order(suite: Suite = TDES_SUITE) -> CardOrder:
    """The card that the social-security station makes."""
    numbers = CardNumbers("X00000019", bytes(4), "639900", TODAY)
    return _social_station(suite).prepare(PERSON, numbers)


def bank_instances() -> tuple[Instance, ...]:
    """What the bank station puts on it."""
    return pse.prepare(
        profile(),
        _account(TDES_SUITE),
        str(PERSON["name"]),
        load_bank(None),
        effective=TODAY,
        id_number=str(PERSON["id_number"]),
        signing=new_signing(profile(), _issuers(), Seeded(), _card_keys()),
    )


def card_at(start: Start) -> VirtualCard:
    """The card of this start, powered, its memory and its challenges as at the beginning."""
    card, source, cells = _made(start)
    card.card.nvm.cells[:] = cells
    source.again()
    card.power_on()
    return card


@cache
def _made(start: Start) -> tuple[VirtualCard, Seeded, bytes]:
    chip, suite = load_chip(profile(start.suite).chip), start.suite
    card = VirtualCard.blank(chip, random=Seeded())
    if start.finished or start is Start.SEMI_FINISHED:
        _social_station(suite).run(order(suite), card)
        _change_pin(card)
    if start.finished:
        keys = load_bank(None), load_exchange(None, suite)
        bank = BankStation(profile(suite), *keys, Seeded(), _issuers(), card_keys=_card_keys())
        bank.run(card, bank.identify(card), _account(suite), TODAY)
    source, cells = Seeded(), bytes(card.card.nvm.cells)
    return VirtualCard(NVM(bytearray(cells)), chip, random=source), source, cells


def _issuers() -> CertificateStore:
    return load_certificates(random=Seeded())


def _card_keys() -> CardKeys:
    """The same for every card, and nothing like its challenges; the RSA key is the issuer's."""
    issuer = load_certificates().rsa
    if issuer is None or not isinstance(issuer.signer, RSAPrivateKey):
        raise ValueError("the packaged TEST issuers have no RSA key")
    key = issuer.signer
    return CardKeys(lambda _bits: key, lambda: sm2_keys.generate(random.Random(SEED + 1).randbytes))


def _account(suite: Suite) -> BankAccount:
    return account_of_test_bank(profile(suite), "6228000000000011", TODAY)


def _social_station(suite: Suite) -> SocialStation:
    store, exchange = load_social_security(None, suite), load_exchange(None, suite)
    lot = "TEST-GEN2" if suite is TDES_SUITE else "TEST-GEN3"
    return SocialStation(profile(suite), store, exchange, lot, Seeded())


def _change_pin(card: VirtualCard) -> None:
    card.power_on()
    for command in (iso7816.select(ssc.SSSE_NAME), ssc.change_pin(INITIAL_PIN, PIN)):
        if card.transmit(bytes(command))[-2:] != b"\x90\x00":
            raise ValueError("the card for the inputs does not take its PIN")
