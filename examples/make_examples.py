"""Write applicants.csv, bank-accounts.csv and bank-data.bdp: 200 invented people, 12 with faults.

    python examples/make_examples.py

Always the same files.  bank-data.bdp is what a bank that prepares its cards itself sends for the
188 others, for cards of the profile gen2, under the TEST keys of the packaged bank store.

So that nobody here is a real person: all ID numbers have the sequence numbers 996 to 999, said to
be kept for people over a hundred (assumed), and nobody here is that old; telephone numbers begin
with 12, which no mobile number does (assumed); the bank card numbers stand under a test issuer
number.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

from sscard.issuance.bank_data import load_layout
from sscard.issuance.bank_data import write as write_bank_data
from sscard.issuance.citizen_number import check_character
from sscard.issuance.numbering import allocated_account
from sscard.keys import des
from sscard.keys.stores import load_bank
from sscard.keys.types import TDES
from sscard.perso.pse_data import BankAccount, Instance, holder_name, prepare
from sscard.profiles import load_profile
from sscard.profiles.divisions import Division, divisions
from sscard.profiles.identifiers import card_number_check

SEED = 20260101
PEOPLE = 200
COLUMNS = (
    *("银行", "姓名", "性别", "身份证号", "联系电话", "工作证号", "卡号", "批次号"),
    *("民族", "出生地", "户口类别", "户口所在地地址", "户口所在地行政区划", "常住地址"),
    *("婚姻状况", "学历", "degree.1.degree_code", "degree.1.major", "degree.1.school"),
)
ACCOUNT_COLUMNS = ("身份证号", "银行", "银行卡号", "有效期", "序号")
BANKS = ("测试银行", "测试银行", "测试农村商业银行", "测试城市银行", "TEST")
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰建国文志红春梅海燕晓东雪峰子涵宇轩"
#: Names with what lists of people get wrong: zero 〇, the dot, rare characters, two elements.
SPECIAL = (
    "王〇一",
    "李〇",
    "阿依古丽·买买提",
    "迪丽努尔·吐尔逊",
    "卓玛·次仁",
    "买买提艾力江·阿卜杜热西提·吐尔逊尼亚孜",  # 39 bytes: continues in element 4E
    "陈堃",
    "周喆",
    "赵犇",
    "孙骉",
    "朱镕璟",
    "冯赟",
    "郭翀",
    "林昇",
    "何頔",
    "龙龑",
    "欧阳嬿",
    "MARIA ANNA·LOPEZ",
)

Person = dict[str, str]


def id_number(region: str, born: str, sex: str, rng: random.Random) -> str:
    """A number with a right check character; ``born`` may be no date at all."""
    body = region + born + rng.choice(("997", "999") if sex == "男" else ("996", "998"))
    return body + check_character(body)


def counties(*, abolished: bool) -> list[Division]:
    """Counties in force, or abolished after numbers were first given (1984)."""
    return [
        each
        for each in divisions().values()
        if each.code[4:] != "00"
        and len(each.name_zh) > 2
        and each.name_zh != "市辖区"
        and ((each.until or 0) >= 1985 if abolished else each.until is None)
    ]


class Town:
    """Invents people, each only once."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._places = counties(abolished=False), counties(abolished=True)
        self._special = list(SPECIAL)

    def person(self, number: int) -> Person:
        """The person of one row, without fault."""
        rng = self._rng
        sex = rng.choice("男女")
        place = rng.choice(self._places[number % 4 == 0])
        born = date(1950, 1, 1) + timedelta(rng.randrange(365 * 68))
        person = dict.fromkeys(COLUMNS, "") | {
            "银行": rng.choice(BANKS),
            "姓名": self._name(number),
            "性别": sex,
            "身份证号": id_number(place.code, f"{born:%Y%m%d}", sex, rng),
            "联系电话": f"12{rng.randrange(10**9):09d}",
            "工作证号": f"E{number:05d}" if born.year < 2008 else f"G{number:05d}",
        }
        return person | self._numbers(number) | self._more(number, place, born)

    def _name(self, number: int) -> str:
        if number % 10 == 3 and self._special:
            return self._special.pop(0)
        given = "".join(self._rng.choice(GIVEN) for _ in range(self._rng.choice((1, 2, 2))))
        return self._rng.choice(SURNAMES) + given

    def _numbers(self, number: int) -> Person:
        if number % 20 != 7:
            return {}
        body = f"A{self._rng.randrange(10**7):07d}"
        return {"卡号": body + card_number_check(body), "批次号": f"2026-{number // 20 + 1:03d}"}

    def _more(self, number: int, place: Division, born: date) -> Person:
        if number % 3:
            return {}
        rng = self._rng
        street = f"{place.name_zh}测试路{rng.randrange(1, 300)}号"
        more = {
            "民族": rng.choice(("01", "01", "03", "05", "汉族", "维吾尔族")),
            "出生地": place.code,
            "户口类别": rng.choice(("10", "20")),
            "户口所在地地址": street,
            "户口所在地行政区划": place.code,
            "常住地址": rng.choice((street, "")),
        }
        if born.year < 2000:
            more |= {"婚姻状况": rng.choice(("1", "2", "已婚")), "学历": rng.choice(("21", "31"))}
        if more.get("学历") == "21" and number % 2:
            more |= {
                "degree.1.degree_code": "401",
                "degree.1.major": "080901",
                "degree.1.school": "测试大学",
            }
        return more


def with_number(person: Person, **parts: str) -> Person:
    """The same person with another region or birth date, the check character being right."""
    old = person["身份证号"]
    body = parts.get("region", old[:6]) + parts.get("born", old[6:14]) + old[14:17]
    return {**person, "身份证号": body + check_character(body)}


def wrong_check(person: Person) -> Person:
    """The same person with a check character that is not the right one."""
    number = person["身份证号"]
    return {**person, "身份证号": number[:17] + ("1" if number[17] == "0" else "0")}


#: What is wrong in which row, as a spreadsheet counts; the header is row 1.
FAULTS: dict[int, Callable[[Person], Person]] = {
    12: wrong_check,
    27: lambda person: {**person, "身份证号": person["身份证号"][:6] + person["身份证号"][8:17]},
    45: lambda person: with_number(person, born="19890230"),
    61: lambda person: with_number(person, region="199901"),
    78: lambda person: {**person, "性别": "男" if person["性别"] == "女" else "女"},
    110: lambda person: {**person, "姓名": ""},
    125: lambda person: {**person, "姓名": "张䶮"},
    139: lambda person: {**person, "姓名": "阿卜杜热西提·" * 4 + "吐尔逊"},
    152: lambda person: {**person, "婚姻状况": "7"},
    168: lambda person: {**person, "银行": ""},
    187: lambda person: {**person, "银行": "不存在银行", "户口所在地地址": "很长的路" * 12},
}
#: Row and the earlier row whose ID number it repeats.
DUPLICATE = (95, 30)
#: The row whose ID number ends in a lower-case x.
LOWER_CASE = 55


def applicants() -> list[Person]:
    """All rows in order, good and bad."""
    town = Town(random.Random(SEED))
    rows = {number: town.person(number) for number in range(2, PEOPLE + 2)}
    for number, fault in FAULTS.items():
        rows[number] = fault(rows[number])
    rows[DUPLICATE[0]] = rows[DUPLICATE[1]] | {"联系电话": rows[DUPLICATE[0]]["联系电话"]}
    rows[LOWER_CASE] = ending_in_x(rows[LOWER_CASE])
    return list(rows.values())


def ending_in_x(person: Person) -> Person:
    """The same person born on the first later day for which the check character is X."""
    born = date.fromisoformat(person["身份证号"][6:14])
    while not person["身份证号"].endswith("X"):
        born += timedelta(1)
        person = with_number(person, born=f"{born:%Y%m%d}")
    return {**person, "身份证号": person["身份证号"].lower()}


def accounts(people: Sequence[Person]) -> list[Person]:
    """An account for everybody without fault, in an order of the bank's own."""
    bad = {*FAULTS, DUPLICATE[0]}
    good = [person for number, person in enumerate(people, start=2) if number not in bad]
    random.Random(SEED).shuffle(good)
    return [
        {
            "身份证号": person["身份证号"].upper(),
            "银行": person["银行"],
            "银行卡号": allocated_account(500_000_000 + sequence),
            "有效期": "2036-01",
            "序号": "01",
        }
        for sequence, person in enumerate(good, start=1)
    ]


class Bank:
    """The bank's side of the keys that its file names: the packaged TEST keys, by their rule."""

    def encipher(self, data: bytes, /) -> bytes:
        """Under the transport key."""
        return des.ecb_encrypt(_test_key("TK"), data)

    def mac(self, message: bytes, /) -> bytes:
        """With the MAC key."""
        return des.retail_mac(_test_key("TK-MAC"), message)


def _test_key(name: str) -> TDES:
    return TDES(sha256(f"sscard TEST {name} v1".encode()).digest()[:16])


def bank_data(
    people: Sequence[Person], given: Sequence[Person]
) -> Iterator[tuple[Mapping[str, str], tuple[Instance, ...]]]:
    """A record for each account: face, stripe, and what goes into the chip."""
    profile, keys, rng = load_profile("gen2"), load_bank(), random.Random(SEED)
    names = {person["身份证号"].upper(): person["姓名"] for person in people}
    for row in given:
        number, name = row["身份证号"], names[row["身份证号"]]
        pan, expiry = row["银行卡号"], row["有效期"].replace("-", "")[-4:]
        stripe = f"{expiry}201{rng.randrange(10**10):010d}"
        account = BankAccount(row["银行"], pan, expiry, row["序号"], test=True)
        values = {
            "id_number": number,
            "emboss_number": " ".join(pan[at : at + 4] for at in range(0, len(pan), 4)),
            "emboss_name": holder_name(name).decode("gbk"),
            "emboss_expiry": f"{expiry[2:]}/{expiry[:2]}",
            "cvv2": f"{rng.randrange(1000):03d}",
            "track1": f"B{pan}^TEST/HOLDER^{stripe}",
            "track2": f"{pan}={stripe}",
        }
        yield (
            values,
            prepare(profile, account, name, keys, effective=date(2026, 1, 1), id_number=number),
        )


def write(path: Path, columns: Sequence[str], rows: Sequence[Person]) -> None:
    """UTF-8 with BOM, so that spreadsheets show the names."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main(folder: Path) -> None:
    """Write the files into ``folder``."""
    people = applicants()
    given = accounts(people)
    write(folder / "applicants.csv", COLUMNS, people)
    write(folder / "bank-accounts.csv", ACCOUNT_COLUMNS, given)
    header = {"batch": "EXAMPLE-1", "transport_key_version": "1", "mac_key_version": "1"}
    with (folder / "bank-data.bdp").open("wb") as stream:
        write_bank_data(stream, load_layout(), header, bank_data(people, given), Bank())


if __name__ == "__main__":
    main(Path(__file__).parent)
