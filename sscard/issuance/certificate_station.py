"""The station of the certificate application: it asks an authority and holds no key of the others.

What it knows of a card before is what all blank cards have.  The authority's answer, with the
card's new administrator's PIN and master key, is asked for again whenever it is needed and kept
nowhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sscard.errors import KeyStoreError, MalformedData, NotVerified, ProfileError
from sscard.issuance.ca import Authority
from sscard.issuance.card_certificates import CardCertificates
from sscard.keys import ChipLot, Pin
from sscard.keys.x509 import CertificateAnswer, CertificateRequest, parse, verify
from sscard.perso.certificates import BlankCard, Written, as_delivered, audit, make_key, write
from sscard.perso.certificates.order import prepare
from sscard.perso.certificates.seen import Seen, look
from sscard.perso.findings import Finding
from sscard.perso.order import WantedCard
from sscard.perso.plan import Connection, run, tried
from sscard.profiles import Profile
from sscard.profiles.certificates import CertificateApplication

Random = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class CertifiedCard:
    """What a card was asked for and what was answered."""

    request: CertificateRequest
    answer: CertificateAnswer = field(repr=False)

    @property
    def told(self) -> CardCertificates:
        """What lists and reports say of it."""
        return CardCertificates.of(self.answer)


@dataclass(frozen=True, slots=True)
class CertificateStation:
    """``blank`` is what the lot's cards have, ``authority`` whoever answers for them."""

    application: CertificateApplication = field(repr=False)
    blank: BlankCard
    authority: Authority
    random: Random

    @classmethod
    def of(
        cls, profile: Profile, lot: ChipLot, authority: Authority, random: Random
    ) -> CertificateStation:
        """The station for cards of this profile.

        Raises ProfileError where it declares no such application, KeyStoreError where nobody said
        what the lot's cards have.
        """
        application = profile.certificates
        if application is None:
            raise ProfileError(
                f"配置 {profile.name} 未声明数字证书应用 profile {profile.name} declares no "
                "certificate application: --certificates is for cards that have one"
            )
        if lot.certificate_master is None:
            raise KeyStoreError(
                f"批次 {lot.name} 缺少证书应用主控密钥 lot {lot.name} has no certificate_master, "
                "the master key of the certificate application on its blank cards; "
                "see: sscard keys store lot --help"
            )
        pins = {each.name: Pin(each.initial) for each in application.pins}
        blank = BlankCard(pins["user"], pins["admin"], lot.certificate_master)
        return cls(application, blank, authority, random)

    def rehearse(self, at: datetime) -> None:
        """Whether the authority's own certificates lead to its root.  Raises NotVerified."""
        authority = self.authority
        for each in authority.issuers:
            try:
                verify(each, authority.issuers, authority.root, at)
            except NotVerified as error:
                raise NotVerified(f"证书CA certificate authority: {error}") from None

    def is_ours(self, content: bytes, at: datetime) -> bool:
        """Whether a signature certificate's file holds one of this authority, or half of any."""
        try:
            verify(parse(content), self.authority.issuers, self.authority.root, at)
        except MalformedData:  # torn: it is written again
            return True
        except NotVerified:
            return False
        return True

    def make_key(self, card: WantedCard, chip: Connection) -> CertificateRequest:
        """Let the card make its signature key, unless it has one; what the authority is asked."""
        made = run(make_key(self.application, self.blank), chip)
        numbers = card.numbers
        return CertificateRequest(
            card_id=card.card_id_code.hex().upper(),
            name=card.name,
            city=numbers.city,
            card_number=numbers.card_number,
            public=made.public,
            issued_on=numbers.issued_on,
        )

    def ask(self, request: CertificateRequest, at: datetime) -> CertifiedCard:
        """The authority's answer, which fits the request.

        Raises AnswerAwaited, RequestRefused; NotVerified and MalformedData for an answer that does
        not fit, which no card has seen; other SscardError where nobody can be asked.
        """
        authority = self.authority
        answer = authority.answer(request)
        root, issuers = authority.root, authority.issuers
        prepare(self.application, self.blank, request, answer, root=root, issuers=issuers, at=at)
        return CertifiedCard(request, answer)

    def write(self, certified: CertifiedCard, chip: Connection, at: datetime) -> None:
        """Bring the answer onto the card; of a card that was torn what is missing.

        Raises NotVerified, StatusError, TransportError.
        """
        root, issuers = self.authority.root, self.authority.issuers
        plan = write(
            self.application,
            self.blank,
            certified.request,
            certified.answer,
            root=root,
            issuers=issuers,
            at=at,
        )
        run(plan, chip)

    def audit(
        self, certified: CertifiedCard, chip: Connection, at: datetime
    ) -> tuple[Finding, ...]:
        """What a fresh power-up shows of both pairs, certificates, PINs and master keys."""
        authority = self.authority
        written = Written(
            certified.request,
            certified.answer,
            self.blank.user_pin,
            authority.root,
            authority.issuers,
            at,
        )
        return run(audit(self.application, written, self.random), chip)


def audit_as_delivered(profile: Profile, chip: Connection) -> tuple[Finding, ...]:
    """Of a card that gets no certificates: its application, if it has one, is as it came."""
    application = profile.certificates
    return run(as_delivered(application), chip) if application is not None else ()


def begun_otherwise(
    application: CertificateApplication | None,
    station: CertificateStation | None,
    chip: Connection,
    at: datetime,
) -> str | None:
    """Why a card that waited cannot go on in this run as it is; None when it can.

    A card that does not show what it has goes on: its station finds out.  Raises TransportError.
    """
    seen = run(tried(look(application)), chip) if application is not None else None
    if not isinstance(seen, Seen) or seen.public is None:
        return None
    if station is None:
        return (
            "已生成证书密钥 it was begun with certificates: use --certificates, or "
            "--give-up-waiting"
        )
    if seen.certificate and not station.is_ours(seen.certificate, at):
        return (
            "证书由另一CA签发 its certificates are of another CA: use that one (--ca), or "
            "--give-up-waiting"
        )
    return None
