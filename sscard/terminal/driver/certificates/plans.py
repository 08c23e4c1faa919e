"""The certificate functions as dialogues with the user card."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from sscard.keys.sm2_keys import SM2PublicKey
from sscard.keys.x509 import Certificate, CertificateAnswer
from sscard.keys.x509.days import CHINA
from sscard.perso.certificates import BlankCard
from sscard.terminal.driver.certificates.application import application_of
from sscard.terminal.driver.certificates.arguments import (
    answer_in,
    master_in,
    pin_in,
)
from sscard.terminal.driver.certificates.signing import own_certificate, require_signature, signed
from sscard.terminal.driver.certificates.writing import blank_card, key_made, key_there, written
from sscard.terminal.driver.codes import DriverError, ErrorCode
from sscard.terminal.driver.dialogue import Ask, Dialogue, Question
from sscard.terminal.driver.meeting import meet
from sscard.terminal.driver.pins import Holder
from sscard.terminal.driver.proofs import digits
from sscard.terminal.driver.terminal import Terminal


class CertificatePlans:
    """The dialogues of one call; no PSAM and no HSM has a part in them."""

    def __init__(self, terminal: Terminal, holder: Holder) -> None:
        self._terminal, self._holder = terminal, holder
        self._desk = terminal.certificates

    def read_key(self) -> Dialogue[SM2PublicKey]:
        """iReadSignatureKey, with the PIN of blank cards where the pair is to be made."""
        application = application_of((yield from meet(self._terminal)))
        found = yield from key_there(application)
        if found is None and self._desk.master is not None:
            found = yield from key_made(application)
        if found is None:
            raise DriverError(ErrorCode.SW_6985)
        return found

    def write(self, answer: CertificateAnswer) -> Dialogue[None]:
        """iWriteCA, with the PINs of blank cards and the terminal's master key."""
        met = yield from meet(self._terminal)
        if self._desk.master is None:
            raise DriverError(ErrorCode.NOT_SUPPORTED)
        blank = blank_card(application_of(met), self._desk.master)
        yield from written(met, blank, answer, self._desk, self._now())

    def both_steps(self, user_pin: str) -> Dialogue[None]:
        """iWriteCaStep1, and behind the question iWriteCaStep2 with its arguments."""
        pin = pin_in(user_pin)
        met = yield from meet(self._terminal)
        public = yield from key_made(application_of(met), pin)
        del user_pin, pin  # step 2 brings its own: nothing waits with this one
        given = yield Ask(Question.CERTIFICATES, digits(public.point), met.seen)
        user, envelope, encryption, signature, old_master, new_master, old_pin, new_pin = given
        answer = answer_in((signature, encryption, envelope, new_pin, new_master))
        blank = BlankCard(pin_in(user), pin_in(old_pin), master_in(old_master))
        yield from written(met, blank, answer, self._desk, self._now())

    def sign(self, data: bytes, user_pin: str) -> Dialogue[bytes]:
        """PKI_SignData.  Raises DriverError −13 where the terminal does not know how to sign."""
        if self._desk.signing == "none":
            raise DriverError(ErrorCode.NOT_SUPPORTED)
        met = yield from meet(self._terminal)
        asked = partial(self._holder.certificate_pin, user_pin)
        return (yield from signed(met, asked, data))

    def verify(self, data: bytes, signature: bytes, signer: Certificate | None) -> Dialogue[None]:
        """PKI_VerifySign: with a certificate of the program's, without any card."""
        if signer is None:
            met = yield from meet(self._terminal)
            signer = yield from own_certificate(met)
        require_signature(self._desk, self._now(), signer, data, signature)

    def _now(self) -> datetime:
        """A clock without a zone shows the time of China."""
        now = self._terminal.clock()
        return now if now.tzinfo else now.replace(tzinfo=CHINA)
