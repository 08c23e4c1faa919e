"""What each cipher suite needs of a token, by PKCS#11 number; SM4's numbers are each vendor's own.

PKCS#11 v2.40 and v3.0 number DES and leave SM4 out, so makers of tokens with SM4 take numbers from
80000000 up.  A setting names them.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from sscard.errors import KeyStoreError

if TYPE_CHECKING:
    from pkcs11 import KeyType, Mechanism
    from pkcs11.attributes import AttributeMapper

_Kind = TypeVar("_Kind", bound=IntEnum)
_ULONG = struct.Struct("@L")

SHA256_HMAC = 0x251
#: ``CKM_DES3_CBC_ENCRYPT_DATA``: a new key is data enciphered in CBC (PKCS#11 v2.40).
TDES_CBC_DATA = 0x1103
RSA_X_509 = 0x3


@dataclass(frozen=True, slots=True)
class Mechanisms:
    """Numbers for the keys of one suite: their type, and what is done with them."""

    suite: str
    key_type: int
    generate: int
    ecb: int
    cbc: int
    #: ``ECB_ENCRYPT_DATA``: a new key is data enciphered in ECB.
    derive: int

    def require(self, offered: Collection[int], label: str, *names: str) -> None:
        """Raises KeyStoreError naming token and mechanisms that it does not offer."""
        missing = [self.named(name) for name in names if getattr(self, name) not in offered]
        if missing:
            raise KeyStoreError(f"token {label} has no mechanism {', '.join(missing)}")

    def named(self, name: str) -> str:
        """A mechanism as manuals write it, with its number."""
        return f"{NAMES[self.suite][name]} ({getattr(self, name):#x})"


#: What manuals call them.
NAMES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "3des": {
            "generate": "CKM_DES2_KEY_GEN",
            "ecb": "CKM_DES3_ECB",
            "cbc": "CKM_DES3_CBC",
            "derive": "CKM_DES3_ECB_ENCRYPT_DATA",
        },
        "sm4": {
            "generate": "CKM_SM4_KEY_GEN",
            "ecb": "CKM_SM4_ECB",
            "cbc": "CKM_SM4_CBC",
            "derive": "CKM_SM4_ECB_ENCRYPT_DATA",
        },
    }
)

#: Two-key triple DES (PKCS#11 v2.40).
TDES_MECHANISMS = Mechanisms("3des", 0x14, 0x130, 0x132, 0x133, 0x1102)


def mechanism(number: int) -> Mechanism:
    """The binding's member of this number."""
    from pkcs11 import Mechanism

    return _member(Mechanism, number)


def key_type(number: int) -> KeyType:
    """The binding's member of this number."""
    from pkcs11 import KeyType

    return _member(KeyType, number)


def attribute_mapper() -> AttributeMapper:
    """The binding's way with attributes, and two that it does not know."""
    from pkcs11 import Attribute
    from pkcs11.attributes import AttributeMapper

    mapper = AttributeMapper()
    mapper.register_handler(Attribute.KEY_TYPE, _ULONG.pack, _key_type)
    mapper.register_handler(Attribute.ALLOWED_MECHANISMS, _pack_numbers, _numbers)
    return mapper


def _key_type(packed: bytes) -> KeyType:
    return key_type(*_ULONG.unpack(packed))


def _pack_numbers(numbers: Collection[int]) -> bytes:
    return b"".join(map(_ULONG.pack, numbers))


def _numbers(packed: bytes) -> tuple[int, ...]:
    return tuple(number for (number,) in _ULONG.iter_unpack(packed))


def _member(kind: type[_Kind], number: int) -> _Kind:
    try:
        return kind(number)
    except ValueError:
        # The binding takes members of its enumerations only, and those are not open to vendors.
        member = int.__new__(kind, number)
        member._name_, member._value_ = f"VENDOR_{number:08X}", number
        return member
