"""Headers of key blocks: what a key is for, in clear (ANSI X9.143 and TR-31:2018).

A key block is text: version, length, attributes, optional blocks, then cipher text and MAC in
hexadecimal.  What stands in the header is bound to the key by the MAC; see ``tr31``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sscard.errors import KeyStoreError
from sscard.keys.types import AES, DES8, HMAC256, SM4, TDES, SecretKey

_FIXED = re.compile(r"([BD])([0-9]{4})([0-9A-Z]{2})([A-Z0-9])([A-Z0-9])([0-9A-Z]{2})([A-Z0-9])")
_FIXED_SIZE = 16
_PADDING = "PB"
LABEL = "LB"

#: Algorithm letters.  The standard has none for SM4; digits are for private agreement (assumed).
ALGORITHMS: Mapping[type[SecretKey], str] = MappingProxyType(
    {DES8: "D", TDES: "T", AES: "A", HMAC256: "H", SM4: "4"}
)

#: What the bank's masters are for; every social security master is E6, "chip, other".
USAGES: Mapping[str, str] = MappingProxyType(
    {
        "IMK-AC": "E0",
        "IMK-ENC": "E1",
        "IMK-MAC": "E2",
        "KMC": "E5",
        "ledger-id-hash": "M7",
    }
)
_OTHER_MASTER, _HMAC = "E6", "M7"
_DERIVES, _GENERATES_AND_VERIFIES = "X", "C"
_SHA_256 = ("HM", "21")


@dataclass(frozen=True, slots=True)
class Header:
    """Attributes of a wrapped key, in the letters of the standard.

    ``version`` is the key's; ``exportability`` is E (under a trusted key), N (never) or S (to be
    agreed); ``blocks`` are optional blocks, identifier and text, without the padding block.
    """

    usage: str
    algorithm: str
    mode: str
    version: str = "00"
    exportability: str = "E"
    blocks: tuple[tuple[str, str], ...] = ()

    @property
    def label(self) -> str:
        """The name in the label block; empty without one."""
        return dict(self.blocks).get(LABEL, "")

    def build(self, version_id: str, block: int, body: int) -> str:
        """The header as text, for a cipher of ``block`` bytes and ``body`` characters behind it.

        ValueError for attributes that a header cannot say.
        """
        optional, count = _optional(self.blocks, block)
        length = _FIXED_SIZE + len(optional) + body
        attributes = f"{self.usage}{self.algorithm}{self.mode}{self.version}{self.exportability}"
        fixed = f"{version_id}{length:04d}{attributes}"
        if not _FIXED.fullmatch(fixed) or count > 99:
            raise ValueError("no key block header has these attributes")
        return f"{fixed}{count:02d}00{optional}"


def header_for(name: str, version: int, key: SecretKey) -> Header:
    """The header under which this project sends one of its keys: its name is the label."""
    usage = USAGES.get(name, _OTHER_MASTER)
    mode = _GENERATES_AND_VERIFIES if usage == _HMAC else _DERIVES
    blocks = ((LABEL, name), _SHA_256) if isinstance(key, HMAC256) else ((LABEL, name),)
    return Header(usage, ALGORITHMS[type(key)], mode, f"{version:02d}", blocks=blocks)


def parse(text: str) -> tuple[str, Header, str]:
    """Version, header, and the header as it stands in the block, which begins with it.

    Raises KeyStoreError naming what is wrong.
    """
    found = _FIXED.match(text)
    if found is None or not re.fullmatch(r"[0-9]{2}[0-9A-Z]{2}", text[12:_FIXED_SIZE]):
        raise _damaged("this is no key block of version B or D")
    version_id, length, usage, algorithm, mode, version, exportability = found.groups()
    if int(length) != len(text):
        raise _damaged(f"{len(text)} characters, where its header says {int(length)}")
    blocks, end = _parse_optional(text, int(text[12:14]))
    kept = tuple(block for block in blocks if block[0] != _PADDING)
    header = Header(usage, algorithm, mode, version, exportability, kept)
    return version_id, header, text[:end]


def _optional(blocks: tuple[tuple[str, str], ...], block: int) -> tuple[str, int]:
    """All optional blocks, filled up to whole cipher blocks, and how many they are."""
    text = "".join(_built(identifier, data) for identifier, data in blocks)
    if not len(text) % block:
        return text, len(blocks)
    return text + _built(_PADDING, "0" * (-(len(text) + 4) % block)), len(blocks) + 1


def _built(identifier: str, data: str) -> str:
    short = len(data) + 4
    if not re.fullmatch(r"[0-9A-Z]{2}", identifier) or not re.fullmatch(r"[ -~]*", data):
        raise ValueError("an optional block has two letters or digits and printable text")
    return (
        f"{identifier}{short:02X}{data}"
        if short <= 0xFF
        else f"{identifier}0002{short + 6:04X}{data}"
    )


def _parse_optional(text: str, count: int) -> tuple[list[tuple[str, str]], int]:
    blocks, at = [], _FIXED_SIZE
    for _ in range(count):
        identifier = text[at : at + 2]
        start, end = _extent(text, at)
        if end > len(text) or end < start or not re.fullmatch(r"[ -~]*", text[start:end]):
            raise _damaged(f"optional block {identifier} does not end in it")
        blocks.append((identifier, text[start:end]))
        at = end
    return blocks, at


def _extent(text: str, at: int) -> tuple[int, int]:
    """Where the data of the optional block at this place begins and ends."""
    short = re.compile(r"[0-9A-Z]{2}([0-9A-F]{2})").match(text, at)
    if short is None:
        raise _damaged("an optional block has no length")
    if short[1] != "00":
        return short.end(), at + int(short[1], 16)
    long = re.compile(r"02([0-9A-F]{4})").match(text, short.end())
    if long is None:
        raise _damaged("an optional block has no length")
    return long.end(), at + int(long[1], 16)


def _damaged(what: str) -> KeyStoreError:
    return KeyStoreError(f"key block: {what}")
