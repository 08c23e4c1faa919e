"""Every element of every file of every packaged profile: what is written is what is read.

The strategy of an element is made from its declaration, so that a new element needs no test.
"""

from __future__ import annotations

import json
import string
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sscard.errors import MalformedData
from sscard.profiles import Element, File, load_profile, profile_names
from sscard.profiles.codecs import CODECS
from sscard.profiles.divisions import divisions
from sscard.profiles.loader import overlay_names

_GBK = st.characters(codec="gbk", exclude_categories=("Cc",))
_UPPER = string.digits + string.ascii_uppercase
_DIVISIONS = st.sampled_from([code for code in divisions() if code.isdigit()])
_ANY_HEX = {size: st.binary(min_size=size, max_size=size) for size in range(1, 20)}


def values(element: Element) -> st.SearchStrategy[Any]:
    """Values that ``element`` takes, in the form in which it decodes them."""
    if element.elements:
        return _parts(element)
    if element.codes is not None:
        return _codes(element)
    return LEAVES[element.codec or ""](element)


def _parts(element: Element) -> st.SearchStrategy[Any]:
    always = {p.name: values(p) for p in element.elements if p.type == "b" and p.counts}
    others = {p.name: values(p) for p in element.elements if p.name not in always}
    every = st.fixed_dictionaries(always, optional=others)
    return every.filter(lambda value: element.encode(value) != element.fill)  # zeros are nothing


def _codes(element: Element) -> st.SearchStrategy[str]:
    table = element.codes
    assert table is not None
    inside = [
        st.integers(int(each.first), int(each.last)).map(f"{{:0{len(each.first)}d}}".format)
        for each in table.ranges
    ]
    return st.one_of(st.sampled_from(table.samples), *inside)


def _text(element: Element) -> st.SearchStrategy[str]:
    last = chr(element.field.padding)
    return (
        st.text(_GBK, min_size=1, max_size=element.size)
        .map(lambda text: text.encode("gbk")[: element.size].decode("gbk", "ignore"))
        .map(lambda text: text.rstrip(last))
        .filter(bool)
    )


def _digits(element: Element) -> st.SearchStrategy[str]:
    room = element.size * (2 if element.type == "cn" else 1)
    return st.text(string.digits, min_size=1, max_size=room)


def _numbers(element: Element) -> st.SearchStrategy[int]:
    each = {"cn": 100, "an": 10, "b": 256}[element.field.type]
    return st.integers(0, each**element.size - 1)


def _hex(element: Element) -> st.SearchStrategy[str]:
    raw = st.binary(min_size=element.size, max_size=element.size)
    return raw.filter(lambda found: found != element.fill).map(lambda found: found.hex().upper())


def _blob(element: Element) -> st.SearchStrategy[str]:
    raw = st.binary(min_size=1, max_size=min(element.size, 100)).map(lambda b: b.rstrip(b"\0"))
    return raw.filter(bool).map(lambda found: found.hex().upper())


def _card_id(_: Element) -> st.SearchStrategy[str]:
    return st.builds(
        lambda city, rest: f"{city}D156000005{rest.hex().upper()}", _DIVISIONS, _ANY_HEX[8]
    )


def _organization(_: Element) -> st.SearchStrategy[str]:
    return st.builds(
        lambda issuing, initializing, last: f"9156000002{issuing}{initializing}{last:02X}",
        _DIVISIONS,
        _DIVISIONS,
        st.integers(0, 255),
    )


LEAVES = {
    "text": _text,
    "digits": _digits,
    "number": _numbers,
    "fen": _numbers,
    "hex": _hex,
    "blob": _blob,
    "card_id": _card_id,
    "organization": _organization,
    "date": lambda _: st.dates().map(lambda day: day.isoformat()),
    "datetime": lambda _: st.datetimes().map(lambda t: t.replace(microsecond=0).isoformat()),
    "division": lambda _: _DIVISIONS,
    "card_number": lambda _: st.text(_UPPER, min_size=9, max_size=9),
    "person_number": lambda _: st.text(_UPPER, min_size=18, max_size=18),
}


def _layout(element: Element) -> str:
    """What decides about the bytes: elements that agree in it need one test."""
    about = {"type", "size", "codec", "filler", "tag"}
    own = element.model_dump(include=about) | {"codes": element.codes and element.codes.name}
    return json.dumps([own, [[p.name, _layout(p)] for p in element.elements]], sort_keys=True)


SPECS = [*profile_names(), *(f"gen3+{region}" for region in overlay_names()["region"])]
FILES = [
    (f"{spec}.{directory.name}.{file.fid:04X}", file)
    for spec in SPECS
    for directory in load_profile(spec).directories
    for file in directory.files
    if file.elements
]
_WHOLE = [(f"{at}.{e.name}", e) for at, file in FILES for e in file.elements]
_INNER = [(f"{at}.{p.name}", p) for at, e in _WHOLE for p in e.elements]
ELEMENTS = {_layout(e): pytest.param(e, id=at) for at, e in reversed(_WHOLE + _INNER)}.values()
DIFFERENT_FILES = {
    (f.structure, f.records, f.size, *((e.name, e.repeat, _layout(e)) for e in f.elements)): (at, f)
    for at, f in reversed(FILES)
}.values()


def test_every_codec_has_a_strategy() -> None:
    assert LEAVES.keys() == CODECS.keys()


@pytest.mark.parametrize("element", ELEMENTS)
@settings(max_examples=20)
@given(st.data())
def test_an_element_reads_what_it_wrote(element: Element, data: st.DataObject) -> None:
    value = data.draw(values(element))
    content = element.encode(value)
    assert len(content) == element.size
    assert element.decode(content) == value
    assert element.unframed(element.framed(content)) == content


@pytest.mark.parametrize("element", ELEMENTS)
@settings(max_examples=20)
@given(st.data())
def test_any_bytes_decode_or_are_malformed(element: Element, data: st.DataObject) -> None:
    exact = st.binary(min_size=element.size, max_size=element.size)
    raw = data.draw(st.one_of(st.binary(max_size=40), exact))
    with suppress(MalformedData):
        found = element.decode(raw)
        assert isinstance(element.doubt(found or ""), str)


def _file_values(file: File) -> st.SearchStrategy[dict[str, Any]]:
    each = {}
    for element in file.elements:
        copies = file.records or element.repeat
        one = values(element)
        each[element.name] = one if copies == 1 else st.lists(one, min_size=1, max_size=copies)
    return st.fixed_dictionaries({}, optional=each)


@pytest.mark.parametrize("file", [pytest.param(file, id=at) for at, file in DIFFERENT_FILES])
@settings(max_examples=5)
@given(st.data())
def test_a_file_reads_what_it_wrote(file: File, data: st.DataObject) -> None:
    wanted = data.draw(_file_values(file))
    read: dict[str, Any] = {}
    for number, record in file.encode(wanted):
        number, record = (1, record.ljust(file.size, b"\0")) if file.size else (number, record)
        for name, value in file.decode_record(number, record).items():
            several = isinstance(wanted.get(name), list)
            read[name] = [*read.get(name, []), value] if several else value
    defaults = {e.name: e.default for e in file.elements if e.default is not None}
    assert read == defaults | wanted
