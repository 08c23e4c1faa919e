"""Arguments of the certificate functions: what they look like, and what they are."""

from __future__ import annotations

import binascii

from sscard.errors import MalformedData
from sscard.keys import sm2
from sscard.keys.types import SM4, Pin
from sscard.keys.x509 import Certificate, CertificateAnswer, certificate
from sscard.terminal.driver.codes import DriverError, ErrorCode
from sscard.terminal.driver.step_strings import bytes_in
from sscard.terminal.driver.texts import ITEM

#: What a CA answers, in the order of iWriteCA: certificates, enveloped pair, PIN, master key.
_NAMES = ("QMZS", "JMZS", "JMMY", "GLYPIN", "ZKMY")


def answer_in(texts: tuple[str, ...]) -> CertificateAnswer:
    """A CA's answer in the order of iWriteCA; a bar behind a text counts for nothing.

    Raises DriverError −14.
    """
    try:
        return CertificateAnswer.from_texts(dict(zip(_NAMES, map(bare, texts), strict=True)))
    except MalformedData:
        raise DriverError(ErrorCode.PARAMETER) from None


def master_in(text: str) -> SM4:
    """A master key in hexadecimal.  Raises DriverError −14."""
    return SM4(bytes_in(bare(text), SM4.SIZE))


def signature_in(text: str) -> bytes:
    """r ‖ s.  Raises DriverError −14."""
    return bytes_in(bare(text), sm2.SIGNATURE)


def certificate_in(text: str) -> Certificate:
    """Base64 of DER.  Raises DriverError −14."""
    try:
        return certificate.parse(binascii.a2b_base64("".join(bare(text).split()), strict_mode=True))
    except (MalformedData, ValueError):
        raise DriverError(ErrorCode.PARAMETER) from None


def pin_in(text: str) -> Pin:
    """An even number of digits, as the application packs them.  Raises DriverError −33."""
    try:
        pin = Pin(text)
    except ValueError:
        raise DriverError(ErrorCode.PIN_LENGTH) from None
    if len(text) % 2:
        raise DriverError(ErrorCode.PIN_LENGTH)
    return pin


def bare(text: str) -> str:
    """Without the bar that an item of an output would have."""
    return text.removesuffix(ITEM)
