"""What a certificate says, judged as a stranger would: from its bytes, and whom one trusts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from sscard.errors import MalformedData, NotVerified
from sscard.keys.sm2_keys import SM2PublicKey
from sscard.keys.x509 import Certificate, CertificateRequest, parse, verify
from sscard.perso.findings import Finding, Proof
from sscard.profiles.certificates import CertificateProfile
from sscard.profiles.places import Place, place

_CARD_NUMBER = "card_number"


@dataclass(frozen=True, slots=True)
class Expected:
    """What one certificate must say, and whom one trusts, when.

    ``public`` is the key that the card shows, ``usage`` the first byte of its key usage.
    """

    declared: CertificateProfile
    request: CertificateRequest
    public: SM2PublicKey | None
    usage: bytes
    root: Certificate
    issuers: Sequence[Certificate]
    at: datetime


def parsed(content: bytes) -> Certificate | None:
    """The certificate in a file's content, if there is one."""
    try:
        return parse(content)
    except MalformedData:
        return None


def judged(file: str, found: Certificate | None, expected: Expected) -> list[Finding]:
    """One finding for each thing that a certificate must say; none of them agrees without one."""
    return [
        Finding(f"{file}: {what}", proof, found is not None and judge(found, expected))
        for (what, proof), judge in _JUDGES.items()
    ]


def _form(found: Certificate, expected: Expected) -> bool:
    declared = expected.declared
    said = (found.version, found.signature_algorithm, found.curve, len(found.serial))
    return said == (
        declared.version,
        declared.signature_algorithm,
        declared.curve,
        declared.serial_size,
    )


def _key(found: Certificate, expected: Expected) -> bool:
    return found.public == expected.public


def _usage(found: Certificate, expected: Expected) -> bool:
    try:
        return found.key_usage == expected.usage
    except MalformedData:
        return False


def _holder(found: Certificate, expected: Expected) -> bool:
    return found.named("CN") == expected.request.name


def _place(found: Certificate, expected: Expected) -> bool:
    where = place(expected.request.city)
    return where is not None and where == Place(found.named("S"), found.named("L"))


def _card_number(found: Certificate, expected: Expected) -> bool:
    oid = next(each.oid for each in expected.declared.extensions if each.name == _CARD_NUMBER)
    return found.extensions.get(oid) == expected.request.card_number.encode("ascii")


def _validity(found: Certificate, expected: Expected) -> bool:
    return found.not_before <= expected.at <= found.not_after


def _chain(found: Certificate, expected: Expected) -> bool:
    try:
        verify(found, expected.issuers, expected.root, expected.at)
    except NotVerified:
        return False
    return True


#: What is judged, how it is shown, and by which of the functions above.
_JUDGES: Mapping[tuple[str, Proof], Callable[[Certificate, Expected], bool]] = MappingProxyType(
    {
        ("form", Proof.READING): _form,
        ("key", Proof.READING): _key,
        ("key usage", Proof.READING): _usage,
        ("holder", Proof.READING): _holder,
        ("province and city", Proof.READING): _place,
        ("card number", Proof.READING): _card_number,
        ("validity", Proof.READING): _validity,
        ("chain to the root", Proof.SIGNATURE): _chain,
    }
)
