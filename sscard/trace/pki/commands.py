"""Commands of the certificate application in words, and what of them may be shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType

from sscard.apdu import pki
from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS
from sscard.apdu.pki import PkiINS
from sscard.errors import MalformedData
from sscard.keys.sm2_curve import is_point
from sscard.trace.fci import is_fci

_BY_NAME, _SFI_IN_P1 = 0x04, 0x80
_SECURE = 0x84

#: The files, as people know them (ssc-more 1.1 [2+]).
FILES: Mapping[int, str] = MappingProxyType(
    {
        pki.SIGNATURE_PUBLIC: "签名公钥 signature public key",
        pki.SIGNATURE_PRIVATE: "签名私钥 signature private key",
        pki.ENCRYPTION_PUBLIC: "加密公钥 encryption public key",
        pki.ENCRYPTION_PRIVATE: "加密私钥 encryption private key",
        pki.SIGNATURE_CERTIFICATE: "签名证书 signature certificate",
        pki.ENCRYPTION_CERTIFICATE: "加密证书 encryption certificate",
    }
)
PUBLIC_KEYS = (pki.SIGNATURE_PUBLIC, pki.ENCRYPTION_PUBLIC)
CERTIFICATES = (pki.SIGNATURE_CERTIFICATE, pki.ENCRYPTION_CERTIFICATE)
_DIRECTORIES: Mapping[bytes, str] = MappingProxyType(
    {
        pki.DDF_NAME: "PKI.社会保障 数字证书环境 certificate environment",
        pki.ADF_NAME: "SS.CERT.ADF1 数字证书应用 certificate application",
    }
)
_MASTERS: Mapping[bytes, str] = MappingProxyType(
    {
        pki.DDF_NAME: "环境主控密钥 master key of the DDF",
        pki.ADF_NAME: "应用主控密钥 master key of the ADF",
    }
)
PINS: Mapping[int, str] = MappingProxyType(
    {pki.USER: "用户PIN user PIN", pki.ADMIN: "管理PIN admin PIN"}
)
_PIN = "PIN"


@dataclass(frozen=True, slots=True)
class Place:
    """Directory by name, empty while none is selected; ``file`` None where none is current."""

    directory: bytes = b""
    file: int | None = None

    @property
    def master(self) -> str:
        """Its master key."""
        return _MASTERS.get(self.directory, "主控密钥 master key")


#: Whether the data of an answer are of the form that may be shown.
Form = Callable[[bytes], bool]


@dataclass(frozen=True, slots=True)
class Meaning:
    """``place`` is where the card is if it agrees; ``hides``: the command's data is a secret.

    ``span`` is the file that is read or written and the offset in it.  An answer without the
    ``form`` that this command's have is hidden: it may be anything of anybody.
    """

    words: str
    place: Place | None = None
    hides: bool = False
    form: Form = bool
    span: tuple[int, int] | None = None


def selects(command: CommandAPDU, *, selected: bool) -> bool:
    """Whether a SELECT is for the application, which is ``selected`` now or not."""
    if command.p1 == _BY_NAME:
        return command.data in _DIRECTORIES
    fid = int.from_bytes(command.data, "big")
    return selected and (bool(command.p1) or fid == pki.ADF_FID or fid in FILES)


def meaning(command: CommandAPDU, place: Place) -> Meaning | None:
    """What a command is for; None for one that the application does not have."""
    explain = _COMMANDS.get((command.cla, command.ins))
    return explain(command, place) if explain else None


def file(fid: int | None) -> str:
    """A file in words."""
    if fid is None:
        return "当前文件 the current EF"
    return f"{fid:04X} {FILES[fid]}" if fid in FILES else f"{fid:04X}"


def is_public_key(data: bytes) -> bool:
    """Whether this is a stored public key, or the zeros where none is yet."""
    if len(data) != 2 + pki.POINT:
        return False
    return not any(data) or (data == pki.stored_point(data[2:]) and is_point(data[2:]))


def _none(data: bytes) -> bool:
    return not data


def _challenge(data: bytes) -> bool:
    return len(data) in (8, pki.CHALLENGE)


def _signature(data: bytes) -> bool:
    return len(data) == 2 * pki.NUMBER


def _empty(data: bytes) -> bool:
    return not any(data)


def _never(data: bytes) -> bool:
    del data
    return False


def _select(command: CommandAPDU, place: Place) -> Meaning:
    if command.p1 == _BY_NAME:
        words = _DIRECTORIES.get(command.data, "?")
        return Meaning(f"选择 select {words}", Place(command.data), form=is_fci)
    fid = int.from_bytes(command.data, "big")
    if fid == pki.ADF_FID:
        words = f"选择 select DF01 {_DIRECTORIES[pki.ADF_NAME]}"
        return Meaning(words, Place(pki.ADF_NAME), form=is_fci)
    return Meaning(f"选择文件 select {file(fid)}", Place(place.directory, fid), form=_none)


def _read(command: CommandAPDU, place: Place) -> Meaning:
    fid, offset = _span(command, place)
    words = f"读二进制 read {file(fid)} @{offset}"
    form = is_public_key if fid in PUBLIC_KEYS else _empty
    return _binary(words, place, fid, offset, form)


def _update(command: CommandAPDU, place: Place) -> Meaning:
    fid, offset = _span(command, place)
    return _binary(f"写二进制 update {file(fid)} @{offset}", place, fid, offset, _none)


def _binary(words: str, place: Place, fid: int | None, offset: int, form: Form) -> Meaning:
    span = None if fid is None else (fid, offset)
    return Meaning(words, Place(place.directory, fid), hides=True, form=form, span=span)


def _span(command: CommandAPDU, place: Place) -> tuple[int | None, int]:
    """The file and the offset: of 15 bits in the current file, or of 8 in that of an SFI."""
    if command.p1 & _SFI_IN_P1:
        return command.p1 & 0x1F, command.p2
    return place.file, command.p1 << 8 | command.p2


def _verify(command: CommandAPDU, _place: Place) -> Meaning:
    pin = PINS.get(command.p2, f"{_PIN} {command.p2:02X}")
    if not command.data:
        return Meaning(f"查询剩余次数 tries left of the {pin}", form=_none)
    return Meaning(f"校验 verify {pin}", hides=True, form=_none)


def _external(_command: CommandAPDU, place: Place) -> Meaning:
    return Meaning(f"外部认证 external authenticate {place.master}", form=_none)


def _replace(_command: CommandAPDU, place: Place) -> Meaning:
    words = f"更新 replace {place.master}, enciphered，带MAC with a MAC"
    return Meaning(words, hides=True, form=_none)


def _generate(command: CommandAPDU, _place: Place) -> Meaning:
    return Meaning(f"生成密钥对 make a key pair{_pair(command)}", form=_none)


def _export(command: CommandAPDU, _place: Place) -> Meaning:
    if command.data:
        return Meaning(f"导出公钥：选定 choose a public key{_pair(command)}", form=_none)
    return Meaning("导出公钥：取回 fetch the public key that was chosen", form=is_public_key)


def _pair(command: CommandAPDU) -> str:
    with suppress(MalformedData):
        public, private = pki.parse_pair(command.data)
        return f" {file(public)} / {file(private)}"
    return ""


def _decrypt(command: CommandAPDU, _place: Place) -> Meaning:
    return Meaning(f"私钥解密 decrypt the session key{_use(command)}", form=_never)


def _sign(command: CommandAPDU, _place: Place) -> Meaning:
    return Meaning(f"签名 sign a hash{_use(command)}", hides=True, form=_signature)


def _use(command: CommandAPDU) -> str:
    with suppress(MalformedData):
        return f" with {file(pki.parse_use(command.data)[0])}"
    return ""


_PUBLIC_HALF = 0x40


def _import(command: CommandAPDU, _place: Place) -> Meaning:
    if command.p1 == _PUBLIC_HALF:
        return Meaning("导入加密公钥 bring the encryption public key", form=_none)
    words = "导入加密私钥 bring the encryption private key, enciphered"
    return Meaning(words, hides=True, form=_none)


def _words(
    text: str, *, hides: bool = False, form: Form
) -> Callable[[CommandAPDU, Place], Meaning]:
    said = Meaning(text, hides=hides, form=form)
    return lambda _command, _place: said


_COMMANDS: Mapping[tuple[int, int], Callable[[CommandAPDU, Place], Meaning]] = MappingProxyType(
    {
        (0x00, INS.SELECT): _select,
        (0x00, INS.READ_BINARY): _read,
        (0x00, INS.UPDATE_BINARY): _update,
        (0x00, INS.GET_CHALLENGE): _words("取随机数 get challenge", form=_challenge),
        (0x00, INS.VERIFY): _verify,
        (0x00, INS.EXTERNAL_AUTHENTICATE): _external,
        (_SECURE, PkiINS.REPLACE_MASTER): _replace,
        (_SECURE, PkiINS.CHANGE_ADMIN_PIN): _words(
            "修改管理PIN change the admin PIN, enciphered，带MAC with a MAC", hides=True, form=_none
        ),
        (pki.CLASS, PkiINS.GENERATE_KEY_PAIR): _generate,
        (pki.CLASS, PkiINS.EXPORT_PUBLIC_KEY): _export,
        (pki.CLASS, PkiINS.DECRYPT): _decrypt,
        (pki.CLASS, PkiINS.SET_SESSION_KEY): _words(
            "设置会话密钥 give the session key, in clear", hides=True, form=_none
        ),
        (pki.CLASS, PkiINS.IMPORT_KEY): _import,
        (pki.CLASS, PkiINS.HASH): _words("卡内杂凑 hash on the card", hides=True, form=_never),
        (pki.CLASS, PkiINS.SIGN): _sign,
    }
)
