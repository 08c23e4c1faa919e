"""``ssc_conformance``: a test for each case or group, against whatever takes bytes."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest

from sscard.pytest_plugin.conformance import Chosen
from tests.test_pytest_plugin import run_tests

TESTS = """
import pytest

few = pytest.mark.ssc_conformance("gen2", cases=["atr.form", "KEY_VER1.UKSSSE"])
reads = dict(groups=["SSSE_RECORD"], cases=["*.EF0[56].[12]"])

@few
def test_each(ssc_conformance, ssc_card):
    ssc_conformance(ssc_card, test_keys=True)

@few
def test_without_keys(ssc_conformance, ssc_card):
    ssc_conformance(ssc_card)

@pytest.mark.ssc_conformance("gen2", per="group", **reads)
def test_group(ssc_conformance, ssc_card):
    ssc_conformance(ssc_card.transmit, reset=ssc_card.reset, pin="123456")

@pytest.mark.ssc_conformance("gen2", **reads)
def test_wrong(ssc_conformance, ssc_card):
    def transmit(command):
        answer = ssc_card.transmit(command)
        return answer[:-3] + bytes((answer[-3] ^ 1,)) + answer[-2:] if len(answer) > 30 else answer
    ssc_conformance(transmit, reset=ssc_card.reset, test_keys=True)

@pytest.mark.ssc_conformance(cases=["SSSE_SAFETY.EF07.read.PIN*"])
def test_pin(ssc_conformance, ssc_card):
    ssc_conformance(ssc_card, pin="654321")

@few
def test_no_power(ssc_conformance, ssc_card):
    ssc_conformance(ssc_card.transmit)
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], str]:
    """Each test with how it ended, and everything that was printed."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "test_it.py").write_text(TESTS, encoding="utf-8")
    text = run_tests(folder, "-vv", "-rs").stdout
    found = re.findall(r"test_it\.py::(\S+) (PASSED|FAILED|SKIPPED|ERROR)", text)
    return dict(found), text


def ended(outcomes: tuple[dict[str, str], str], name: str) -> dict[str, str]:
    found = {
        each.partition("[")[2].rstrip("]"): how
        for each, how in outcomes[0].items()
        if each.startswith(f"{name}[")
    }
    assert found, outcomes[1]
    return found


def test_a_test_for_each_case(outcomes: tuple[dict[str, str], str]) -> None:
    assert ended(outcomes, "test_each") == {"atr.form": "PASSED", "KEY_VER1.UKSSSE": "PASSED"}


def test_no_key_is_shown_that_nobody_gave(outcomes: tuple[dict[str, str], str]) -> None:
    found = ended(outcomes, "test_without_keys")
    assert found == {"atr.form": "PASSED", "KEY_VER1.UKSSSE": "SKIPPED"}
    assert "缺少条件 needs: key" in outcomes[1]


def test_a_test_for_each_group_over_two_functions(outcomes: tuple[dict[str, str], str]) -> None:
    assert ended(outcomes, "test_group") == {"SSSE_RECORD": "PASSED"}


def test_a_wrong_card_fails_with_the_dialogue(outcomes: tuple[dict[str, str], str]) -> None:
    assert "FAILED" in ended(outcomes, "test_wrong").values()
    text = outcomes[1]
    assert re.search(r"✗ SSSE_RECORD\.\S+: ", text)
    assert "读记录 read EF0" in text
    assert "张三" not in text
    assert "张三".encode("gbk").hex().upper() not in text


def test_a_pin_that_is_refused_is_shown_once(outcomes: tuple[dict[str, str], str]) -> None:
    found = list(ended(outcomes, "test_pin").values())
    assert found[0] == "FAILED"
    assert set(found[1:]) <= {"SKIPPED"}


def test_a_function_alone_has_no_power(outcomes: tuple[dict[str, str], str]) -> None:
    assert set(ended(outcomes, "test_no_power").values()) == {"FAILED"}
    assert "give reset=" in outcomes[1]


@pytest.mark.parametrize(
    ("words", "options", "why"),
    [
        (("gen9",), {}, "gen9"),
        ((), {"preset": "half"}, "no suite 'half'"),
        ((), {"per": "card"}, "per is one of case, group"),
        ((), {"cards": []}, "cards"),
    ],
)
def test_a_wrong_marker_says_what_is_wrong(
    words: tuple[str, ...], options: dict[str, object], why: str
) -> None:
    mark = SimpleNamespace(args=words, kwargs=options)
    with pytest.raises(pytest.UsageError, match=why):
        Chosen.of(mark).tests()
