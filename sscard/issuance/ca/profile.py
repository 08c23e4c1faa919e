"""What stands in the certificates of cards and of the authorities above them (ssc-more 1.6 [T])."""

from __future__ import annotations

from datetime import date, datetime, time

from sscard.issuance.ca.authority import RequestRefused
from sscard.issuance.machines import CHINA
from sscard.keys.sm2_keys import SM2PublicKey
from sscard.keys.sm3 import sm3
from sscard.keys.x509 import CertificateRequest, Extension, Name, extensions
from sscard.keys.x509.names import of_parts
from sscard.profiles.certificates import CertificateProfile
from sscard.profiles.places import place

_HOLDER, _PROVINCE, _CITY = "<holder>", "<province>", "<city>"
#: How authorities may use their keys: to sign certificates and lists of revoked ones.
AUTHORITY_USAGE = b"\x06"


def subject(pattern: tuple[str, ...], request: CertificateRequest) -> Name:
    """The holder in the words of a profile's ``subject``: parts such as ``L=<city>``.

    Raises RequestRefused for a division without name and for a word of unknown meaning.
    """
    where = place(request.city)
    if where is None:
        raise RequestRefused(f"division {request.city}: no name of this code is known")
    words = {_HOLDER: request.name, _PROVINCE: where.province, _CITY: where.city}
    named = of_parts(pattern)
    if unknown := [text for _, text in named if text.startswith("<") and text not in words]:
        raise RequestRefused(f"subject: nothing is known for {', '.join(unknown)}")
    return tuple((short, words.get(text, text)) for short, text in named)


def private_extensions(
    declared: CertificateProfile, request: CertificateRequest
) -> tuple[Extension, ...]:
    """The private ones that a profile names.  Raises RequestRefused for one of unknown meaning."""
    values = {"card_number": request.card_number.encode("ascii"), "hash": card_hash(request)}
    for each in declared.extensions:
        if len(values.get(each.name, b"")) != each.size:
            raise RequestRefused(f"extension {each.name}: nothing of {each.size} bytes is known")
    return tuple(Extension(each.oid, values[each.name]) for each in declared.extensions)


def card_hash(request: CertificateRequest) -> bytes:
    """The hash value among the extensions: SM3 of the card identification code, as text (assumed).

    Of what it is made is not public (ssc-more 1.6 [T]).  This choice says nothing of the person:
    whoever has the card has read the code, and without it the hash tells nothing that could be
    guessed from names or ID numbers.
    """
    return sm3(request.card_id.encode("ascii"))


def validity(begin: date, years: int) -> tuple[datetime, datetime]:
    """From the first moment of a day, to the same day ``years`` later; of 29 February, the 28th."""
    try:
        end = begin.replace(year=begin.year + years)
    except ValueError:
        end = begin.replace(year=begin.year + years, day=28)
    first, last = (datetime.combine(each, time(), CHINA) for each in (begin, end))
    return first, last


def key_identifiers(subject: SM2PublicKey, issuer: SM2PublicKey) -> tuple[Extension, Extension]:
    """Of the issuer and of the subject, in the order in which cards' certificates have them."""
    return extensions.authority_key_id(issuer), extensions.subject_key_id(subject)
