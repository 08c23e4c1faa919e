"""What is wrong with a whole file: no line of it is at fault."""

from __future__ import annotations

from enum import unique

from sscard.issuance.coded import Coded


@unique
class Fault(Coded):
    """Why a file, its seal or its envelope cannot be used at all."""

    UNREADABLE = ("UNREADABLE", "无法读取", "cannot be read")
    NO_FILE = ("NO_FILE", "不是普通文件", "is no regular file but a folder, link, pipe or device")
    TOO_LARGE = ("TOO_LARGE", "文件过大", "is larger than such a file may be")
    CHANGED = ("CHANGED", "核验后文件已改变", "changed since it was checked")
    ANNOUNCED = ("ANNOUNCED", "记录数与预告不符", "other records came than were announced")

    SEAL_FORM = ("SEAL_FORM", "不是封签", "is no seal of a list")
    SEAL_LAYOUT = ("SEAL_LAYOUT", "封签与布局不符", "is the seal of another layout")
    SEAL_FILE = ("SEAL_FILE", "封签与文件不符", "is not the seal of this file")
    SEAL_UNSIGNED = ("SEAL_UNSIGNED", "没有签名", "is not signed")
    SEAL_UNTRUSTED = ("SEAL_UNTRUSTED", "签名不可信", "is signed by no trusted key")
    SEAL_OTHER_MAC = ("SEAL_OTHER_MAC", "没有此密钥的MAC", "has no MAC of key")
    SEAL_MAC = ("SEAL_MAC", "MAC错误", "MAC is wrong")

    ENVELOPE = (
        "ENVELOPE",
        "信封损坏、收件人不符或不是信封",
        "is damaged, for another receiver, or no envelope",
    )

    TABLE = ("TABLE", "表格无法读取", "is no table that can be read")
    WORKBOOK = ("WORKBOOK", "不是可读的XLSX工作簿", "is no XLSX workbook that can be read")
    WORKBOOK_SEALED = (
        "WORKBOOK_SEALED",
        "是加密工作簿或旧版XLS",
        "is an encrypted workbook or an old XLS: save it as XLSX without a password",
    )
    WORKBOOK_BOMB = (
        "WORKBOOK_BOMB",
        "解压后过大",
        "is larger unpacked than a workbook may be",
    )
    WORKBOOK_CONTENT = (
        "WORKBOOK_CONTENT",
        "含有宏、外部链接或嵌入文件",
        "has macros, links to other files, or files in it",
    )
    WORKBOOK_DOCTYPE = (
        "WORKBOOK_DOCTYPE",
        "含有DOCTYPE或其他编码",
        "has XML with a DOCTYPE, or in another encoding than UTF-8",
    )
    SHEET = ("SHEET", "找不到工作表", "has no such sheet")
    SHEETS = ("SHEETS", "不止一个工作表有内容", "has content on more than one sheet: name one")
