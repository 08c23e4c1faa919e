"""What a command does, in a few words, for the comments of a script."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS
from sscard.channel.ssc import SECURE
from sscard.dialects import reference
from sscard.dialects.operations import (
    AuthenticateTransport,
    CreateDirectory,
    CreateFile,
    EndPreIssue,
    LoadKey,
    Operation,
    ReplaceKey,
    ReplaceMaster,
    SetFci,
    WriteHistorical,
)
from sscard.errors import MalformedData
from sscard.perso.script.errors import ScriptError

_COMMANDS: Mapping[int, str] = MappingProxyType(
    {
        INS.SELECT: "选择 select",
        INS.EXTERNAL_AUTHENTICATE: "外部认证 external authentication, key",
        INS.READ_BINARY: "读二进制 read binary",
        INS.UPDATE_BINARY: "写二进制 update binary",
        INS.UPDATE_RECORD: "写记录 update record",
    }
)

_OPERATIONS: Mapping[type[object], str] = MappingProxyType(
    {
        AuthenticateTransport: "认证传输密钥 transport key",
        WriteHistorical: "写历史字节 historical bytes of the final ATR",
        SetFci: "写文件控制信息 FCI",
        ReplaceMaster: "替换主控密钥 replace the master key",
        EndPreIssue: "结束预个人化 end of the factory stage",
    }
)


def remark(plain: CommandAPDU) -> str:
    """What the command with its data in clear does; "" for what has no words here.

    Factory commands are understood in the reference dialect.  No value is repeated.  Raises
    ScriptError for what is no part of making a card.
    """
    operation = _operation(plain)
    if operation is not None:
        return _of_operation(operation)
    if plain.cla & ~SECURE:
        return ""
    text = _COMMANDS.get(plain.ins, "")
    return f"{text} {plain.p2:02X}" if plain.ins == INS.EXTERNAL_AUTHENTICATE else text


def _operation(plain: CommandAPDU) -> Operation | None:
    for command in (plain, replace(plain, cla=plain.cla | SECURE)):
        if reference.row_at(command) is not None:
            try:
                return reference.parse(command)
            except MalformedData:
                return None
    return None


def _of_operation(operation: Operation) -> str:
    match operation:
        case CreateDirectory(fid=fid):
            return f"建目录 create directory {fid:04X}"
        case CreateFile(fid=fid, structure=structure):
            return f"建文件 create file {fid:04X} ({structure.name.lower()})"
        case LoadKey(type=type_, kid=kid, version=version):
            name = "PIN" if type_.name == "PIN" else type_.name.lower()
            return f"装载密钥 load key {kid:02X} version {version} ({name})"
        case ReplaceKey():
            raise ScriptError(
                "ReplaceKey is maintenance of issued cards: no station's script has it"
            )
    return _OPERATIONS[type(operation)]
