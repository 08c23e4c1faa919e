"""Why a record goes back to the office: the reason codes, with their two texts."""

from __future__ import annotations

from enum import unique

from sscard.issuance.coded import Coded


@unique
class Reason(Coded):
    """The closed list of reason codes (issuance 3, "reasons for returning a record")."""

    ID_LENGTH = ("ID_LENGTH", "身份证号不是18位", "the ID number does not have 18 characters")
    ID_CHECKSUM = (
        "ID_CHECKSUM",
        "身份证号校验码错误",
        "the check character of the ID number is wrong",
    )
    ID_BIRTHDATE = (
        "ID_BIRTHDATE",
        "身份证号中的出生日期无效或与出生日期不符",
        "the birth date is not a real one or not that of the ID number",
    )
    ID_REGION = ("ID_REGION", "身份证号中的行政区划不存在", "the ID number names no known division")
    ID_SEX_MISMATCH = (
        "ID_SEX_MISMATCH",
        "身份证号与性别不符",
        "the ID number and the sex disagree",
    )
    ID_DUPLICATE = ("ID_DUPLICATE", "身份证号重复", "the ID number occurs more than once")
    NAME_MISSING = ("NAME_MISSING", "姓名为空", "the name is missing")
    NAME_ENCODING = ("NAME_ENCODING", "姓名含GBK以外的字符", "the name has a character outside GBK")
    NAME_TOO_LONG = ("NAME_TOO_LONG", "姓名超过50字节", "the name is longer than 50 bytes")
    FIELD_INVALID = ("FIELD_INVALID", "字段内容无效", "the content of a field is not allowed")
    FIELD_TOO_LONG = ("FIELD_TOO_LONG", "字段内容过长", "the content of a field is too long")
    BANK_MISSING = ("BANK_MISSING", "未选择银行", "no bank is chosen")
    BANK_UNKNOWN = ("BANK_UNKNOWN", "银行不在名单中", "the bank is not in the list")
    BANK_ACCOUNT_MISSING = ("BANK_ACCOUNT_MISSING", "没有银行账户", "there is no bank account")
    BANK_ACCOUNT_DUPLICATE = (
        "BANK_ACCOUNT_DUPLICATE",
        "银行账户重复",
        "the bank account is doubled",
    )
    PHOTO_MISSING = ("PHOTO_MISSING", "没有照片", "there is no photo")
    PHOTO_QUALITY = (
        "PHOTO_QUALITY",
        "照片质量不合格",
        "the photo does not have the quality asked for",
    )
    AGE_LIMIT = ("AGE_LIMIT", "超过本批次年龄限制", "older than the age limit of this round")
    ALREADY_ISSUED = ("ALREADY_ISSUED", "已发放社会保障卡", "a card is already issued")
    INSURANCE_INACTIVE = (
        "INSURANCE_INACTIVE",
        "参保状态不正常",
        "the insurance status is not active",
    )
    BANK_REFUSED = ("BANK_REFUSED", "银行未通过", "the bank does not open an account")
    HAS_BANK_CARD = ("HAS_BANK_CARD", "已持有金融社保卡", "already holds a financial card")
    DATA_CONFLICT = ("DATA_CONFLICT", "数据冲突", "the data are in conflict")
    NAME_MISMATCH = (
        "NAME_MISMATCH",
        "姓名与身份证号不符",
        "the name is not that of the ID number",
    )
    BANK_LOCKED = (
        "BANK_LOCKED",
        "发卡六个月内不能换银行",
        "the bank cannot be changed within six months of issue",
    )
    CARD_NUMBER_TAKEN = (
        "CARD_NUMBER_TAKEN",
        "卡号已被使用",
        "the card number is another card's",
    )
    PERSON_UNKNOWN = (
        "PERSON_UNKNOWN",
        "批次中没有此人",
        "nobody of the batch has this ID number",
    )
