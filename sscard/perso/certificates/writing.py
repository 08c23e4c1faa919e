"""A CA's answer goes onto its card, at one tap or at several (ssc-more 1.5 [T]).

The answer is compared with the card's key, and every PIN and master key is shown, before anything
is written; what was written is read back before the administrator's PIN and the master keys change.
The session key of the encryption pair comes from the card in clear and goes back in clear, as all
known programs do it; it is in no log of ours, and the private key itself is never in this process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from sscard.apdu import pki
from sscard.channel import pki as channel
from sscard.errors import MalformedData, NotVerified
from sscard.keys.types import SM4
from sscard.keys.x509 import Certificate, CertificateAnswer, CertificateRequest
from sscard.perso.certificates import elementary_files as files
from sscard.perso.certificates.blank_card import Age, BlankCard
from sscard.perso.certificates.order import WriteOrder, prepare
from sscard.perso.certificates.secrets_shown import (
    challenge,
    master_of,
    pin_of,
    show_master,
    show_pin,
)
from sscard.perso.certificates.standing import Contents, Standing, Step
from sscard.perso.certificates.survey import read_contents, survey
from sscard.perso.plan import POWER_UP, Plan
from sscard.profiles.certificates import CertificateApplication


def write(
    application: CertificateApplication,
    blank: BlankCard,
    request: CertificateRequest,
    answer: CertificateAnswer,
    *,
    root: Certificate,
    issuers: Sequence[Certificate],
    at: datetime,
) -> Plan[None]:
    """Write what is missing of the answer; done twice, nothing is written the second time.

    Before the first write: NotVerified for an answer that is not the request's, or not trusted at
    this time; AnotherKey; SecretRefused and TriesKept naming PIN or master key.  Then StatusError,
    and NotVerified for a file that does not hold what was written.
    """
    order = prepare(application, blank, request, answer, root=root, issuers=issuers, at=at)
    (yield POWER_UP).require("power up")
    standing = yield from survey(order)
    yield from _show_pins(order, standing)
    work = _Work(order, standing)
    for step in standing.left:
        yield from _STEPS[step](work)


def _show_pins(order: WriteOrder, standing: Standing) -> Plan[None]:
    """Back in the ADF: what its steps ask for, the user's where a private key is used."""
    application, left = order.application, standing.left
    yield from files.enter(application)
    if Step.PAIR in left:
        yield from show_pin(pin_of(application, pki.USER), order.user_pin)
    if Step.PAIR in left or Step.ADMIN_PIN in left:
        yield from show_pin(pin_of(application, pki.ADMIN), order.admin_pins[standing.admin])


@dataclass(frozen=True, slots=True)
class _Work:
    """The steps, for a card that stands here."""

    order: WriteOrder
    standing: Standing

    def bring_pair(self) -> Plan[None]:
        """The session key is enciphered for the card's own key: another card refuses it here."""
        envelope = self.order.envelope
        session = (yield pki.decrypt(envelope.session_cipher)).require("open the enveloped key")
        if len(session) != SM4.SIZE:
            raise MalformedData(f"the card opens the enveloped key to {len(session)} bytes")
        (yield pki.set_session_key(session)).require("give the session key")
        public = pki.import_public_key(bytes(envelope.public))
        (yield public).require("import the encryption public key")
        private = pki.import_private_key(envelope.enciphered_private)
        (yield private).require("import the encryption private key")

    def write_signature_certificate(self) -> Plan[None]:
        """Into EF 0018."""
        yield from self._write(pki.SIGNATURE_CERTIFICATE)

    def write_encryption_certificate(self) -> Plan[None]:
        """Into EF 0019."""
        yield from self._write(pki.ENCRYPTION_CERTIFICATE)

    def _write(self, fid: int) -> Plan[None]:
        """Another pair may have ended what was read before it came, so that is read again."""
        found = b""
        if self.standing.contents is not Contents.NONE:
            found = yield from files.read(self.order.application, fid)
        yield from files.write(fid, self.order.contents[fid], found)

    def read_back(self) -> Plan[None]:
        """All that can be read."""
        if (yield from read_contents(self.order)) is not Contents.WHOLE:
            raise NotVerified("the card's certificates are not what was written")

    def change_admin_pin(self) -> Plan[None]:
        """Under the old one."""
        old, new = (self.order.admin_pins[age].encoded() for age in (Age.OLD, Age.NEW))
        under = yield from challenge("change the admin PIN")
        command = channel.change_admin_pin(channel.pin_key(old), new, under)
        (yield command).require("change the admin PIN")

    def replace_adf_master(self) -> Plan[None]:
        """The application's."""
        yield from files.enter(self.order.application)
        yield from self._replace_master("adf")

    def replace_ddf_master(self) -> Plan[None]:
        """The environment's, which ends the work."""
        yield from files.enter_ddf(self.order.application)
        yield from self._replace_master("ddf")

    def _replace_master(self, owner: str) -> Plan[None]:
        master = master_of(self.order.application, owner)
        old, new = self.order.masters[Age.OLD], self.order.masters[Age.NEW]
        yield from show_master(master, old)
        under = yield from challenge(f"replace the {master.name_en}")
        command = channel.replace_master(old, new.reveal(), under)
        (yield command).require(f"replace the {master.name_en}")


_STEPS: Mapping[Step, Callable[[_Work], Plan[None]]] = MappingProxyType(
    {
        Step.PAIR: _Work.bring_pair,
        Step.SIGNATURE_CERTIFICATE: _Work.write_signature_certificate,
        Step.ENCRYPTION_CERTIFICATE: _Work.write_encryption_certificate,
        Step.READ_BACK: _Work.read_back,
        Step.ADMIN_PIN: _Work.change_admin_pin,
        Step.ADF_MASTER: _Work.replace_adf_master,
        Step.DDF_MASTER: _Work.replace_ddf_master,
    }
)
