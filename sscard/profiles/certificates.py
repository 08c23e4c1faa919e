"""The certificate application of a third-generation card as declared (ssc-more 1).

It is none of the profile's directories: it stands beside SSSE, with PINs, keys and commands of its
own.  The chip's maker installs it; what the chip file says of it must agree with what stands here.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from sscard.profiles.element import HexBytes, Label, Name, Part
from sscard.profiles.interfaces import Over

__all__ = [
    "CertificateApplication",
    "CertificateExtension",
    "CertificateFile",
    "CertificateKey",
    "CertificatePin",
    "CertificateProfile",
]

_Oid = Annotated[str, StringConstraints(pattern=r"^[0-2](\.(0|[1-9][0-9]*))+$")]
_Digits = Annotated[str, StringConstraints(pattern=r"^[0-9]{4,12}$")]
Right = Literal["free", "never", "user PIN", "admin PIN", "both PINs"]


class CertificateFile(Part):
    """A file of the application; ``size`` is what it holds, in bytes.

    ``read`` and ``update`` are in words, because no access rule of the social security side has
    these PINs.
    """

    fid: Annotated[int, Field(strict=True, ge=1, le=0xFFFF)]
    name_zh: Label
    name_en: Label
    holds: Literal["public key", "private key", "certificate"]
    pair: Literal["signature", "encryption"]
    size: Annotated[int, Field(strict=True, ge=1, le=0x7FFF)]
    read: Right
    update: Right


class CertificatePin(Part):
    """A PIN: ``reference`` is P2 of VERIFY, ``initial`` what a new card has."""

    name: Name
    name_zh: Label
    name_en: Label
    reference: Annotated[int, Field(strict=True, ge=0, le=0xFF)]
    initial: _Digits
    tries: Annotated[int, Field(strict=True, ge=1, le=15)]


class CertificateKey(Part):
    """A master key (主控密钥), of the DDF or of the ADF."""

    name: Label
    name_zh: Label
    name_en: Label
    owner: Literal["ddf", "adf"]
    algorithm: Literal["sm4"]
    size: Literal[16]


class CertificateExtension(Part):
    """A private extension: its octet string is the raw text, no value in DER (ssc-more 1.6 [T])."""

    name: Name
    zh: Label
    en: Label
    oid: _Oid
    size: Annotated[int, Field(strict=True, ge=1, le=0xFF)]


class CertificateProfile(Part):
    """What both certificates of a card have in common, and how they differ (ssc-more 1.6).

    The key usages are the first byte of the bit string.
    """

    version: Literal[3]
    signature_algorithm: _Oid
    curve: _Oid
    serial_size: Annotated[int, Field(strict=True, ge=1, le=20)]
    validity_years: Annotated[int, Field(strict=True, ge=1, le=99)]
    signature_key_usage: Annotated[HexBytes, Field(min_length=1, max_length=1)]
    encryption_key_usage: Annotated[HexBytes, Field(min_length=1, max_length=1)]
    subject: tuple[Label, ...]
    issuer: tuple[Label, ...]
    extensions: tuple[CertificateExtension, ...]


class CertificateApplication(Part):
    """A DDF with one ADF; the FCIs are whole, as the card answers SELECT."""

    title_zh: Label
    title_en: Label
    ddf_name: Annotated[HexBytes, Field(min_length=5, max_length=16)]
    ddf_fci: HexBytes
    adf_name: Annotated[HexBytes, Field(min_length=5, max_length=16)]
    adf_fid: Annotated[int, Field(strict=True, ge=1, le=0xFFFF)]
    adf_fci: HexBytes
    over: Over
    files: tuple[CertificateFile, ...]
    pins: tuple[CertificatePin, ...]
    keys: tuple[CertificateKey, ...]
    certificate: CertificateProfile
