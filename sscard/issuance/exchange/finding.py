"""What is wrong with a list: line, field and reason, and never a value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import unique

from sscard.errors import MalformedData
from sscard.issuance.coded import Coded
from sscard.issuance.exchange.fault import Fault

#: Findings that are kept and shown; the others are counted.
KEPT = 1000
_SHOWN = 5


@unique
class Code(Coded):
    """Why a line or a field cannot be used."""

    ENCODING = ("ENCODING", "不是规定编码的文字", "is no text in the encoding of the layout")
    OTHER_ENCODING = (
        "OTHER_ENCODING",
        "像是UTF-8文字",
        "reads as UTF-8, which is not the encoding of the layout",
    )
    NUL = ("NUL", "含有空字节", "has a NUL byte (UTF-16 or not a text file)")
    LINE_TOO_LONG = (
        "LINE_TOO_LONG",
        "行过长，停止读取",
        "is longer than a line may be; reading stops",
    )
    TOO_MANY_RECORDS = (
        "TOO_MANY_RECORDS",
        "记录过多，停止读取",
        "is more than a list may hold; reading stops",
    )
    NEWLINE = ("NEWLINE", "换行符与前行不同", "ends otherwise than the line before")
    OTHER_LIST = (
        "OTHER_LIST",
        "与预期不符，可能是另一份清单",
        "is not what was asked for: another list",
    )
    EMPTY_FILE = ("EMPTY_FILE", "文件为空", "the file is empty")
    EMPTY_LINE = ("EMPTY_LINE", "空行", "is empty")
    HEADING = ("HEADING", "标题行与布局不符", "is not the heading of the layout")
    SEPARATOR = ("SEPARATOR", "缺少分隔行", "is not the separator before a group")
    EMPTY_GROUP = ("EMPTY_GROUP", "组内没有记录", "begins a group without records")
    OTHER_GROUP = ("OTHER_GROUP", "与所在组不符", "is not that of the group it stands in")
    TRUNCATED = ("TRUNCATED", "文件不完整", "the file ends here, too early")
    AFTER_TRAILER = ("AFTER_TRAILER", "文件尾之后还有内容", "stands behind the trailer")
    FIELD_COUNT = ("FIELD_COUNT", "字段数不符", "has another number of fields")
    LINE_LENGTH = ("LINE_LENGTH", "行长度不符", "has another length")
    NOT_WELL_FORMED = ("NOT_WELL_FORMED", "格式错误", "is not well-formed")
    DOCTYPE = (
        "DOCTYPE",
        "不允许DOCTYPE，停止读取",
        "has a DOCTYPE, which is refused; reading stops",
    )
    STRUCTURE = ("STRUCTURE", "结构与布局不符", "is not where the layout has it")
    UNKNOWN_FIELD = ("UNKNOWN_FIELD", "布局中没有的字段", "has a field that the layout has not")
    DOUBLE_FIELD = ("DOUBLE_FIELD", "字段重复", "is there twice")
    FIELD_TYPE = ("FIELD_TYPE", "不是文字或整数", "is neither text nor a whole number")
    REQUIRED = ("REQUIRED", "必填项为空", "is empty and required")
    TOO_LONG = ("TOO_LONG", "超长", "is too long")
    CONTROL = ("CONTROL", "含有控制字符", "has a control character")
    CONSTANT = ("CONSTANT", "与固定值不符", "is not what always stands here")
    DIGITS = ("DIGITS", "不是数字", "is not digits")
    HEX = ("HEX", "不是十六进制", "is not hexadecimal")
    DATE = ("DATE", "日期错误", "is no date of the layout's form")
    CODE = ("CODE", "代码不在表中", "is no code of the layout's table")
    ID_NUMBER = ("ID_NUMBER", "证件号码错误", "is no ID number (form or check character)")
    COUNT = ("COUNT", "记录数不符", "is not the number of records")
    DUPLICATE = ("DUPLICATE", "记录重复", "has the key of an earlier line")
    MISSING_COLUMN = ("MISSING_COLUMN", "缺少列", "has no column, and is needed")
    FORMULA = ("FORMULA", "含有公式", "has a formula, or what a spreadsheet takes for one")
    CELL_TYPE = ("CELL_TYPE", "不是文字、数字或日期", "is neither text nor number nor date")
    LONG_NUMBER = (
        "LONG_NUMBER",
        "数字超过15位，后几位已失真，请设为文本",
        "is a number of more than 15 digits, the last of which the spreadsheet lost: make it text",
    )
    DELIMITER = ("DELIMITER", "含有分隔符", "holds the delimiter")
    UNWRITABLE = ("UNWRITABLE", "写入后不能还原", "would be read back as something else")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong.  ``line`` counts from 1; ``detail`` is numbers, never a value."""

    line: int
    code: Code
    name: str = ""
    detail: str = ""

    def __str__(self) -> str:
        place = f"line {self.line}, field {self.name}" if self.name else f"line {self.line}"
        detail = f" ({self.detail})" if self.detail else ""
        return f"{place}: {self.code.en}{detail} {self.code.zh}"


@dataclass(slots=True)
class Findings:
    """Collects findings: the first ones are kept, all are counted."""

    kept: list[Finding] = field(default_factory=list)
    total: int = 0

    def add(self, finding: Finding) -> None:
        """One more."""
        self.total += 1
        if len(self.kept) < KEPT:
            self.kept.append(finding)

    def extend(self, found: Iterable[Finding]) -> None:
        """Several more."""
        for each in found:
            self.add(each)


class ListError(MalformedData):
    """A list that is not used at all.  The message names places and reasons, never a value.

    ``codes`` are those of the findings, or the one of what is wrong with the whole file.
    """

    def __init__(
        self,
        source: str,
        what: str,
        findings: tuple[Finding, ...] = (),
        fault: Fault | None = None,
    ) -> None:
        super().__init__(f"{source}: {what}")
        self.source, self.findings, self.fault = source, findings, fault

    @property
    def codes(self) -> tuple[Code | Fault, ...]:
        """Why, for programs."""
        return (self.fault,) if self.fault else tuple(each.code for each in self.findings)

    @classmethod
    def because(cls, source: str, fault: Fault, detail: str = "") -> ListError:
        """The error for a file as a whole; ``detail`` holds no value of a person."""
        shown = f" ({detail})" if detail else ""
        return cls(source, f"{fault.en}{shown} {fault.zh}", fault=fault)

    @classmethod
    def of(cls, source: str, findings: Findings) -> ListError:
        """The error for a list with findings: the first few in the message, all kept ones in it."""
        shown = "; ".join(str(each) for each in findings.kept[:_SHOWN])
        more = findings.total - min(findings.total, _SHOWN)
        tail = f"; {more} more 另有{more}处" if more else ""
        return cls(source, shown + tail, tuple(findings.kept))
