"""What the fields of a list mean for an order: the one place where layouts and orders meet.

A layout says where a field stands; its name says what it is.  A region's own layout (a TOML file)
works without code when it uses the names of ``FIELDS``, or one of ``ALIASES``: what XML and JSON
call a field is its tag, and in lines and columns a name is never seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sscard.errors import ProfileError
from sscard.issuance.exchange import ListLayout
from sscard.issuance.exchange.layout import ListField

Values = Mapping[str, str]

#: Every fact of an order that a list can hold (issuance 3 [S], ssc-more 6.5, 6.6 [1]).
FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "region": "地区 region",
        "round": "轮次 round",
        "batch": "批次号 batch",
        "unit": "单位名称 name of the unit",
        "unit_code": "单位编号 unit",
        "centre": "经办中心 centre",
        "district": "区县 district",
        "town": "乡镇街道 town or street",
        "village": "村社区 village or community",
        "unit_address": "单位地址 address of the unit",
        "bank": "银行 bank",
        "order": "客户号 number of the order",
        "position": "序号 place in the unit",
        "row": "行号 row of the list that was read",
        "name": "姓名 name",
        "face_name": "卡面姓名 name as printed",
        "sex": "性别 sex, 1 or 2",
        "id_number": "证件号码 ID number",
        "certificate_type": "证件类型 type of certificate",
        "birth_date": "出生日期 birth date",
        "phone": "电话 phone",
        "address": "地址 address",
        "postcode": "邮编 postcode",
        "member_number": "工作证号或学籍号 staff or student number",
        "kind": "标志 new or replacement",
        "photo_file": "照片文件 photo",
        "card_number": "社保卡号 card number",
        "card_id_code": "卡识别码 card identification code",
        "atr": "复位信息 answer to reset",
        "issue_date": "发卡日期 date of issue",
        "valid_date": "有效期 valid until",
        "body": "卡体号 card body",
        "bank_number": "银行卡号 bank card number",
        "valid_thru": "银行卡有效期 MM/YY as printed",
        "expiry": "银行卡有效期 YYMM",
        "sequence": "银行卡序列号 PAN sequence number",
        "cvv2": "CVV2",
        "track1": "一磁道 track 1",
        "track2": "二磁道 track 2",
        "track3": "三磁道 track 3",
        "result": "审核结果 what the bank decided",
        "reason": "原因代码 reason",
        "reason_zh": "原因 reason, in Chinese",
        "failure_type": "失败类型 bank or making",
        "column": "字段 column at fault",
        "box": "箱号 box",
        "boxes": "总箱数 boxes",
        "cards": "卡数 cards",
        "first": "起始序号 first place",
        "last": "截止序号 last place",
        "destination": "送达 where it goes",
        "since": "到达日期 since when it waits",
        "branch": "网点编号 branch",
        "branch_name": "网点名称 name of the branch",
        "giver": "移交方 who hands over",
        "receiver": "接收方 who receives",
    }
)

#: Other names for them in the layouts that come with sscard, and in regions' files.
ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "task_id": "batch",
        "batch_id": "batch",
        "batchno": "batch",
        "company": "unit",
        "companyid": "unit_code",
        "company_id": "unit_code",
        "region_name": "district",
        "street": "town",
        "community": "village",
        "taskaddr": "unit_address",
        "serial": "position",
        "data_seq": "position",
        "client_id": "order",
        "xm": "name",
        "xb": "sex",
        "cert_no": "id_number",
        "sfzh": "id_number",
        "shbzhm": "id_number",
        "ws_certno": "id_number",
        "cert_type": "certificate_type",
        "cert_typed": "certificate_type",
        "id_type": "certificate_type",
        "csrq": "birth_date",
        "mobile": "phone",
        "mark": "kind",
        "photofilename": "photo_file",
        "card_no": "card_number",
        "kh": "card_number",
        "card_id": "card_id_code",
        "identify_number": "card_id_code",
        "ksbm": "card_id_code",
        "kfwm": "atr",
        "release_date": "issue_date",
        "cardissuedate": "issue_date",
        "fkrq": "issue_date",
        "validitydate": "valid_date",
        "kyxq": "valid_date",
        "body_number": "body",
        "bank_card_no": "bank_number",
        "yhkh": "bank_number",
        "chip_account": "bank_number",
        "stripe_account": "bank_number",
        "bank_id": "bank",
        "yhbm": "bank",
        "check_flag": "result",
        "refuse_reason": "reason_zh",
        "cause": "reason_zh",
        "description": "reason_zh",
        "serid": "branch",
        "sername": "branch_name",
        "since_date": "since",
    }
)

#: Words for one value: a list's code is the one that is, or whose meaning holds, such a word.
WORDS: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "sex": {"1": ("1", "男", "male", "m"), "2": ("2", "女", "female", "f")},
        "kind": {"new": ("新增", "new", "新"), "replacement": ("补换", "replacement", "补", "换")},
        "failure_type": {"bank": ("bank", "银行"), "making": ("making", "制卡")},
        "certificate_type": {"01": ("01", "身份证", "identity")},
    }
)


@dataclass(frozen=True, slots=True)
class FieldMap:
    """One layout and the facts of an order that its fields hold."""

    layout: ListLayout
    meanings: Mapping[str, str]  # field of the layout to fact of the order
    codes: Mapping[str, Mapping[str, str]]  # by field: value of the order to code of the list

    @classmethod
    def of(cls, layout: ListLayout) -> FieldMap:
        """The map of a layout."""
        fields = {each.name: each for each in _free(layout.fields)}
        meanings = {name: ALIASES.get(name, name) for name in fields}
        codes = {
            name: _codes(each, WORDS[meanings[name]])
            for name, each in fields.items()
            if meanings[name] in WORDS and each.codes
        }
        return cls(layout, meanings, codes)

    def require(self, *facts: str) -> None:
        """ProfileError unless the layout has fields for all of these."""
        missing = set(facts) - set(self.meanings.values())
        if missing:
            names = ", ".join(sorted(missing))
            raise ProfileError(
                f"layout {self.layout.name} 布局缺少字段 has no field for: {names}; "
                "names: docs/batches.md"
            )

    def require_writable(self) -> None:
        """ProfileError for a field that must be filled and means nothing to an order."""
        unknown = [
            each.name
            for each in _free(self.layout.fields)
            if each.required and self.meanings[each.name] not in FIELDS
        ]
        if unknown:
            raise ProfileError(
                f"layout {self.layout.name} 未知的必填字段 fields that no order has: "
                f"{', '.join(unknown)}; names: docs/batches.md"
            )

    def record(self, order: Values) -> dict[str, str]:
        """The record of an order, under the names and in the codes of the list."""
        found = {}
        for name, meaning in self.meanings.items():
            value = order.get(meaning, "")
            found[name] = self.codes[name].get(value, value) if name in self.codes else value
        return found

    def facts(self, record: Values) -> dict[str, str]:
        """What a record says, under the names and in the values of orders; empty ones left out."""
        found: dict[str, str] = {}
        for name, meaning in self.meanings.items():
            value = record.get(name, "")
            if name in self.codes:
                value = _value(self.codes[name], value)
            if value and meaning in FIELDS:
                found.setdefault(meaning, value)
        return found

    def header(self, values: Values) -> dict[str, str]:
        """The header of the list, of what is known of all its records."""
        fields = (each.name for each in _free(self.layout.header))
        return {name: values.get(ALIASES.get(name, name), "") for name in fields}

    def of_header(self, header: Values) -> dict[str, str]:
        """What a header says, under the names of orders."""
        fields = (each.name for each in _free(self.layout.header))
        return {ALIASES.get(name, name): header[name] for name in fields if header.get(name)}


def _free(fields: Iterable[ListField]) -> tuple[ListField, ...]:
    """Those that are not filled in by the layout itself."""
    return tuple(each for each in fields if each.value is None and each.form != "count")


def _codes(field: ListField, words: Mapping[str, tuple[str, ...]]) -> Mapping[str, str]:
    return {value: code for value, known in words.items() if (code := _code(field, known))}


def _code(field: ListField, words: tuple[str, ...]) -> str | None:
    """The code that is one of the words, else the first that means one of them."""
    if exact := [each for each in words if each in field.codes]:
        return exact[0]
    meant = (code for code, meaning in field.codes.items() if _means(meaning, words))
    return next(meant, None)


def _means(meaning: str, words: tuple[str, ...]) -> bool:
    """Whether a text has one of the words: English ones as a whole, female holds male."""
    latin = meaning.casefold().split()
    return any(word in latin if word.isascii() else word in meaning for word in words)


def _value(codes: Mapping[str, str], code: str) -> str:
    return next((value for value, known in codes.items() if known == code), code)
