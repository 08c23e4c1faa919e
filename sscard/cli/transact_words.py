"""What terminal and card found, bit by bit: Chinese beside the English names."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sscard.apdu.bit_field import BitField
from sscard.apdu.cryptogram import Cryptogram
from sscard.apdu.cvr import Fact
from sscard.apdu.tsi import TSI
from sscard.apdu.tvr import TVR

KINDS: Mapping[Cryptogram, str] = MappingProxyType(
    {Cryptogram.AAC: "拒绝", Cryptogram.TC: "批准", Cryptogram.ARQC: "联机"}
)
_BITS: Mapping[BitField, str] = MappingProxyType(
    {
        TVR.OFFLINE_DATA_AUTHENTICATION_NOT_PERFORMED: "未进行脱机数据认证",
        TVR.SDA_FAILED: "SDA失败",
        TVR.CARD_DATA_MISSING: "卡片数据缺失",
        TVR.CARD_ON_EXCEPTION_FILE: "卡片在异常文件中",
        TVR.DDA_FAILED: "DDA失败",
        TVR.CDA_FAILED: "CDA失败",
        TVR.SDA_SELECTED: "选择了SDA",
        TVR.VERSIONS_DIFFER: "应用版本不一致",
        TVR.EXPIRED: "应用已过期",
        TVR.NOT_YET_EFFECTIVE: "应用尚未生效",
        TVR.SERVICE_NOT_ALLOWED: "不允许该服务",
        TVR.NEW_CARD: "新卡",
        TVR.CARDHOLDER_NOT_VERIFIED: "持卡人验证未成功",
        TVR.UNKNOWN_CVM: "未知的持卡人验证方法",
        TVR.PIN_TRIES_EXCEEDED: "PIN重试超限",
        TVR.PIN_PAD_MISSING_OR_BROKEN: "无密码键盘或键盘故障",
        TVR.PIN_NOT_ENTERED: "未输入PIN",
        TVR.ONLINE_PIN_ENTERED: "输入了联机PIN",
        TVR.FLOOR_LIMIT_EXCEEDED: "超过最低限额",
        TVR.LOWER_OFFLINE_LIMIT_EXCEEDED: "超过连续脱机下限",
        TVR.UPPER_OFFLINE_LIMIT_EXCEEDED: "超过连续脱机上限",
        TVR.RANDOMLY_SELECTED_ONLINE: "随机选择联机",
        TVR.MERCHANT_FORCED_ONLINE: "商户要求联机",
        TVR.DEFAULT_TDOL_USED: "使用了缺省TDOL",
        TVR.ISSUER_AUTHENTICATION_FAILED: "发卡行认证失败",
        TVR.SCRIPT_FAILED_BEFORE_FINAL_AC: "最后密文前脚本失败",
        TVR.SCRIPT_FAILED_AFTER_FINAL_AC: "最后密文后脚本失败",
    }
)
_STEPS: Mapping[BitField, str] = MappingProxyType(
    {
        TSI.OFFLINE_DATA_AUTHENTICATION_PERFORMED: "已进行脱机数据认证",
        TSI.CARDHOLDER_VERIFICATION_PERFORMED: "已进行持卡人验证",
        TSI.CARD_RISK_MANAGEMENT_PERFORMED: "已进行卡片风险管理",
        TSI.ISSUER_AUTHENTICATION_PERFORMED: "已进行发卡行认证",
        TSI.TERMINAL_RISK_MANAGEMENT_PERFORMED: "已进行终端风险管理",
        TSI.SCRIPT_PROCESSING_PERFORMED: "已处理脚本",
    }
)
_FACTS: Mapping[BitField, str] = MappingProxyType(
    {
        Fact.ISSUER_AUTHENTICATION_FAILED: "发卡行认证失败",
        Fact.PIN_PERFORMED: "进行了脱机PIN",
        Fact.PIN_FAILED: "脱机PIN失败",
        Fact.UNABLE_ONLINE: "不能联机",
        Fact.LAST_ONLINE_NOT_COMPLETED: "上次联机未完成",
        Fact.PIN_TRIES_EXCEEDED: "PIN重试超限",
        Fact.VELOCITY_EXCEEDED: "超过频度限制",
        Fact.NEW_CARD: "新卡",
        Fact.ISSUER_AUTHENTICATION_FAILED_LAST: "上次发卡行认证失败",
        Fact.ISSUER_AUTHENTICATION_MISSING_LAST: "上次联机后未进行发卡行认证",
        Fact.BLOCKED_BY_PIN: "因PIN超限锁定应用",
        Fact.SDA_FAILED_LAST: "上次SDA失败",
        Fact.SCRIPT_FAILED: "上次脚本失败",
        Fact.DDA_FAILED_LAST: "上次DDA失败",
        Fact.DDA_PERFORMED: "进行了DDA",
    }
)


def bits(value: BitField) -> tuple[str, ...]:
    """Each bit that is set, zh and en; one without a name by its place."""
    known = {TVR: _BITS, TSI: _STEPS, Fact: _FACTS}.get(type(value), {})
    singles = (1 << at for at in reversed(range(8 * value.size())) if value.value >> at & 1)
    names = (known.get(type(value)(bit), "") for bit in singles)
    return tuple(f"{zh} {en}".strip() for zh, en in zip(names, value.words(), strict=True))
