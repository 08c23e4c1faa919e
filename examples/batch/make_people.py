"""The 12 people of the example, as their office's list; invented, and the same each time.

python examples/batch/make_people.py people.csv units.csv
"""

from __future__ import annotations

import csv
import sys

BANK = "测试城市银行"
HEADING = ("银行", "姓名", "性别", "身份证号", "联系电话", "工作证号", "卡号", "地址", "邮编")
NAMES = (
    *("唐验收", "王测试", "孙样例", "曹验收", "李测试", "周样例"),
    *("吴验收", "郑测试", "冯样例", "陈验收", "褚测试", "卫样例"),
)
UNITS = (
    ("单位编号", "单位名称", "类别", "乡镇街道", "经办中心", "地址"),
    ("U001", "验收测试学校", "school", "一街窗口", "东区中心", "测试大道1号"),
    ("U002", "补换卡窗口", "window", "一街窗口", "东区中心", "测试大道2号"),
)


def with_check(body: str) -> str:
    """The 18 characters that begin with these 17 digits (GB 11643)."""
    total = sum(2 ** (17 - at) * int(digit) for at, digit in enumerate(body))
    remainder = (1 - total) % 11
    return body + ("X" if remainder == 10 else str(remainder))


def people() -> list[tuple[str, ...]]:
    """One row each; every second one is a woman."""
    rows = []
    for number, name in enumerate(NAMES, start=1):
        female = number % 2 == 0
        body = f"410102{1970 + number}0{1 + number % 9}15{100 + 2 * number + (0 if female else 1)}"
        phone, staff, card = f"1380000{number:04}", f"S{number:05}", f"A{number:08}"
        address = f"测试大道{number}号"
        sex = "女" if female else "男"
        rows.append(
            (BANK, name, sex, with_check(body), phone, staff, card, address, f"45{number:04}")
        )
    return rows


def write(path: str, rows: list[tuple[str, ...]]) -> None:
    """As a spreadsheet writes it."""
    with open(path, "w", encoding="utf-8-sig", newline="") as file:  # noqa: PTH123
        csv.writer(file).writerows(rows)


if __name__ == "__main__":
    write(sys.argv[1], [HEADING, *people()])
    write(sys.argv[2], list(UNITS))
