"""Lines of the key service: what is built parses to the same, and any bytes parse or raise."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.errors import KeyStoreError, MalformedData
from sscard.keys import Factors, KeyReference
from sscard.keys.key_table import KEYS
from sscard.keys.operations import KeyNotHeld, Mode, Request
from sscard.keys.stores.service import answers, requests, wire
from sscard.keys.stores.service.addresses import at_address
from sscard.keys.stores.service.messages import (
    CardKeys,
    ChannelKeys,
    CheckValue,
    Compute,
    DebitKey,
    DebitKeySM4,
    Greeting,
    Hello,
    OfficeString,
    PersonHash,
    Refusal,
    Translate,
    TransportMAC,
    Values,
)
from sscard.keys.stores.service.refusals import Code, Refused
from sscard.keys.stores.service.token import Token
from sscard.keys.stores.service.union_strings import parse as parse_string

eights = st.binary(min_size=8, max_size=8)
names = st.text("ABCUK0123456789-abc", min_size=1, max_size=64)
keys = st.builds(KeyReference, names, st.integers(1, 255))
chains = st.lists(eights, max_size=3).map(tuple)
numbers = st.integers(0, (1 << 53) - 1)
printable = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=40)
#: A request of an office: fields are text, and key addresses those of keys.
office = st.lists(st.text("0123456789ABCDEF", max_size=30), min_size=5, max_size=5).map(
    lambda fields: "|".join(("02", *fields[:3], "0097", *fields[3:], ""))
)
asked = st.one_of(
    office.map(parse_string).map(OfficeString),
    st.builds(Hello, numbers, st.text("abc-_09", min_size=1, max_size=128).map(Token)),
    st.builds(
        CardKeys,
        st.lists(keys, max_size=20).map(tuple),
        st.builds(Factors, eights, eights, eights),
        st.dictionaries(names, st.integers(8, 16), max_size=5),
    ),
    st.builds(
        Compute,
        st.builds(
            Request,
            keys,
            chains,
            st.sampled_from(Mode),
            st.binary(max_size=1024),
            st.binary(max_size=16),
        ),
    ),
    st.builds(CheckValue, keys, chains, st.integers(8, 16)),
    st.builds(PersonHash, printable),
    st.builds(ChannelKeys, st.binary(max_size=10), st.binary(max_size=2)),
    st.builds(
        DebitKey,
        st.sampled_from(["ac", "mac", "enc"]),
        printable.map(lambda t: t[:19]),
        st.text("0123456789", max_size=2),
    ),
    st.builds(
        DebitKeySM4,
        st.sampled_from(["ac", "mac", "enc"]),
        printable.map(lambda t: t[:19]),
        st.text("0123456789", max_size=2),
    ),
    st.builds(
        Translate, keys, st.binary(max_size=1024), st.binary(max_size=10), st.binary(max_size=2)
    ),
    st.builds(TransportMAC, keys, st.binary(max_size=8192)),
)
REQUEST = {
    "id": 1,
    "operation": "compute",
    "key": ["IRK", 1],
    "factors": ["00" * 8] * 3,
    "mode": "mac",
    "data": "00",
    "session_factor": "00" * 8,
}


def line(**changes: Any) -> bytes:
    return json.dumps({**REQUEST, **changes}).encode()


@given(numbers, asked)
def test_what_is_asked(number: int, question: Any) -> None:
    built = requests.build(number, question)
    assert built.count(b"\n") == 1
    envelope = requests.parse(built)
    assert (envelope.number, envelope.operation) == (number, question.operation)
    assert envelope.asked() == question


@given(numbers, st.lists(st.binary(max_size=32), max_size=20))
def test_values(number: int, values: list[bytes]) -> None:
    assert answers.parse(answers.result(number, values)) == (number, Values(tuple(values)))


@given(numbers, st.sampled_from(Code), st.text(max_size=80))
def test_refusals(number: int, code: Code, text: str) -> None:
    of, answer = answers.parse(answers.refusal(number, code, text))
    assert isinstance(answer, Refusal)
    assert (of, answer.code, len(answer.text)) == (number, code, len(text))


@pytest.mark.parametrize("suite", ["3des", None])
def test_greetings(suite: str | None) -> None:
    found = Greeting("station-1", "social-security", suite, True)
    assert answers.parse(answers.greeting(0, found)) == (0, found)


@given(st.binary(max_size=200))
def test_any_bytes_parse_or_raise(raw: bytes) -> None:
    for parse in (requests.parse, answers.parse):
        with pytest.raises(MalformedData):
            parse(raw)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
operations = st.sampled_from(
    [
        "hello",
        "card_keys",
        "compute",
        "kcv",
        "person_hash",
        "session_keys",
        "udk",
        "sm4_udk",
        "translate",
        "x",
    ]
)
members = st.dictionaries(
    st.sampled_from([*REQUEST, "keys", "sizes", "size", "token", "error", "service", "result"]),
    json_values,
)


@given(operations, members)
def test_any_members_parse_or_raise(operation: str, found: dict[str, Any]) -> None:
    raw = line(**{**found, "operation": operation, "id": 1})
    try:
        asked = requests.parse(raw).asked()
    except KeyStoreError:
        return
    assert asked.operation == operation
    assert set(found) <= {*REQUEST}


@given(members)
def test_any_answer_parses_or_raises(found: dict[str, Any]) -> None:
    raw = json.dumps({"id": 1, **found}).encode()
    try:
        answers.parse(raw)
    except MalformedData:
        return
    assert set(found) <= {"id", "result"}


NO_LINES = {
    "nothing": b"",
    "no JSON": b"{",
    "another encoding": '{"id":1}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"id":1,"operation":"kcv"}',
    "not UTF-8": b'{"id":1,"operation":"\xff"}',
    "a list": b"[]",
    "too deep": b"[" * 60_000,
    "too long": b'{"id":1,"operation":"' + b"x" * wire.LONGEST_LINE + b'"}',
    "a number without end": b'{"id":' + b"1" * 5000 + b"}",
    "no id": b'{"operation":"kcv"}',
    "an id that is no number": line(id="1"),
    "an id that is a truth": line(id=True),
    "an id below zero": line(id=-1),
    "an id too large": line(id=1 << 53),
    "no operation": b'{"id":1}',
    "an operation that is a list": line(operation=[]),
}


@pytest.mark.parametrize("raw", NO_LINES.values(), ids=NO_LINES)
def test_no_requests(raw: bytes) -> None:
    with pytest.raises(MalformedData):
        requests.parse(raw)


WRONG: dict[str, dict[str, Any]] = {
    "something more": {"more": 1},
    "a key without a version": {"key": ["IRK"]},
    "version 0": {"key": ["IRK", 0]},
    "a version that is a text": {"key": ["IRK", "1"]},
    "a name with a line feed": {"key": ["IRK\n", 1]},
    "a name with a space": {"key": ["I K", 1]},
    "a name that is a number": {"key": [1, 1]},
    "an address of 3 digits": {"key": "170"},
    "four factors": {"factors": ["00" * 8] * 4},
    "a short factor": {"factors": ["00" * 7] * 3},
    "factors that are a text": {"factors": "00"},
    "a factor that is a number": {"factors": [0]},
    "an unknown mode": {"mode": "decipher"},
    "half a byte": {"data": "0"},
    "no hexadecimal": {"data": "0g"},
    "hexadecimal with spaces": {"data": "00 00"},
    "a long session factor": {"session_factor": "00" * 17},
    "no data": {"data": None},
}


@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG)
def test_requests_with_wrong_members(changes: dict[str, Any]) -> None:
    with pytest.raises(Refused) as caught:
        requests.parse(line(**changes)).asked()
    assert caught.value.code is Code.WRONG_REQUEST


def test_a_member_that_is_missing() -> None:
    for name in REQUEST.keys() - {"id", "operation"}:
        raw = json.dumps({key: value for key, value in REQUEST.items() if key != name}).encode()
        with pytest.raises(Refused, match=f"{name} is missing"):
            requests.parse(raw).asked()


def test_errors_repeat_no_value() -> None:
    for member in REQUEST.keys() - {"id", "operation"}:
        with pytest.raises(Refused) as caught:
            requests.parse(line(**{member: "918273645"})).asked()
        assert "918273645" not in str(caught.value)


def test_keys_by_their_address_in_an_office_s_hsm() -> None:
    for address, key in (("0170", ("IRK", 1)), ("0098", ("UK1DF01", 2)), ("019c", ("DPK", 3))):
        asked = requests.parse(line(key=address)).asked()
        assert isinstance(asked, Compute)
        assert asked.request.key == key
    with pytest.raises(KeyNotHeld, match="address 0FFF"):
        requests.parse(line(key="0FFF")).asked()


def test_every_address_is_one_key_s() -> None:
    addresses = [
        (address, KeyReference(entry.name, version))
        for entry in KEYS
        for version, address in enumerate(entry.hsm, start=1)
    ]
    assert len({address for address, _ in addresses}) == len(addresses) > 100
    assert all(at_address(address) == key for address, key in addresses)
