"""The certificate application as a terminal finds it: its key, and showing the user's PIN."""

from __future__ import annotations

from sscard.apdu import pki
from sscard.apdu.status import StatusWord
from sscard.channel import pki as channel
from sscard.keys.sm2_keys import SM2PublicKey
from sscard.keys.types import Pin
from sscard.perso.certificates import elementary_files as files
from sscard.perso.certificates.secrets_shown import challenge
from sscard.profiles.certificates import CertificateApplication
from sscard.terminal.driver.codes import DriverError, ErrorCode
from sscard.terminal.driver.dialogue import Dialogue
from sscard.terminal.driver.meeting import Met
from sscard.terminal.driver.pins import tried
from sscard.terminal.psam.slots import Slot, at, one


def application_of(met: Met) -> CertificateApplication:
    """What cards of this profile have.  Raises DriverError −13 where they have none."""
    if met.profile.certificates is None:
        raise DriverError(ErrorCode.NOT_SUPPORTED)
    return met.profile.certificates


def signature_key(application: CertificateApplication) -> Dialogue[SM2PublicKey]:
    """The public key of the signature pair.  Raises DriverError −27013 where there is none yet."""
    reading = files.read_key(application, pki.SIGNATURE_PUBLIC)
    found = yield from at(Slot.USER, reading)
    if found is None:
        raise DriverError(ErrorCode.SW_6985)
    return found


def show_user_pin(pin: Pin, spared: int) -> Dialogue[None]:
    """VERIFY, unless that could take one of the last ``spared`` tries.

    The card says first how many there are; one that does not know the question is not asked twice.
    Raises DriverError −51 with the tries left, −52.
    """
    yield from require_tries(pki.USER, spared)
    drawn = yield from at(Slot.USER, challenge("user PIN"))
    shown = channel.cryptogram(channel.pin_key(pin.encoded()), drawn)
    yield from tried(pki.verify(pki.USER, shown))


def require_tries(reference: int, spared: int) -> Dialogue[None]:
    """Raises DriverError −51 where no more than ``spared`` tries are left, −52 where none is."""
    answer = yield from at(Slot.USER, one(pki.tries_left(reference)))
    left = answer.sw.tries_left
    if left == 0 or answer.sw == StatusWord.AUTHENTICATION_BLOCKED:
        raise DriverError(ErrorCode.PIN_BLOCKED)
    if left is not None and left <= spared:
        raise DriverError(ErrorCode.PIN_WRONG, f"{left}|")
