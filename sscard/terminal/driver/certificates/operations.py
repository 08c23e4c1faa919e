"""The certificate functions with types; what goes wrong is a DriverError."""

from __future__ import annotations

from collections.abc import Callable

from sscard.keys.sm2_keys import SM2PublicKey
from sscard.keys.x509 import Certificate, CertificateAnswer
from sscard.terminal.driver.certificates.plans import CertificatePlans
from sscard.terminal.driver.conversation import Conversation
from sscard.terminal.driver.dialogue import Dialogue, Result, coded
from sscard.terminal.driver.operations import without_questions
from sscard.terminal.driver.pins import Holder
from sscard.terminal.driver.terminal import Interface, Terminal


def read_signature_key(terminal: Terminal, interface: Interface) -> SM2PublicKey:
    """iReadSignatureKey.  Raises DriverError."""
    return played_alone(terminal, interface, lambda plans: plans.read_key())


def write_certificates(terminal: Terminal, interface: Interface, answer: CertificateAnswer) -> None:
    """iWriteCA.  Raises DriverError."""
    played_alone(terminal, interface, lambda plans: plans.write(answer))


def sign(terminal: Terminal, interface: Interface, data: bytes, user_pin: str = "") -> bytes:
    """PKI_SignData: r ‖ s; without a PIN the holder types it.  Raises DriverError."""
    return played_alone(terminal, interface, lambda plans: plans.sign(data, user_pin))


def verify(
    terminal: Terminal,
    interface: Interface,
    data: bytes,
    signature: bytes,
    certificate: Certificate | None = None,
) -> None:
    """PKI_VerifySign; without a certificate by the card's own.  Raises DriverError."""
    played_alone(terminal, interface, lambda plans: plans.verify(data, signature, certificate))


def played_alone(
    terminal: Terminal,
    interface: Interface,
    make: Callable[[CertificatePlans], Dialogue[Result]],
) -> Result:
    """With the user card alone: neither PSAM nor HSM has keys for certificates.

    Raises DriverError.
    """
    plans = CertificatePlans(terminal, Holder(terminal.keypad))
    return without_questions(Conversation(terminal, interface, coded(make(plans))))
