"""Every packaged layout: its example is the file, and any records come back as they went."""

from __future__ import annotations

import io
import tracemalloc
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sscard.issuance.citizen_number import check_character
from sscard.issuance.exchange import (
    Limits,
    ListError,
    ListLayout,
    Source,
    check_list,
    encode,
    load_list_layout,
    packaged_layouts,
)
from sscard.issuance.exchange.layout import ListField
from sscard.issuance.exchange.values import BadValue, require_no_utf8

LAYOUTS = {name: load_list_layout(name) for name in packaged_layouts()}
each_layout = pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)


def example_file(layout: ListLayout) -> bytes:
    text = layout.example.file.replace("\n", layout.end_of_line.decode())
    return text.encode(layout.encoding)


def filled(layout: ListLayout, record: dict[str, str]) -> dict[str, str]:
    """What a reader gives for a record: constants and counts, too, and nothing for the rest."""
    constants = {each.name: each.value for each in layout.fields if each.value}
    return {**{each.name: "" for each in layout.fields}, **constants, **record}


def written(layout: ListLayout, records: Any, header: Any = None) -> bytes:
    return b"".join(encode(layout, records, header))


@each_layout
def test_the_example_is_the_file(layout: ListLayout) -> None:
    example = layout.example
    assert written(layout, example.records, example.header) == example_file(layout)


@each_layout
def test_the_file_is_the_example(layout: ListLayout) -> None:
    checked = check_list(Source.within("list", example_file(layout)), layout)
    assert checked.findings == ()
    assert checked.count == len(layout.example.records)
    counts = {each.name for each in layout.fields if each.form == "count"}
    for found, wanted in zip(checked.records(), layout.example.records, strict=True):
        values = {name: text for name, text in found.values.items() if name not in counts}
        full = filled(layout, wanted)
        assert values == {name: text for name, text in full.items() if name not in counts}
    for name, text in layout.example.header.items():
        assert checked.header[name] == text


@each_layout
def test_a_layout_says_where_it_is_from(layout: ListLayout) -> None:
    assert layout.source
    assert layout.mark in ("S", "T", "2+", "1", "I", "assumed")
    for _, fields in layout.sections():
        assert all(field.zh and field.en for field in fields)


def texts(field: ListField, layout: ListLayout) -> st.SearchStrategy[str]:
    longest = field.longest or 40
    if field.width:
        longest = field.width // 4 or 1  # GB18030 has four bytes for some
    banned = getattr(layout.shape, "delimiter", "")
    narrow = field.width is not None and field.width < 4
    alphabet = st.characters(
        codec="ascii" if narrow else layout.encoding,
        exclude_categories=("Cc", "Cs"),
        exclude_characters=banned + "\ufeff\ufffe\uffff",
    )
    found = st.text(alphabet, min_size=1, max_size=min(longest, 12)).map(str.strip)
    return found.filter(lambda text: not taken_for_utf8(text, layout.encoding))


def taken_for_utf8(text: str, encoding: str) -> bool:
    try:
        require_no_utf8(text, encoding)
    except BadValue:
        return True
    return False


def id_numbers() -> st.SearchStrategy[str]:
    bodies = st.from_regex("[1-9][0-9]{16}", fullmatch=True)
    return bodies.map(lambda body: body + check_character(body))


def values(field: ListField, layout: ListLayout) -> st.SearchStrategy[str]:
    longest = min(field.longest or 40, field.width or 40)
    forms: dict[str, st.SearchStrategy[str]] = {
        "text": texts(field, layout),
        "digits": st.text("0123456789", min_size=1, max_size=longest),
        "hex": st.text("0123456789ABCDEF", min_size=1, max_size=longest),
        "date": st.dates(min_value=date(1880, 1, 1)).map(date.isoformat),
        "code": st.sampled_from(sorted(field.codes) or [""]),
        "id_number": id_numbers(),
    }
    found = forms[field.form]
    if field.required:
        return found.filter(bool)
    return st.just("") | found


def records(layout: ListLayout) -> st.SearchStrategy[list[dict[str, str]]]:
    open_fields = [f for f in layout.fields if f.value is None and f.form != "count"]
    one = st.fixed_dictionaries({f.name: values(f, layout) for f in open_fields})
    alone = layout.shape.form == "xml" and layout.shape.root is None
    return st.lists(
        one,
        min_size=1,
        max_size=1 if alone else 4,
        unique_by=lambda record: tuple(record[name] for name in layout.key),
    )


@each_layout
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_records_come_back(layout: ListLayout, data: st.DataObject) -> None:
    wanted = data.draw(records(layout))
    header = {
        field.name: data.draw(values(field, layout).filter(bool))
        for field in layout.header
        if field.value is None and field.form != "count"
    }
    first = layout.trailer[0].value if layout.trailer else None
    if any(record[layout.record[0].name] == first for record in wanted):
        return
    raw = written(layout, wanted, header)
    assert written(layout, wanted, header) == raw
    checked = check_list(Source.within("list", raw), layout)
    assert checked.findings == ()
    counts = {each.name for each in layout.fields if each.form == "count"}
    found = [
        {name: text for name, text in record.values.items() if name not in counts}
        for record in checked.records()
    ]
    full = [filled(layout, record) for record in wanted]
    assert found == [{n: t for n, t in each.items() if n not in counts} for each in full]


@each_layout
@settings(max_examples=15, deadline=None)
@given(raw=st.binary(max_size=200))
def test_any_bytes_are_a_list_or_findings(layout: ListLayout, raw: bytes) -> None:
    checked = check_list(Source.within("list", raw), layout, Limits(line=100))
    if not checked.sound:
        with pytest.raises(ListError):
            next(checked.records())


@each_layout
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_a_list_or_findings(layout: ListLayout, data: st.DataObject) -> None:
    raw = bytearray(example_file(layout))
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    checked = check_list(Source.within("list", bytes(raw)), layout)
    for finding in checked.findings:
        for record in layout.example.records:
            for value in (record.get("name"), record.get("id_number")):
                assert not value or value not in str(finding)


class NoEnd(io.RawIOBase):
    """A file that goes on for ever, and what was taken of it."""

    def __init__(self, head: bytes, piece: bytes) -> None:
        super().__init__()
        self.taken, self._head, self._piece = 0, head, piece

    def read(self, size: int | None = -1, /) -> bytes:
        if self.taken > 1 << 26:
            return b""
        raw, self._head = self._head or self._piece * ((size or 1) // len(self._piece) + 1), b""
        self.taken += len(raw)
        return raw

    def readline(self, size: int | None = -1, /) -> bytes:
        return self.read(size)[:size]


@pytest.mark.parametrize(
    ("name", "head", "piece"),
    [
        ("unit-application", b"", b"a"),
        ("machine-stock", b"[\n", b"a"),
        ("writer-holder", b"<ROOT><XM>", b"a"),
        ("writer-holder", b"<ROOT><!--", b"a"),
        ("service-card-completed", b'<p><s xm="', b"a"),
        ("service-card-completed", b"<p>", b"<s>"),
    ],
)
def test_a_line_without_end_is_not_read_to_its_end(name: str, head: bytes, piece: bytes) -> None:
    stream = NoEnd(head, piece)
    tracemalloc.start()
    checked = check_list(Source("list", lambda: stream), LAYOUTS[name])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert not checked.sound
    assert peak < 8 << 20


#: The six columns of a group application are public; it asks for first cards only (issuance 3, F).
WITHOUT_MARK = {"unit-application"}


@each_layout
def test_every_list_of_people_of_ours_says_who_gets_another_card(layout: ListLayout) -> None:
    fields = {each.name: each for each in layout.record}
    if "the form is ours" not in layout.source or "id_number" not in fields:
        return
    assert ("mark" in fields) == (layout.name not in WITHOUT_MARK)
    if "mark" in fields:
        assert fields["mark"].required
        assert {"新增": "new", "补换": "replacement"}.items() <= fields["mark"].codes.items()


def test_there_is_a_list_for_everything_that_is_handed_on() -> None:
    ours = {each.kind for each in LAYOUTS.values() if "the form is ours" in each.source}
    wanted = "applicants unit-application bank-request bank-answer card-making print-file"
    wanted += " stripe-file hand-over spoiled destroyed labels receipt overdue return-success"
    wanted += " return-failure account-opening number-correspondence returned-records stock"
    wanted += " progress fees"
    assert ours == set(wanted.split())
