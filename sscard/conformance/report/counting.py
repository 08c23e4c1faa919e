"""Numbers of a run: by verdict, by group, and whether the card passes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from sscard.conformance.expectation import Verdict
from sscard.conformance.report.marks import JUDGED, MARKS, WRONG
from sscard.conformance.report.page import Mark, Table, Tile, Words
from sscard.conformance.report.told import CaseTold, RunTold

_ORDER = tuple(MARKS)


def counted(cases: Iterable[CaseTold]) -> Counter[Verdict]:
    """How many cases came out how."""
    return Counter(case.verdict for case in cases)


def tiles(run: RunTold) -> tuple[Tile, ...]:
    """One for each verdict, the bad ones first."""
    counts = counted(run.cases)
    return tuple(Tile(MARKS[each].kind, counts[each], MARKS[each].words) for each in _ORDER)


def hindered(cases: Iterable[CaseTold]) -> int:
    """How many cases should have been run and could not be."""
    return sum(case.verdict is Verdict.NOT_RUN and not case.unasked for case in cases)


def is_good(run: RunTold) -> bool:
    """Whether the card passes: nothing is wrong, nothing was hindered, something was seen."""
    return verdict(run)[0].kind in ("good", "calm")


def verdict(run: RunTold) -> tuple[Mark, Words]:
    """What the run says of the card, and a sentence about it."""
    counts = counted(run.cases)
    judged = sum(counts[each] for each in JUDGED)
    wrong = sum(counts[each] for each in WRONG)
    if wrong:
        told = Words(f"{judged}项中{wrong}项不合格", f"{wrong} of {judged} cases judged are wrong")
        return Mark("bad", "✗", Words("不合格", "does not conform")), told
    if run.application and not all(line.agrees for line in run.application.lines):
        told = Words("申请与卡不符", "the application does not agree with the card")
        return Mark("bad", "✗", Words("不合格", "does not conform")), told
    if run.unfinished:
        told = Words(f"还有{run.unfinished}项未执行", f"{run.unfinished} cases are still to be run")
        return Mark("warn", "…", Words("未完成", "not finished")), told
    if left := hindered(run.cases):
        told = Words(f"{left}项无法执行", f"{left} cases could not be run")
        return Mark("warn", "…", Words("不完整", "not complete")), told
    if not judged:
        told = Words("没有一项可判定", "no case could be judged")
        return Mark("warn", "?", Words("无结论", "no conclusion")), told
    reported = counts[Verdict.REPORTED]
    told = Words(
        f"{judged - reported}项全部合格或允许，{reported}项仅记录",
        f"all of {judged - reported} passed or are allowed, {reported} are reported only",
    )
    if judged == reported:
        return MARKS[Verdict.REPORTED], told
    return Mark("good", "✓", Words("合格", "conforms")), told


def by_group(run: RunTold) -> Table:
    """A row for each group in order, a column for each verdict that occurs."""
    used = [each for each in _ORDER if counted(run.cases)[each]]
    columns = (
        Words("组", "group"),
        Words("内容", "what it is about"),
        Words("结果", "result"),
        Words("例数", "cases"),
        *(MARKS[each].words for each in used),
        Words("用时（秒）", "seconds"),
    )
    rows = tuple(_group(run, name, used) for name in _groups(run))
    numeric = frozenset(range(3, len(columns)))
    return Table(Words("分组结果", "Results by group"), columns, rows, numeric, frozenset({0}))


def _groups(run: RunTold) -> list[str]:
    """Those that have cases, in the standard's order; unknown ones last."""
    order = [each.name for each in run.groups]
    used = dict.fromkeys(case.group for case in run.cases)
    return [*(name for name in order if name in used), *(used.keys() - set(order))]


def _group(run: RunTold, name: str, used: list[Verdict]) -> tuple[object, ...]:
    cases = [case for case in run.cases if case.group == name]
    counts = counted(cases)
    titles = {each.name: each.title for each in run.groups}
    seconds = sum(case.seconds for case in cases)
    numbers = (counts[each] or None for each in used)
    return (
        name,
        Words(*titles[name]) if name in titles else "",
        worst(counts),
        len(cases),
        *numbers,
        f"{seconds:.1f}",
    )


def worst(counts: Counter[Verdict]) -> Mark:
    """The mark of several cases together: the first in order that occurs."""
    ranked = (*WRONG_FIRST, Verdict.PASSED, Verdict.NOT_RUN, Verdict.NOT_APPLICABLE)
    return next((MARKS[each] for each in ranked if counts[each]), MARKS[Verdict.NOT_APPLICABLE])


WRONG_FIRST = (Verdict.FAILED, Verdict.BROKEN, Verdict.DEVIATES, Verdict.REPORTED)
