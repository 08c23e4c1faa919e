"""PINs and master keys, shown with as few tries as can be.

A PIN's tries come back only when the right PIN is shown (ssc-more 8: no command that helps is
known).  So they are asked for first, which uses none, and nothing is tried when few are left.
Those of a master key nobody can ask for: there a second candidate is tried only where the card has
shown that it is one of both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar

from sscard.apdu import pki
from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel import pki as channel
from sscard.errors import MalformedData, NotVerified
from sscard.keys.types import SM4, Pin, SecretKey
from sscard.perso.certificates.blank_card import Age
from sscard.perso.plan import Plan
from sscard.profiles.certificates import CertificateApplication, CertificateKey, CertificatePin

Kind = TypeVar("Kind", Pin, SM4)
#: The share of a PIN's tries that is for people.
_PEOPLE = 3


class SecretRefused(NotVerified):
    """The card has another PIN or master key than those that were expected.

    ``reference`` is the PIN's, None for a master key; ``left`` is how many tries the card says are
    left, None where it does not.
    """

    def __init__(self, what: CertificatePin | CertificateKey, left: int | None, why: str) -> None:
        super().__init__(f"{what.name_zh} {what.name_en}: {why}")
        self.reference = what.reference if isinstance(what, CertificatePin) else None
        self.left = left


class TriesKept(SecretRefused):
    """So few tries are left that none is used: somebody must find out what the card has."""


def pin_of(application: CertificateApplication, reference: int) -> CertificatePin:
    """The PIN as it is declared."""
    return next(each for each in application.pins if each.reference == reference)


def master_of(application: CertificateApplication, owner: str) -> CertificateKey:
    """The master key of ``ddf`` or ``adf`` as it is declared."""
    return next(each for each in application.keys if each.owner == owner)


def needed(pin: CertificatePin, candidates: int) -> int:
    """How many tries must be left before so many PINs are tried (assumed).

    A third of them is for people; and one is left whatever happens.
    """
    return max(pin.tries // _PEOPLE, candidates) + 1


def challenge(doing: str) -> Plan[bytes]:
    """A challenge of the card.  Raises StatusError, MalformedData."""
    found = (yield pki.get_challenge()).require(f"{doing}: challenge")
    if len(found) != pki.CHALLENGE:
        raise MalformedData(f"{doing}: a challenge of {len(found)} bytes")
    return found


def tries_left(pin: CertificatePin) -> Plan[int]:
    """Ask the card; no try is used.  Raises StatusError where it does not tell."""
    answer = yield pki.tries_left(pin.reference)
    left = 0 if answer.sw == StatusWord.AUTHENTICATION_BLOCKED else answer.sw.tries_left
    if left is None:
        raise StatusError(answer.sw, f"{_name(pin)}: tries left")
    return left


def try_pin(pin: CertificatePin, secret: Pin) -> Plan[StatusWord]:
    """VERIFY, whatever is left.  Raises StatusError for what is neither yes nor no."""
    command = partial(pki.verify, pin.reference)
    return (yield from _tried(command, channel.pin_key(secret.encoded()), _name(pin)))


def try_master(master: CertificateKey, secret: SM4) -> Plan[StatusWord]:
    """EXTERNAL AUTHENTICATE in the current directory, as ``try_pin``."""
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
    candidates = _candidates(known, order)
    left = yield from tries_left(pin)
    if left < needed(pin, len(candidates)):
        raise TriesKept(pin, left, f"{left} tries are left, which is too few to try it")
    return (yield from _find(partial(try_pin, pin), known, candidates, pin))


def find_master(
    master: CertificateKey, known: Mapping[Age, SM4], order: tuple[Age, ...]
) -> Plan[Age]:
    """Which of both the current directory has.  Raises SecretRefused, StatusError."""
    candidates = _candidates(known, order)
    return (yield from _find(partial(try_master, master), known, candidates, master))


def _candidates(known: Mapping[Age, Kind], order: tuple[Age, ...]) -> tuple[Age, ...]:
    """What is the same is not tried twice."""
    return order[:1] if known[Age.OLD] == known[Age.NEW] else order


def _find(
    show: Callable[[Kind], Plan[StatusWord]],
    known: Mapping[Age, Kind],
    candidates: tuple[Age, ...],
    what: CertificatePin | CertificateKey,
) -> Plan[Age]:
    for age in candidates:
        answer = yield from show(known[age])
        if answer == StatusWord.OK:
            return age
    raise SecretRefused(what, answer.tries_left, "the card has another one")


def _tried(command: Callable[[bytes], CommandAPDU], key: SecretKey, name: str) -> Plan[StatusWord]:
    answer = yield command(channel.cryptogram(key, (yield from challenge(name))))
    wrong = answer.sw.tries_left is not None or answer.sw == StatusWord.AUTHENTICATION_FAILED
    if answer.sw != StatusWord.OK and not wrong:
        raise StatusError(answer.sw, name)
    return answer.sw


def _name(what: CertificatePin | CertificateKey) -> str:
    return f"{what.name_zh} {what.name_en}"
