"""What exactly is wrong with a field that goes back; never the value, which is personal."""

from __future__ import annotations

from types import MappingProxyType

from sscard.issuance.rejects import Detail
from sscard.profiles.fields import FieldError, Refusal

CONTROL_CHARACTER = Detail("CONTROL_CHARACTER", "含控制字符", "has a control character")
NOT_A_SEX = Detail("NOT_A_SEX", "应为 男、女、1 或 2", "is none of 男, 女, M, F, 1, 2")
NOT_A_DATE = Detail(
    "NOT_A_DATE",
    "应为 YYYY-MM-DD 或 YYYYMMDD 的真实日期",
    "is not a real date as YYYY-MM-DD or YYYYMMDD",
)
NOT_A_PHONE = Detail(
    "NOT_A_PHONE", "不是电话号码", "is not a telephone number of 5 digits and more"
)
EMPTY = Detail("EMPTY", "为空", "is empty")
NOT_A_CARD_NUMBER = Detail(
    "NOT_A_CARD_NUMBER",
    "应为9位数字或大写字母",
    "is not 9 digits or capital letters",
)
SHARED_CARD_NUMBER = Detail("SHARED_CARD_NUMBER", "卡号分给多人", "is given to several people")

#: Columns that may name a file, and the option with which they do.
_OF_FILES = MappingProxyType({"photo": "--photos", "fingerprint": "--fingerprints"})


def at_most(characters: int) -> Detail:
    """A text that is longer than this."""
    return Detail("LENGTH", f"最多 {characters} 个字符", f"at most {characters} characters")


def detail_of(problem: FieldError) -> Detail:
    """What an encoder says.  It says it in English: behind a Chinese word, in that text, too.

    A name of a file in a column that is read as content gets the hint how files are named.
    """
    zh, en = f"具体原因 {problem.why}", problem.why
    option = _OF_FILES.get(problem.element)
    if option and problem.refusal is Refusal.FIELD_INVALID:
        zh = f"{zh}；若填写的是文件名，请用 {option} 指定目录"
        en = f"{en}; if it names a file, give its folder with {option}"
    return Detail("LENGTH" if problem.refusal is Refusal.FIELD_TOO_LONG else "CONTENT", zh, en)
