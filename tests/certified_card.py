"""A simulated third-generation card with keys and certificates of a TEST authority."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import cache
from typing import Any

from simulator import VirtualCard
from simulator.virtual_card import INITIAL_CERTIFICATE_MASTER
from sscard.cos import NVM
from sscard.issuance.ca import CertificateAuthority, establish
from sscard.keys import HMAC256, SM4, Pin
from sscard.keys.sm2_keys import SM2PublicKey, generate
from sscard.keys.x509 import CertificateAnswer, CertificateRequest
from sscard.perso.certificates import BlankCard, make_key, write
from sscard.perso.plan import Connection, Plan, run
from sscard.profiles import load_profile
from sscard.profiles.certificates import CertificateApplication
from sscard.profiles.chips import load_chip

CHIP, PROFILE = "gen3-80k", "gen3"
BLANK = BlankCard(Pin("123456"), Pin("12345678"), SM4(INITIAL_CERTIFICATE_MASTER))
#: Invented.
HOLDER, CITY, CARD_NUMBER, CARD_ID = "诸葛验收", "510100", "X00000019", f"{'510100':0<32}"
DAY = date(2026, 1, 31)
AT = datetime(2026, 2, 1, 12, tzinfo=timezone(timedelta(hours=8)))


@dataclass(frozen=True)
class Certified:
    """A card and all that is known about it; ``card`` is any with ``reset`` and ``transmit``."""

    card: Connection
    request: CertificateRequest
    answer: CertificateAnswer
    authority: CertificateAuthority

    def writing(self, blank: BlankCard = BLANK) -> Plan[None]:
        """The plan that wrote it, once more."""
        return writing(self.request, self.answer, self.authority, blank)


@cache
def application() -> CertificateApplication:
    """The application as the profile declares it."""
    found = load_profile(PROFILE).certificates
    assert found is not None
    return found


@cache
def authority(seed: int = 11) -> CertificateAuthority:
    """A TEST authority of these tests; another ``seed`` is another one of the same names."""
    source = random.Random(seed).randbytes
    secrets = establish(
        test=True,
        root_name=(("C", "CN"), ("CN", "TEST ROOT")),
        root_key=generate(source),
        key=generate(source),
        secret=HMAC256(source(32)),
        begin=date(2026, 1, 1),
        application=application(),
    )
    return CertificateAuthority(secrets, application())


def request_for(
    public: SM2PublicKey,
    *,
    card_number: str = CARD_NUMBER,
    card_id: str = CARD_ID,
    name: str = HOLDER,
    day: date = DAY,
) -> CertificateRequest:
    """What the authority is asked for the invented holder's card."""
    return CertificateRequest(card_id, name, CITY, card_number, public, day)


def writing(
    request: CertificateRequest,
    answer: CertificateAnswer,
    by: CertificateAuthority,
    blank: BlankCard = BLANK,
    at: datetime = AT,
) -> Plan[None]:
    """The plan ``write`` of this card."""
    return write(application(), blank, request, answer, root=by.root, issuers=by.issuers, at=at)


def certify(
    card: Connection, by: CertificateAuthority | None = None, **asked: str | date
) -> Certified:
    """Make the key, ask the authority, write its answer; ``asked`` goes into ``request_for``."""
    by = by or authority()
    made = run(make_key(application(), BLANK), card)
    request = request_for(made.public, **asked)  # type: ignore[arg-type]
    found = Certified(card, request, by.answer(request), by)
    run(found.writing(), card)
    return found


def blank_card(nvm: Callable[[bytearray], NVM] = NVM, seed: int = 1) -> VirtualCard:
    """A chip as delivered; it has no power."""
    return VirtualCard.blank(load_chip(CHIP), random=random.Random(seed).randbytes, nvm=nvm)


def uncertified(card: Any) -> None:
    """Take the certificates away: the application is as on a chip that was delivered."""
    part = card.card.certificates.partition
    place = slice(part.base, part.base + part.size)
    card.card.nvm.cells[place] = blank_card().card.nvm.cells[place]


@cache
def _certified() -> tuple[bytes, Certified]:
    found = certify(blank_card())
    assert isinstance(found.card, VirtualCard)
    return bytes(found.card.card.nvm.cells), found


def certified_card(nvm: Callable[[bytearray], NVM] = NVM, seed: int = 2) -> Certified:
    """A copy of one card that was made once: a chip that has its certificates and nothing else.

    For a card with more on it: ``certify(card)``.  It has no power.
    """
    cells, found = _certified()
    card = VirtualCard(nvm(bytearray(cells)), load_chip(CHIP), random=random.Random(seed).randbytes)
    return Certified(card, found.request, found.answer, found.authority)
