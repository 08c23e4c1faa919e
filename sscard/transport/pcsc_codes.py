"""What PC/SC's return codes mean to whoever works with the reader, as a table.

The codes are those of winscard.h and pcsclite.h, which agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sscard.errors import TransportError
from sscard.transport.errors import (
    CardMute,
    CardRemoved,
    NoCard,
    NoReader,
    NoService,
    ReaderInUse,
)

SUCCESS = 0
NO_READERS, TIMEOUT = 0x8010002E, 0x8010000A


@dataclass(frozen=True, slots=True)
class _Meaning:
    error: type[TransportError]
    zh: str
    en: str


_SERVICE = _Meaning(
    NoService,
    "PC/SC服务未运行（Linux：启动pcscd）",
    "the PC/SC service does not run (on Linux start pcscd)",
)
_GONE = _Meaning(NoReader, "读卡器不存在或已拔出", "there is no such reader, or it was unplugged")
_NO_ANSWER = _Meaning(TransportError, "卡片无应答", "the card did not answer")

MEANINGS: Mapping[int, _Meaning] = MappingProxyType(
    {
        0x8010001D: _SERVICE,  # SCARD_E_NO_SERVICE
        0x8010001E: _SERVICE,  # SCARD_E_SERVICE_STOPPED
        0x8010002E: _Meaning(NoReader, "未找到读卡器", "no reader is connected"),
        0x80100009: _GONE,  # SCARD_E_UNKNOWN_READER
        0x80100017: _GONE,  # SCARD_E_READER_UNAVAILABLE
        0x8010000C: _Meaning(NoCard, "读卡器中无卡", "no card is in the reader"),
        0x80100069: _Meaning(CardRemoved, "卡片已取出", "the card was removed"),
        0x80100068: _Meaning(
            TransportError, "卡片被其他程序复位", "another program has reset the card"
        ),
        0x80100066: _Meaning(
            CardMute,
            "卡片无复位应答（方向放反或已损坏）",
            "the card does not answer to reset: wrong way round, or broken",
        ),
        0x80100067: _Meaning(CardMute, "卡片未上电", "the card has no power"),
        0x80100065: _Meaning(
            CardMute, "读卡器不支持此卡", "the reader cannot work with this card's ATR"
        ),
        0x8010000B: _Meaning(
            ReaderInUse, "读卡器正被其他程序占用", "another program is using the reader"
        ),
        0x8010000F: _Meaning(
            TransportError,
            "卡片与读卡器无共同协议",
            "card and reader have neither T=0 nor T=1 in common",
        ),
        0x80100016: _NO_ANSWER,  # SCARD_E_NOT_TRANSACTED
        0x8010002F: _NO_ANSWER,  # SCARD_E_COMM_DATA_LOST
        0x80100013: _NO_ANSWER,  # SCARD_F_COMM_ERROR
        0x80100027: _Meaning(
            NoService,
            "无权访问PC/SC服务",
            "this user may not use the PC/SC service (see polkit)",
        ),
    }
)


def unsigned(code: int) -> int:
    """The code as it is printed in manuals; bindings give it with or without a sign."""
    return code & 0xFFFFFFFF


def error(code: int, place: str) -> TransportError:
    """The error for a return code; ``place`` is the reader's name, or what was asked."""
    found = MEANINGS.get(unsigned(code))
    if found is None:
        return TransportError(f"{place}: PC/SC错误 error {unsigned(code):08X}")
    return found.error(f"{place}: {found.zh} {found.en} ({unsigned(code):08X})")


def check(code: int, place: str) -> None:
    """Raises what a return code says, if it is not success."""
    if code != SUCCESS:
        raise error(code, place)
