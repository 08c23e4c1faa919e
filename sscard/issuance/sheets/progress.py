"""任务进度表: how far each region is, by round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sscard.issuance.sheets.page import DATE, TOTAL, Column, Fact, Page, Table, Term, render

ROUNDS = 5
_DIGITS = "一二三四五"


@dataclass(frozen=True, slots=True)
class RegionProgress:
    """Cards of one region: expected, and made in each round; a round that was not is None."""

    region: str
    expected: int
    rounds: tuple[int | None, ...]

    def __post_init__(self) -> None:
        if len(self.rounds) != ROUNDS:
            raise ValueError(f"there are {ROUNDS} rounds")

    @property
    def made(self) -> int:
        """All rounds together."""
        return sum(each or 0 for each in self.rounds)


def progress_sheet(day: str, regions: Sequence[RegionProgress]) -> str:
    """The table of all regions, with what is left and the share that is done."""
    rounds = (Term(f"第{digit}轮", f"round {n}") for n, digit in enumerate(_DIGITS, start=1))
    columns = (
        Column(Term("地区", "region")),
        Column(Term("应制", "expected"), "number"),
        *(Column(term, "number") for term in rounds),
        Column(TOTAL, "number"),
        Column(Term("剩余", "left"), "number"),
        Column(Term("完成", "done"), "number"),
    )
    rows = tuple(_row(each) for each in regions)
    total = RegionProgress(
        TOTAL.zh,
        sum(each.expected for each in regions),
        tuple(_sum([each.rounds[n] for each in regions]) for n in range(ROUNDS)),
    )
    bars = tuple(min(_share(each), 1.0) for each in regions)
    more = [each.region for each in regions if each.made > each.expected]
    warnings = tuple(Term(f"{name}：已制多于应制", "more were made than expected") for name in more)
    page = Page(
        Term("任务进度表", "progress by region and round"),
        (Fact(DATE, day), Fact(Term("地区数", "regions"), str(len(regions)))),
        (Table(columns, rows, _row(total), bars),),
        warnings=warnings,
    )
    return render([page])


def _sum(counts: Sequence[int | None]) -> int | None:
    """Of a round that was nowhere there is none."""
    made = [count for count in counts if count is not None]
    return sum(made) if made else None


def _share(each: RegionProgress) -> float:
    return each.made / each.expected if each.expected else 1.0


def _row(each: RegionProgress) -> tuple[str, ...]:
    rounds = ("" if count is None else f"{count:,}" for count in each.rounds)
    # Cut, not rounded: 100 % is said only of a region that is done.
    done = f"{int(1000 * _share(each)) / 10:.1f} %"
    left = f"{each.expected - each.made:,}"
    return (each.region, f"{each.expected:,}", *rounds, f"{each.made:,}", left, done)
