"""The base of pages about a card: well-formed, calling nobody, readable."""

from __future__ import annotations

import re
from importlib.resources import files
from itertools import pairwise

import pytest

from sscard.conformance.report.page import (
    Fact,
    Head,
    Mark,
    Table,
    Tile,
    Words,
    environment,
)
from tests.html_page import Page, contrast, palettes

CSS = files("sscard.conformance.report").joinpath("templates/page.css").read_text("utf-8")
GOOD = Mark("good", "✓", Words("合格", "passed"))
HEAD = Head(
    Words("检测报告", "Test report"),
    GOOD,
    Words("全部合格", "all of it passed"),
    (Fact(Words("卡", "card"), "<A&B>"), Fact(Words("复位信息", "ATR"), "3B6D", code=True)),
    (Tile("good", 1234, Words("合格", "passed")), Tile("bad", 0, Words("不合格", "failed"))),
    Words("测试密钥", "TEST KEYS"),
)
TABLE = Table(
    Words("分组", "Groups"),
    (Words("组", "group"), Words("例数", "cases"), Words("结果", "result")),
    (("SSSE_RECORD", 1200, GOOD), ("ATR", None, Words("无", "none"))),
    numeric=frozenset({1}),
    code=frozenset({0}),
)
PAGE = (
    '{% extends "page.html.j2" %}{% block content %}<section>'
    "{{ parts.heading(2, table.label, 2) }}{{ parts.table(table) }}</section>{% endblock %}"
)


def require_sound(text: str) -> Page:
    """What holds of every page: form, headings, table heads, nothing from outside."""
    page = Page(text)
    assert page.open == []
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {a["href"] for tag, a in page.tags if tag == "a"}
    assert targets <= {f"#{each}" for each in ids}
    for tag, attributes in page.tags:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "form", "script"}
        assert not {"src", "action", "srcset"} & attributes.keys()
        assert not [name for name in attributes if name.startswith("on")]
    assert not re.search(r"@import|https?://|url\(", text)
    assert "default-src 'none'" in text
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert {a.get("scope") for tag, a in page.tags if tag == "th"} <= {"col", "row"}
    rows = text.split("<tbody>")[1:]
    assert all(part.lstrip().startswith('<tr><th scope="row"') for part in rows)
    return page


@pytest.fixture(scope="module")
def text() -> str:
    return environment().from_string(PAGE).render(head=HEAD, table=TABLE)


def test_a_page_is_sound(text: str) -> None:
    page = require_sound(text)
    assert sum(tag == "th" for tag, _ in page.tags) == 5


def test_it_has_the_words_and_the_numbers(text: str) -> None:
    words = Page(text).text
    for each in (
        "测试密钥 TEST KEYS 检测报告 Test report ✓ 合格 passed 全部合格 all of it passed",
        "卡 card <A&B> 复位信息 ATR 3B6D",
        "1,234 合格 passed 0 不合格 failed",
        "分组 Groups 2 组 group 例数 cases 结果 result",
        "SSSE_RECORD 1,200 ✓ 合格 passed ATR – 无 none",
    ):
        assert each in words
    assert "<A&B>" not in text


def test_a_table_without_rows_says_so() -> None:
    text = environment().from_string(PAGE).render(head=HEAD, table=TABLE._replace(rows=()))
    assert "没有 none" in require_sound(text).text


# Contrast (WCAG 2.1, 1.4.3: text at least 4.5 to 1)


TEXT_ON = [
    *((one, other) for one in ("ink", "quiet", "calm") for other in ("page", "card", "none")),
    *((one, "card") for one in ("good", "bad", "warn")),
    *((one, f"{one}-soft") for one in ("good", "bad", "warn", "calm")),
]


def test_the_formula_is_the_one_of_wcag() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#fff") == pytest.approx(4.48, abs=0.01)


def test_text_stands_out_in_light_dark_and_print() -> None:
    found = list(palettes(CSS))
    assert len(found) == 3
    low = [
        (one, other, round(contrast(colours[one], colours[other]), 2))
        for colours in found
        for one, other in TEXT_ON
        if contrast(colours[one], colours[other]) < 4.5
    ]
    assert low == []
    assert contrast("#b3261e", "#fff") > 4.5, "the banner"
