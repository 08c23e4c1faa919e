"""People for tests and measurements: invented, sound, and the same for the same seed.

ID numbers are made after GB 11643 here, by arithmetic of this file: what judges them is the code
that is tested.  Names are drawn from common surnames and characters; nobody is meant.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐"
    "许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
)
LONG_SURNAMES = ("欧阳", "上官", "司马", "诸葛")
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华玉萍红建国文辉力志永健世广义兴良海山仁波宁贵福生龙"
    "元全胜学祥才发武新利清飞彬富顺信子斌梅琴素云莲真环雪荣爱妹香月莺媛瑞凡佳嘉琼勤珍贞莉"
)
#: Divisions that citizen numbers begin with; 12 centres of one city in the volumes of issuance 5.
DIVISIONS = ("410102", "410103", "410104", "410105", "410106", "410108", "410122", "410181")
STREETS = ("幸福路", "建设街", "人民路", "测试大道", "解放街", "学府路")
BANKS = ("测试银行", "测试农村商业银行", "测试城市银行")
HEADER = (
    "银行",
    "姓名",
    "性别",
    "身份证号",
    "联系电话",
    "工作证号",
    "卡号",
    "地址",
    "邮编",
)
_WEIGHTS = [2**exponent % 11 for exponent in range(17, 0, -1)]
_FIRST, _LAST = date(1950, 1, 1), date(2010, 12, 31)


@dataclass(frozen=True, slots=True)
class Person:
    """One invented person as an office's list has them; ``bank`` is the chosen one."""

    bank: str
    name: str
    sex: str
    id_number: str
    phone: str
    member_number: str
    card_number: str
    address: str
    postcode: str

    @property
    def row(self) -> tuple[str, ...]:
        """The cells, in the order of ``HEADER``."""
        return tuple(getattr(self, name) for name in self.__slots__)


def people(
    count: int, *, seed: int = 8, first: int = 1, bank: str = BANKS[0], district: str = "A"
) -> Iterator[Person]:
    """``count`` people, numbered from ``first``: no two of one seed have a number in common."""
    for number in range(first, first + count):
        draw = random.Random(f"{seed}:{number}")
        yield _person(number, draw, bank, district)


def unit_file(found: list[Person]) -> bytes:
    """What a unit sends before it is enciphered: one line a person (flow F), GBK, CRLF."""
    lines = ("|".join(each.row[:6]) for each in found)
    return "".join(f"{line}\r\n" for line in lines).encode("gbk")


def write_office_list(path: Path, found: list[Person]) -> Path:
    """An office's list as CSV, as a spreadsheet writes it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEADER)
    writer.writerows(each.row for each in found)
    path.write_bytes(text.getvalue().encode("utf-8-sig"))
    return path


def with_check(body: str) -> str:
    """The 18 characters that begin with these 17 digits (GB 11643)."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, body, strict=True))
    remainder = (1 - total) % 11
    return body + ("X" if remainder == 10 else str(remainder))


def account_of(id_number: str) -> str:
    """A bank's number for a person in tests: 18 digits that follow from the ID number."""
    days = (date.fromisoformat(id_number[6:14]) - date(1900, 1, 1)).days
    return with_luhn(f"622800{id_number[3:6]}{days:05d}{id_number[14:17]}")


def with_luhn(body: str) -> str:
    """The digits with their check digit (ISO/IEC 7812-1): every second one is doubled."""
    total = sum(
        sum(map(int, str(int(digit) * (2 - index % 2)))) for index, digit in enumerate(body[::-1])
    )
    return body + str((10 - total % 10) % 10)


def _person(number: int, draw: random.Random, bank: str, district: str) -> Person:
    # Days count on with the number and sequences hold the rest, so that nobody comes twice.
    place, rest = divmod(number, 400)
    days = (_LAST - _FIRST).days
    born = _FIRST + timedelta(days=(place * 7919) % days)
    division = DIVISIONS[place // days % len(DIVISIONS)]
    sequence = rest * 2 + draw.randrange(2)
    male = sequence % 2 == 1
    return Person(
        bank=bank,
        name=_name(draw),
        sex="男" if male else "女",
        id_number=with_check(f"{division}{born:%Y%m%d}{sequence + 100:03d}"),
        phone=f"1{draw.choice('3578')}{draw.randrange(10**9):09d}",
        member_number=f"E{number:07d}",
        card_number=f"{district}{number:08d}",
        address=f"{draw.choice(STREETS)}{draw.randrange(1, 400)}号",
        postcode=f"4500{draw.randrange(100):02d}",
    )


def _name(draw: random.Random) -> str:
    rare = draw.random() < 0.02
    surname = draw.choice(LONG_SURNAMES) if rare else draw.choice(SURNAMES)
    return surname + "".join(draw.choice(GIVEN) for _ in range(draw.choice((1, 2, 2))))
