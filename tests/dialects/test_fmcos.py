"""FMCOS and TimeCOS commands: round trips, any bytes, and the bytes the manuals show."""

from __future__ import annotations

from contextlib import suppress
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.apdu.command import CommandAPDU
from sscard.dialects.fmcos import FMCOS, Dialect
from sscard.dialects.fmcos_layout import key_sizes
from sscard.dialects.fmcos_operations import (
    DATA_TYPES,
    AddKey,
    CreateDirectory,
    CreateEf,
    CreateKeyFile,
    CreatePurse,
    EraseDirectory,
    FileType,
    KeyKind,
    KeyRecord,
    Operation,
    Protection,
    UpdateKey,
    UpdateKeyValue,
)
from sscard.dialects.fmcos_rights import FREE, NEVER, LineProtection, Right
from sscard.dialects.timecos import TIMECOS
from sscard.errors import MalformedData

octets = st.integers(0, 0xFF)
words = st.integers(0, 0xFFFF)
rights = st.builds(Right, octets)
kids = st.integers(0, 0xFE)
lines = st.builds(LineProtection, st.booleans(), st.integers(0, 3), st.integers(0, 3))
protections = st.sampled_from([Protection(0), Protection(0x40), Protection(0x80), Protection(0xC0)])


@st.composite
def key_records(draw: st.DrawFn) -> KeyRecord:
    kind = draw(st.sampled_from(KeyKind))
    blank = KeyRecord(kind, Protection.NONE, FREE, FREE, 0, 0, b"")
    size = draw(st.sampled_from(key_sizes(blank)))
    value = draw(st.binary(min_size=size, max_size=size))
    return KeyRecord(
        kind, draw(protections), draw(rights), draw(rights), draw(octets), draw(octets), value
    )


creations = st.one_of(
    st.builds(
        CreateDirectory,
        words.filter(lambda fid: fid != 0x3F00),
        words,
        rights,
        rights,
        octets,
        words,
        st.binary(min_size=2, max_size=16),
    ),
    st.builds(CreateKeyFile, words.filter(lambda fid: fid != 0x3F00), words, octets, rights),
    st.builds(
        CreateEf, words, st.sampled_from(DATA_TYPES), protections, words, rights, rights, lines
    ),
    st.builds(CreatePurse, words.filter(lambda fid: fid != 0x3F00), rights, octets),
    st.just(EraseDirectory()),
    st.builds(AddKey, kids, key_records()),
)
updates = st.builds(
    UpdateKey, st.sampled_from(KeyKind).map(int) | st.just(0xF9), kids, key_records()
)
value_updates = st.builds(
    UpdateKeyValue, st.sampled_from(KeyKind).map(int), kids, st.binary(max_size=16)
)
headers = st.sampled_from([(0x80, 0xE0, 0, 1), (0x80, 0xD4, 1, 0), (0x80, 0xD4, 0x39, 0)]) | (
    st.tuples(st.just(0x80), st.sampled_from([0xE0, 0xD4, 0x0E]), octets, octets)
)
types = st.sampled_from([*FileType, *KeyKind, 0xA8, 0xE8, 0xF9, 0x80]).map(lambda x: bytes((x,)))
bodies = st.builds(lambda first, rest: first + rest, types, st.binary(max_size=24))


@given(creations | updates)
def test_round_trip(operation: Operation) -> None:
    assert FMCOS.parse(CommandAPDU.parse(bytes(FMCOS.build(operation)))) == operation


@given(creations | value_updates)
def test_round_trip_of_timecos(operation: Operation) -> None:
    assert TIMECOS.parse(CommandAPDU.parse(bytes(TIMECOS.build(operation)))) == operation


@given(st.sampled_from([FMCOS, TIMECOS]), headers, bodies | st.binary(max_size=24))
def test_any_bytes_parse_or_are_malformed(
    dialect: Dialect, header: tuple[int, int, int, int], data: bytes
) -> None:
    with suppress(MalformedData):
        operation = dialect.parse(CommandAPDU(*header, data))
        assert dialect.parse(dialect.build(operation)) == operation


@pytest.mark.parametrize(
    ("operation", "written"),
    [
        (
            CreateDirectory(0x3F00, 0xFFFF, FREE, FREE, 0x01, 0xFFFF, b"\xff" * 5),
            "80E03F000D38FFFFF0F001FFFFFFFFFFFFFF",
        ),
        (CreateKeyFile(0, 0x18F, 0x95, FREE), "80E00000073F018F95F0FFFF"),
        (
            CreateEf(0x15, FileType.BINARY, Protection.MAC, 0x1E, FREE, FREE, LineProtection()),
            "80E0001507A8001EF0F0FFFF",
        ),
        (
            CreateEf(
                0x18, FileType.CYCLIC, Protection.NONE, 0x0A17, Right(0xF1), NEVER, LineProtection()
            ),
            "80E00018072E0A17F1EFFFFF",
        ),
        (CreatePurse(2, Right(0xF0), 0x18), "80E00002072F0208F000FF18"),
        (EraseDirectory(), "800E0000"),
        (
            AddKey(
                0, KeyRecord(KeyKind.PIN, Protection.NONE, FREE, NEVER, 1, 0x33, b"\x12\x34\x5f")
            ),
            "80D40100083AF0EF013312345F",
        ),
    ],
)
def test_what_the_manual_writes(operation: Operation, written: str) -> None:
    assert bytes(FMCOS.build(operation)).hex().upper() == written


def test_timecos_updates_a_value_alone() -> None:
    update = UpdateKeyValue(0x39, 0, bytes(16))
    assert bytes(TIMECOS.build(update)).hex() == "80d4390010" + "00" * 16
    record = KeyRecord(KeyKind.LOAD, Protection.NONE, FREE, FREE, 0, 0, bytes(16))
    for dialect, other in ((FMCOS, update), (TIMECOS, UpdateKey(0x3F, 1, record))):
        with pytest.raises(ValueError, match="update"):
            dialect.build(other)


@pytest.mark.parametrize("wrong", ["length", "id", "number", "name"])
def test_what_does_not_fit_is_not_built(wrong: str) -> None:
    record = KeyRecord(KeyKind.LOAD, Protection.NONE, FREE, FREE, 0, 0, bytes(9))
    operations: dict[str, Operation] = {
        "length": AddKey(0, record),
        "id": AddKey(0xFF, KeyRecord(KeyKind.LOAD, Protection.NONE, FREE, FREE, 0, 0, bytes(8))),
        "number": CreateKeyFile(0, 0x10000, 1, FREE),
        "name": CreateDirectory(1, 0, FREE, FREE, 1, 0xFFFF, b"1"),
    }
    with pytest.raises(ValueError):
        FMCOS.build(operations[wrong])


@pytest.mark.parametrize(("current", "main"), list(product((0, 1, 5, 10, 15), (0, 1, 14, 15))))
def test_rights_are_the_manuals_cases(current: int, main: int) -> None:
    for right in range(0x100):
        high, low = divmod(right, 16)
        if high == 0:
            expected = main >= low
        elif high < low:
            expected = False
        else:
            expected = low <= current <= high
        assert Right(right).met(current, main) is expected, f"{right:02X}"


@pytest.mark.parametrize("name", ["F0", "F1", "FA", "AA", "53", "EF", "0E", "00"])
def test_common_rights(name: str) -> None:
    met = {
        "F0": range(16),
        "F1": range(1, 16),
        "FA": range(10, 16),
        "AA": range(10, 11),
        "53": range(3, 6),
        "EF": range(0),
        "0E": range(0),
        "00": range(16),
    }[name]
    right = Right(int(name, 16))
    assert [state for state in range(16) if right.met(state, 0)] == list(met)


@pytest.mark.parametrize(
    ("byte", "line"),
    [
        (0xFF, LineProtection()),
        (0x7F, LineProtection(read=True)),
        (0xFE, LineProtection(write_key=1)),
        (0xF3, LineProtection(read_key=3)),
        (0x70, LineProtection(read=True, read_key=3, write_key=3)),
    ],
)
def test_line_protection_byte(byte: int, line: LineProtection) -> None:
    assert int(line) == byte
    assert LineProtection.parse(byte) == line


def test_a_key_never_prints() -> None:
    record = KeyRecord(KeyKind.LOAD, Protection.NONE, FREE, FREE, 0, 0, b"SECRETSECRET1234")
    shown = repr([AddKey(0, record), UpdateKeyValue(0x39, 0, b"SECRETSECRET1234"), TIMECOS])
    assert "SECRET" not in shown
    assert "WATCH" not in shown


@pytest.mark.parametrize("dialect", [FMCOS, TIMECOS])
def test_the_manual_names_every_command(dialect: Dialect) -> None:
    page = dialect.manual()
    for word in ("CreateDirectory", "CreatePurse", "AddKey", "80 0E 00 00", "`39`", "0208"):
        assert word in page
    assert ("value alone" in page) is dialect.value_only
