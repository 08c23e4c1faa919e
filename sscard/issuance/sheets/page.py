"""What a printed sheet is made of, and the one HTML document that it becomes.

The document needs no network, is for A4, and repeats heading and columns on every sheet of paper.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from jinja2 import Environment


class Term(NamedTuple):
    """A word on a sheet in both languages."""

    zh: str
    en: str


class Fact(NamedTuple):
    """One line of a sheet's head."""

    term: Term
    text: str


class Column(NamedTuple):
    """A column: ``number`` stands on the right, ``word`` is never broken, ``code`` is even.

    ``sign`` is room for a hand.
    """

    term: Term
    kind: Literal["text", "word", "number", "sign", "code"] = "text"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of as many texts as there are columns; ``total`` is the last, set off.

    ``bars`` are shares of 1 drawn under the last column, one a row.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...] = field(repr=False)
    total: tuple[str, ...] = field(default=(), repr=False)
    bars: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Signature:
    """Somebody who signs, and the lines that are filled in by hand."""

    who: Term
    lines: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One sheet; with a long table it runs over many sheets of paper."""

    title: Term
    facts: tuple[Fact, ...]
    tables: tuple[Table, ...]
    notes: tuple[Term, ...] = ()
    warnings: tuple[Term, ...] = ()
    signatures: tuple[Signature, ...] = ()

    @property
    def running(self) -> str:
        """What stands over the columns on every sheet of paper."""
        told = (fact.text for fact in self.facts if fact.term in (UNIT, BATCH, DATE))
        return "　".join((self.title.zh, *(text for text in told if text)))


BATCH = Term("批次号", "batch")
UNIT = Term("单位", "unit")
DATE = Term("日期", "date")
SERIAL = Column(Term("序号", "no."), "number")
NAME = Column(Term("姓名", "name"), "word")
ID_NUMBER = Column(Term("身份证号", "ID number"), "code")
CARD_NUMBER = Column(Term("社保卡号", "card number"), "code")
MARK = Column(Term("标志", "mark"), "word")
TOTAL = Term("合计", "total")
SIGNED = Term("签字", "signature")
STAMP = Term("盖章", "stamp")


def render(pages: Sequence[Page]) -> str:
    """All pages in one HTML document.  Whatever comes from a list is escaped."""
    return _environment().get_template("sheet.html.j2").render(pages=pages)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    templates = files("sscard.issuance.sheets") / "templates"
    return Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=FunctionLoader(lambda name: (templates / name).read_text(encoding="utf-8")),
    )


def render_with(template: str, **values: object) -> str:
    """A document of another template."""
    return _environment().get_template(template).render(**values)
