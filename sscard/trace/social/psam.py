"""Commands of a PSAM in words: logs of terminals often have both slots (ssc 5.3 [S])."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sscard.apdu.command import CommandAPDU
from sscard.apdu.psam import (
    APPLICATION,
    COMPUTING_CLASS,
    ENVIRONMENT_CLASS,
    Cipher,
    PsamINS,
)
from sscard.keys.key_table import KEYS

__all__ = ["APPLICATION", "has_amounts", "words"]

_WRITE_KEY = (0x84, PsamINS.WRITE_KEY)
_TYPE = 0x1F
_WORDS: Mapping[tuple[int, int], str] = MappingProxyType(
    {
        (ENVIRONMENT_CLASS, PsamINS.INIT_ENVIRONMENT): "PSAM初始化环境 init environment",
        (ENVIRONMENT_CLASS, PsamINS.DELIVERY_SESSION_KEY): "PSAM通用计算初始化 session key of",
        (COMPUTING_CLASS, PsamINS.CIPHER_DATA): "PSAM通用计算",
        (COMPUTING_CLASS, PsamINS.INIT_SAM_FOR_PURCHASE): "PSAM计算MAC1 init SAM for purchase",
        (COMPUTING_CLASS, PsamINS.CREDIT_SAM_FOR_PURCHASE): "PSAM校验MAC2 credit SAM for purchase",
        _WRITE_KEY: "PSAM装载密钥 key, enciphered, file",
    }
)
_PARTS: Mapping[int, str] = MappingProxyType(
    {
        Cipher.ENCIPHER: "加密 encipher",
        Cipher.ENCIPHER_MORE: "加密 encipher, more follows",
        Cipher.ONLY_MAC: "MAC",
        Cipher.FIRST_MAC: "MAC 第一块 first part",
        Cipher.NEXT_MAC: "MAC 下一块 next part",
        Cipher.LAST_MAC: "MAC 最后一块 last part",
    }
)


def words(command: CommandAPDU) -> str | None:
    """What the command is for; None for one that is not a PSAM's alone."""
    said = _WORDS.get((command.cla, command.ins))
    if said is None:
        return None
    if command.ins == PsamINS.DELIVERY_SESSION_KEY:
        return f"{said} {_names(command)}"
    if command.ins == PsamINS.CIPHER_DATA:
        return f"{said} {_PARTS.get(command.p1, f'P1 {command.p1:02X}')}"
    if command.ins == PsamINS.WRITE_KEY:
        return f"{said} {command.p2:02X}"
    return said


def has_amounts(command: CommandAPDU) -> bool:
    """Whether its data say what somebody pays."""
    return command.ins == PsamINS.INIT_SAM_FOR_PURCHASE


def _names(command: CommandAPDU) -> str:
    """The key's names, several where local keys share an id, and its usage byte and id."""
    wanted = (command.p1 & _TYPE, command.p2)
    found = [
        entry.name
        for entry in KEYS
        if any(
            (each.usage or 0) & _TYPE == wanted[0] and each.key_id == wanted[1]
            for each in entry.psam
        )
    ]
    return f"{' / '.join(dict.fromkeys(found)) or '?'} ({command.p1:02X},{command.p2:02X})"
