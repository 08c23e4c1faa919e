"""What the driver's functions return when something is wrong (ssc 7 [S])."""

from __future__ import annotations

from enum import IntEnum, unique

from sscard.apdu.status import StatusWord
from sscard.errors import SscardError

OK = 0


@unique
class ErrorCode(IntEnum):
    """The codes of the interface, each with its words; a card's own refusal is −SW.

    Codes down from −25536 are status words, and a card may answer others than those named here.
    The interface has none about certificates: those from −61 to −63 are our own (assumed).
    """

    zh: str
    en: str

    def __new__(cls, value: int, zh: str, en: str) -> ErrorCode:
        member = int.__new__(cls, value)
        member._value_, member.zh, member.en = value, zh, en
        return member

    WRONG_CARD_TYPE = -1, "卡类型不对", "not a social security card"
    NO_CARD = -2, "无卡", "no card"
    NO_POWER = -3, "未上电", "no power: a step without the one before it"
    NO_ANSWER = -4, "无应答", "no answer from the card"
    LIBRARY = -5, "加载库错", "the driver library cannot be loaded"
    READER = -11, "读卡器连接错误", "the reader cannot be reached"
    NOT_CONNECTED = -12, "未建立连接", "the terminal has no such reader"
    NOT_SUPPORTED = -13, "不支持", "this terminal or driver does not do that"
    PARAMETER = -14, "参数错误", "an argument is not of the right form"
    CHECKSUM = -15, "校验和错误", "an answer that is none: broken on the way"
    IDENTIFICATION_FORMAT = -20, "卡识别码格式错误", "a card identification code of another form"
    NOT_GENUINE = -21, "内部认证失败", "internal authentication: the card has not the right key"
    OTHER_CARD = -22, "与卡内数据不符", "pCardInfo names another card"
    CARD_DATA = -23, "卡内数据不合法", "what is on the card cannot be read as data"
    PSAM_LEVEL = -24, "PSAM密钥级别不够", "the PSAM's key does not reach cards of that place"
    ENTRY_CANCELLED = -31, "取消输入", "PIN entry was cancelled"
    ENTRY_TIMEOUT = -32, "输入超时", "no PIN was entered in time"
    PIN_LENGTH = -33, "密码长度错误", "a PIN of a wrong length, or not of digits"
    ENTRIES_DIFFER = -34, "两次输入不一致", "the new PIN was entered in two ways"
    PIN_IS_INITIAL = -35, "密码为初始密码", "the PIN is still the initial one, which does not count"
    NEW_PIN_IS_INITIAL = -36, "新密码为初始密码", "the new PIN is the initial one"
    DATA_CHARACTERS = -41, "数据字符错误", "a value with characters that its item does not take"
    DATA_LENGTH = -42, "数据长度错误", "a value that is too long for its item"
    PIN_WRONG = -51, "密码验证失败", "wrong PIN; the output is the number of tries left"
    PIN_BLOCKED = -52, "密码已锁定", "the PIN is blocked"
    SIGNATURE_WRONG = -61, "签名验证失败", "not a signature of that key over these data"
    CERTIFICATE = -62, "证书无效", "a certificate that does not count: chain, time, or usage"
    OTHER_KEY = -63, "证书与卡不符", "a certificate or key of another card; nothing was written"
    NO_PSAM = -2201, "无PSAM卡", "no PSAM"
    ALGORITHM = -2202, "PSAM不支持该算法", "the PSAM has no keys for the card's algorithm"
    NO_RKSSSE = -2203, "PSAM无RKSSSE", "the PSAM has no RKSSSE"
    NO_HSM_NEEDED = -2204, "不需要加密机", "nothing to ask an HSM: the files need no key"
    TRIES_0 = -0x63C0, "外部认证失败，剩0次", "external authentication failed, no try left"
    TRIES_1 = -0x63C1, "外部认证失败，剩1次", "external authentication failed, 1 try left"
    TRIES_2 = -0x63C2, "外部认证失败，剩2次", "external authentication failed, 2 tries left"
    SW_6700 = -0x6700, "长度错误", "wrong length"
    SW_6901 = -0x6901, "命令状态错误", "wrong state for this command"
    SW_6981 = -0x6981, "文件结构错误", "wrong file structure"
    SW_6982 = -0x6982, "安全条件不满足", "security status not satisfied"
    SW_6983 = -0x6983, "密钥已锁定", "key or PIN locked"
    SW_6984 = -0x6984, "随机数无效", "no challenge"
    SW_6985 = -0x6985, "使用条件不满足", "conditions of use not satisfied"
    SW_6988 = -0x6988, "安全报文错误", "wrong MAC"
    SW_6A80 = -0x6A80, "数据域错误", "wrong data"
    SW_6A81 = -0x6A81, "功能不支持或卡锁定", "function not supported, or card locked"
    SW_6A82 = -0x6A82, "文件未找到", "file not found"
    SW_6A83 = -0x6A83, "记录未找到", "record not found"
    SW_6A88 = -0x6A88, "密钥未找到", "key not found"
    SW_9302 = -0x9302, "交易MAC错误", "wrong MAC of a transaction"
    SW_9303 = -0x9303, "应用永久锁定", "application locked for good"
    SW_9403 = -0x9403, "密钥版本错误", "no such key version"
    SW_9406 = -0x9406, "无交易证明", "no proof of this transaction"


#: Where a PSAM is no help and an HSM may be (ssc 7 [S]).
ASK_AN_HSM = frozenset(
    {
        ErrorCode.NO_PSAM,
        ErrorCode.ALGORITHM,
        ErrorCode.NO_RKSSSE,
        ErrorCode.SW_6A88,
        ErrorCode.PSAM_LEVEL,
    }
)


class DriverError(SscardError):
    """One of the codes, as an exception; ``output`` is what the function still has to say."""

    def __init__(self, code: int, output: str = "") -> None:
        super().__init__(f"{code}: {described(code)}")
        self.code = int(code)
        self.output = output


def of_status(sw: StatusWord) -> int:
    """The code of what a card said: −SW (ssc 7 [S])."""
    return -int(sw)


def described(code: int) -> str:
    """The words for a code, in both languages."""
    try:
        found = ErrorCode(code)  # type: ignore[call-arg]
    except ValueError:
        return f"卡片返回 card answered {-code:04X}" if code <= -0x6000 else "未知 unknown"
    return f"{found.zh} {found.en}"
