"""Parts of a certificate as ``asn1crypto`` has them, brought into plain values.

Each raises whatever the library raises; ``part`` turns it into MalformedData.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, TypeVar

from sscard.errors import MalformedData
from sscard.keys.sm2_keys import SM2PublicKey

_T = TypeVar("_T")
_NUMBER, _UNCOMPRESSED = 32, b"\x04"
_UNLIMITED = 255
_VERSIONS = ("v1", "v2", "v3")
#: What asn1crypto raises for bytes that are no DER.
_LIBRARY_ERRORS = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
)


def part(name: str, read: Callable[[], _T]) -> _T:
    """What the library finds there: its messages repeat the bytes, ours do not."""
    try:
        return read()
    except _LIBRARY_ERRORS:
        raise MalformedData(f"certificate: {name} cannot be read") from None


def version(tbs: Any) -> int:
    """1 to 3."""
    return _VERSIONS.index(tbs["version"].native) + 1


def algorithm(whole: Any) -> str:
    """The number of the signature algorithm, which is named twice."""
    inside, outside = whole["tbs_certificate"]["signature"], whole["signature_algorithm"]
    if inside.dump() != outside.dump():
        raise ValueError("one signature algorithm is signed, another is named")
    return str(outside["algorithm"].dotted)


def serial(number: int) -> bytes:
    """A positive number without sign byte."""
    if number <= 0:
        raise ValueError("a serial number is positive")
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def time(choice: Any) -> datetime:
    """In UTC."""
    found = choice.native
    if not isinstance(found, datetime) or found.tzinfo is None:
        raise ValueError("a time is one of the calendar, with its zone")
    return found.astimezone(UTC)


def public(key: Any) -> SM2PublicKey:
    """X ‖ Y behind the 04."""
    raw = key["public_key"].native
    if raw[:1] != _UNCOMPRESSED:
        raise ValueError("no point with both coordinates")
    return SM2PublicKey(raw[1:])


def curve(key: Any) -> str:
    """The number of the curve."""
    return str(key["algorithm"]["parameters"].chosen.dotted)


def signature(raw: bytes) -> bytes:
    """r ‖ s of the two INTEGERs (GM/T 0009)."""
    from asn1crypto import algos

    pair = algos.DSASignature.load(raw, strict=True)
    return b"".join(pair[each].native.to_bytes(_NUMBER, "big") for each in ("r", "s"))


def extensions(tbs: Any) -> Iterator[tuple[str, bytes, bool]]:
    """All of them as they stand, whatever the library thinks of what is in the octet strings."""
    from asn1crypto import core

    listed, seen = tbs["extensions"], set[str]()
    raw = listed.untag().dump() if listed else b"\x30\x00"
    for each in core.SequenceOf.load(raw, strict=True, spec=core.Sequence):
        parts = [each[at] for at in range(len(each))]
        if [type(part) for part in parts] not in _extension_forms():
            raise ValueError("no extension")
        oid = parts[0].dotted
        if oid in seen:
            raise ValueError("an extension comes twice")
        seen.add(oid)
        yield oid, bytes(parts[-1].contents), len(parts) > 2 and bool(parts[1].native)


def _extension_forms() -> tuple[list[type], ...]:
    """Number and octets, or whether it is critical between them (RFC 5280 §4.1)."""
    from asn1crypto import core

    number, flag, octets = core.ObjectIdentifier, core.Boolean, core.OctetString
    return [number, octets], [number, flag, octets]


def bits(raw: bytes) -> bytes:
    """The bytes of a bit string, of which there is one or more."""
    from asn1crypto import core

    found = bytes(core.BitString.load(raw, strict=True).contents[1:])
    if not found:
        raise ValueError("a bit string without bits")
    return found


def octets(raw: bytes) -> bytes:
    """What is in an octet string."""
    from asn1crypto import core

    return bytes(core.OctetString.load(raw, strict=True).native)


def key_identifier(raw: bytes) -> bytes | None:
    """The key identifier of an authority, None where only its name stands."""
    from asn1crypto import x509

    found = x509.AuthorityKeyIdentifier.load(raw, strict=True)["key_identifier"].native
    return None if found is None else bytes(found)


def path_length(raw: bytes) -> int | None:
    """How many authorities may stand below; None for who is none."""
    from asn1crypto import x509

    found = x509.BasicConstraints.load(raw, strict=True).native
    limit = found["path_len_constraint"]
    return None if not found["ca"] else _UNLIMITED if limit is None else limit
