"""Why the certificate application refuses: what each status word means behind a command.

The conditions are those of the simulated card (docs/card.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS
from sscard.apdu.pki import PkiINS
from sscard.apdu.status import StatusWord
from sscard.trace.status_words import said

_ONCE = "先取随机数，每个只用一次 ask for a challenge first: each counts once"
_USER = "先校验用户PIN show the user PIN first"
_ADMIN = "先校验管理PIN show the admin PIN first"
_WRITING = "先校验芯片要求的PIN show the PIN first that the chip asks for here"
_MAC = "MAC应由原密钥与本次随机数算出 the MAC is made with the old key and this challenge"
_NO_PAIR = "尚无密钥对 there is no pair yet"
_BLOCKED = "次数已用完，无解锁命令 no tries left, and no command unblocks it"
_NO_FILE = "先选择文件 select a file first"
_BEYOND = "超出文件 beyond the end of the file"

_RIGHT, _CONDITION = StatusWord.SECURITY_NOT_SATISFIED, StatusWord.CONDITIONS_NOT_SATISFIED
_CAUSES: Mapping[tuple[int, StatusWord], str] = MappingProxyType(
    {
        (INS.SELECT, StatusWord.FILE_NOT_FOUND): "卡上无此应用或文件 not on this card",
        (INS.EXTERNAL_AUTHENTICATE, StatusWord.NO_CHALLENGE): _ONCE,
        (INS.EXTERNAL_AUTHENTICATE, StatusWord.AUTHENTICATION_BLOCKED): _BLOCKED,
        (PkiINS.REPLACE_MASTER, _RIGHT): "先外部认证本目录主控密钥 show this master key first",
        (PkiINS.REPLACE_MASTER, StatusWord.NO_CHALLENGE): _ONCE,
        (PkiINS.REPLACE_MASTER, StatusWord.MAC_WRONG): _MAC,
        (INS.VERIFY, StatusWord.NO_CHALLENGE): _ONCE,
        (INS.VERIFY, StatusWord.AUTHENTICATION_BLOCKED): _BLOCKED,
        (INS.VERIFY, StatusWord.INS_NOT_SUPPORTED): "PIN在ADF中 PINs are the ADF's: select it",
        (PkiINS.CHANGE_ADMIN_PIN, _RIGHT): _ADMIN,
        (PkiINS.CHANGE_ADMIN_PIN, StatusWord.NO_CHALLENGE): _ONCE,
        (PkiINS.CHANGE_ADMIN_PIN, StatusWord.MAC_WRONG): _MAC,
        (PkiINS.CHANGE_ADMIN_PIN, StatusWord.WRONG_DATA): "新PIN不是数字 the new PIN is no digits",
        (PkiINS.GENERATE_KEY_PAIR, _RIGHT): (
            "先校验用户PIN，换掉已有密钥对还要管理PIN show the user PIN first, to replace a pair "
            "the admin PIN, too"
        ),
        (PkiINS.GENERATE_KEY_PAIR, _CONDITION): (
            "加密密钥对不在卡上生成 the encryption pair is not made on the card"
        ),
        (PkiINS.EXPORT_PUBLIC_KEY, _CONDITION): (
            "尚无密钥对或未选定 no pair yet, or none was chosen"
        ),
        (PkiINS.DECRYPT, _RIGHT): _USER,
        (PkiINS.DECRYPT, _CONDITION): _NO_PAIR,
        (PkiINS.DECRYPT, StatusWord.WRONG_DATA): "不是为本卡加密的 not enciphered for this card",
        (PkiINS.SET_SESSION_KEY, _RIGHT): _WRITING,
        (PkiINS.IMPORT_KEY, _RIGHT): _WRITING,
        (PkiINS.IMPORT_KEY, _CONDITION): (
            "私钥先于公钥或没有会话密钥 private before public key, or no session key"
        ),
        (PkiINS.IMPORT_KEY, StatusWord.WRONG_DATA): (
            "不是曲线上的点，或私钥与公钥不配 no point of the curve, or the private key of another "
            "pair"
        ),
        (PkiINS.SIGN, _RIGHT): _USER,
        (PkiINS.SIGN, _CONDITION): _NO_PAIR,
        (PkiINS.SIGN, StatusWord.INS_NOT_SUPPORTED): "芯片无此签名命令 this chip signs otherwise",
        (INS.READ_BINARY, _RIGHT): "私钥不可读 private keys are never read",
        (INS.READ_BINARY, StatusWord.NO_CURRENT_EF): _NO_FILE,
        (INS.READ_BINARY, StatusWord.WRONG_OFFSET): _BEYOND,
        (INS.UPDATE_BINARY, _RIGHT): f"{_WRITING}；密钥只由专用命令写入 keys by their own commands",
        (INS.UPDATE_BINARY, StatusWord.NO_CURRENT_EF): _NO_FILE,
        (INS.UPDATE_BINARY, StatusWord.WRONG_OFFSET): _BEYOND,
        (INS.UPDATE_BINARY, StatusWord.WRONG_LENGTH): _BEYOND,
    }
)


def answered(command: CommandAPDU, sw: StatusWord) -> str:
    """The status word in words, with its cause where the command tells it."""
    ins, left = command.ins, sw.tries_left
    if ins == INS.VERIFY and not command.data and left is not None:
        return f"{sw.value:04X} 剩余{left}次 {left} tries left"
    cause = _CAUSES.get((ins, sw))
    return f"{said(sw)}：{cause}" if cause else said(sw)
