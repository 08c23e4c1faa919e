"""PINs and master keys, shown with as few tries as can be.

A PIN's tries come back only when the right PIN is shown (ssc-more 8: no command that helps is
known).  So they are asked for first, which uses none, and half of them are never touched: they are
for people.  What a master key has left only a wrong try tells.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar

from sscard.apdu import pki
from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel import pki as channel
from sscard.errors import NotVerified
from sscard.keys.types import SM4, Pin, SecretKey
from sscard.perso.certificates.blank_card import Age
from sscard.perso.plan import Plan
from sscard.profiles.certificates import CertificateApplication, CertificateKey, CertificatePin

Kind = TypeVar("Kind", Pin, SM4)
#: The last tries, which no second candidate gets.
_FEW = 1


class SecretRefused(NotVerified):
    """The card has another PIN or master key than those that were expected."""


class TriesKept(NotVerified):
    """So few tries are left that none is used: somebody must find out what the card has."""


def pin_of(application: CertificateApplication, reference: int) -> CertificatePin:
    """The PIN as it is declared."""
    return next(each for each in application.pins if each.reference == reference)


def master_of(application: CertificateApplication, owner: str) -> CertificateKey:
    """The master key of ``ddf`` or ``adf`` as it is declared."""
    return next(each for each in application.keys if each.owner == owner)


def kept(pin: CertificatePin) -> int:
    """How many tries are never used: half of them, at least one (assumed)."""
    return max(pin.tries // 2, 1)


def tries_left(pin: CertificatePin) -> Plan[int]:
    """Ask the card; no try is used.  Raises StatusError where it does not tell."""
    answer = yield pki.tries_left(pin.reference)
    left = 0 if answer.sw == StatusWord.AUTHENTICATION_BLOCKED else answer.sw.tries_left
    if left is None:
        raise StatusError(answer.sw, f"{_name(pin)}: tries left")
    return left


def try_pin(pin: CertificatePin, secret: Pin) -> Plan[StatusWord]:
    """VERIFY, if there are tries enough.  Raises TriesKept, and StatusError for other refusals."""
    left = yield from tries_left(pin)
    if left <= kept(pin):
        raise TriesKept(f"{_name(pin)}: {left} tries are left, and {kept(pin)} are never used")
    command = partial(pki.verify, pin.reference)
    return (yield from _tried(command, channel.pin_key(secret.encoded()), _name(pin)))


def try_master(master: CertificateKey, secret: SM4) -> Plan[StatusWord]:
    """EXTERNAL AUTHENTICATE in the current directory.  Raises StatusError for other refusals."""
    return (yield from _tried(pki.external_authenticate, secret, _name(master)))


def show_pin(pin: CertificatePin, secret: Pin) -> Plan[None]:
    """Show a PIN, once.  Raises SecretRefused, TriesKept, StatusError."""
    yield from find_pin(pin, {Age.OLD: secret, Age.NEW: secret}, (Age.OLD,))


def show_master(master: CertificateKey, secret: SM4) -> Plan[None]:
    """Show the current directory's master key, once.  Raises SecretRefused, StatusError."""
    yield from find_master(master, {Age.OLD: secret, Age.NEW: secret}, (Age.OLD,))


def find_pin(pin: CertificatePin, known: Mapping[Age, Pin], order: tuple[Age, ...]) -> Plan[Age]:
    """Which of both the card has, tried in this order; it is shown then.

    Raises SecretRefused, TriesKept, StatusError.
    """
    return (yield from _find(partial(try_pin, pin), known, order, _name(pin)))


def find_master(
    master: CertificateKey, known: Mapping[Age, SM4], order: tuple[Age, ...]
) -> Plan[Age]:
    """Which of both the current directory has, as ``find_pin``."""
    return (yield from _find(partial(try_master, master), known, order, _name(master)))


def _find(
    show: Callable[[Kind], Plan[StatusWord]],
    known: Mapping[Age, Kind],
    order: tuple[Age, ...],
    name: str,
) -> Plan[Age]:
    same = known[Age.OLD] == known[Age.NEW]
    candidates = order[:1] if same else order
    for age in candidates:
        answer = yield from show(known[age])
        if answer == StatusWord.OK:
            return age
        if age is not candidates[-1] and answer.tries_left in range(_FEW + 1):
            raise TriesKept(f"{name}: refused, and {answer.tries_left} tries are left")
    raise SecretRefused(f"{name}: the card has another one")


def _tried(command: Callable[[bytes], CommandAPDU], key: SecretKey, name: str) -> Plan[StatusWord]:
    challenge = (yield pki.get_challenge()).require(f"{name}: challenge")
    answer = yield command(channel.cryptogram(key, challenge))
    wrong = answer.sw.tries_left is not None or answer.sw == StatusWord.AUTHENTICATION_FAILED
    if answer.sw != StatusWord.OK and not wrong:
        raise StatusError(answer.sw, name)
    return answer.sw


def _name(what: CertificatePin | CertificateKey) -> str:
    return f"{what.name_zh} {what.name_en}"
