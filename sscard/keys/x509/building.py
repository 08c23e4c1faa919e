"""X.509 v3 certificates, built and signed: SM2 with SM3 over a key of the SM2 curve."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sscard.keys.sm2 import SM2Signer
from sscard.keys.sm2_keys import SM2PublicKey
from sscard.keys.x509 import names, oids
from sscard.keys.x509.extensions import Extension
from sscard.keys.x509.names import Name

_NUMBER = 32
#: From here on a year needs four digits (RFC 5280 §4.1.2.5).
_FOUR_DIGITS = 2050
_LONGEST_SERIAL = 20


@dataclass(frozen=True, slots=True)
class Contents:
    """What a certificate shall say.  ValueError for what none can say, the part named.

    ``serial`` is positive and has no sign byte; times are whole seconds with a zone.
    """

    serial: bytes
    issuer: Name
    subject: Name = field(repr=False)  # a person
    not_before: datetime
    not_after: datetime
    public: SM2PublicKey
    extensions: tuple[Extension, ...]

    def __post_init__(self) -> None:
        if not 0 < len(self.serial) <= _LONGEST_SERIAL or not 0 < self.serial[0] < 0x80:
            raise ValueError(f"a serial number has 1 to {_LONGEST_SERIAL} bytes, 01 to 7F first")
        for each in (self.not_before, self.not_after):
            if each.tzinfo is None or each.microsecond:
                raise ValueError("times of a certificate are whole seconds with a zone")
        if self.not_after < self.not_before:
            raise ValueError("a certificate that ends before it begins")
        names.require_name(self.issuer)
        names.require_name(self.subject)
        if len({each.oid for each in self.extensions}) != len(self.extensions):
            raise ValueError("an extension comes twice")


def issue(signer: SM2Signer, contents: Contents) -> bytes:
    """The certificate in DER.  Whose ``signer`` it is, ``contents.issuer`` says."""
    from asn1crypto import x509

    signed = to_be_signed(contents)
    whole = x509.Certificate(
        {
            "tbs_certificate": x509.TbsCertificate.load(signed),
            "signature_algorithm": _algorithm(),
            "signature_value": _pair(signer.sign(signed)),
        }
    )
    return bytes(whole.dump())


def to_be_signed(contents: Contents) -> bytes:
    """What the signature is over."""
    from asn1crypto import x509

    tbs = x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": int.from_bytes(contents.serial, "big"),
            "signature": _algorithm(),
            "issuer": names.built(contents.issuer),
            "validity": {
                "not_before": _time(contents.not_before),
                "not_after": _time(contents.not_after),
            },
            "subject": names.built(contents.subject),
            "subject_public_key_info": _key(contents.public),
            "extensions": [_extension(each) for each in contents.extensions],
        }
    )
    return bytes(tbs.dump())


def _algorithm() -> Any:
    """Without parameters (GM/T 0015): the library leaves them out for numbers it does not know."""
    from asn1crypto import algos

    return algos.SignedDigestAlgorithm({"algorithm": oids.SM2_WITH_SM3})


def _key(public: SM2PublicKey) -> Any:
    from asn1crypto import keys

    curve = keys.ECDomainParameters(name="named", value=oids.SM2_CURVE)
    return keys.PublicKeyInfo(
        {
            "algorithm": {"algorithm": "ec", "parameters": curve},
            "public_key": keys.ECPointBitString(b"\x04" + public.point),
        }
    )


def _time(moment: datetime) -> Any:
    from asn1crypto import x509

    form = "general_time" if moment.astimezone(UTC).year >= _FOUR_DIGITS else "utc_time"
    return x509.Time(name=form, value=moment.astimezone(UTC))


def _extension(extension: Extension) -> Any:
    from asn1crypto import core, x509

    return x509.Extension(
        {
            "extn_id": extension.oid,
            "critical": extension.critical,
            "extn_value": core.ParsableOctetString(extension.value),
        }
    )


def _pair(signature: bytes) -> bytes:
    from asn1crypto import algos

    r, s = (int.from_bytes(half, "big") for half in (signature[:_NUMBER], signature[_NUMBER:]))
    return bytes(algos.DSASignature({"r": r, "s": s}).dump())
