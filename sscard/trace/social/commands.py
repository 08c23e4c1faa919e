"""Commands of the social-security side in words, and what they make current."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS
from sscard.apdu.medical import MEDICAL_CLASS, MedicalINS
from sscard.channel.ssc import MAC_SIZE, SECURE
from sscard.dialects import reference
from sscard.dialects.operations import (
    AuthenticateTransport,
    CreateDirectory,
    CreateFile,
    DeleteInstance,
    EndPreIssue,
    InstallInstance,
    LoadKey,
    Operation,
    ReplaceKey,
    ReplaceMaster,
    SetFci,
    WriteHistorical,
)
from sscard.profiles import File, RecordTemplate
from sscard.trace.social import psam
from sscard.trace.social.card import MF_FID, Card, Place, template
from sscard.trace.social.values import Found, in_record, in_span

_BY_NAME, _EF, _BY_NUMBER = 0x04, 0x02, 0x04
_MODE, _SFI_IN_P1 = 0x07, 0x80
_PROOF = 8


@dataclass(frozen=True, slots=True)
class Meaning:
    """``words`` in both languages; ``before`` are the elements in the command's data.

    ``place`` is where the card is if it agrees.  ``record`` and ``span`` say what an answer holds:
    a record, or a file from an offset on.  ``secret``: the data is a PIN.  ``content``: command or
    answer carry what is in a file, an amount, or what nobody knows: all of it may be somebody's, or
    a key, where no elements are known.
    """

    words: str
    before: tuple[Found, ...] = ()
    place: Place | None = None
    record: RecordTemplate | None = None
    span: tuple[File, int] | None = None
    secret: bool = False
    content: bool = False

    def after(self, data: bytes) -> tuple[Found, ...]:
        """The elements in the answer's data."""
        if self.record is not None:
            return in_record(self.record, data)
        return in_span(self.span[0], data, self.span[1]) if self.span is not None else ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A command, and where the card was when it came."""

    command: CommandAPDU
    card: Card = field(repr=False)
    place: Place

    @property
    def data(self) -> bytes:
        """The data without a MAC."""
        secured = self.command.cla & SECURE and len(self.command.data) >= MAC_SIZE
        return self.command.data[:-MAC_SIZE] if secured else self.command.data

    @property
    def mac(self) -> str:
        """What is said of a MAC."""
        return "，带MAC with a MAC" if self.command.cla & SECURE else ""


def meaning(asked: Asked) -> Meaning:
    """What a command is for; of unknown ones the instruction byte."""
    command = asked.command
    if command.cla == MEDICAL_CLASS:
        return _medical(command)
    row = reference.row_at(command)
    if row is not None:
        return Meaning(_FACTORY[row.operation] + asked.mac)
    if (words := psam.words(command)) is not None:
        return Meaning(words, content=psam.has_amounts(command))
    explain = _COMMANDS.get(command.ins)
    return explain(asked) if explain else _unknown(command)


def _unknown(command: CommandAPDU) -> Meaning:
    """Whatever it carries is hidden: it may be a key of another maker's card."""
    return Meaning(f"INS {command.ins:02X}", content=True)


def _medical(command: CommandAPDU) -> Meaning:
    words = _MEDICAL.get((command.ins, command.p1))
    return Meaning(words, content=command.ins in _AMOUNTS) if words else _unknown(command)


def _select(asked: Asked) -> Meaning:
    command, card = asked.command, asked.card
    if command.p1 == _BY_NAME:
        directory = card.by_name(command.data)
        name = f"{directory.name} {directory.label_zh} {directory.label_en}" if directory else "?"
        if command.data == psam.APPLICATION:
            name = "PSAM应用 application of a PSAM"
        return Meaning(f"选择 select {name}", place=Place(directory))
    fid = int.from_bytes(command.data, "big")
    file = card.file(asked.place.directory, fid)
    if command.p1 == _EF or file is not None:
        place = Place(asked.place.directory, file)
        return Meaning(f"选择文件 select {_file(file, fid)}", place=place)
    if fid == MF_FID or not command.data:
        return Meaning("选择主文件 select MF", place=Place())
    directory = card.by_fid(fid)
    name = f"{directory.name} {directory.label_zh}" if directory else f"{fid:04X}"
    return Meaning(f"选择 select {name}", place=Place(directory))


def _read_record(asked: Asked) -> Meaning:
    file, known, words = _record(asked)
    place = Place(asked.place.directory, file)
    return Meaning(f"读记录 read {words}", place=place, record=known, content=True)


def _update_record(asked: Asked) -> Meaning:
    file, known, words = _record(asked)
    before = in_record(known, asked.data) if known else ()
    place = Place(asked.place.directory, file)
    return Meaning(f"写记录 update {words}{asked.mac}", before, place, content=True)


def _append_record(asked: Asked) -> Meaning:
    file = _addressed(asked, asked.command.p2 >> 3)
    known = template(file, number=1) if file else None
    before = in_record(known, asked.data) if known else ()
    words = f"追加记录 append to {_file(file, asked.command.p2 >> 3)}{asked.mac}"
    return Meaning(words, before, Place(asked.place.directory, file), content=True)


def _record(asked: Asked) -> tuple[File | None, RecordTemplate | None, str]:
    command = asked.command
    sfi, number = command.p2 >> 3, command.p1
    file = _addressed(asked, sfi)
    by_number = command.p2 & _MODE == _BY_NUMBER
    said = f"#{number}" if by_number else f"{number:02X}"
    words = f"{_file(file, sfi)} {said}"
    if file is None:
        return None, None, words
    known = template(file, number=number) if by_number else template(file, tag=number)
    return file, known, f"{words} {known.element.zh} {known.element.en}" if known else words


def _read_binary(asked: Asked) -> Meaning:
    file, offset, words = _span(asked)
    place = Place(asked.place.directory, file)
    span = (file, offset) if file else None
    return Meaning(f"读二进制 read {words}", place=place, span=span, content=True)


def _update_binary(asked: Asked) -> Meaning:
    file, offset, words = _span(asked)
    before = in_span(file, asked.data, offset) if file else ()
    place = Place(asked.place.directory, file)
    return Meaning(f"写二进制 update {words}{asked.mac}", before, place, content=True)


def _span(asked: Asked) -> tuple[File | None, int, str]:
    command = asked.command
    named = bool(command.p1 & _SFI_IN_P1)
    sfi = command.p1 & 0x1F if named else 0
    offset = command.p2 if named else command.p1 << 8 | command.p2
    file = _addressed(asked, sfi)
    return file, offset, f"{_area(asked, file, sfi)} @{offset}"


def _addressed(asked: Asked, sfi: int) -> File | None:
    """The file that a short identifier names; 0 is the current one."""
    return asked.card.file(asked.place.directory, sfi) if sfi else asked.place.file


def _file(file: File | None, number: int) -> str:
    if file is None:
        return f"EF{number:02X}" if number else "当前文件 the current EF"
    return f"EF{file.fid & 0xFF:02X} {file.name_zh} {file.name_en}"


def _area(asked: Asked, file: File | None, number: int) -> str:
    """A file; below the MF there is one, the hand-over area."""
    if asked.place.directory is None and number == asked.card.area_sfi:
        return "公共区 hand-over area"
    return _file(file, number)


def _external(asked: Asked) -> Meaning:
    kid = asked.command.p2
    name = asked.card.key_name(asked.place.directory, kid)
    version = asked.command.data[2 * _PROOF :]
    said = f"，版本 version {version[0]}" if len(version) == 1 else ""
    return Meaning(f"外部认证 external authenticate {name} ({kid:02X}){said}")


def _verify(asked: Asked) -> Meaning:
    if not asked.command.data:
        return Meaning("查询PIN how many tries has the PIN")
    return Meaning("校验PIN verify PIN", secret=True)


def _pin_change(asked: Asked) -> Meaning:
    words = "PIN重装 reload PIN" if asked.command.p2 else "PIN解锁 unblock PIN"
    return Meaning(words + asked.mac)


def _words(text: str, *, secret: bool = False, content: bool = False) -> Callable[[Asked], Meaning]:
    return lambda asked: Meaning(text + asked.mac, secret=secret, content=content)


_APPEND = 0xE2
_COMMANDS: Mapping[int, Callable[[Asked], Meaning]] = MappingProxyType(
    {
        INS.SELECT: _select,
        INS.READ_RECORD: _read_record,
        INS.UPDATE_RECORD: _update_record,
        INS.READ_BINARY: _read_binary,
        INS.UPDATE_BINARY: _update_binary,
        _APPEND: _append_record,
        INS.EXTERNAL_AUTHENTICATE: _external,
        INS.INTERNAL_AUTHENTICATE: _words("内部认证 internal authenticate IRK"),
        INS.GET_CHALLENGE: _words("取随机数 get challenge"),
        INS.GET_RESPONSE: _words("取响应 get response"),
        INS.GET_DATA: _words("取数据 get data", content=True),
        INS.VERIFY: _verify,
        INS.CHANGE_PIN: _words("修改PIN change PIN", secret=True),
        INS.PIN_CHANGE_UNBLOCK: _pin_change,
        INS.APPLICATION_BLOCK: _words("应用锁定 block application"),
        INS.CARD_BLOCK: _words("卡片锁定 block card"),
    }
)
_MEDICAL: Mapping[tuple[int, int], str] = MappingProxyType(
    {
        (MedicalINS.GET_BALANCE, 0x00): "查询余额 get balance",
        (MedicalINS.INITIALIZE, 0x00): "划入初始化 initialize for load",
        (MedicalINS.INITIALIZE, 0x01): "消费初始化 initialize for purchase",
        (MedicalINS.CREDIT_FOR_LOAD, 0x00): "划入 credit for load",
        (MedicalINS.DEBIT_FOR_PURCHASE, 0x01): "消费 debit for purchase",
        (MedicalINS.GET_TRANSACTION_PROOF, 0x00): "取交易认证 get transaction proof",
        (MedicalINS.STARTING_DAY, 0x00): "设置起始日 update starting day",
        (MedicalINS.STARTING_DAY, 0x01): "取起始日 get starting day",
    }
)
#: What tells how much money somebody has or pays.
_AMOUNTS = frozenset({MedicalINS.GET_BALANCE, MedicalINS.INITIALIZE})
#: Operations of the reference dialect, which is the simulated cards'.
_FACTORY: Mapping[type[Operation], str] = MappingProxyType(
    {
        AuthenticateTransport: "传输密钥认证 show the transport key",
        CreateDirectory: "建目录 create directory",
        CreateFile: "建文件 create file",
        SetFci: "写FCI set FCI",
        WriteHistorical: "写历史字节 write the final ATR",
        LoadKey: "装载密钥 load key, enciphered",
        ReplaceMaster: "替换主密钥 replace master key, enciphered",
        ReplaceKey: "更新密钥 replace key, enciphered",
        InstallInstance: "安装金融应用 install an application",
        DeleteInstance: "删除金融应用 delete an application",
        EndPreIssue: "结束出厂阶段 end of the factory stage",
    }
)
