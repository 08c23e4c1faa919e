"""Lists of applicants: what is accepted, what goes back, and for which reasons."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sscard.errors import ApplicantError
from sscard.issuance.accounts import Account, Accounts
from sscard.issuance.applicants import Register, check_accounts, read_applicants
from sscard.issuance.citizen_number import check_character
from sscard.profiles import load_profile
from sscard.profiles.model import Profile

TODAY = date(2026, 1, 1)
WOMAN, MAN = "11010519491231002X", "440524188001010014"
CHINESE = "银行,姓名,性别,身份证号,联系电话,工作证号"
ENGLISH = "bank,name,sex,id_number,phone,member_number"
SOUND = f"测试银行,王〇,女,{WOMAN},13800000000,E1"
PAN, OTHER = "6228000100001117", "6228000100001216"

Read = Callable[..., Register]


@pytest.fixture(scope="module")
def gen2() -> Profile:
    return load_profile("gen2")


@pytest.fixture
def read(tmp_path: Path, gen2: Profile) -> Read:
    def _read(*lines: str, encoding: str = "utf-8", newline: str = "\n") -> Register:
        path = tmp_path / "list.csv"
        path.write_bytes(newline.join((*lines, "")).encode(encoding))
        return read_applicants(path, gen2, today=TODAY)

    return _read


def codes(register: Register) -> list[tuple[int, str]]:
    return [(each.row, each.code.value) for each in register.rejections]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("header", [CHINESE, ENGLISH, CHINESE.replace("工作证号", "学籍号")])
def test_every_form_of_a_list_gives_the_same_person(
    read: Read, header: str, newline: str, encoding: str
) -> None:
    register = read(header, SOUND, encoding=encoding, newline=newline)
    assert not register.rejections
    (person,) = register.applicants
    assert (person.row, person.id_number, person.name, person.sex) == (2, WOMAN, "王〇", "2")
    assert (person.bank, person.phone, person.member_number) == ("测试银行", "13800000000", "E1")
    assert (person.card_number, person.batch_number) == (None, None)
    assert person.birth_date == date(1949, 12, 31)
    assert person.values == {
        "id_number": WOMAN,
        "name": "王〇",
        "sex": "2",
        "birth_date": "1949-12-31",
        "phone": "13800000000",
    }


@pytest.mark.parametrize(("sex", "code"), [("女", "2"), ("2", "2"), ("F", "2"), ("f", "2")])
def test_sex_in_any_form(read: Read, sex: str, code: str) -> None:
    assert read(CHINESE, SOUND.replace("女", sex)).applicants[0].sex == code


def test_a_lower_case_x_is_normalized(read: Read) -> None:
    person = read(CHINESE, SOUND.replace("002X", "002x")).applicants[0]
    assert person.id_number == person.values["id_number"] == WOMAN


def test_a_long_name_continues_in_the_extension(read: Read) -> None:
    name = "买买提艾力江·阿卜杜热西提·吐尔逊尼亚孜"
    person = read(CHINESE, SOUND.replace("王〇", name)).applicants[0]
    assert person.name == name
    first, more = person.values["name"], person.values["name_extension"]
    assert f"{first}{more}" == name
    assert len(str(first).encode("gbk")) == 30


def test_extra_columns_become_element_values(read: Read) -> None:
    header = f"{CHINESE},卡号,批次号,婚姻状况,hukou_address,degree.2.school,学位信息.1.毕业学校"
    row = f"{SOUND},A21472424,2026-1,已婚,测试路1号,测试大学,"
    person = read(header, row).applicants[0]
    assert (person.card_number, person.batch_number) == ("A21472424", "2026-1")
    assert person.values["card_number"] == "A21472424"
    assert person.values["marital_status"] == "2"
    assert person.values["hukou_address"] == "测试路1号"
    assert person.values["degree"] == [None, {"school": "测试大学"}]


def test_every_reason_of_one_record_is_given(read: Read) -> None:
    body = "999999" + "20260230" + "001"
    wrong = body + ("1" if check_character(body) == "0" else "0")
    row = f",,女,{wrong},12,,A1,7,{'长' * 41}"
    register = read(f"{CHINESE},卡号,婚姻状况,hukou_address", row)
    assert not register.applicants
    assert [(each.code.value, each.column) for each in register.rejections] == [
        ("ID_REGION", ""),
        ("ID_BIRTHDATE", ""),
        ("ID_SEX_MISMATCH", ""),
        ("ID_CHECKSUM", ""),
        ("NAME_MISSING", ""),
        ("BANK_MISSING", ""),
        ("FIELD_INVALID", "联系电话"),
        ("FIELD_INVALID", "工作证号"),
        ("FIELD_INVALID", "卡号"),
        ("FIELD_TOO_LONG", "hukou_address"),
        ("FIELD_INVALID", "婚姻状况"),
    ]
    assert {each.id_number for each in register.rejections} == {wrong}


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (SOUND.replace("王〇", "张䶮"), "NAME_ENCODING"),
        (SOUND.replace("王〇", "长" * 26), "NAME_TOO_LONG"),
        (SOUND.replace("王〇", '"王\n〇"'), "FIELD_INVALID"),
        (SOUND.replace("测试银行", "不存在"), "BANK_UNKNOWN"),
        (SOUND.replace("女", "未知"), "FIELD_INVALID"),
        (SOUND.replace("13800000000", "1380000000000000"), "FIELD_TOO_LONG"),
        (SOUND.replace("E1", "E" * 33), "FIELD_TOO_LONG"),
        (SOUND.replace(WOMAN, "110105491231002"), "ID_LENGTH"),
        (SOUND.replace(WOMAN, WOMAN + "1"), "ID_LENGTH"),
        (SOUND.replace(WOMAN, ""), "ID_LENGTH"),
    ],
)
def test_one_fault_gives_one_reason(read: Read, row: str, code: str) -> None:
    register = read(CHINESE, row)
    assert codes(register) == [(2, code)]
    assert not register.applicants


def test_of_duplicates_the_first_valid_row_stands(read: Read) -> None:
    bad = SOUND.replace("王〇", "")
    register = read(CHINESE, bad, SOUND, SOUND.replace("X", "x"), bad)
    assert [each.row for each in register.applicants] == [3]
    assert codes(register) == [
        (2, "NAME_MISSING"),
        (2, "ID_DUPLICATE"),
        (4, "ID_DUPLICATE"),
        (5, "NAME_MISSING"),
        (5, "ID_DUPLICATE"),
    ]


def test_one_card_number_for_two_people_goes_back_for_both(read: Read) -> None:
    man = f"测试银行,李四,男,{MAN},13800000001,E2"
    header = f"{CHINESE},卡号"
    assert codes(read(header, f"{SOUND},A00000001", f"{man},A00000001")) == [
        (2, "FIELD_INVALID"),
        (3, "FIELD_INVALID"),
    ]
    twice = read(header, f"{SOUND},A00000001", f"{SOUND},A00000001")
    assert codes(twice) == [(3, "ID_DUPLICATE")]


def test_foreigners_bring_their_birth_date(read: Read) -> None:
    row = "测试银行,JOHN SMITH,男,USA201905123456798,13800000000,E1"
    (person,) = read(f"{CHINESE},出生日期", f"{row},1980-02-29").applicants
    assert person.birth_date == date(1980, 2, 29)
    assert (person.sex, person.values["birth_date"]) == ("1", "1980-02-29")
    assert codes(read(f"{CHINESE},出生日期", f"{row},")) == [(2, "ID_BIRTHDATE")]
    assert codes(read(f"{CHINESE},birth_date", f"{row},1981-02-29")) == [
        (2, "FIELD_INVALID"),
        (2, "ID_BIRTHDATE"),
    ]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ((CHINESE.removeprefix("银行,"),), "line 1: missing column 银行/bank"),
        ((ENGLISH.replace("phone,", ""),), "line 1: missing column 联系电话/phone"),
        ((f"{CHINESE},name", f"{SOUND},x"), "line 1: column 'name' is doubled"),
        ((f"{CHINESE},学籍号", f"{SOUND},x"), "line 1: column '学籍号' is doubled"),
        ((f"{CHINESE},备注", f"{SOUND},x"), "line 1: unknown column '备注'"),
        ((f"{CHINESE},参保地", f"{SOUND},x"), "line 1: unknown column '参保地'"),  # two elements
        ((f"{CHINESE},name_extension", f"{SOUND},x"), "line 1: unknown column"),  # follows
        ((CHINESE, SOUND, SOUND + ",x"), "line 3: 7 fields"),
    ],
)
def test_a_list_that_cannot_be_read_names_file_and_line(
    read: Read, lines: tuple[str, ...], message: str
) -> None:
    with pytest.raises(ApplicantError) as caught:
        read(*lines)
    assert str(caught.value).startswith(f"list.csv: {message}")


def test_a_list_without_a_header_does_not_quote_its_first_person(read: Read) -> None:
    with pytest.raises(
        ApplicantError, match="line 1: missing column 银行/bank, 姓名/name"
    ) as caught:
        read(SOUND)
    assert "王〇" not in str(caught.value)
    assert WOMAN not in str(caught.value)


def test_nothing_personal_is_shown(read: Read) -> None:
    shown = repr(read(CHINESE, SOUND, SOUND, SOUND.replace("13800000000", "1")))
    for personal in (WOMAN, "王〇", "13800000000", "1949"):
        assert personal not in shown


def test_accounts_are_matched_by_id_number(read: Read) -> None:
    man = f"测试银行,李四,男,{MAN},13800000001,E2"
    register = read(CHINESE, SOUND, man, SOUND)
    both = [Account(WOMAN, "TEST", PAN, "3012"), Account(MAN, "测试银行", OTHER, "3012")]
    assert check_accounts(register, Accounts.of(both)) == register
    assert codes(check_accounts(register, Accounts.of(both[:1]))) == [
        (3, "BANK_ACCOUNT_MISSING"),
        (4, "ID_DUPLICATE"),
    ]
    elsewhere = Account(MAN, "测试城市银行", OTHER, "3012")
    assert (3, "BANK_ACCOUNT_MISSING") in codes(
        check_accounts(register, Accounts.of([both[0], elsewhere]))
    )
    doubled = Account(MAN, "测试银行", PAN, "3012")
    assert codes(check_accounts(register, Accounts.of([both[0], doubled]))) == [
        (2, "BANK_ACCOUNT_DUPLICATE"),
        (3, "BANK_ACCOUNT_DUPLICATE"),
        (4, "ID_DUPLICATE"),
    ]


CELLS = st.sampled_from(["", "王〇", "女", "1", WOMAN, "测试银行", "13800000000", "\x07", "䶮"])


@settings(max_examples=150, deadline=None)
@given(
    raw=st.binary(max_size=120)
    | st.lists(st.lists(CELLS | st.text(max_size=20), min_size=6, max_size=6), max_size=4).map(
        lambda rows: "\n".join([CHINESE, *(",".join(row) for row in rows)]).encode(errors="ignore")
    )
)
def test_any_bytes_are_a_register_or_an_applicant_error(gen2: Profile, raw: bytes) -> None:
    refusal, register = "", None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.csv"
        path.write_bytes(raw)
        try:
            register = read_applicants(path, gen2, today=TODAY)
        except ApplicantError as refused:
            refusal = str(refused)
    if register is None:
        assert refusal.startswith("any.csv: line ")
        return
    rows = [each.row for each in register.applicants]
    assert len(set(rows)) == len(rows)
    assert not register.rejected_rows.intersection(rows)
    assert not [problem for each in register.applicants for problem in gen2.problems(each.values)]


# What exactly is wrong with a field

MORE = f"{CHINESE},卡号,婚姻状况,民族,学历,照片,指纹"


@pytest.mark.parametrize(
    ("row", "code", "said"),
    [
        (SOUND.replace("王〇", '"王\n〇"'), "CONTROL_CHARACTER", "姓名: has a control character"),
        (SOUND.replace("女", "未知"), "NOT_A_SEX", "性别: is none of 男, 女, M, F, 1, 2"),
        (SOUND.replace("13800000000", "138a"), "NOT_A_PHONE", "联系电话: is not a telephone"),
        (SOUND.replace("E1", ""), "EMPTY", "工作证号: is empty"),
        (SOUND.replace("E1", "E" * 33), "LENGTH", "工作证号: at most 32 characters"),
        (SOUND + ",a1234567-", "NOT_A_CARD_NUMBER", "卡号: is not 9 digits or capital"),
        (SOUND + ",,再婚", "CONTENT", "婚姻状况: is not a code of marital status"),
        (SOUND + ",,,,博士后", "CONTENT", "学历: is not a code of education"),
        (
            SOUND + ",,,,,0007.jpg",
            "CONTENT",
            "照片: is not hexadecimal; if it names a file, give its folder with --photos",
        ),
        (
            SOUND + ",,,,,,0007.bin",
            "CONTENT",
            "指纹: is not hexadecimal; if it names a file, give its folder with --fingerprints",
        ),
    ],
)
def test_what_is_wrong_is_told_without_the_value(
    read: Read, row: str, code: str, said: str
) -> None:
    row += "," * (MORE.count(",") - row.count(","))
    (rejection,) = read(MORE, row).rejections
    assert rejection.detail is not None
    assert rejection.detail.code == code
    assert f": {said}" in rejection.reason_en
    assert rejection.detail.zh in rejection.reason_zh
    for value in ("未知", "138a", "EEE", "a1234567-", "再婚", "博士后", "0007"):
        assert value not in rejection.reason_en + rejection.reason_zh


def test_a_shared_card_number_is_told(read: Read) -> None:
    man = f"测试银行,李四,男,{MAN},13800000001,E2"
    register = read(f"{CHINESE},卡号", f"{SOUND},A00000001", f"{man},A00000001")
    assert [each.reason_en for each in register.rejections] == [
        "the content of a field is not allowed: 卡号: is given to several people"
    ] * 2
