"""Workbooks that are none, are more than a table, or burst."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from tests.issuance.exchange.broken_files import Broken

LAYOUT = "unit-application"
HEAD = ["银行", "姓名", "性别", "身份证号", "联系电话"]
PERSON = ["测试银行", "诸葛验收", "男", "110101199003070038", "13800000000"]
SHEET = "xl/worksheets/sheet1.xml"
NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
Parts = dict[str, bytes]


def book(*rows: list[Any], second: list[Any] | None = None) -> bytes:
    made = Workbook()
    for row in rows or (HEAD, PERSON):
        made.active.append(row)
    if second:
        made.create_sheet("More").append(second)
    raw = io.BytesIO()
    made.save(raw)
    return raw.getvalue()


def parts(raw: bytes) -> Parts:
    with zipfile.ZipFile(io.BytesIO(raw)) as package:
        return {name: package.read(name) for name in package.namelist()}


def packed(found: Mapping[str, bytes]) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in found.items():
            package.writestr(name, content)
    return raw.getvalue()


def changed(**more: bytes) -> bytes:
    """The sound workbook with other parts; names have __ for a stroke and _ for a point."""
    names = {name.replace("__", "/").replace("_", "."): content for name, content in more.items()}
    return packed({**parts(book()), **names})


def sheet(change: Callable[[bytes], bytes]) -> bytes:
    found = parts(book())
    new = change(found[SHEET])
    assert new != found[SHEET]
    return packed({**found, SHEET: new})


def rows(xml: str) -> bytes:
    """A sheet of other rows."""
    text = f'<worksheet xmlns="{NAMESPACE}"><sheetData>{xml}</sheetData></worksheet>'
    return packed({**parts(book()), SHEET: text.encode()})


def lying() -> bytes:
    """A part of 8 MiB of which the directory says that it is small."""
    raw = bytearray(sheet(lambda old: old + b" " * (8 << 20)))
    with zipfile.ZipFile(io.BytesIO(raw)) as package:
        size = package.getinfo(SHEET).file_size
    return bytes(raw).replace(size.to_bytes(4, "little"), (999).to_bytes(4, "little"))


def entities(old: bytes) -> bytes:
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    doctype = f'<!DOCTYPE x [<!ENTITY a0 "ha">{laughs}]>'.encode()
    return re.sub(rb"<worksheet", doctype + b"<worksheet", old, count=1)


def encrypted() -> bytes:
    raw = bytearray(book())
    for at in [found.start() for found in re.finditer(b"PK\1\2", raw)]:
        raw[at + 8] |= 1
    for at in [found.start() for found in re.finditer(b"PK\3\4", raw)]:
        raw[at + 6] |= 1
    return bytes(raw)


def far(column: str, row: int) -> str:
    return f'<row r="{row}"><c r="{column}{row}" t="inlineStr"><is><t>x</t></is></c></row>'


MADE: tuple[tuple[str, Callable[[], bytes], str, str], ...] = (
    ("formula", lambda: book(HEAD, ["=1+1", *PERSON[1:]]), "FORMULA", "(cell A2)"),
    ("formula-text", lambda: book(HEAD, ["＝1+1", *PERSON[1:]]), "FORMULA", "line 2"),
    ("error-value", lambda: book(HEAD, ["#REF!", *PERSON[1:]]), "CELL_TYPE", "(cell A2)"),
    ("truth-value", lambda: book(HEAD, [True, *PERSON[1:]]), "CELL_TYPE", "(cell A2)"),
    (
        "id-as-number",
        lambda: book(HEAD, [*PERSON[:3], int(PERSON[3]), ""]),
        "LONG_NUMBER",
        "cell D2",
    ),
    ("two-sheets", lambda: book(HEAD, PERSON, second=PERSON), "SHEETS", "(2)"),
    ("no-content", lambda: book([None]), "EMPTY_FILE", "line 1: the file is empty"),
    ("cut", lambda: book()[:-100], "WORKBOOK", "(no ZIP, or cut)"),
    ("cut-at-half", lambda: book()[: len(book()) // 2], "WORKBOOK", "(no ZIP, or cut)"),
    ("other-zip", lambda: packed({"a.txt": b"x"}), "WORKBOOK", "(a ZIP of other files)"),
    ("nested-zip", lambda: packed({"a.xlsx": book()}), "WORKBOOK", "(a ZIP of other files)"),
    ("zip-inside", lambda: changed(xl__media__a_png=book()), "WORKBOOK_CONTENT", "files in it"),
    ("embedded", lambda: changed(xl__embeddings__a_bin=b"x"), "WORKBOOK_CONTENT", "files in it"),
    ("macros", lambda: changed(xl__vbaProject_bin=b"x"), "WORKBOOK_CONTENT", "has macros"),
    ("links", lambda: changed(xl__externalLinks__a_xml=b"<a/>"), "WORKBOOK_CONTENT", "has macros"),
    (
        "password",
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(999),
        "WORKBOOK_SEALED",
        "encr",
    ),
    ("zip-password", encrypted, "WORKBOOK", "(its ZIP is damaged)"),
    ("bomb", lambda: sheet(lambda old: old + b" " * (8 << 20)), "WORKBOOK_BOMB", "bytes"),
    ("bomb-that-lies", lying, "WORKBOOK", "(its ZIP is damaged)"),
    (
        "many-parts",
        lambda: packed({f"{n:0200}": b"" for n in range(5000)}),
        "WORKBOOK_BOMB",
        "parts",
    ),
    ("entities", lambda: sheet(entities), "WORKBOOK_DOCTYPE", "has XML with a DOCTYPE"),
    (
        "utf-16",
        lambda: sheet(lambda old: old.decode().encode("utf-16")),
        "WORKBOOK_DOCTYPE",
        "UTF-8",
    ),
    (
        "utf-7",
        lambda: sheet(lambda old: b'<?xml version="1.0" encoding="UTF-7"?>' + old),
        "WORKBOOK_DOCTYPE",
        "in another encoding",
    ),
    ("no-xml", lambda: sheet(lambda _: b"x" * 99), "WORKBOOK", "is no XLSX workbook"),
    (
        "no-sheet",
        lambda: packed({k: v for k, v in parts(book()).items() if k != SHEET}),
        "EMPTY_FILE",
        "",
    ),
    (
        "crossed",
        lambda: sheet(lambda old: old.replace(b"</row>", b"</c>")),
        "WORKBOOK",
        "is no XLSX",
    ),
    (
        "text-lost",
        lambda: rows('<row r="1"><c r="A1" t="s"><v>99</v></c></row>'),
        "WORKBOOK",
        "",
    ),
    (
        "date-endless",
        lambda: rows('<row r="1"><c r="A1" t="d"><v>9e9</v></c></row>'),
        "WORKBOOK",
        "",
    ),
    ("columns", lambda: rows(far("XFD", 1)), "TOO_LARGE", "> 200000 rows or 200 columns"),
    (
        "rows",
        lambda: rows(far("A", 1) + far("A", 1048576)),
        "TOO_LARGE",
        "> 200000 rows or 200 columns",
    ),
    (
        "row-endless",
        lambda: rows(far("A", 1) + far("A", 10**18)),
        "TOO_LARGE",
        "> 200000 rows or 200 columns",
    ),
    (
        "row-backwards",
        lambda: rows(far("A", 5) + far("A", 2)),
        "WORKBOOK",
        "(rows or cells out of order)",
    ),
    ("row-twice", lambda: rows(far("A", 1) + far("A", 1)), "WORKBOOK", "out of order"),
    (
        "cell-twice",
        lambda: rows(far("A", 1).replace("</row>", far("A", 1)[11:])),
        "WORKBOOK",
        "order",
    ),
    ("cell-elsewhere", lambda: rows(far("A", 1).replace("A1", "A7")), "WORKBOOK", "out of order"),
    (
        "cells-endless",
        lambda: rows(f'<row r="1">{"<c/>" * 2000}</row>'),
        "WORKBOOK_BOMB",
        "elements",
    ),
    ("junk-endless", lambda: rows("<a/>" * 100001), "WORKBOOK_BOMB", "too many elements"),
    (
        "styles-endless",
        lambda: changed(xl__styles_xml=b"<styleSheet>" + b"<xf/>" * 100000 + b"</styleSheet>"),
        "WORKBOOK_BOMB",
        "too many elements",
    ),
    (
        "tag-endless",
        lambda: rows("<a " + " ".join(f'a{n}=""' for n in range(70000))),
        "WORKBOOK_BOMB",
        "",
    ),
    ("tag-row", lambda: rows('<row r="x"/>'), "WORKBOOK", "its XML is damaged"),
    (
        "damaged",
        lambda: book().replace(b"\x08\x00", b"\x63\x00"),
        "WORKBOOK",
        "(its ZIP is damaged)",
    ),
)


def made(folder: Path) -> Iterator[Broken]:
    for name, make, code, said in MADE:
        path = folder / f"xlsx-{name}.xlsx"
        path.write_bytes(make())
        yield Broken(f"xlsx-{name}", "table", LAYOUT, path, (code,), said)
