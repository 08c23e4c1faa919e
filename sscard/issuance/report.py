"""``report.html``: what a run did, on one page that needs nothing else.

No name, ID number or account stands in it, so it can be passed on; ``issued.csv`` cannot.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from sscard.durable import replace_file
from sscard.issuance.report_data import CardResult, Outcome, RunReport

if TYPE_CHECKING:
    from jinja2 import Environment

#: Lines in the table of cards: browsers stay quick.  The ledger has all of them.
TABLE_LIMIT = 5000

_LAYERS = {"profile": "配置", "region": "地区", "bank": "银行", "supplement": "补充文件"}
_UNEVENTFUL = (Outcome.ISSUED, Outcome.ISSUED_BEFORE)


def render(report: RunReport) -> str:
    """The page as HTML.  A pure function of ``report``."""
    shown = _shown(report.cards)
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            cards=shown,
            hidden=len(report.cards) - len(shown),
            outcomes=tuple(Outcome),
            slowest=max((phase.seconds for phase in report.phases), default=0.0),
            phase_seconds=sum(phase.seconds for phase in report.phases),
        )
    )


def write_report(path: Path, report: RunReport) -> None:
    """Put the page at ``path`` in one step.  Raises OSError."""
    replace_file(path, render(report).encode())


def folded(names: Iterable[str]) -> list[str]:
    """Names once each, in order, the versions of a key together: ``IRK v1, v2``."""
    versions: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        stem, mark, version = name.rpartition(" v")
        if mark and version.isdecimal():
            versions.setdefault(stem, []).append(f"v{version}")
        else:
            versions.setdefault(name, [])
    return [f"{stem} {', '.join(found)}".rstrip() for stem, found in versions.items()]


def _shown(cards: tuple[CardResult, ...]) -> list[CardResult]:
    # Where not all fit, those somebody has to look at come first.
    if len(cards) > TABLE_LIMIT:
        cards = tuple(sorted(cards, key=lambda card: card.outcome in _UNEVENTFUL))[:TABLE_LIMIT]
    return sorted(cards, key=lambda card: card.row)


def environment() -> Environment:
    """Where pages come from: the templates of this package; whatever they show is escaped."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    templates = files("sscard.issuance") / "templates"
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=FunctionLoader(lambda name: (templates / name).read_text(encoding="utf-8")),
    )
    environment.filters["folded"] = folded
    environment.filters["layer_zh"] = lambda kind: _LAYERS.get(kind, kind)
    return environment
