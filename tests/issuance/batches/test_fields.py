"""Layouts and orders: what a list says of an order, in whatever names and codes it says it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sscard.errors import ProfileError
from sscard.issuance.batches.fields import ALIASES, FIELDS, FieldMap
from sscard.issuance.exchange import check_list, load_list_layout, packaged_layouts, write_list

ORDER = {
    "batch": "B1",
    "unit": "验收单位",
    "position": "3",
    "order": "17",
    "name": "诸葛验收",
    "sex": "2",
    "id_number": "110101199201010028",
    "certificate_type": "01",
    "kind": "replacement",
    "card_number": "A00000017",
    "bank": "测试银行",
    "bank_number": "6228000100001117",
    "birth_date": "1992-01-01",
    "address": "幸福路1号",
    "failure_type": "bank",
    "reason_zh": "已有账户",
}
#: A region's own file: its columns, its codes, its order.
OWN = """
name = "own-answer"
kind = "bank-answer"
title_zh = "某市返回"
title_en = "answer"
source = "test"
mark = "T"
encoding = "gbk"
newline = "lf"
key = ["id_number"]

[shape]
form = "pipe"

[[record]]
name = "bank_number"
zh = "账号"
en = "account"

[[record]]
name = "sex"
zh = "性别"
en = "sex"
form = "code"
codes = { "M" = "先生 (male)", "F" = "女 female" }

[[record]]
name = "shbzhm"
zh = "公民身份号码"
en = "number"
form = "id_number"

[[record]]
name = "colour"
zh = "颜色"
en = "colour"

[[record]]
name = "id_number"
zh = "证件"
en = "ID"

[example]
file = ""
records = []
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "own.toml"
    path.write_text(OWN, "utf-8")
    return path


def test_aliases_stand_for_known_facts_and_are_none_themselves() -> None:
    assert set(ALIASES.values()) <= set(FIELDS)
    assert not set(ALIASES) & set(FIELDS)


@pytest.mark.parametrize(
    ("layout", "expected"),
    [
        (
            "city-card-making",
            {
                "task_id": "B1",
                "company": "验收单位",
                "data_seq": "3",
                "client_id": "17",
                "sex": "2",
                "cert_typed": "01",
                "cert_no": "110101199201010028",
                "card_no": "A00000017",
            },
        ),
        ("unit-application", {"sex": "女", "bank": "测试银行"}),
        ("hand-over", {"serial": "3", "mark": "补换", "address": "幸福路1号"}),
        ("return-failure", {"failure_type": "bank", "reason": ""}),
        ("machine-return", {"sfzh": "110101199201010028", "xm": "诸葛验收", "sex": "2"}),
    ],
)
def test_an_order_as_a_layout_has_it(layout: str, expected: dict[str, str]) -> None:
    record = FieldMap.of(load_list_layout(layout)).record(ORDER)
    assert {name: record[name] for name in expected} == expected


def test_what_is_written_is_what_is_read(own: Path, tmp_path: Path) -> None:
    layout = load_list_layout(own)
    fields = FieldMap.of(layout)
    fields.require_writable()
    write_list(tmp_path / "list.txt", layout, [fields.record(ORDER)])
    assert (tmp_path / "list.txt").read_bytes() == (
        b"6228000100001117|F|110101199201010028||110101199201010028\n"
    )
    (back,) = check_list(tmp_path / "list.txt", layout).records()
    assert fields.facts(back.values) == {
        "bank_number": "6228000100001117",
        "sex": "2",
        "id_number": "110101199201010028",
    }


def test_a_required_field_that_no_order_has_is_named(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(OWN.replace('en = "colour"', 'en = "colour"\nrequired = true'), "utf-8")
    with pytest.raises(ProfileError, match=r"own-answer.*colour"):
        FieldMap.of(load_list_layout(path)).require_writable()


def test_a_field_that_must_be_there_is_asked_for(own: Path) -> None:
    fields = FieldMap.of(load_list_layout(own))
    fields.require("id_number", "bank_number")
    with pytest.raises(ProfileError, match="name"):
        fields.require("id_number", "name")


@pytest.mark.parametrize("layout", packaged_layouts())
def test_sexes_and_marks_are_told_apart_in_every_layout(layout: str) -> None:
    fields = FieldMap.of(load_list_layout(layout))
    for codes in fields.codes.values():
        assert len(set(codes.values())) == len(codes)


#: Written from orders: every field that must be filled has to mean something.
WRITTEN = (
    "account-opening",
    "bank-request",
    "city-bank-request-fixed",
    "city-card-making",
    "hand-over",
    "number-correspondence",
    "return-failure",
    "return-success",
    "returned-records",
    "spoiled",
)


@pytest.mark.parametrize("layout", WRITTEN)
def test_packaged_lists_can_be_written_from_orders(layout: str) -> None:
    FieldMap.of(load_list_layout(layout)).require_writable()
