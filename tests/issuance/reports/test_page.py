"""Pages of reports: well-formed, calling nobody, telling no person, readable."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

import sscard.issuance.report as report_module
from sscard.issuance.reports import page as page_module
from sscard.issuance.reports import render_batch, render_tables, write_page
from sscard.issuance.reports.batch_sheets import batch_document
from sscard.issuance.reports.throughput import Throughput
from tests.html_page import Page, contrast, palettes
from tests.issuance.reports.sample import REPORT

TEMPLATES = Path(report_module.__file__).parent / "templates"


PAGES = {"batch": render_batch(REPORT), "tables": render_tables(batch_document(REPORT))}


@pytest.fixture(params=PAGES)
def text(request: pytest.FixtureRequest) -> str:
    return PAGES[request.param]


def test_it_is_well_formed(text: str) -> None:
    page = Page(text)
    assert page.open == []
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_it_calls_nobody(text: str) -> None:
    for tag, attributes in Page(text).tags:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "form", "script"}
        assert not {"src", "href", "action", "srcset"} & attributes.keys()
        assert not [name for name in attributes if name.startswith("on")]
    assert not re.search(r"@import|https?://|url\((?!#hatch\))", text)
    assert "default-src 'none'" in text


def test_headings_go_down_one_level_at_a_time(text: str) -> None:
    levels = [int(tag[1]) for tag, _ in Page(text).tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_table_has_heads_with_a_scope(text: str) -> None:
    tags = Page(text).tags
    heads = [attributes for tag, attributes in tags if tag == "th"]
    assert heads
    assert {attributes.get("scope") for attributes in heads} == {"col", "row"}
    rows = text.split("<tbody>")[1:]
    assert all(part.lstrip().startswith('<tr><th scope="row"') for part in rows)


def test_every_table_of_the_report_is_on_the_page() -> None:
    words = Page(PAGES["batch"]).text
    for sheet in batch_document(REPORT).sheets:
        if sheet.name not in ("history", "discrepancies"):
            assert f"{sheet.zh} {sheet.en}" in words, sheet.name
    for word in (
        "第三中学 <No. 3>",
        "6A84",
        "照片质量不合格",
        "98.2 %",
        "已销毁 destroyed",
        "2026-03-02 21:00:00",
        "integrator handed over 490 card bodies to bank, which received 489: 1 missing",
        "12345:4041424344454647",
        "9,580.00",
        "对账不平",
    ):
        assert word in words, word


def test_each_lost_card_has_its_history(monkeypatch: pytest.MonkeyPatch) -> None:
    assert PAGES["batch"].count("<details><summary><h3>") == len(REPORT.lost) == 9
    monkeypatch.setattr(page_module, "HISTORIES", 4)
    text = render_batch(REPORT)
    assert text.count("<details><summary><h3>") == 4
    assert "the histories of 5 more cards are in the ledger" in text


def test_what_others_wrote_is_text() -> None:
    assert "<No. 3>" not in PAGES["batch"]
    assert "&lt;No. 3&gt;" in PAGES["batch"]


def test_the_chart_can_be_read_without_colour() -> None:
    chart = PAGES["batch"].split('<svg class="chart" viewBox="0 0 960', 1)[1].split("</svg>")[0]
    bars = re.findall(r'<rect x="[\d.]+" y="[\d.]+" width="[\d.]+" height="([\d.]+)"', chart)
    assert len(bars) > 20
    told = re.findall(r"<title>([^<]+: \d+ 合格 good, \d+ 作废 lost)</title>", chart)
    assert len(told) == len(REPORT.throughput.bars) > 20
    assert chart.count('class="lost"') == sum(1 for bar in REPORT.throughput.bars if bar.lost)
    assert 'id="hatch"' in chart
    assert "合格 <span" in PAGES["batch"]


def test_a_batch_without_cards_can_be_shown() -> None:
    empty = replace(
        REPORT,
        orders=(),
        cards=(),
        returned=(),
        yields=(),
        losses=(),
        lost=(),
        checks=(),
        dead=(),
        fees=(),
        lost_total=0,
        throughput=Throughput(REPORT.throughput.step, ()),
    )
    page = Page(render_batch(empty))
    assert page.open == []
    assert "没有 none" in page.text


def test_it_is_written_whole(tmp_path: Path) -> None:
    write_page(tmp_path / "batch.html", PAGES["batch"])
    assert (tmp_path / "batch.html").read_text(encoding="utf-8") == PAGES["batch"]


# Contrast (WCAG 2.1, 1.4.3: text at least 4.5 to 1)


TEXT_ON = [
    ("ink", "page"),
    ("ink", "card"),
    ("quiet", "page"),
    ("quiet", "card"),
    ("good", "card"),
    ("bad", "card"),
    ("warn", "card"),
    ("calm", "card"),
    ("good", "good-soft"),
    ("bad", "bad-soft"),
    ("warn", "warn-soft"),
    ("calm", "calm-soft"),
]


def test_text_stands_out_in_light_dark_and_print() -> None:
    found = list(palettes((TEMPLATES / "report.css").read_text(encoding="utf-8")))
    assert len(found) == 3
    low = [
        (pair, round(contrast(colours[pair[0]], colours[pair[1]]), 2))
        for colours in found
        for pair in TEXT_ON
        if contrast(colours[pair[0]], colours[pair[1]]) < 4.5
    ]
    assert low == []
    # Bars are graphics: 3 to 1 against what they stand on.
    assert all(contrast(colours["bar"], colours["card"]) >= 3 for colours in found)
