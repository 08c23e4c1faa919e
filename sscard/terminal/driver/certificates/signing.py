"""PKI_SignData and PKI_VerifySign (ssc-more 1.6 [S])."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sscard.apdu import pki
from sscard.errors import MalformedData, NotVerified
from sscard.keys import sm2
from sscard.keys.types import Pin
from sscard.keys.x509 import Certificate, chain, parse_first
from sscard.perso.certificates import elementary_files as files
from sscard.terminal.driver.certificates.application import (
    application_of,
    show_user_pin,
    signature_key,
)
from sscard.terminal.driver.certificates.desk import CertificateDesk
from sscard.terminal.driver.codes import DriverError, ErrorCode
from sscard.terminal.driver.dialogue import Dialogue
from sscard.terminal.driver.meeting import Met
from sscard.terminal.psam.slots import Slot, at, one

#: Of a certificate's key usage (ssc-more 1.6 [T]: C0 is both bits of a signature certificate).
_DIGITAL_SIGNATURE = 0x80


def signed(met: Met, pin: Callable[[], tuple[Pin, int]], data: bytes) -> Dialogue[bytes]:
    """r ‖ s by the card's signature key; what its public half cannot check is not given out.

    ``pin`` is asked once it is needed: the PIN, and how many tries it must leave.  Raises
    DriverError −61 for a wrong signature; −51, −52; StatusError.
    """
    application = application_of(met)
    yield from at(Slot.USER, files.enter(application))
    public = yield from signature_key(application)
    yield from show_user_pin(*pin())
    command = pki.sign(sm2.digest(public, data))
    signature = (yield from at(Slot.USER, one(command))).require("sign")
    if not sm2.verify(public, data, signature):
        raise DriverError(ErrorCode.SIGNATURE_WRONG)
    return signature


def own_certificate(met: Met) -> Dialogue[Certificate]:
    """The card's signature certificate, whatever stands behind it in its file.

    Raises StatusError; MalformedData where there is none.
    """
    application = application_of(met)
    yield from at(Slot.USER, files.enter(application))
    reading = files.read(application, pki.SIGNATURE_CERTIFICATE)
    found, _ = parse_first((yield from at(Slot.USER, reading)))
    return found


def require_signature(
    desk: CertificateDesk, now: datetime, signer: Certificate, data: bytes, signature: bytes
) -> None:
    """Raises DriverError −61 where it is none, −62 where the certificate does not count.

    That its chain ends at the terminal's root is asked where the terminal has one.  About 10 ms.
    """
    try:
        usage = signer.key_usage
        if desk.root is not None:
            chain.verify(signer, desk.issuers, desk.root, now)
    except (MalformedData, NotVerified):
        raise DriverError(ErrorCode.CERTIFICATE) from None
    if usage is not None and not int.from_bytes(usage[:1], "big") & _DIGITAL_SIGNATURE:
        raise DriverError(ErrorCode.CERTIFICATE)
    if not sm2.verify_digest(signer.public, sm2.digest(signer.public, data), signature):
        raise DriverError(ErrorCode.SIGNATURE_WRONG)
