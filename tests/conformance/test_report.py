"""What is told of a run: pages, JUnit XML and JSON say the same, and nothing of anybody."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from xml.etree import ElementTree as ET

import pytest

from sscard.conformance.expectation import Verdict
from sscard.conformance.report import html
from sscard.conformance.report.counting import by_group, is_good, verdict
from sscard.conformance.report.coverage import coverage
from sscard.conformance.report.document import case_document, case_of, document
from sscard.conformance.report.html import render
from sscard.conformance.report.junit import junit
from sscard.conformance.report.marks import MARKS
from sscard.conformance.report.page import Mark
from sscard.conformance.report.reasons import explained
from sscard.conformance.report.told import RunTold
from sscard.errors import MalformedData
from tests.conformance.report_sample import SECRETS, run_told
from tests.conformance.test_report_page import require_sound
from tests.html_page import Page

RUN = run_told()
PAGE = render(RUN)


def only(*verdicts: Verdict) -> RunTold:
    return replace(RUN, cases=tuple(each for each in RUN.cases if each.verdict in verdicts))


def test_every_verdict_has_a_mark_of_its_own() -> None:
    assert set(MARKS) == set(Verdict)
    assert len({mark.sign for mark in MARKS.values()}) == len(MARKS), "nothing hangs on colour"
    assert len({mark.words for mark in MARKS.values()}) == len(MARKS)


# The page


def test_the_page_is_sound() -> None:
    require_sound(PAGE)


def test_it_says_what_was_found() -> None:
    words = Page(PAGE).text
    for each in (
        "测试密钥 TEST KEYS",
        "✗ 不合格 does not conform 6项中2项不合格 2 of 6 cases judged are wrong",
        "1 min 2 s",
        "SSSE_SAFETY SSSE_SAFETY组 about SSSE_SAFETY ✗ 不合格 failed 4",
        "应为 expected 6982 · 实际 got 9000",
        "6985 的理由",
        "无权限读记录 <b> read without a right",
        "中途断电 power cut in between",
        "未恢复 not as it was : PIN is changed",
        "卡上留下的痕迹 What the run left on the card 痕迹 what 例数 cases 用例 which "
        "PIN is changed 1 key.cut 计数器加一 the counter goes on 1 atr.bytes",
        "破坏性用例，需 --destructive destructive ○ 未执行 not run 1 key.block",
        "缺少条件 needs: psam – 不适用 not applicable 1 key.psam",
        "atr.* 跳过 skip 这种COS如此 this COS does so 1",
        "用例集 cases ABABAB",
    ):
        assert each in words, each
    assert "it is blocked" not in words, "a case that was not run leaves nothing"
    assert "DF07" not in words, "a group without cases is not shown"
    assert "<b>" not in PAGE.split("无权限读记录")[1][:20]


def test_what_was_wrong_is_told_in_full_and_the_rest_in_short() -> None:
    sections = re.findall(r'<section id="(\w+)">(.*?)</section>', PAGE, re.DOTALL)
    by_name = dict(sections)
    for name in ("FAILED", "DEVIATES", "REPORTED"):
        assert "00B2093000" in by_name[name]
        assert "姓名" in by_name[name], "elements are named"
    passed = by_name["passed"]
    assert "准备 get ready  → 9000 +2\n00B2093000  读记录 read EF06" in passed
    assert "→ 9000 +10</pre>" in passed
    assert "→ 3B6D00000081<" in passed
    assert "dialogue" not in passed


@pytest.mark.parametrize("form", ["html", "junit", "json"])
def test_nobody_is_told_of(form: str) -> None:
    forms = {
        "html": PAGE,
        "junit": junit(RUN).decode(),
        "json": json.dumps(document(RUN), ensure_ascii=False),
    }
    text = forms[form]
    assert "00B2093000" in text
    for secret in (*SECRETS, "诸葛验收", "123456"):
        assert secret not in text, secret


def test_of_very_many_the_first_are_told_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "FULL", 2)
    many = [replace(case, id=f"{case.id}.{n}") for n in range(3) for case in RUN.cases]
    page = render(replace(RUN, cases=tuple(many)))
    require_sound(page)
    words = Page(page).text
    assert "What failed 3" in words
    assert "其余 1 例 the other 1" in words, "of three that failed"
    assert page.count('<ol class="steps">') == 2


def test_wrong_data_is_told_by_its_reason() -> None:
    (case,) = (each for each in RUN.cases if each.verdict is Verdict.FAILED)
    steps = [replace(each, why="the length is 3, not 4", got="9000") for each in case.steps]
    run = replace(RUN, cases=(replace(case, steps=tuple(steps)),))
    assert "<mark>the length is 3, not 4</mark> <code>9000</code>" in render(run)
    assert b"the length is 3, not 4" in junit(run)


# Numbers


def test_groups_add_up() -> None:
    table = by_group(RUN)
    assert [row[0] for row in table.rows] == ["ATR", "SSSE_SAFETY", "KEY_VER2"]
    assert sum(int(str(row[3])) for row in table.rows) == len(RUN.cases)
    for row in table.rows:
        assert sum(each or 0 for each in row[4:-1]) == row[3]


@pytest.mark.parametrize(
    ("verdicts", "kind"),
    [
        ((Verdict.PASSED, Verdict.DEVIATES, Verdict.REPORTED), "good"),
        ((Verdict.PASSED, Verdict.NOT_RUN, Verdict.NOT_APPLICABLE), "good"),
        ((Verdict.PASSED, Verdict.FAILED), "bad"),
        ((Verdict.PASSED, Verdict.BROKEN), "bad"),
        ((Verdict.REPORTED,), "calm"),
        ((Verdict.NOT_APPLICABLE,), "warn"),
        ((), "warn"),
    ],
)
def test_the_verdict(verdicts: tuple[Verdict, ...], kind: str) -> None:
    run = only(*verdicts)
    assert verdict(run)[0].kind == kind
    assert is_good(run) is (kind in ("good", "calm"))


def test_what_could_not_be_run_is_no_pass() -> None:
    passed = only(Verdict.PASSED)
    (hindered,) = (each for each in RUN.cases if each.id == "key.block")
    hindered = replace(hindered, unasked=False, reason="precondition")
    run = replace(passed, cases=(*passed.cases, hindered))
    assert verdict(run)[0].words.en == "not complete"
    assert not is_good(run)
    assert not is_good(replace(passed, unfinished=1))


def test_coverage_counts_each_case_once() -> None:
    files, keys, commands = coverage(RUN.cases)
    assert files.rows == (("SSSE / EF06", Mark("bad", "✗", files.rows[0][1].words)),)
    assert files.rows[0][1].words.zh == "1/4"
    assert [str(each) for each in keys.columns] == ["密钥 key", "v2"]
    assert keys.rows[0][0] == "RKSSSE"
    assert commands.rows[0][0] == "EXTERNAL AUTHENTICATE"


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("needs: psam", "缺少条件 needs: psam"),
        (
            "UK1DF01 v1 was refused in a.b and is not tried again",
            "密钥或PIN曾被拒，不再出示 UK1DF01",
        ),
        ("已有中文 in both", "已有中文 in both"),
        ("something else", "something else"),
        ("", ""),
    ],
)
def test_reasons_are_told_in_both_languages(reason: str, told: str) -> None:
    assert explained(reason).startswith(told)
    assert explained(reason).endswith(reason)


# JSON


def test_a_case_comes_back_from_json() -> None:
    for case in RUN.cases:
        again = case_of(json.loads(json.dumps(case_document(case))))
        assert again == replace(case, seconds=round(case.seconds, 6))


@pytest.mark.parametrize("wrong", [{}, {"id": 1}, {"verdict": "good"}])
def test_a_damaged_case_is_refused(wrong: dict[str, object]) -> None:
    whole = case_document(RUN.cases[0])
    found = {**whole, **wrong} if wrong.get("verdict") else wrong
    with pytest.raises(MalformedData, match="no result of a case"):
        case_of(found)


def test_the_document_counts() -> None:
    found = document(RUN)
    counts = Counter(each["verdict"] for each in found["cases"])
    assert {k: v for k, v in found["counts"].items() if v} == counts
    assert found["verdict"] == "does not conform"


# JUnit.  The order and names of the parts as Jenkins, GitLab and GitHub's readers take them.

PARTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "testsuites": ("testsuite",),
        "testsuite": ("properties", "testcase", "system-out", "system-err"),
        "properties": ("property",),
        "property": (),
        "testcase": ("skipped", "error", "failure", "system-out", "system-err"),
        "skipped": (),
        "error": (),
        "failure": (),
        "system-out": (),
    }
)
#: Names that must be there, and those that may.
NAMES: Mapping[str, tuple[set[str], set[str]]] = MappingProxyType(
    {
        "testsuites": ({"name", "tests", "failures", "errors", "time"}, set()),
        "testsuite": (
            {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"},
            set(),
        ),
        "properties": (set(), set()),
        "property": ({"name", "value"}, set()),
        "testcase": ({"name", "classname", "time"}, set()),
        "skipped": ({"message"}, set()),
        "error": ({"message", "type"}, set()),
        "failure": ({"message", "type"}, set()),
        "system-out": (set(), set()),
    }
)
NUMBER = re.compile(r"\d+")
SECONDS = re.compile(r"\d+\.\d{3}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
FORMS = dict.fromkeys(("tests", "failures", "errors", "skipped"), NUMBER) | {
    "time": SECONDS,
    "timestamp": TIME,
}


def require_junit(element: ET.Element) -> None:
    """The schema, as far as readers of JUnit XML agree on one."""
    parts = PARTS[element.tag]
    order = [parts.index(child.tag) for child in element]
    assert order == sorted(order), element.tag
    must, may = NAMES[element.tag]
    assert must <= element.attrib.keys() <= must | may
    for name, form in FORMS.items():
        assert form.fullmatch(element.attrib.get(name, "")) or name not in element.attrib
    for child in element:
        require_junit(child)


def test_junit_keeps_to_the_schema() -> None:
    root = ET.fromstring(junit(RUN))
    require_junit(root)
    suites = root.findall("testsuite")
    assert [suite.get("name") for suite in suites] == ["ATR", "SSSE_SAFETY", "KEY_VER2"]
    for suite in (*suites, root):
        cases = list(suite.iter("testcase"))
        assert suite.get("tests") == str(len(cases))
        assert suite.get("failures") == str(sum(c.find("failure") is not None for c in cases))
        assert suite.get("errors") == str(sum(c.find("error") is not None for c in cases))
    names = [each.get("name") for each in root.iter("testcase")]
    assert len(set(names)) == len(names) == len(RUN.cases)


def test_junit_says_what_was_expected() -> None:
    root = ET.fromstring(junit(RUN))
    (failure,) = root.iter("failure")
    assert "应为 expected 6982, 实际 got 9000" in (failure.get("message") or "")
    assert "00B2093000" in (failure.text or "")
    assert {each.get("message") for each in root.iter("skipped")} == {
        "破坏性用例，需 --destructive destructive",
        "缺少条件 needs: psam",
    }
    assert len(list(root.iter("system-out"))) == 2


def test_what_xml_cannot_write_is_replaced() -> None:
    odd = replace(RUN.cases[-1], id="a\x00b\ud800")
    root = ET.fromstring(junit(replace(RUN, cases=(odd,))))
    assert [each.get("name") for each in root.iter("testcase")] == ["a�b�"]
