"""What cards sign, and what is signed about them: static and dynamic data (pboc 4 [H, V])."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sscard.keys.certificates.error import CertificateError

#: The only tag list there is: the AIP, tag 82.
AIP_ONLY = b"\x82"
_STATIC = "static data"
_DYNAMIC = "dynamic data"


def static_data(records: Iterable[bytes], aip: bytes, tag_list: bytes | None = None) -> bytes:
    """The static data of a card, in the order its AFL flags the records.

    Of SFI 1 to 10 a record comes without its template's tag and length, of others whole.  The AIP
    follows exactly when a record carries a tag list (9F4A), in both families (pboc 4.1 [L] for
    SM2, where sources differ).  Raises CertificateError for a tag list other than 82.
    """
    if tag_list not in (None, AIP_ONLY):
        raise CertificateError(_STATIC, "tag list 9F4A", "names something other than the AIP")
    return b"".join(records) + (b"" if tag_list is None else aip)


@dataclass(frozen=True, slots=True)
class DynamicData:
    """What a card adds to its signature: its number of 2 to 8 bytes, and for CDA what follows."""

    number: bytes
    rest: bytes = b""

    def __post_init__(self) -> None:
        if not 2 <= len(self.number) <= 8:
            raise ValueError("a card's dynamic number has 2 to 8 bytes")

    def __bytes__(self) -> bytes:
        return bytes((len(self.number),)) + self.number + self.rest

    @classmethod
    def parse(cls, raw: bytes) -> DynamicData:
        """From the bytes that a signature carries.  Raises CertificateError."""
        if not raw or not 2 <= raw[0] <= 8 or raw[0] >= len(raw):
            raise CertificateError(_DYNAMIC, "number", "does not have 2 to 8 bytes")
        return cls(raw[1 : 1 + raw[0]], raw[1 + raw[0] :])


@dataclass(frozen=True, slots=True)
class Combined:
    """The rest of the dynamic data for CDA: cryptogram, and a hash over the transaction."""

    cid: int
    cryptogram: bytes
    transaction_hash: bytes

    def __post_init__(self) -> None:
        if len(self.cryptogram) != 8 or len(self.transaction_hash) not in (20, 32):
            raise ValueError("a cryptogram has 8 bytes, a transaction's hash 20 or 32")

    def __bytes__(self) -> bytes:
        return bytes((self.cid,)) + self.cryptogram + self.transaction_hash

    @classmethod
    def parse(cls, raw: bytes) -> Combined:
        """From ``DynamicData.rest``.  Raises CertificateError."""
        if len(raw) not in (1 + 8 + 20, 1 + 8 + 32):
            raise CertificateError(_DYNAMIC, "length", f"is not that of CDA: {len(raw)} bytes")
        return cls(raw[0], raw[1:9], raw[9:])
