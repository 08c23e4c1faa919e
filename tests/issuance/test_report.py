"""The report: says what happened, to whoever may see it, without calling anybody."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from sscard.issuance import report as report_module
from sscard.issuance.layers import LayerRecord
from sscard.issuance.report import render, write_report
from sscard.issuance.report_data import (
    AuditSummary,
    CardResult,
    Counts,
    KeyStore,
    Outcome,
    Phase,
    RejectCount,
    RunReport,
)
from tests.html_page import Page

REPORT = RunReport(
    source="名单 2025.csv",
    profile_name="gen2",
    profile_sha256=bytes(range(32)),
    software="sscard 0.1.0",
    started_at=datetime(2025, 3, 4, 10, 20, 30, tzinfo=timezone(timedelta(hours=8))),
    elapsed=8.0,
    counts=Counts(
        eligible=5,
        issued_now=2,
        issued_before=1,
        waiting=0,
        failed=1,
        rejected=1,
        spoiled=1,
        failed_total=1234,
        spoiled_total=1,
    ),
    cards=(
        CardResult(2, "T0000001X", Outcome.ISSUED, seconds=0.25),
        CardResult(3, "T00000028", Outcome.ISSUED_BEFORE),
        CardResult(4, "T00000036", Outcome.SPOILED, "interrupted"),
        CardResult(4, "T00000044", Outcome.ISSUED, seconds=0.5),
        CardResult(5, "T00000052", Outcome.FAILED, "audit: DF01/EF05 <script>record 3</script>"),
        CardResult(6, None, Outcome.REJECTED, "ID_CHECKSUM"),
    ),
    rejects=(RejectCount("ID_CHECKSUM", "身份证号校验码错误", "check character wrong", 1),),
    phases=(Phase("社保工位", "social-security station", 3.0), Phase("审核", "audit", 1.0)),
    key_stores=(KeyStore("社会保障", "social security", "test-ssse.toml", test=True),),
    assumed=("exchange.fid",),
    audit=AuditSummary(("SSSE/EF05",), ("IRK",), ("BK",)),
    layers=(
        LayerRecord("region", "sichuan", b"\x5c" * 32),
        LayerRecord("supplement", "<office> no. 3", b"\xab" * 32, b"\xcd" * 32),
    ),
)


def outcomes(text: str) -> list[str]:
    return re.findall(r'<tr data-outcome="(\w+)">', text)


def test_it_is_well_formed_and_says_everything() -> None:
    page = Page(render(REPORT))
    assert page.open == []
    for word in (
        "名单 2025.csv",
        "gen2",
        bytes(range(32)).hex(),
        "sscard 0.1.0",
        "2025-03-04 10:20:30 UTC+08:00",
        "T0000001X",
        "ID_CHECKSUM",
        "身份证号校验码错误",
        "social-security station",
        "exchange.fid",
        "SSSE/EF05",
        "IRK",
        "BK",
        "Some eligible people have no audited card",
        "地区 region",
        "补充文件 supplement",
        "<office> no. 3",
        "5c" * 32,
        "ab" * 32,
        "cd" * 32,
    ):
        assert word in page.text


def test_counts_stand_in_their_tiles() -> None:
    tiles = re.findall(r'class="tile (\w+)[^"]*"><dd>([\d,]+)', render(REPORT))
    assert tiles == [
        ("eligible", "5"),
        ("issued", "2"),
        ("issued_before", "1"),
        ("waiting", "0"),
        ("failed", "1"),
        ("spoiled", "1"),
        ("rejected", "1"),
    ]


def test_totals_of_the_ledger_stand_apart_where_they_say_more() -> None:
    page = Page(render(REPORT)).text
    assert "failed 台账共 1,234 in the ledger" in page
    assert page.count("in the ledger") == 1, "spoiled: the run's one is all there is"


def test_one_line_a_result_in_order_of_rows() -> None:
    assert outcomes(render(REPORT)) == [card.outcome.name for card in REPORT.cards]


def test_times_and_shares() -> None:
    text = render(REPORT)
    assert REPORT.cards_per_second == 0.25
    assert re.findall(r'style="width:([\d.]+)%"', text) == ["100.0", "33.3"]
    assert "75 %" in text


def test_versions_of_a_key_stand_together_and_none_is_made_up() -> None:
    names = ("IRK v1", "FCI of SSSE", "IRK v3", "RK v1", "FCI of SSSE", "PIN")
    assert report_module.folded(names) == ["IRK v1, v3", "FCI of SSSE", "RK v1", "PIN"]


def test_it_calls_nobody() -> None:
    text = render(REPORT)
    for tag, attributes in Page(text).tags:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "form"}
        assert not {"src", "href", "action", "srcset"} & attributes.keys()
    assert "url(" not in text
    assert "@import" not in text
    assert "http://" not in text
    assert "https://" not in text
    assert "default-src 'none'" in text


def test_what_a_card_said_is_text_not_markup() -> None:
    text = render(REPORT)
    assert "<script>record" not in text
    assert "&lt;script&gt;record 3" in text


@pytest.mark.parametrize("test", [True, False])
def test_test_keys_are_announced(test: bool) -> None:
    stores = (KeyStore("银行", "bank", "hsm", test=False), replace(REPORT.key_stores[0], test=test))
    assert ("TEST KEYS" in render(replace(REPORT, key_stores=stores))) is test


def test_a_complete_run_says_so() -> None:
    counts = replace(REPORT.counts, issued_now=4)
    text = render(replace(REPORT, counts=counts))
    assert "Every eligible person has an audited card" in text


def test_an_empty_run_can_be_shown() -> None:
    empty = replace(
        REPORT,
        elapsed=0.0,
        counts=Counts(0, 0, 0, 0, 0, 0, 0, 0, 0),
        cards=(),
        rejects=(),
        phases=(),
        key_stores=(),
        assumed=(),
        audit=AuditSummary((), (), ()),
    )
    assert Page(render(empty)).open == []
    assert outcomes(render(empty)) == []


def test_a_long_run_shows_what_needs_attention(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_module, "TABLE_LIMIT", 4)
    text = render(REPORT)
    assert outcomes(text) == ["ISSUED", "SPOILED", "FAILED", "REJECTED"]
    assert "2 more lines are in the ledger" in text


def test_it_is_written_whole(tmp_path: Path) -> None:
    write_report(tmp_path / "report.html", REPORT)
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == render(REPORT)
