"""What a PSAM says of itself, and the data of its purchase commands (ssc 5.3 [S]).

Amounts are in fen, in 4 bytes; dates, times and numbers of terminals stay packed.
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct
from typing import ClassVar

from sscard.apdu.fixed_layout import FixedLayout
from sscard.errors import MalformedData

_FACTOR, _MOST = 8, 3


@dataclass(frozen=True, slots=True, repr=False)
class PurchaseOfCard(FixedLayout):
    """What INIT SAM FOR PURCHASE has before the factors; 28 bytes."""

    LAYOUT: ClassVar[Struct] = Struct(">4sHIIIB7sBB")

    #: Of the card's answer to INIT FOR PURCHASE, with its counter.
    random: bytes
    counter: int
    account: int
    self_paid: int
    pool: int
    #: A ``TransactionType``.
    type: int
    #: The terminal's, 7 packed bytes YYYYMMDDhhmmss.
    time: bytes
    key_version: int
    #: As in the FCI: 01 3DES, 03 SM4.
    algorithm: int


@dataclass(frozen=True, slots=True, repr=False)
class InitSamForPurchase:
    """The purchase, and one to three factors, the card's first (ssc 5.3 [S])."""

    purchase: PurchaseOfCard
    factors: tuple[bytes, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.factors) <= _MOST or any(len(f) != _FACTOR for f in self.factors):
            raise ValueError("one to three factors of 8 bytes")

    def __bytes__(self) -> bytes:
        return bytes(self.purchase) + b"".join(self.factors)

    def __repr__(self) -> str:
        return f"<InitSamForPurchase, {len(self.factors)} factors>"

    @classmethod
    def parse(cls, raw: bytes) -> InitSamForPurchase:
        """The request in ``raw``.  Raises MalformedData for another length."""
        head = PurchaseOfCard.LAYOUT.size
        count, left = divmod(len(raw) - head, _FACTOR)
        if left or not 1 <= count <= _MOST:
            raise MalformedData("a purchase at a PSAM has 28 bytes and 1 to 3 factors of 8")
        factors = tuple(raw[at : at + _FACTOR] for at in range(head, len(raw), _FACTOR))
        return cls(PurchaseOfCard.parse(raw[:head]), factors)


@dataclass(frozen=True, slots=True, repr=False)
class SamPurchaseInitialized(FixedLayout):
    """The PSAM's answer: its own counter and MAC1; 8 bytes."""

    LAYOUT: ClassVar[Struct] = Struct(">I4s")

    terminal_counter: int
    mac1: bytes


@dataclass(frozen=True, slots=True)
class PublicInformation(FixedLayout):
    """EF 0015 (卡片公共信息): 15 bytes."""

    LAYOUT: ClassVar[Struct] = Struct(">B10sBB2s")

    issuer: int
    #: PSAM 序列号, 20 packed digits.
    serial: bytes
    version: int
    #: 密钥卡类型.
    kind: int
    #: 发卡方自定义 FCI 数据.
    fci: bytes


@dataclass(frozen=True, slots=True)
class ApplicationInformation(FixedLayout):
    """EF 001A, 001B and 001C (国家级, 省级, 地市级应用信息): 10 bytes each."""

    LAYOUT: ClassVar[Struct] = Struct(">BB4s4s")

    #: 医疗消费密钥索引号: the DPK that the terminal asks a card for.
    purchase_index: int
    #: 鉴别密钥版本号: the version of all keys but the DPKs.
    key_version: int
    #: YYYYMMDD, packed.
    valid_from: bytes
    valid_to: bytes
