"""From a certificate to the root that one trusts: signatures, times, and who may sign whom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache

from sscard.errors import MalformedData, NotVerified
from sscard.keys import sm2
from sscard.keys.x509 import oids
from sscard.keys.x509.certificate import Certificate

#: Bit of the key usage with which certificates may be signed (RFC 5280 §4.2.1.3).
_SIGNS_CERTIFICATES = 0x04
_UNDERSTOOD = frozenset({oids.KEY_USAGE, oids.BASIC_CONSTRAINTS})
#: The few links above all cards are checked once.
_of_authorities = lru_cache(maxsize=16)(sm2.verify)
#: A card's certificates are looked at by whoever asked for them, by their plan and by the audit.
_of_one_card = lru_cache(maxsize=4)(sm2.verify)


def verify(
    certificate: Certificate, issuers: Sequence[Certificate], root: Certificate, at: datetime
) -> None:
    """Goes from ``certificate`` up over ``issuers``, in any order, to ``root``, which is trusted.

    Raises NotVerified naming the link by its serial number and saying why: nobody of that name
    and key, a signature that does not fit, a time, an issuer that may not sign certificates.
    ``at`` has a zone.
    """
    try:
        _require_valid(certificate, at)
        _climb(certificate, list(issuers), root, at)
    except MalformedData as error:  # an extension that is there and cannot be read
        raise NotVerified(str(error)) from None


def signed_by(child: Certificate, issuer: Certificate) -> bool:
    """Whether the signature in ``child`` is one of the key in ``issuer``; about 10 ms."""
    if child.signature_algorithm != oids.SM2_WITH_SM3 or issuer.curve != oids.SM2_CURVE:
        return False
    verifies = _of_authorities if oids.BASIC_CONSTRAINTS in child.extensions else _of_one_card
    return verifies(issuer.public, child.signed, child.signature)


def _climb(child: Certificate, others: list[Certificate], root: Certificate, at: datetime) -> None:
    below = 0
    while True:
        issuer = _issuer(child, root, others)
        _require_authority(issuer, below)
        _require_valid(issuer, at)
        if not signed_by(child, issuer):
            raise NotVerified(f"{_named(child)}: the signature is not its issuer's")
        if issuer is root:
            return
        others.remove(issuer)
        child, below = issuer, below + 1


def _issuer(child: Certificate, root: Certificate, others: list[Certificate]) -> Certificate:
    for each in (root, *others):
        if each.subject == child.issuer and _same_key(child, each):
            return each
    raise NotVerified(f"{_named(child)}: no certificate of its issuer is there")


def _same_key(child: Certificate, issuer: Certificate) -> bool:
    wanted, known = child.authority_key_id, issuer.subject_key_id
    return wanted is None or known is None or wanted == known


def _require_valid(certificate: Certificate, at: datetime) -> None:
    """It is valid at this time, and says nothing that must be understood and is not."""
    begin, end = certificate.not_before, certificate.not_after
    if not begin <= at <= end:
        raise NotVerified(
            f"{_named(certificate)}: valid from {begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC,"
            f" not at {at.astimezone(UTC):%Y-%m-%d %H:%M}"
        )
    if unknown := certificate.critical - _UNDERSTOOD:
        raise NotVerified(
            f"{_named(certificate)}: critical and unknown: {', '.join(sorted(unknown))}"
        )


def _require_authority(issuer: Certificate, below: int) -> None:
    """It may sign certificates, with so many authorities between it and the last."""
    limit, usage = issuer.path_length, issuer.key_usage
    if limit is None or not (usage is None or usage[0] & _SIGNS_CERTIFICATES):
        raise NotVerified(f"{_named(issuer)}: may not sign certificates")
    if below > limit:
        raise NotVerified(f"{_named(issuer)}: may not have {below} authorities below it")


def _named(certificate: Certificate) -> str:
    """Without its subject, who is a person."""
    return f"certificate {certificate.serial.hex().upper()}"
