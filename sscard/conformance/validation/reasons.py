"""Why something about a card is not proven, in both languages."""

from __future__ import annotations

from sscard.conformance.report.page import Words

NO_KEYS = Words("未给密钥库", "no key store was given")
OTHER_KEYS = Words(
    "内部认证不符，其余密钥一律未出示",
    "the card's own proof is not of this store's keys: no other key was shown",
)
HARMFUL = Words("一试即锁", "trying it does the harm it is for")
IN_THE_LOG = Words(
    "只有消费交易能验证，会留下记录", "only a purchase shows it, which stays in the log"
)
REPLACED = Words("只有更换时才用到", "it is used only to replace it")
NOT_WRITTEN = Words(
    "校验不写卡，见 sscard conformance", "nothing is written here; sscard conformance tries it"
)
NO_RECORD = Words("没有可原样重写的记录", "there is no record that could be written as it is")
NO_PIN = Words("未出示 PIN", "no PIN was shown")
FEW_TRIES = Words("PIN 只剩一次机会", "the PIN has one try left")
NO_RIGHT = Words("没有读权限", "nothing that was shown opens it")
NOT_SAID = Words("数据记录未说明", "the record leaves it open")
NO_ACCOUNT = Words("数据记录没有银行账户", "the record has no bank account")
NO_BANK_KEYS = Words("未给银行密钥库", "no bank key store was given")
NO_AUTHORITIES = Words("未给发卡行与 CA 公钥", "no CA keys were given")
OTHER_TRANSACTION = Words("本次交易看不到", "only another kind of transaction shows it")
NOT_A_FILE_KEY = Words("密钥库没有认证码密钥", "the store has no key of authentication codes")
NO_CERTIFICATES = Words("尚未写入证书", "no certificates have been written")
NO_ROOT = Words("未给CA根证书", "no root certificate of the CA was given")
NO_DATE = Words("不知当日日期", "nobody said which day it is")
OF_THE_CA = Words("只在CA的应答里", "only the CA's answer has it")
FEW_USER_TRIES = Words("用户PIN剩余次数不足", "too few tries of the user PIN are left")
NOT_THERE = Words("目录不在", "its directory is not there")
