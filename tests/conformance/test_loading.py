"""Mistakes in case and quirk files: each is named with its file and its case."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest

from sscard.conformance.case import Case
from sscard.conformance.expectation import Expectation, Verdict
from sscard.conformance.loading import cases_from
from sscard.conformance.packaged import parsed
from sscard.conformance.quirks import apply_quirks, quirks_of
from sscard.errors import ProfileError
from sscard.profiles import load_profile

GEN2 = load_profile("gen2")
_CASE = """
[[case]]
id = "one"
title = ["一", "one"]
group = "ATR"
clause = "ssc 6"
mark = "S"
"""
_TEMPLATE = """
[[template]]
each = "directories"
where = { directory = ["SSSE", "DF01"] }
id = "one.{directory}"
title = ["一 {directory}", "one {directory}"]
group = "ATR"
clause = "ssc 6"
mark = "S"
"""


def _load(text: str) -> tuple[Case, ...]:
    return cases_from([parsed("mine.toml", text)], GEN2)


def _mistake(text: str) -> str:
    with pytest.raises(ProfileError) as caught:
        _load(text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ('{ do = "fly" }', "step 1: there is no action 'fly'; there are: "),
        ("{ }", "step 1: there is no action None"),
        ('{ do = "select" }', "step 1: select needs the field directory"),
        ('{ do = "select", directory = 1 }', "step 1: directory is text, not 1"),
        ('{ do = "power", volts = 5 }', "step 1: power has no field volts; it has: after, data"),
        ('{ do = "key", key = "A", proof = "x" }', "step 1: proof is one of right, wrong, not 'x'"),
        ('{ do = "key", key = "A", challenge = 5 }', "step 1: challenge is 4, 8, 16 or a word"),
        ('{ do = "key", key = "A", version = true }', "step 1: version is a number, not True"),
        ('{ send = "00B2Z" }', "step 1: send: '00B2Z' is not hexadecimal"),
        ('{ send = "00B" }', "step 1: send: '00B' is not hexadecimal"),
        ('{ send = "00{content}" }', "step 1: send: there is no {content}"),
        ('{ send = "00{pin}ZZ" }', "step 1: send: 'ZZ' is not hexadecimal"),
        ('{ send = "00{pin|up}" }', "there is no filter 'up'"),
        ('{ send = "00{" }', "no place"),
        ('{ send = "00", sw = "9x00" }', "step 1: sw: there is no expectation '9x00'"),
        ('{ send = "00", sw = ["FFFF"] }', "step 1: 'FFFF' is no status word"),
        ('{ send = "00", not_sw = "no" }', "step 1: 'no' is no status word"),
        ('{ send = "00", data = "good" }', "step 1: there is no check 'good'; there are: "),
        ('{ do = "pin" }, { do = "pim" }', "step 2: there is no action 'pim'"),
        ('{ tear = "00", look = [{ do = "pim" }] }', "step 1: look 1: there is no action 'pim'"),
        ('{ splice = "shown" }', "splice: the row has no list shown"),
        ('{ do = "pin", when = "granted" }', "when: the row has no granted"),
    ],
)
def test_a_mistake_in_a_step_is_named(step: str, said: str) -> None:
    message = _mistake(f"{_CASE}steps = [{step}]")
    assert message.startswith("mine.toml: case one: ")
    assert said in message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x", "mine.toml: "),
        ("[group]", "mine.toml: [[case]] or [[template]], not 'group'"),
        (f"{_CASE}", "mine.toml: case one: a case has steps"),
        (f"{_CASE}steps = 1", "mine.toml: case one: steps are a list of tables"),
        (f"{_CASE}colour = 1\nsteps = []", "mine.toml: case one: a case has no field colour"),
        (_CASE.replace('"ATR"', '"ATS"'), "mine.toml: case one: there is no group 'ATS'"),
        (_CASE.replace('["一", "one"]', '"one"') + 'steps=[{do="pin"}]', "a title is two texts"),
        (f'{_CASE}needs = ["luck"]\nsteps=[{{do="pin"}}]', "needs: nothing is called 'luck'"),
        (f'{_CASE}destructive = "a bit"\nsteps=[{{do="pin"}}]', "destructive is "),
        (f'{_CASE}about = {{ x = 1 }}\nsteps=[{{do="pin"}}]', "about has: directory, file"),
        (f'{_CASE}each = "files"\nsteps=[{{do="pin"}}]', "a case has none"),
        (_TEMPLATE.replace("directories", "cities"), "there is no 'cities'; there are: "),
        (
            _TEMPLATE.replace("where = { directory", "where = { town") + 'steps=[{do="pin"}]',
            "no town",
        ),
        (_TEMPLATE.replace('{directory}"', '{town}"') + 'steps=[{do="pin"}]', "there is no {town}"),
        (f'{_CASE}steps=[{{do="pin"}}]\n' * 2, "mine.toml: case one: case 'one' is there twice"),
    ],
)
def test_a_mistake_in_a_case_is_named(text: str, said: str) -> None:
    message = _mistake(text)
    assert message.startswith("mine.toml: ")
    assert said in message


def test_a_mistake_in_one_row_of_a_template_names_the_row() -> None:
    message = _mistake(f'{_TEMPLATE}steps = [{{ send = "00{{directory}}" }}]')
    assert message.startswith("mine.toml: template one.{directory} (")
    assert "directory SSSE" in message
    assert "send: '00SSSE' is not hexadecimal" in message


def test_a_template_makes_a_case_of_each_row() -> None:
    cases = _load(f'{_TEMPLATE}steps = [{{ do = "select", directory = "{{directory}}" }}]')
    assert [(case.id, case.about.directory) for case in cases] == [
        ("one.SSSE", "SSSE"),
        ("one.DF01", "DF01"),
    ]
    assert [case.steps[0].text("directory") for case in cases] == ["SSSE", "DF01"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[quirk]]\nallowed = ['6985']", "quirk 1: reason says why"),
        ("[[quirk]]\nreason = 'x'", "says what is judged otherwise"),
        ("[[quirk]]\nreason = 'x'\nsw = ['ok']", "quirk 1: 'ok' is no status word"),
        ("[[quirk]]\nreason = 'x'\nskip = true\ncolour = 1", "quirk 1: no field colour"),
        ("[quirks]", "a quirk file is a list of [[quirk]]"),
    ],
)
def test_a_mistake_in_a_quirk_file_is_named(text: str, said: str) -> None:
    with pytest.raises(ProfileError) as caught:
        quirks_of(parsed("cos.toml", text))
    assert str(caught.value).startswith("cos.toml: ")
    assert said in str(caught.value)


_STEPS = 'steps = [{ send = "00", sw = "any" }, { send = "01", sw = "any", unlike = "deviates" }]'
_NAMED = MappingProxyType(
    {
        "one": Expectation("one", ("6982",), ("6985",)),
        "two": Expectation("two", ("6A82",), ("6A88",)),
    }
)


def _judged(quirk: str) -> tuple[Case, Case]:
    """A case as it was, and as the quirk wants it."""
    (case,) = _load(_CASE + _STEPS)
    steps = zip(case.steps, _NAMED.values(), strict=True)
    plain = replace(case, steps=tuple(replace(step, expected=each) for step, each in steps))
    quirks = quirks_of(parsed("cos.toml", f"[[quirk]]\nreason = 'seen'\n{quirk}"))
    (changed,) = apply_quirks([plain], quirks)
    return plain, changed


@pytest.mark.parametrize(
    ("quirk", "expected"),
    [
        ("cases = 'two*'\nreport = true", ["6982 (allowed: 6985)", "6A82 (allowed: 6A88)"]),
        ("cases = 'o*'\nsw = ['6983']\nstep = 1", ["6983", "6A82 (allowed: 6A88)"]),
        ("expectation = 'one'\nsw = ['6982']", ["6982", "6A82 (allowed: 6A88)"]),
        ("expectation = 'two'\nreport = true", ["6982 (allowed: 6985)", "any"]),
        ("allowed = ['6D00']", ["6982 (allowed: 6985, 6D00)", "6A82 (allowed: 6A88, 6D00)"]),
        ("exact = true", ["6982", "6A82"]),
    ],
)
def test_a_quirk_narrows_or_widens(quirk: str, expected: list[str]) -> None:
    plain, changed = _judged(quirk)
    assert [str(step.expected) for step in changed.steps] == expected
    assert (changed.quirks == ("seen",)) is (changed != plain)


def test_what_is_exact_has_no_doubtful_data() -> None:
    _, changed = _judged("exact = true")
    assert [step.text("unlike") for step in changed.steps] == ["", "fails"]


def test_a_quirk_leaves_a_case_out() -> None:
    quirks = quirks_of(parsed("cos.toml", "[[quirk]]\nreason = 'seen'\nskip = true\ncases = 'one'"))
    (case,) = apply_quirks(_load(f"{_CASE}{_STEPS}"), quirks)
    assert case.skipped == "seen"


@pytest.mark.parametrize(
    ("quirk", "expected"),
    [("allowed = ['9000']", "not 9000"), ("exact = true", "not 9000"), ("sw = ['6982']", "6982")],
)
def test_what_must_not_be_stays_so_where_a_quirk_widens(quirk: str, expected: str) -> None:
    (case,) = _load(_CASE + 'steps = [{ send = "00B2012C12", not_sw = ["9000"] }]')
    quirks = quirks_of(parsed("cos.toml", f"[[quirk]]\nreason = 'seen'\n{quirk}"))
    (changed,) = apply_quirks([case], quirks)
    assert str(changed.steps[0].expected) == expected
    assert changed.steps[0].expected.judge(0x6982) is Verdict.PASSED
