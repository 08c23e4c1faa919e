"""Names of financial data objects and how their values are read (pboc 2.1 to 2.3 [H]).

Tags of the base specification that pboc 2.3 does not repeat are named as in EMV Book 3, annex A.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, unique
from types import MappingProxyType

from sscard.apdu import afl, dol
from sscard.errors import MalformedData

Reading = str | int


@unique
class Form(Enum):
    """How a value is written."""

    BYTES = "bytes"  # nothing reads better than hexadecimal
    TEXT = "text"  # ASCII, or GBK for Chinese
    DIGITS = "digits"  # packed, F-padded; D is the separator of track 2
    DATE = "date"  # YYMMDD
    NUMBER = "number"  # binary
    DOL = "data object list"
    AFL = "application file locator"


@dataclass(frozen=True, slots=True)
class DataObject:
    """What a tag stands for."""

    zh: str
    en: str
    form: Form = Form.BYTES

    def read(self, value: bytes) -> Reading | None:
        """The value in a form for people; None when its bytes say it best or do not parse."""
        try:
            return _read(self.form, value)
        except (MalformedData, UnicodeDecodeError):
            return None


def _read(form: Form, value: bytes) -> Reading | None:
    match form:
        case Form.TEXT:
            text = value.decode("gbk").rstrip(" ")
            return text if text.isprintable() else None
        case Form.DIGITS:
            digits = value.hex().upper().rstrip("F")
            return digits if set(digits) <= set("0123456789D") else None
        case Form.DATE:
            return _date(value.hex())
        case Form.NUMBER:
            return int.from_bytes(value, "big")
        case Form.DOL:
            return " ".join(f"{tag:X}[{size}]" for tag, size in dol.entries(value))
        case Form.AFL:
            return " ".join(f"{sfi}.{number}" for sfi, number in afl.records(value))
        case Form.BYTES:
            return None


def _date(digits: str) -> str | None:
    """Years from 50 on are of the last century (EMV Book 4, 6.7.3)."""
    if len(digits) != 6 or not digits.isdigit():
        return None
    century = "19" if digits >= "50" else "20"
    return f"{century}{digits[:2]}-{digits[2:4]}-{digits[4:]}"


_OBJECTS: dict[int, tuple[str, str] | tuple[str, str, Form]] = {
    0x4F: ("应用标识符", "application identifier", Form.TEXT),
    0x50: ("应用标签", "application label", Form.TEXT),
    0x57: ("二磁道等效数据", "track 2 equivalent data", Form.DIGITS),
    0x5A: ("应用主账号", "primary account number", Form.DIGITS),
    0x5F20: ("持卡人姓名", "cardholder name", Form.TEXT),
    0x5F24: ("应用失效日期", "application expiration date", Form.DATE),
    0x5F25: ("应用生效日期", "application effective date", Form.DATE),
    0x5F28: ("发卡行国家代码", "issuer country code", Form.DIGITS),
    0x5F2D: ("首选语言", "language preference", Form.TEXT),
    0x5F30: ("服务码", "service code", Form.DIGITS),
    0x5F34: ("主账号序列号", "account sequence number", Form.DIGITS),
    0x61: ("应用模板", "application template"),
    0x6F: ("文件控制信息模板", "FCI template"),
    0x70: ("记录模板", "record template"),
    0x73: ("目录自定义模板", "directory discretionary template"),
    0x77: ("响应模板2", "response template format 2"),
    0x80: ("响应模板1", "response template format 1"),
    0x82: ("应用交互特征", "application interchange profile"),
    0x84: ("专用文件名称", "DF name", Form.TEXT),
    0x87: ("应用优先指示器", "application priority indicator", Form.NUMBER),
    0x88: ("目录文件短标识符", "SFI of the directory file", Form.NUMBER),
    0x8C: ("风险管理数据列表1", "CDOL1", Form.DOL),
    0x8D: ("风险管理数据列表2", "CDOL2", Form.DOL),
    0x8E: ("持卡人验证方法列表", "CVM list"),
    0x8F: ("CA公钥索引", "CA public key index", Form.NUMBER),
    0x90: ("发卡行公钥证书", "issuer public key certificate"),
    0x92: ("发卡行公钥余项", "issuer public key remainder"),
    0x93: ("签名的静态应用数据", "signed static application data"),
    0x94: ("应用文件定位器", "application file locator", Form.AFL),
    0x9F07: ("应用用途控制", "application usage control"),
    0x9F08: ("应用版本号", "application version number"),
    0x9F0B: ("持卡人姓名扩展", "cardholder name extended", Form.TEXT),
    0x9F0C: ("发卡机构自定义数据", "issuer data of the FCI"),
    0x9F0D: ("发卡行行为代码-缺省", "issuer action code, default"),
    0x9F0E: ("发卡行行为代码-拒绝", "issuer action code, denial"),
    0x9F0F: ("发卡行行为代码-联机", "issuer action code, online"),
    0x9F10: ("发卡行应用数据", "issuer application data"),
    0x9F11: ("发卡行代码表索引", "issuer code table index", Form.NUMBER),
    0x9F12: ("应用首选名称", "application preferred name", Form.TEXT),
    0x9F13: ("上次联机应用交易序号", "last online ATC", Form.NUMBER),
    0x9F14: ("连续脱机交易下限", "lower consecutive offline limit", Form.NUMBER),
    0x9F17: ("PIN尝试计数器", "PIN tries left", Form.NUMBER),
    0x9F1F: ("一磁道自定义数据", "track 1 discretionary data", Form.TEXT),
    0x9F23: ("连续脱机交易上限", "upper consecutive offline limit", Form.NUMBER),
    0x9F32: ("发卡行公钥指数", "issuer public key exponent"),
    0x9F36: ("应用交易计数器", "application transaction counter", Form.NUMBER),
    0x9F38: ("处理选项数据列表", "PDOL", Form.DOL),
    0x9F42: ("应用货币代码", "application currency code", Form.DIGITS),
    0x9F46: ("IC卡公钥证书", "ICC public key certificate"),
    0x9F47: ("IC卡公钥指数", "ICC public key exponent"),
    0x9F48: ("IC卡公钥余项", "ICC public key remainder"),
    0x9F49: ("动态数据认证数据列表", "DDOL", Form.DOL),
    0x9F4A: ("静态数据认证标签列表", "SDA tag list"),
    0x9F4D: ("交易日志入口", "log entry"),
    0x9F4F: ("交易日志格式", "log format", Form.DOL),
    0x9F51: ("应用货币代码", "application currency code", Form.DIGITS),
    0x9F52: ("应用缺省行为", "application default action"),
    0x9F56: ("发卡行认证指示位", "issuer authentication indicator"),
    0x9F57: ("发卡行国家代码", "issuer country code", Form.DIGITS),
    0x9F5D: ("可用脱机消费金额", "available offline amount", Form.DIGITS),
    0x9F61: ("持卡人证件号", "cardholder ID number", Form.TEXT),
    0x9F62: ("持卡人证件类型", "cardholder ID type", Form.DIGITS),
    0x9F63: ("产品标识信息", "product identification"),
    0x9F68: ("卡片附加处理", "card additional processing"),
    0x9F69: ("卡片认证相关数据", "card authentication related data"),
    0x9F6B: ("卡片CVM限额", "card CVM limit", Form.DIGITS),
    0x9F6D: ("电子现金重置阈值", "e-cash reset threshold", Form.DIGITS),
    0x9F74: ("电子现金发卡行授权码", "e-cash issuer authorization code", Form.TEXT),
    0x9F77: ("电子现金余额上限", "e-cash balance limit", Form.DIGITS),
    0x9F78: ("电子现金单笔交易限额", "e-cash single transaction limit", Form.DIGITS),
    0x9F79: ("电子现金余额", "e-cash balance", Form.DIGITS),
    0xA5: ("FCI专用模板", "FCI proprietary template"),
    0xBF0C: ("FCI发卡行自定义数据", "FCI issuer discretionary data"),
    0xDF4D: ("圈存日志入口", "load log entry"),
    0xDF4F: ("圈存日志格式", "load log format", Form.DOL),
    0xDF61: ("分段扣费支持", "segmented deduction support"),
    0xDF69: ("SM算法支持指示器", "SM algorithm indicator"),
}
DATA_OBJECTS: Mapping[int, DataObject] = MappingProxyType(
    {tag: DataObject(*row) for tag, row in _OBJECTS.items()}
)
#: Any other tag is legal too.
UNNAMED = DataObject("未命名", "unnamed")


def data_object(tag: int) -> DataObject:
    """What ``tag`` stands for; tags without a name are bytes."""
    return DATA_OBJECTS.get(tag, UNNAMED)
