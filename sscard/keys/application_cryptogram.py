"""Application cryptograms of debit cards in both families: AC, ARPC, MACs (pboc 3 [H, V])."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sscard.errors import MalformedData
from sscard.keys import des, sm4, sm4_engine, tripledes
from sscard.keys.types import SM4, TDES, SecretKey

#: Bytes of an ATC, an AC or ARPC, an authorization response code, a script's MAC.
ATC, CRYPTOGRAM, RESPONSE_CODE, MAC = 2, 8, 2, 4
#: CLA to Lc, which a script's MAC begins with.
HEADER = 5

_OneWay = Callable[[SecretKey, bytes], bytes]


@dataclass(frozen=True, slots=True)
class IssuerData:
    """How many bytes an issuer's data have, and what they are filled to before their MAC."""

    size: int
    filled: int
    padded: bool


_ONE_AMOUNT = IssuerData(size=5, filled=6, padded=True)
_TWO_AMOUNTS = IssuerData(size=10, filled=14, padded=False)
#: By their identifier: e-cash balance, CTTA, both, CTTA and its limit, 9F5D (pboc 2.4 [M, L]).
ISSUER_DATA: Mapping[int, IssuerData] = MappingProxyType(
    {1: _ONE_AMOUNT, 2: _ONE_AMOUNT, 3: _TWO_AMOUNTS, 4: _TWO_AMOUNTS, 5: _ONE_AMOUNT}
)


@dataclass(frozen=True, slots=True)
class Family:
    """The algorithms of one transaction, as tag DF69 chooses them.

    ``name`` is the word of profiles, ``code`` the algorithm byte at the end of 9F10's first part,
    ``block`` the block size in bytes.  A key of the other family is a TypeError.
    """

    name: str
    code: int
    block: int
    key: Callable[[bytes], SecretKey] = field(repr=False)
    _encrypt: _OneWay = field(repr=False)
    _decrypt: _OneWay = field(repr=False)
    _mac: _OneWay = field(repr=False)
    _mac_of_blocks: _OneWay = field(repr=False)

    def session_key(self, udk: SecretKey, atc: bytes) -> SecretKey:
        """The key of one transaction, of UDK-AC, UDK-MAC or UDK-ENC and the 2-byte ATC."""
        _sized("ATC", atc, ATC)
        inverted = bytes(byte ^ 0xFF for byte in atc)
        return self.key(self._encrypt(udk, bytes(6) + atc + bytes(6) + inverted))

    def cryptogram(self, session: SecretKey, data: bytes) -> bytes:
        """The AC over ``data``, 8 bytes; the padding is added."""
        return self._mac(session, data)[:CRYPTOGRAM]

    def arpc(self, session: SecretKey, cryptogram: bytes, response_code: bytes) -> bytes:
        """The issuer's answer to a cryptogram with an authorization response code, 8 bytes."""
        _sized("cryptogram", cryptogram, CRYPTOGRAM)
        _sized("authorization response code", response_code, RESPONSE_CODE)
        mask = response_code.ljust(CRYPTOGRAM, b"\0")
        block = bytes(a ^ b for a, b in zip(cryptogram, mask, strict=True))
        return self._encrypt(session, block.ljust(self.block, b"\0"))[:CRYPTOGRAM]

    def script_mac(
        self, session: SecretKey, header: bytes, atc: bytes, cryptogram: bytes, data: bytes
    ) -> bytes:
        """4 bytes over a script command.

        ``header`` is CLA to Lc, which counts the MAC; ``cryptogram`` the first one of the
        transaction, the same for all its commands (pboc 3 [M]).
        """
        _sized("header", header, HEADER)
        _sized("ATC", atc, ATC)
        _sized("cryptogram", cryptogram, CRYPTOGRAM)
        return self._mac(session, header + atc + cryptogram + data)[:MAC]

    def issuer_data_mac(
        self, session: SecretKey, atc: bytes, identifier: int, data: bytes
    ) -> bytes:
        """4 bytes over what an issuer has cards say in 9F10, by its identifier (pboc 2.4 [M, L]).

        One amount is filled to a block of 8 bytes, to which padding is added; two amounts to 16
        bytes without.  ValueError for other identifiers and lengths.
        """
        _sized("ATC", atc, ATC)
        form = ISSUER_DATA.get(identifier)
        if form is None or len(data) != form.size:
            raise ValueError("issuer data are 1 to 5, one amount of 5 bytes or two")
        mac = self._mac if form.padded else self._mac_of_blocks
        return mac(session, atc + data.ljust(form.filled, b"\0"))[:MAC]

    def encipher(self, session: SecretKey, blocks: bytes) -> bytes:
        """Whole blocks under a session key, in ECB."""
        return self._encrypt(session, blocks)

    def decipher(self, session: SecretKey, blocks: bytes) -> bytes:
        """The inverse of ``encipher``."""
        return self._decrypt(session, blocks)


TDES_FAMILY = Family(
    "3des",
    0x01,
    tripledes.BLOCK,
    TDES,
    des.ecb_encrypt,
    des.ecb_decrypt,
    des.retail_mac,
    des.retail_mac_of_blocks,
)
SM4_FAMILY = Family(
    "sm4",
    0x04,
    sm4_engine.BLOCK,
    SM4,
    sm4.ecb_encrypt,
    sm4.ecb_decrypt,
    sm4.cbc_mac,
    sm4.cbc_mac_of_blocks,
)

#: Profiles name a family by these words.
FAMILIES: Mapping[str, Family] = MappingProxyType(
    {family.name: family for family in (TDES_FAMILY, SM4_FAMILY)}
)


def family_of(code: int) -> Family:
    """The family that 9F10 names: 01 is 3DES, 04 is SM4 (pboc 2.4 [H]).  Raises MalformedData."""
    for family in FAMILIES.values():
        if family.code == code:
            return family
    raise MalformedData(f"no family of algorithms for code {code:02X}")


def _sized(what: str, value: bytes, size: int) -> None:
    if len(value) != size:
        raise ValueError(f"{what}: {size} bytes, not {len(value)}")
