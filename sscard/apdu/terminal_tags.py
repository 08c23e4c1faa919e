"""Names of data objects that come from terminals and issuers (EMV book 3, annex A [G]; pboc 2.3).

What a card has personalized is in ``emv_tags``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sscard.apdu.emv_tags import DATA_OBJECTS, UNNAMED, DataObject, Form

_OBJECTS: dict[int, tuple[str, str] | tuple[str, str, Form]] = {
    0x71: ("发卡行脚本模板1", "issuer script template 1"),
    0x72: ("发卡行脚本模板2", "issuer script template 2"),
    0x86: ("发卡行脚本命令", "issuer script command"),
    0x8A: ("授权响应码", "authorization response code", Form.TEXT),
    0x91: ("发卡行认证数据", "issuer authentication data"),
    0x95: ("终端验证结果", "terminal verification results"),
    0x9A: ("交易日期", "transaction date", Form.DATE),
    0x9B: ("交易状态信息", "transaction status information"),
    0x9C: ("交易类型", "transaction type", Form.DIGITS),
    0x5F2A: ("交易货币代码", "transaction currency code", Form.DIGITS),
    0x9F02: ("授权金额", "amount, authorized", Form.DIGITS),
    0x9F03: ("其他金额", "amount, other", Form.DIGITS),
    0x9F09: ("终端应用版本号", "application version number of the terminal"),
    0x9F16: ("商户标识", "merchant identifier", Form.TEXT),
    0x9F18: ("发卡行脚本标识符", "issuer script identifier"),
    0x9F1A: ("终端国家代码", "terminal country code", Form.DIGITS),
    0x9F1C: ("终端标识", "terminal identification", Form.TEXT),
    0x9F1E: ("接口设备序列号", "interface device serial number", Form.TEXT),
    0x9F21: ("交易时间", "transaction time", Form.DIGITS),
    0x9F26: ("应用密文", "application cryptogram"),
    0x9F27: ("密文信息数据", "cryptogram information data"),
    0x9F2D: ("IC卡PIN加密公钥证书", "ICC PIN encipherment certificate"),
    0x9F2E: ("IC卡PIN加密公钥指数", "ICC PIN encipherment exponent"),
    0x9F2F: ("IC卡PIN加密公钥余项", "ICC PIN encipherment remainder"),
    0x9F33: ("终端性能", "terminal capabilities"),
    0x9F34: ("持卡人验证方法结果", "CVM results"),
    0x9F35: ("终端类型", "terminal type", Form.DIGITS),
    0x9F37: ("不可预知数", "unpredictable number"),
    0x9F40: ("终端附加性能", "additional terminal capabilities"),
    0x9F41: ("交易序列计数器", "transaction sequence counter", Form.DIGITS),
    0x9F45: ("数据认证码", "data authentication code"),
    0x9F4B: ("签名的动态应用数据", "signed dynamic application data"),
    0x9F4C: ("IC卡动态数", "ICC dynamic number"),
    0x9F4E: ("商户名称", "merchant name", Form.TEXT),
    0x9F66: ("终端交易属性", "terminal transaction qualifiers"),
    0x9F6C: ("卡片交易属性", "card transaction qualifiers"),
    0x9F7A: ("电子现金终端支持指示器", "e-cash terminal support indicator"),
    0x9F7B: ("电子现金终端交易限额", "e-cash terminal transaction limit", Form.DIGITS),
    0xDF60: ("扩展交易指示位", "extended application transaction indicator"),
}
TERMINAL_OBJECTS: Mapping[int, DataObject] = MappingProxyType(
    {tag: DataObject(*row) for tag, row in _OBJECTS.items()}
)


def named(tag: int) -> DataObject:
    """What ``tag`` stands for, whoever it comes from; tags without a name are bytes."""
    return DATA_OBJECTS.get(tag) or TERMINAL_OBJECTS.get(tag, UNNAMED)
