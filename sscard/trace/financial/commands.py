"""Commands in words, with the data objects that are in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from sscard.apdu import cps, pboc, pboc_script, tlv
from sscard.apdu.aid import PPSE, PSE
from sscard.apdu.command import CommandAPDU
from sscard.apdu.cryptogram import Cryptogram
from sscard.apdu.iso7816 import INS
from sscard.apdu.pboc import DEFAULT_DDOL
from sscard.apdu.terminal_tags import named
from sscard.errors import MalformedData
from sscard.trace.financial.values import Placed, in_list, in_tlv

_PDOL, _CDOL1, _CDOL2, _DDOL = 0x9F38, 0x8C, 0x8D, 0x9F49
_RESPONSE_CODE, _NAME = 0x8A, 0x4F
#: CLA with a MAC; P1 of the last STORE DATA; the MAC of the channel; a length of two more bytes.
_SECURE, _LAST_BLOCK, _CHANNEL_MAC, _LONG = 0x04, 0x80, 8, 0xFF
#: Groupings of keys, PIN and their like: what is in them is no TLV, even where it looks like one.
_SECRET_GROUPINGS = range(0x8000, 0x9000)
_KINDS: Mapping[int, str] = MappingProxyType(
    {Cryptogram.AAC: "拒绝 AAC", Cryptogram.TC: "脱机批准 TC", Cryptogram.ARQC: "联机 ARQC"}
)
_ENVIRONMENTS: Mapping[bytes, str] = MappingProxyType(
    {PSE: "PSE 支付系统环境", PPSE: "PPSE 近距离支付系统环境"}
)
Explained = tuple[str, tuple[Placed, ...]]


@dataclass(slots=True)
class Lists:
    """The data object lists the card has given so far, and how often it made a cryptogram."""

    known: dict[int, bytes] = field(default_factory=dict)
    cryptograms: int = 0

    def learn(self, command: CommandAPDU, objects: Iterable[Placed]) -> None:
        """Takes in what an answer says; a new selection begins anew."""
        if command.ins == INS.SELECT:
            self.known.clear()
            self.cryptograms = 0
        if command.ins == INS.GENERATE_AC:
            self.cryptograms += 1
        for each in objects:
            if each.tag in (_PDOL, _CDOL1, _CDOL2, _DDOL):
                self.known[each.tag] = each.value


def commanded(command: CommandAPDU, lists: Lists) -> Explained:
    """What a command does, zh and en, and its data objects; bytes without a name are only bytes."""
    explain = _COMMANDS.get(command.ins)
    if explain is None:
        return f"INS {command.ins:02X}", in_tlv(command.data)
    return explain(command, lists)


def is_known(ins: int) -> bool:
    """Whether it is known what an instruction carries; GET RESPONSE has what was asked before."""
    return ins in _COMMANDS or ins == INS.GET_RESPONSE


def _select(command: CommandAPDU, _lists: Lists) -> Explained:
    what = _ENVIRONMENTS.get(command.data, "应用 application")
    following = " 下一个 (next)" if command.p2 == pboc.NEXT else ""
    return f"选择 select {what}{following}", (Placed(0, _NAME, command.data, 0),)


def _options(command: CommandAPDU, lists: Lists) -> Explained:
    try:
        content = tlv.find(command.data, 0x83) or b""
    except MalformedData:  # a command that is none: nothing in it has a name
        content = b""
    at = len(command.data) - len(content)
    objects = in_list(lists.known.get(_PDOL, b""), content, at=at)
    return "取处理选项 get processing options", objects


def _cryptogram(command: CommandAPDU, lists: Lists) -> Explained:
    first = lists.cryptograms == 0
    kind = _KINDS.get(command.p1 >> 6, "?")
    signed = " + CDA" if command.p1 & pboc.CDA else ""
    number = "第一次 first" if first else "第二次 second"
    wanted = lists.known.get(_CDOL1 if first else _CDOL2, b"")
    words = f"生成应用密文 {number} generate AC: {kind}{signed}"
    return words, in_list(wanted, command.data)


def _internal(command: CommandAPDU, lists: Lists) -> Explained:
    wanted = lists.known.get(_DDOL, DEFAULT_DDOL)
    return "内部认证 internal authenticate (DDA)", in_list(wanted, command.data)


def _external(command: CommandAPDU, _lists: Lists) -> Explained:
    if command.cla & _SECURE:
        return f"建立安全通道 open SCP02, level {command.p1:02X}", ()
    code = Placed(0, _RESPONSE_CODE, command.data[8:], 8)
    return "外部认证 external authenticate: ARPC, 授权响应码 response code", (code,)


def _store_data(command: CommandAPDU, _lists: Lists) -> Explained:
    """The groupings of a command; one that goes on from the command before has no header."""
    data = command.data[:-_CHANNEL_MAC] if command.cla & _SECURE else command.data
    last = "，最后一条 the last" if command.p1 & _LAST_BLOCK else ""
    words = "写入数据 store data"
    try:
        groupings = list(cps.parse_dgis(data))
    except MalformedData:
        return f"{words} …{last}", ()
    found: list[Placed] = []
    at = 0
    for number, value in groupings:
        at += 3 if data[at + 2] != _LONG else 5
        if number not in _SECRET_GROUPINGS:
            found += (replace(each, at=each.at + at) for each in in_tlv(value))
        at += len(value)
    names = ", ".join(f"{number:04X}" for number, _ in groupings)
    return f"{words} DGI {names}{last}", tuple(found)


def _record(command: CommandAPDU, _lists: Lists) -> Explained:
    return f"读记录 read record {command.p2 >> 3}.{command.p1}", ()


def _get_data(command: CommandAPDU, _lists: Lists) -> Explained:
    return f"取数据 get data {_object(command)}", ()


def _put_data(command: CommandAPDU, _lists: Lists) -> Explained:
    tag = command.p1 << 8 | command.p2
    value = _without_mac(command)
    return f"设置数据 put data {_object(command)}", (Placed(0, tag, value, 0),)


def _update(command: CommandAPDU, _lists: Lists) -> Explained:
    objects = in_tlv(_without_mac(command))
    return f"修改记录 update record {command.p2 >> 3}.{command.p1}", objects


def _verify(command: CommandAPDU, _lists: Lists) -> Explained:
    enciphered = command.p2 == pboc.ENCIPHERED_PIN
    how = "密文 enciphered" if enciphered else "明文 plain"
    return f"校验PIN verify PIN: {how}", ()


def _pin_change(command: CommandAPDU, _lists: Lists) -> Explained:
    unblock = command.p2 == pboc_script.UNBLOCK
    return "PIN解锁 unblock PIN" if unblock else "修改PIN change PIN", ()


def _words(text: str) -> Callable[[CommandAPDU, Lists], Explained]:
    return lambda _command, _lists: (text, ())


def _object(command: CommandAPDU) -> str:
    tag = command.p1 << 8 | command.p2
    name = named(tag)
    return f"{tag:X} {name.zh} {name.en}"


def _without_mac(command: CommandAPDU) -> bytes:
    try:
        return pboc_script.split_mac(command)[0].data
    except MalformedData:
        return command.data


_COMMANDS: Mapping[int, Callable[[CommandAPDU, Lists], Explained]] = MappingProxyType(
    {
        INS.SELECT: _select,
        INS.GET_PROCESSING_OPTIONS: _options,
        INS.READ_RECORD: _record,
        INS.GET_DATA: _get_data,
        INS.VERIFY: _verify,
        INS.GENERATE_AC: _cryptogram,
        INS.INTERNAL_AUTHENTICATE: _internal,
        INS.EXTERNAL_AUTHENTICATE: _external,
        INS.GET_CHALLENGE: _words("取随机数 get challenge"),
        INS.PUT_DATA: _put_data,
        INS.UPDATE_RECORD: _update,
        INS.PIN_CHANGE_UNBLOCK: _pin_change,
        INS.APPLICATION_BLOCK: _words("应用锁定 block application"),
        INS.APPLICATION_UNBLOCK: _words("应用解锁 unblock application"),
        INS.INITIALIZE_UPDATE: _words("个人化通道初始化 initialize update (SCP02)"),
        INS.STORE_DATA: _store_data,
        INS.CARD_BLOCK: _words("卡片锁定 block card"),
    }
)
