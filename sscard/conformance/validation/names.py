"""What findings are called where people read them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from sscard.conformance.report.page import Words
from sscard.conformance.validation import reasons

_FIXED: Mapping[str, Words] = MappingProxyType(
    {
        "FCI": Words("选择应答", "FCI"),
        "end of directory": Words("目录末尾", "end of directory"),
        "processing options": Words("处理选项", "processing options"),
        "PIN tries": Words("脱机 PIN 尝试次数", "tries of the offline PIN"),
        "offline PIN": Words("脱机 PIN", "offline PIN"),
        "certificates": Words("证书链与静态签名", "certificates and signed static data"),
        "private key": Words("卡片私钥签名", "the card's private key signs"),
        "options of electronic cash": Words("电子现金处理选项", "options of electronic cash"),
        "right to read": Words("读权限", "right to read"),
        "FID": Words("文件标识", "file identifier"),
        "PIN": Words("个人密码", "PIN"),
        "hand-over area closed": Words("公共区已关闭", "hand-over area closed"),
    }
)
_NUMBERED: Mapping[str, str] = MappingProxyType(
    {"record": "记录", "data object": "数据对象", "DGI": "数据分组"}
)
_KEY = re.compile(r"(.+?)(?: v(\d))?")


def of_key(subject: str) -> Words:
    """A key and its version, as ``UK1DF01 v2``."""
    name, version = _KEY.fullmatch(subject).groups()  # type: ignore[union-attr]
    return Words(f"密钥 {name}", f"key, version {version}" if version else "key")


def of_bank(subject: str) -> Words:
    """A finding of the financial side, behind the title of its application."""
    what, _, family = subject.partition(", ")
    behind = f"（{family} 国密）" if family else "", f" ({family})" if family else ""
    words = _FIXED.get(what) or _numbered(what)
    return Words(words.zh + behind[0], words.en + behind[1])


def of_file(what: str, place: str) -> Words:
    """A finding of a file that is no element."""
    words = _FIXED.get(what, Words(what, what))
    return Words(f"{place} {words.zh}", words.en)


def of_left(subject: str) -> Words:
    """What was not tried: a key, a file, or the rights of a directory."""
    if subject.endswith("rights to update"):
        return Words("更新权限", "rights to update")
    return Words("文件", "file") if "/" in subject else of_key(subject)


def fixed(subject: str) -> Words:
    """A finding whose name is always the same."""
    return _FIXED.get(subject, Words(subject, ""))


def why_open(what: str, *, bank_keys: bool, authorities: bool) -> Words:
    """Why the audit of the financial side proves this of no card, or not of this one."""
    if what.startswith("UDK") and not bank_keys:
        return reasons.NO_BANK_KEYS
    if what.startswith(("certificates", "private key")) and not authorities:
        return reasons.NO_AUTHORITIES
    if what == "offline PIN":
        return reasons.NO_PIN
    return reasons.OTHER_TRANSACTION


def _numbered(what: str) -> Words:
    for en, zh in _NUMBERED.items():
        if what.startswith(f"{en} "):
            return Words(f"{zh} {what.removeprefix(en).strip()}", en)
    return Words("银行密钥", what) if what.startswith("UDK") else Words(what, "")
