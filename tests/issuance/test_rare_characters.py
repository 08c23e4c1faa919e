"""Names with characters outside GBK: returned, respelled or left to a desk (issuance 4)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.issuance.applicants import Register, read_applicants
from sscard.issuance.policies import policies
from sscard.issuance.rare_characters import RareCharacters
from sscard.issuance.rejects import write_rejects
from sscard.profiles import load_profile
from sscard.profiles.fields import outside_gbk
from sscard.profiles.substitutes import is_table, read_table, substituted

HEADER = "bank,name,sex,id_number,phone,member_number"
ROW = "测试银行,{},女,11010519491231002X,13800000000,E1"
RETURNED = ("姓名含GBK以外的字符", "the name has a character outside GBK")
BY_HAND = (f"{RETURNED[0]}，转人工处理", f"{RETURNED[1]}; to be handled by hand")


def register(folder: Path, region: str, name: str) -> Register:
    path = folder / "list.csv"
    path.write_text(f"{HEADER}\n{ROW.format(name)}\n", encoding="utf-8")
    return read_applicants(path, load_profile(f"gen2{region}"), today=date(2026, 1, 1))


@pytest.mark.parametrize(
    ("region", "words"), [("", RETURNED), ("+sichuan", RETURNED), ("+shandong", BY_HAND)]
)
def test_the_record_goes_back(tmp_path: Path, region: str, words: tuple[str, str]) -> None:
    found = register(tmp_path, region, "张䶮")
    assert not found.applicants
    (rejection,) = found.rejections
    assert rejection.code == "NAME_ENCODING"
    assert (rejection.reason_zh, rejection.reason_en) == words
    write_rejects(tmp_path / "rejects.csv", found.rejections)
    assert words[0] in (tmp_path / "rejects.csv").read_text("utf-8-sig")


def test_the_chip_has_the_spelling_of_the_table_and_the_list_its_own(tmp_path: Path) -> None:
    (person,) = register(tmp_path, "+zhejiang", "张䶮").applicants
    assert (person.name, person.values["name"]) == ("张䶮", "张龑")
    assert person.respelled


def test_what_the_table_does_not_have_goes_back(tmp_path: Path) -> None:
    found = register(tmp_path, "+zhejiang", "张㛃䶮")
    assert [each.reason_en for each in found.rejections] == [RETURNED[1]]


def test_a_name_too_long_is_not_for_the_desk(tmp_path: Path) -> None:
    (rejection,) = register(tmp_path, "+shandong", "长" * 26).rejections
    assert (rejection.code, rejection.by_hand) == ("NAME_TOO_LONG", False)


@pytest.mark.parametrize("region", ["", "+sichuan", "+shandong", "+zhejiang"])
def test_a_name_in_gbk_is_nobodys_business(tmp_path: Path, region: str) -> None:
    (person,) = register(tmp_path, region, "王〇").applicants
    assert (person.values["name"], person.respelled) == ("王〇", False)


def test_a_long_name_in_two_elements_is_not_respelled(tmp_path: Path) -> None:
    (person,) = register(tmp_path, "", "长" * 20).applicants
    assert (len(str(person.values["name"])), person.respelled) == (15, False)


def test_policies_in_words() -> None:
    lines = policies(load_profile("gen2+zhejiang"), [12, 45])
    assert [policy.en for policy in lines] == [
        "an unchanged initial PIN means that the PIN is not used",
        "names with a character outside GBK are written into the chip by a table (rows 12, 45)",
        "card numbers made here begin with H",
    ]
    assert lines[1].zh == "姓名含GBK以外的字符：芯片内按对照表替换（第12, 45行）"
    assert [policy.en for policy in policies(load_profile("gen2"))] == [
        "the initial PIN counts as a PIN",
        "names with a character outside GBK are returned",
        "card numbers made here begin with T",
    ]
    assert policies(load_profile("gen3+shandong"))[1].en == (
        "names with a character outside GBK are handled by hand"
    )


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("", True),
        ("䶮=龑", True),
        ("䶮=龑 𠮷=JI", True),
        ("䶮=", False),
        ("=龑", False),
        ("䶮", False),
        ("王=黄", False),  # 王 is in GBK: nobody's name is changed without need
        ("䶮=𠮷", False),
        ("䶮䶮=龑", False),
        ("䶮=" + "龑" * 9, False),
        (7, False),
    ],
)
def test_tables(text: str | int, *, right: bool) -> None:
    assert is_table(text) is right


@given(st.dictionaries(st.sampled_from("䶮𠮷㛃𬭎𨭆"), st.text("龑吉JI金", min_size=1, max_size=8)))
def test_what_a_table_says_comes_out_in_gbk(table: dict[str, str]) -> None:
    text = " ".join(f"{rare}={instead}" for rare, instead in table.items())
    assert is_table(text)
    assert read_table(text) == table
    assert outside_gbk(substituted("".join(table), read_table(text))) is None
    assert substituted("王〇", table) == "王〇"


@pytest.mark.parametrize(
    ("policy", "spelling"), [("return", "张䶮"), ("manual", "张䶮"), ("substitute", "张龑")]
)
def test_a_table_is_used_where_the_policy_is_to_substitute(policy: str, spelling: str) -> None:
    assert RareCharacters(policy, {"䶮": "龑"}).on_card("张䶮") == spelling
