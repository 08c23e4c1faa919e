"""What a status word says, in both languages (ssc 5.4 [S], ISO/IEC 7816-4)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sscard.apdu.status import StatusWord
from sscard.apdu.t0 import MORE, WRONG_LE

WORDS: Mapping[StatusWord, str] = MappingProxyType(
    {
        StatusWord.OK: "成功 done",
        StatusWord.FILE_INVALIDATED: "应用已锁定 application is blocked",
        StatusWord.AUTHENTICATION_FAILED: "认证失败 authentication failed",
        StatusWord.MEMORY_FAILURE: "写存储器失败 memory failure",
        StatusWord.WRONG_LENGTH: "长度错误 wrong length",
        StatusWord.CHANNEL_NOT_SUPPORTED: "不支持逻辑通道 no logical channels",
        StatusWord.WRONG_STATE: "状态不对 wrong state",
        StatusWord.WRONG_FILE_STRUCTURE: "与文件结构不符 wrong file structure",
        StatusWord.SECURITY_NOT_SATISFIED: "不满足安全状态 security status not satisfied",
        StatusWord.AUTHENTICATION_BLOCKED: "认证方法已锁定 authentication method blocked",
        StatusWord.NO_CHALLENGE: "未取随机数 no challenge",
        StatusWord.CONDITIONS_NOT_SATISFIED: "使用条件不满足 conditions of use not satisfied",
        StatusWord.NO_CURRENT_EF: "没有选择文件 no current EF",
        StatusWord.MAC_MISSING: "缺少MAC MAC missing",
        StatusWord.MAC_WRONG: "MAC错误 wrong MAC",
        StatusWord.WRONG_DATA: "数据错误 wrong data",
        StatusWord.FUNCTION_NOT_SUPPORTED: "功能不支持或卡已锁定 not supported, or card blocked",
        StatusWord.FILE_NOT_FOUND: "未找到文件 file not found",
        StatusWord.RECORD_NOT_FOUND: "未找到记录 no such record",
        StatusWord.NOT_ENOUGH_SPACE: "空间不足 not enough space",
        StatusWord.WRONG_P1P2: "P1P2错误 wrong P1 P2",
        StatusWord.KEY_NOT_FOUND: "未找到密钥或数据 no such key or data object",
        StatusWord.FILE_EXISTS: "已存在 exists already",
        StatusWord.WRONG_OFFSET: "偏移量错误 wrong offset",
        StatusWord.INS_NOT_SUPPORTED: "指令不支持 instruction not supported",
        StatusWord.CLA_NOT_SUPPORTED: "类别不支持 class not supported",
        StatusWord.UNKNOWN_ERROR: "未知错误 unknown error",
        StatusWord.TRANSACTION_MAC_WRONG: "交易MAC错误 wrong MAC of the transaction",
        StatusWord.APPLICATION_LOCKED: "应用永久锁定 application locked for good",
        StatusWord.INSUFFICIENT_BALANCE: "余额不足 balance too small",
        StatusWord.COUNTER_LIMIT: "交易计数器达到上限 counter at its limit",
        StatusWord.KEY_VERSION_UNKNOWN: "密钥版本不支持 key version unknown",
        StatusWord.NO_PROOF: "所需MAC不可用 no proof of such a transaction",
    }
)
#: SW1 of statuses that carry a number.
_NUMBERED: Mapping[int, str] = MappingProxyType(
    {
        MORE: "还有{0}字节 {0} bytes are waiting",
        WRONG_LE: "Le错误，应为{0} wrong Le, {0} is right",
    }
)


def said(sw: StatusWord) -> str:
    """The status word and what it says; the name alone for one without words."""
    number = f"{sw.value:04X}"
    if sw.tries_left is not None:
        return f"{number} 失败，剩余{sw.tries_left}次 failed, {sw.tries_left} tries left"
    if sw >> 8 in _NUMBERED:
        return f"{number} {_NUMBERED[sw >> 8].format(sw & 0xFF or 0x100)}"
    return f"{number} {WORDS[sw]}" if sw in WORDS else number
