"""The page of a run: verdict, groups, coverage, what was wrong in full, the rest in short."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sscard.conformance.case import Text
from sscard.conformance.expectation import Verdict
from sscard.conformance.report.application import application_table
from sscard.conformance.report.counting import by_group, tiles, verdict
from sscard.conformance.report.coverage import coverage
from sscard.conformance.report.marks import MARKS, TOLD, by_status, said
from sscard.conformance.report.page import Fact, Head, Table, Words, environment
from sscard.conformance.report.told import CaseTold, RunTold, StepTold
from sscard.trace.row import Direction, Row

#: Cases that are told in full: browsers stay quick.  The other forms have all of them.
FULL = 1000
#: Digits of a command that the short form shows.
_SHOWN = 40
_STATUS = 4
#: Rows of one command with its answer.
_EXCHANGE = 2
_PHASES = {"setup": Words("准备", "before"), "restore": Words("恢复", "put back")}
_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Section:
    """Cases with one verdict: those whose dialogues are told in full, and others if many."""

    verdict: Verdict
    words: Words
    full: tuple[CaseTold, ...]
    rest: tuple[CaseTold, ...]


_SECTIONS = {
    Verdict.FAILED: Words("不合格项", "What failed"),
    Verdict.BROKEN: Words("无应答项", "What was not answered"),
    Verdict.DEVIATES: Words("有差异但允许", "What deviates and is allowed"),
    Verdict.REPORTED: Words("仅记录项", "What is only reported"),
}


def render(run: RunTold) -> str:
    """The page.  A pure function of ``run``."""
    template = environment().get_template("conformance.html.j2")
    return template.render(
        head=_head(run),
        groups=by_group(run),
        coverage=coverage(run.cases),
        sections=tuple(_sections(run.cases)),
        passed=tuple(_passed(run)),
        left_out=_left_out(run.cases),
        quirks=_quirks(run),
        application=application_table(run.application) if run.application else None,
        run=run,
        marks=MARKS,
        short=short,
        phases=_PHASES,
        by_status=by_status,
        seen=_seen,
    )


def short(steps: Iterable[StepTold]) -> str:
    """A line for each step: what was sent and what came back, or what the step did."""
    return "\n".join(_line(step) for step in steps)


def _line(step: StepTold) -> str:
    if not step.rows:
        return said(step.doing)
    first, last = step.rows[0], step.rows[-1]
    one = len(step.rows) <= _EXCHANGE and first.direction is Direction.TO_CARD
    asked = _command(first) if one else said(step.doing)
    return f"{asked}  → {_heard(last)}"


def _command(row: Row) -> str:
    digits = row.shown if len(row.shown) <= _SHOWN else row.shown[:_SHOWN] + "…"
    return f"{digits}  {row.meaning}"


def _heard(row: Row) -> str:
    """The status word and how many bytes are before it; what has none as a whole."""
    status = row.shown[-_STATUS:]
    if not status or not row.meaning.startswith(status):
        return row.shown or row.meaning
    size = (len(row.shown) - _STATUS) // 2
    return f"{status} +{size}" if size else status


def _head(run: RunTold) -> Head:
    mark, told = verdict(run)
    facts = (
        *run.identity,
        Fact(Words("配置", "profile"), run.profile),
        Fact(Words("范围", "preset"), run.preset),
        Fact(Words("时间", "time"), f"{run.begun:%Y-%m-%d %H:%M:%S}"),
        Fact(Words("用时", "took"), _duration(run.seconds)),
        Fact(Words("版本", "version"), f"sscard {run.version}"),
    )
    banner = Words("测试密钥", "TEST KEYS: a simulated card") if run.test_keys else None
    title = Words("社会保障卡一致性检测报告", "Conformance report of a social security card")
    return Head(title, mark, told, facts, tiles(run), banner)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(seconds, _MINUTE)
    return f"{minutes:.0f} min {rest:.0f} s" if minutes else f"{rest:.1f} s"


def _sections(cases: Sequence[CaseTold]) -> Iterator[Section]:
    room = FULL
    for each in TOLD:
        found = tuple(case for case in cases if case.verdict is each)
        if found:
            yield Section(each, _SECTIONS[each], found[:room], found[room:])
        room = max(0, room - len(found))


def _seen(case: CaseTold) -> str:
    """What the card answered where it was not as it must be."""
    found = (step.got for step in case.steps if step.verdict is case.verdict)
    return " ".join(each for each in found if each)


def _passed(run: RunTold) -> Iterator[tuple[str, Text, tuple[CaseTold, ...]]]:
    """What passed, by group."""
    titles = {each.name: each.title for each in run.groups}
    names = dict.fromkeys([*titles, *(case.group for case in run.cases)])
    passed = [case for case in run.cases if case.verdict is Verdict.PASSED]
    for name in names:
        found = tuple(case for case in passed if case.group == name)
        if found:
            yield name, titles.get(name, Text("", "")), found


def _left_out(cases: Sequence[CaseTold]) -> Table:
    """What was not run or does not apply, one row for each reason."""
    found: dict[tuple[Verdict, str], list[str]] = {}
    for case in cases:
        if case.verdict in (Verdict.NOT_RUN, Verdict.NOT_APPLICABLE):
            found.setdefault((case.verdict, case.reason), []).append(case.id)
    columns = (
        Words("原因", "why"),
        Words("结果", "result"),
        Words("例数", "cases"),
        Words("用例", "which"),
    )
    rows = tuple(
        (reason, MARKS[verdict], len(ids), ", ".join(ids))
        for (verdict, reason), ids in found.items()
    )
    label = Words("未执行与不适用", "What was not run, and why")
    return Table(label, columns, rows, frozenset({2}), frozenset({3}))


def _quirks(run: RunTold) -> Table:
    columns = (
        Words("用例", "cases"),
        Words("改为", "expected instead"),
        Words("理由", "reason"),
        Words("例数", "cases changed"),
    )
    rows = tuple((each.cases, each.change, each.reason, each.count) for each in run.quirks)
    label = Words("所用例外规则", "Quirks that were applied")
    return Table(label, columns, rows, frozenset({3}), frozenset({0}))
