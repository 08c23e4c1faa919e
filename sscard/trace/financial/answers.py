"""Answers in words, with the data objects that are in them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS
from sscard.apdu.response import ResponseAPDU
from sscard.apdu.status import StatusWord
from sscard.trace.financial.values import Placed, in_tlv

_FORMAT_1 = 0x80
#: What stands in template 80, by the command it answers: tag and size, None for the rest.
_PLACES: Mapping[int, tuple[tuple[int, int | None], ...]] = MappingProxyType(
    {
        INS.GET_PROCESSING_OPTIONS: ((0x82, 2), (0x94, None)),
        INS.GENERATE_AC: ((0x9F27, 1), (0x9F36, 2), (0x9F26, 8), (0x9F10, None)),
        INS.INTERNAL_AUTHENTICATE: ((0x9F4B, None),),
    }
)
_NO_DATA_OBJECTS = (INS.GET_CHALLENGE,)


def answered(command: CommandAPDU, response: ResponseAPDU) -> tuple[str, tuple[Placed, ...]]:
    """What the status word says, zh and en, and the data objects."""
    if command.ins in _NO_DATA_OBJECTS:
        return _status(response.sw), ()
    objects = in_tlv(response.data)
    if [each.tag for each in objects] == [_FORMAT_1]:
        objects = (*objects, *_unnamed(objects[0], command.ins))
    return _status(response.sw), objects


def _unnamed(template: Placed, ins: int) -> tuple[Placed, ...]:
    """The values of template 80, which have no tags of their own."""
    found, at = [], 0
    for tag, size in _PLACES.get(ins, ()):
        value = template.value[at:] if size is None else template.value[at : at + size]
        if value:
            found.append(Placed(1, tag, value, template.at + at))
        at += len(value)
    return tuple(found)


def _status(sw: StatusWord) -> str:
    number = f"{sw.value:04X}"
    if sw == StatusWord.OK:
        return f"{number} 成功 done"
    if sw.tries_left is not None:
        return f"{number} PIN错误，剩余{sw.tries_left}次 wrong PIN, {sw.tries_left} tries left"
    return f"{number} {_WORDS.get(sw, sw.name.replace('_', ' ').lower())}"


_WORDS: Mapping[StatusWord, str] = MappingProxyType(
    {
        StatusWord.FILE_INVALIDATED: "应用已锁定 application is blocked",
        StatusWord.AUTHENTICATION_FAILED: "认证失败 authentication failed",
        StatusWord.AUTHENTICATION_BLOCKED: "PIN已锁定 PIN is blocked",
        StatusWord.CONDITIONS_NOT_SATISFIED: "使用条件不满足 conditions of use not satisfied",
        StatusWord.FUNCTION_NOT_SUPPORTED: "功能不支持或卡已锁定 not supported, or card blocked",
        StatusWord.FILE_NOT_FOUND: "未找到应用 no such application",
        StatusWord.RECORD_NOT_FOUND: "未找到记录 no such record",
        StatusWord.KEY_NOT_FOUND: "未找到数据 no such data object",
        StatusWord.MAC_WRONG: "MAC错误 wrong MAC",
    }
)
