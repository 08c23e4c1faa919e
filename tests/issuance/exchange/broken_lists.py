"""Broken lists, and tables in CSV."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from tests.issuance.exchange.broken_files import Broken, Recipe, write

HUGE = 1 << 30


def cut(share: float) -> Callable[[bytes], bytes]:
    return lambda raw: raw[: int(len(raw) * share)]


def swapped(old: bytes, new: bytes, count: int = 1) -> Callable[[bytes], bytes]:
    def make(raw: bytes) -> bytes:
        assert old in raw
        return raw.replace(old, new, count)

    return make


def lines(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[bytes], bytes]:
    return lambda raw: b"".join(change(raw.splitlines(keepends=True)))


def gbk(old: str, new: str, count: int = 1) -> Callable[[bytes], bytes]:
    return swapped(old.encode("gbk"), new.encode("gbk"), count)


def utf(encoding: str) -> Callable[[bytes], bytes]:
    return lambda raw: raw.decode("gbk").encode(encoding)


def people(*names: str) -> Callable[[bytes], bytes]:
    """A list of XML records, from nothing."""
    head = '<?xml version="1.0" encoding="GBK"?>'
    return lambda _: (head + "".join(names)).encode("gbk")


EXTERNAL = '<!DOCTYPE p [<!ENTITY x SYSTEM "file:///etc/passwd">]><ROOT><XM>&x;</XM></ROOT>'
PARAMETER = '<!DOCTYPE p [<!ENTITY % x SYSTEM "http://127.0.0.1/x"> %x;]><ROOT/>'
LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
BOMB = f'<!DOCTYPE p [<!ENTITY a0 "ha">{LAUGHS}]><ROOT><XM>&a9;</XM></ROOT>'

LISTS = (
    Recipe("cut-in-header", cut(0.05), "FIELD_COUNT TRUNCATED", "line 1: has another number"),
    Recipe(
        "cut-behind-header", lines(lambda all_: all_[:1]), "TRUNCATED COUNT", "line 1: the file"
    ),
    Recipe("cut-in-record", cut(0.5), "FIELD_COUNT TRUNCATED", "line 2: has another number"),
    Recipe("cut-behind-record", lines(lambda all_: all_[:2]), "TRUNCATED", "line 2: the file"),
    Recipe(
        "cut-before-trailer", lines(lambda all_: all_[:3]), "TRUNCATED", "line 3: the file ends"
    ),
    Recipe("cut-in-trailer", lambda raw: raw[:-4], "FIELD_COUNT TRUNCATED", "line 4: has another"),
    Recipe("cut-before-the-end", lambda raw: raw[:-1], "TRUNCATED", "line 4: the file ends here"),
    Recipe("utf-8", utf("utf-8"), "OTHER_ENCODING ENCODING", "line 1, field unit"),
    Recipe("utf-8-with-bom", utf("utf-8-sig"), "OTHER_ENCODING ENCODING", "line 1, field unit"),
    Recipe("utf-16-little", utf("utf-16"), "NUL TRUNCATED", "line 1: has a NUL byte"),
    Recipe("utf-16-big", utf("utf-16-be"), "NUL TRUNCATED", "line 1: has a NUL byte"),
    Recipe("utf-32", utf("utf-32"), "NUL TRUNCATED", "line 1: has a NUL byte"),
    Recipe(
        "big5", lambda raw: raw.replace("诸葛验收".encode("gbk"), b"\xa1"), "ENCODING", "line 2"
    ),
    Recipe("duplicate-line", lines(lambda x: [*x[:2], x[1], *x[3:]]), "DUPLICATE", "(line 2)"),
    Recipe("doubled-key", gbk("110101199201010028", "110101199003070038"), "DUPLICATE", "line 3"),
    Recipe("column-shift", lines(lambda x: [x[0], b"|" + x[1], *x[2:]]), "FIELD_COUNT", "line 2"),
    Recipe(
        "column-missing", gbk("|1|", "|"), "FIELD_COUNT", "line 2: has another number of fields"
    ),
    Recipe(
        "column-extra", gbk("|1|", "|1||"), "FIELD_COUNT", "line 2: has another number of fields"
    ),
    Recipe("columns-swapped", gbk("诸葛验收|1", "1|诸葛验收"), "CODE", "line 2, field sex"),
    Recipe("nul-in-a-name", gbk("诸葛", "诸\0"), "NUL", "line 2: has a NUL byte"),
    Recipe("bell-in-a-name", gbk("诸葛", "诸\7"), "CONTROL", "line 2, field name"),
    Recipe("escape-in-a-name", gbk("诸葛", "\x1b[2J"), "CONTROL", "line 2, field name"),
    Recipe("delete-in-a-name", gbk("诸葛", "诸\x7f"), "CONTROL", "line 2, field name"),
    Recipe("old-mac-newlines", swapped(b"\r\n", b"\r", -1), "FIELD_COUNT TRUNCATED", "line 1"),
    Recipe("mixed-newlines", swapped(b"\r\n", b"\n"), "NEWLINE", "line 2: ends otherwise"),
    Recipe("newline-in-a-name", gbk("诸葛", "诸\r\n"), "FIELD_COUNT", "line 2: has another number"),
    Recipe("form-feed-for-a-line", gbk("新增\r\n", "新增\f"), "COUNT FIELD_COUNT", "line 2"),
    Recipe("other-list", swapped(b"APPLY", b"MAKES"), "CONSTANT", "line 1, field mark"),
    Recipe("list-of-another-layout", lambda raw: b"END|0\r\n", "FIELD_COUNT TRUNCATED", "line 1"),
    Recipe("count-more", gbk("学校|2", "学校|3"), "COUNT", "line 1, field count"),
    Recipe("count-less", gbk("学校|2", "学校|1"), "COUNT", "line 1, field count"),
    Recipe("count-negative", gbk("学校|2", "学校|-2"), "DIGITS", "line 1, field count"),
    Recipe("count-endless", gbk("学校|2", "学校|" + "9" * 4000), "COUNT", "line 1, field count"),
    Recipe("count-full-width", gbk("学校|2", "学校|２"), "DIGITS", "line 1, field count"),
    Recipe("trailer-count", swapped(b"END|2", b"END|1"), "COUNT", "line 4, field count"),
    Recipe("trailer-twice", lines(lambda x: [*x, x[-1]]), "AFTER_TRAILER", "line 5"),
    Recipe("serial-negative", gbk("\r\n1|", "\r\n-1|"), "DIGITS", "line 2, field serial"),
    Recipe("replacement-unsaid", gbk("|补换", "|"), "REQUIRED", "line 3, field mark"),
    Recipe("replacement-otherwise", gbk("|补换", "|补办"), "CODE", "line 3, field mark"),
    Recipe("name-without-end", gbk("诸葛", "诸" * 30000), "TOO_LONG", "line 2, field name"),
    Recipe(
        "line-too-long",
        gbk("诸葛", "诸" * 40000),
        "LINE_TOO_LONG",
        "line 2",
    ),
    Recipe("json-deep", lambda _: b"[" * 60000, "NOT_WELL_FORMED TRUNCATED", "line 1", "stock"),
    Recipe(
        "json-deep-objects",
        swapped(b'"1000"', b"[" * 30000 + b"]" * 30000),
        "NOT_WELL_FORMED",
        "line 2: is not well-formed",
        "stock",
    ),
    Recipe(
        "json-nan", swapped(b'"1000"', b"NaN"), "FIELD_TYPE REQUIRED", "field received", "stock"
    ),
    Recipe(
        "json-endless",
        swapped(b'"1000"', b"1e999"),
        "FIELD_TYPE REQUIRED",
        "field received",
        "stock",
    ),
    Recipe("json-digits", swapped(b'"1000"', b"9" * 9000), "TOO_LONG", "field received", "stock"),
    Recipe("json-negative", swapped(b'"1000"', b"-1"), "DIGITS", "field received", "stock"),
    Recipe(
        "json-true", swapped(b'"1000"', b"true"), "FIELD_TYPE REQUIRED", "field received", "stock"
    ),
    Recipe("json-surrogate", swapped(b'"COS 3.0"', b'"\\ud800"'), "CONTROL", "version", "stock"),
    Recipe(
        "json-utf-16",
        lambda raw: raw.decode().encode("utf-16"),
        "NUL STRUCTURE TRUNCATED",
        "1",
        "stock",
    ),
    Recipe("xml-external-entity", people(EXTERNAL), "DOCTYPE", "line 1", "writer-holder"),
    Recipe("xml-parameter-entity", people(PARAMETER), "DOCTYPE", "line 1", "writer-holder"),
    Recipe("xml-bomb", people(BOMB), "DOCTYPE", "line 1", "writer-holder"),
    Recipe("xml-deep", people("<ROOT>" * 20000), "STRUCTURE", "line 1", "writer-holder"),
    Recipe("xml-undefined", people("<ROOT>&x;</ROOT>"), "NOT_WELL_FORMED", "1", "writer-holder"),
    Recipe("xml-cut", cut(0.5), "COUNT TRUNCATED", "the file ends", "progress"),
    Recipe("xml-nul", swapped(b"2026", b"2\x0026"), "NOT_WELL_FORMED", "line 3", "progress"),
)

TABLE = (
    "银行,姓名,性别,身份证号,联系电话\r\n"
    "测试银行,诸葛验收,男,110101199003070038,13800000000\r\n"
    "测试银行,欧阳测试,女,110101199201010028,13900000000\r\n"
)


def table(old: str = "", new: str = "", encoding: str = "utf-8") -> Callable[[bytes], bytes]:
    assert old in TABLE
    return lambda _: TABLE.replace(old, new, 1).encode(encoding) if old else TABLE.encode(encoding)


UNIT = "unit-application"
TABLES = (
    Recipe("csv-empty", lambda _: b"", "EMPTY_FILE", "line 1", UNIT),
    Recipe("csv-formula", table("欧阳测试", "=1+1"), "FORMULA", "line 3", UNIT),
    Recipe("csv-formula-at", table("欧阳测试", "@SUM(A1)"), "FORMULA", "line 3", UNIT),
    Recipe("csv-formula-plus", table("欧阳测试", "+cmd|' /C calc'!A0"), "FORMULA", "line 3", UNIT),
    Recipe("csv-formula-minus", table("欧阳测试", "-2+3+cmd|'x'!A0"), "FORMULA", "line 3", UNIT),
    Recipe("csv-formula-wide", table("欧阳测试", "＝HYPERLINK()"), "FORMULA", "line 3", UNIT),
    Recipe("csv-formula-head", table("联系电话", "=A1"), "UNKNOWN_FIELD", "column 5", UNIT),
    Recipe("csv-nul", table("诸葛", "诸\0"), "TABLE", "line 2: NUL byte", UNIT),
    Recipe("csv-utf-16", table(encoding="utf-16"), "TABLE", "line 1: NUL byte", UNIT),
    Recipe("csv-quote", table("测试银行,欧", '"测试银行,欧'), "TABLE", "line 3: broken CSV", UNIT),
    Recipe("csv-field-more", table("男,", "男,,"), "TABLE", "line 2: 6 fields", UNIT),
    Recipe("csv-field-less", table("男,", ""), "TABLE", "line 2: 4 fields", UNIT),
    Recipe("csv-column-unknown", table("性别", "年龄"), "UNKNOWN_FIELD", "column 3", UNIT),
    Recipe("csv-column-twice", table("性别", "姓名"), "DOUBLE_FIELD", "field name", UNIT),
    Recipe("csv-column-lost", table("性别", ""), "UNKNOWN_FIELD", "column 3", UNIT),
    Recipe("csv-shifted", table("男,11", "11"), "TABLE", "line 2: 4 fields", UNIT),
    Recipe("csv-checksum", table("070038", "070039"), "ID_NUMBER", "line 2, field id_number", UNIT),
    Recipe("csv-power", table("110101199003070038", "1.10E+17"), "ID_NUMBER", "line 2", UNIT),
    Recipe("csv-long-field", table("诸葛", "诸" * 140000), "TABLE", "line 2: broken CSV", UNIT),
    Recipe("csv-same-person", table("201010028", "003070038"), "DUPLICATE", "(record 1)", UNIT),
)


def made(folder: Path) -> Iterator[Broken]:
    for recipe in LISTS:
        yield write(folder, recipe, "list")
    for recipe in TABLES:
        yield write(folder, recipe, "table", ".csv")
    yield _huge(folder, "line-of-1-gb", b"", "LINE_TOO_LONG", "line 1: is longer")
    head = "APPLY|B0001|验收测试学校|2\r\n".encode("gbk")
    yield _huge(folder, "line-of-1-gb-behind", head, "LINE_TOO_LONG", "line 2: is longer")
    yield Broken(
        "csv-of-1-gb",
        "table",
        UNIT,
        _sparse(folder / "csv-of-1-gb.csv", b""),
        ("TOO_LARGE",),
        "is larger than such a file may be",
    )


def _huge(folder: Path, name: str, head: bytes, codes: str, said: str) -> Broken:
    path = _sparse(folder / f"{name}.txt", head)
    return Broken(name, "list", "office-list", path, tuple(codes.split()), said)


def _sparse(path: Path, head: bytes) -> Path:
    with path.open("wb") as file:
        file.write(head)
        file.truncate(HUGE)
    return path
