"""What the driver's functions answer, field by field (ssc 7 [S])."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from sscard.terminal.driver import described

Words = tuple[str, str]

_BASIC: tuple[Words, ...] = (
    ("发卡地区行政区划代码", "division of the issuer"),
    ("社会保障号码", "social security number"),
    ("卡号", "card number"),
    ("卡识别码", "card identification code"),
    ("姓名", "name"),
    ("卡复位信息", "historical bytes of the ATR"),
    ("规范版本", "version of the specification"),
    ("发卡日期", "issued"),
    ("卡有效期", "valid until"),
    ("终端机编号", "terminal number, of the PSAM"),
    ("终端设备号", "terminal device"),
)
_BASIC_STEP: tuple[Words, ...] = (
    _BASIC[0],
    _BASIC[5],
    ("算法标识", "algorithm: 01 3DES, 02 SSF33, 03 SM4"),
    _BASIC[3],
    ("内部认证过程因子", "session factor of the internal authentication"),
    ("内部认证原始信息", "data of the internal authentication"),
    ("外部认证过程因子", "session factor of the external authentication"),
    ("外部认证原始信息", "data of the external authentication"),
)
_PROOF_STEP: tuple[Words, ...] = (
    _BASIC_STEP[2],
    ("密钥地址", "key address"),
    ("过程因子", "session factor"),
    ("原始信息", "data"),
)
_MESSAGE_STEP: tuple[Words, ...] = (
    *_PROOF_STEP[:3],
    ("命令头", "command header"),
    ("新密码", "new PIN"),
)
_DEBIT: tuple[Words, ...] = (
    _BASIC_STEP[2],
    _PROOF_STEP[1],
    ("金额", "amounts, hexadecimal"),
    ("交易类型", "type"),
    ("终端机编号", "terminal number"),
    ("终端交易序号", "terminal counter"),
    ("交易时间", "time"),
    ("TAC", "transaction authentication code"),
)
_DEBIT_STEP: tuple[Words, ...] = (
    *_PROOF_STEP[:2],
    ("随机数", "random number of the card"),
    ("卡交易序号", "the card's counter"),
    *_DEBIT[2:5],
    _DEBIT[6],
)
_RECORD: tuple[Words, ...] = (
    ("序号", "number"),
    ("终端机编号", "terminal number"),
    ("交易时间", "time"),
    ("本次消费总金额", "total"),
    ("账户+统筹金额", "account and pool"),
)
_SIGNATURE_KEY: tuple[Words, ...] = (("签名公钥", "signature public key, X ‖ Y"),)
_SIGNATURE: tuple[Words, ...] = (("签名值", "signature, r ‖ s"),)
_TRIES: tuple[Words, ...] = (("剩余次数", "tries left"),)
_WRONG_PIN = -51

#: Function → the items of its output.
FIELDS: Mapping[str, tuple[Words, ...]] = MappingProxyType(
    {
        "iReadCardBas": _BASIC,
        "iReadCardBas_HSM_Step1": _BASIC_STEP,
        "iReadCardBas_HSM_Step2": _BASIC,
        "iReadCard_HSM_Step1": _PROOF_STEP,
        "iWriteCard_HSM_Step1": _PROOF_STEP,
        "iReloadPIN_HSM_Step1": _PROOF_STEP,
        "iReloadPIN_HSM_Step2": _MESSAGE_STEP,
        "iUnblockPIN_HSM_Step1": _PROOF_STEP,
        "iUnblockPIN_HSM_Step2": _MESSAGE_STEP,
        "iDoDebit": _DEBIT,
        "iDoDebit_HSM_Step1": _DEBIT_STEP,
        "iDoDebit_HSM_Step2": _DEBIT,
        "iReadSignatureKey": _SIGNATURE_KEY,
        "iWriteCaStep1": _SIGNATURE_KEY,
        "PKI_SignData": _SIGNATURE,
    }
)
#: Functions that give files, each ended by ``$``.
_FILES = frozenset({"iReadCard", "iReadCard_HSM_Step2"})
_NUMBERED = "项目", "item"


def lines(function: str, code: int, out: str) -> Iterator[str]:
    """For people: the code in words, the output, and what is in it."""
    yield f"{function}: {code}{f' {described(code)}' if code else ' 成功 done'}"
    if out:
        yield out
    for (zh, en), value in fields(function, code, out):
        yield f"  {zh} {en}: {value}"


def document(function: str, code: int, out: str) -> dict[str, Any]:
    """For programs."""
    return {
        "function": function,
        "code": code,
        "meaning": described(code) if code else "",
        "output": out,
        "fields": [
            {"zh": zh, "en": en, "value": value} for (zh, en), value in fields(function, code, out)
        ],
    }


def fields(function: str, code: int, out: str) -> Iterator[tuple[Words, str]]:
    """The items of an output with their names."""
    if function in _FILES and not code:
        yield from _files(out)
        return
    if function == "iReadDebitRecord" and not code:
        for record in _items(out, "|"):
            yield from zip(_RECORD, record.split("^"), strict=False)
        return
    names = _TRIES if code == _WRONG_PIN else FIELDS.get(function, ()) if not code else ()
    for place, value in enumerate(_items(out, "|")):
        yield (names[place] if place < len(names) else _numbered(place)), value


def _files(out: str) -> Iterator[tuple[Words, str]]:
    for file in _items(out, "$"):
        name, *values = _items(file, "|")
        for place, value in enumerate(values):
            yield (name, str(place + 1)), value


def _numbered(place: int) -> Words:
    return _NUMBERED[0], f"{_NUMBERED[1]} {place + 1}"


def _items(text: str, end: str) -> list[str]:
    """What stands before each ``end``; nothing where there is nothing."""
    return text.removesuffix(end).split(end) if text else []
