"""The reference dialect: every operation round-trips, any bytes parse or are malformed."""

from __future__ import annotations

from contextlib import suppress
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.apdu.command import CommandAPDU
from sscard.dialects import reference
from sscard.dialects.operations import (
    AuthenticateTransport,
    CreateDirectory,
    CreateFile,
    DeleteInstance,
    EndPreIssue,
    InstallInstance,
    KeyType,
    LoadKey,
    Operation,
    ReplaceKey,
    ReplaceMaster,
    SetFci,
    Structure,
    WriteHistorical,
)
from sscard.dialects.rights import NEVER, AccessRule, Condition
from sscard.errors import MalformedData

eights = st.binary(min_size=8, max_size=8)
octets = st.integers(0, 0xFF)
fids = st.integers(0, 0xFFFF)
switches = st.booleans()
rules = st.just(NEVER) | st.sampled_from([*set(Condition) - {Condition.NEVER}]).flatmap(
    lambda each: st.builds(
        AccessRule, st.just(each), octets if each.needs_key else st.none(), switches, switches
    )
)
operations = st.one_of(
    st.builds(AuthenticateTransport, eights, eights),
    st.builds(CreateDirectory, fids, st.binary(max_size=16)),
    st.builds(SetFci, st.binary(max_size=40)),
    st.builds(
        CreateFile,
        fids,
        st.sampled_from(Structure),
        rules,
        rules,
        st.lists(st.binary(min_size=1, max_size=90), max_size=4).map(tuple),
        octets,
    ),
    st.builds(LoadKey, st.sampled_from(KeyType), octets, octets, octets, st.binary(max_size=16)),
    st.builds(ReplaceMaster, st.binary(min_size=16, max_size=16)),
    st.builds(ReplaceKey, st.sampled_from(KeyType), octets, octets, octets, st.binary(max_size=16)),
    st.builds(InstallInstance, st.binary(max_size=20)),
    st.builds(DeleteInstance, st.binary(max_size=20)),
    st.builds(WriteHistorical, st.binary(min_size=13, max_size=13)),
    st.just(EndPreIssue()),
)
headers = st.sampled_from([(row.cla, row.ins, row.p1, row.p2) for row in reference.ROWS])


@given(operations)
def test_round_trip(operation: Operation) -> None:
    command = reference.build(operation)
    assert reference.parse(CommandAPDU.parse(bytes(command))) == operation
    row = reference.row_of(operation)
    assert row.secured or len(command.data) in row.lc


def test_every_operation_has_one_row_and_every_row_its_own_header() -> None:
    assert {row.operation for row in reference.ROWS} == set(Operation.__args__)
    assert len({(row.cla, row.ins, row.p1, row.p2) for row in reference.ROWS}) == 11
    assert len(reference.ROWS) == 11


def test_one_command_is_of_issued_cards() -> None:
    assert {row.operation for row in reference.ROWS if row.issued} == {ReplaceKey}


@given(headers, st.binary(max_size=60))
def test_any_bytes_parse_or_are_malformed(header: tuple[int, ...], data: bytes) -> None:
    with suppress(MalformedData):
        operation = reference.parse(CommandAPDU(*header, data))
        assert reference.parse(reference.build(operation)) == operation


@pytest.mark.parametrize(("first", "second"), list(product(Condition, Condition)))
def test_every_pair_of_rights_is_codable(first: Condition, second: Condition) -> None:
    read, update = (AccessRule(each, 0x83 if each.needs_key else None) for each in (first, second))
    operation = CreateFile(0xEF05, Structure.FIXED, read, update, (b"\xff" * 4,))
    assert reference.parse(reference.build(operation)) == operation


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (AccessRule(Condition.FREE, contacts_only=True), "2000"),
        (AccessRule(Condition.PIN_OR_KEY, 0x88, contacts_only=True), "2388"),
        (AccessRule(Condition.KEY, 0x85, secured=True, contacts_only=True), "3285"),
    ],
)
def test_a_right_for_contacts_only(rule: AccessRule, code: str) -> None:
    built = reference.build(CreateFile(0xEF05, Structure.FIXED, rule, NEVER, (b"\xff" * 4,)))
    assert built.data.hex()[6:14] == code + "ef00"


@pytest.mark.parametrize(
    ("operation", "written"),
    [
        (CreateDirectory(0x3F00), "80E00100023F00"),
        (CreateDirectory(0xDF01, bytes.fromhex("D15600000500")), "80E0010008DF01D15600000500"),
        (SetFci(bytes.fromhex("88011E")), "80D200000388011E"),
        (
            CreateFile(
                0xEF07,
                Structure.CYCLIC,
                AccessRule(Condition.PIN_OR_KEY, 0x88),
                AccessRule(Condition.KEY, 0x85),
                (b"\xff" * 85,),
                4,
            ),
            "80E001020CEF07070388028504FF005503",
        ),
        (LoadKey(KeyType.PIN, 0, 1, 6, b"\x12\x34\x56" + b"\xff" * 5), "84D400000C01000106123456"),
        (ReplaceMaster(bytes(16)), "84D401001000000000000000000000000000000000"),
        (ReplaceKey(KeyType.EXTERNAL, 0x83, 1, 2, b"\xab" * 16), "84D40200140D830102ABAB"),
        (InstallInstance(b"1PAY"), "80E006000431504159"),
        (DeleteInstance(b"1PAY"), "80E007000431504159"),
        (WriteHistorical(bytes(13)), "80E005000D00000000000000000000000000"),
        (EndPreIssue(), "80E00200"),
    ],
)
def test_written_out(operation: Operation, written: str) -> None:
    assert bytes(reference.build(operation)).hex().upper().startswith(written)


@pytest.mark.parametrize(
    "command",
    [
        "80E00900",
        "80E0020001AA",
        "80E001000130",
        "80E005000C000000000000000000000000",
        "80E001020CEF0702038802850400085503",
        "80E001020CEF0707098802850400085503",
        "80E001020CEF0707038802850404005503",
        "84D40000040200010F",
        "00D2000000",
    ],
    ids=[
        "no such header",
        "data too long",
        "data too short",
        "twelve historical bytes",
        "no such structure",
        "no such condition",
        "no such fill",
        "no such key type",
        "another class",
    ],
)
def test_what_is_no_operation(command: str) -> None:
    with pytest.raises(MalformedData):
        reference.parse(CommandAPDU.parse(bytes.fromhex(command)))


@pytest.mark.parametrize(
    "operation",
    [
        AuthenticateTransport(bytes(7), bytes(8)),
        CreateDirectory(0x10000),
        LoadKey(KeyType.EXTERNAL, 0x100, 1, 0, bytes(16)),
        ReplaceMaster(bytes(8)),
        ReplaceKey(KeyType.EXTERNAL, 4, 1, 0x100, bytes(16)),
        WriteHistorical(bytes(12)),
    ],
    ids=lambda each: type(each).__name__,
)
def test_what_a_field_cannot_hold_is_not_built(operation: Operation) -> None:
    with pytest.raises(ValueError):
        reference.build(operation)


@pytest.mark.parametrize(("condition", "kid"), [(Condition.FREE, 1), (Condition.KEY, None)])
def test_a_rule_names_a_key_exactly_when_it_needs_one(condition: Condition, kid: Any) -> None:
    with pytest.raises(ValueError, match="key id"):
        AccessRule(condition, kid)


def test_a_key_id_is_one_byte() -> None:
    with pytest.raises(ValueError, match="single byte"):
        AccessRule(Condition.KEY, 0x100)


def test_the_manual_page_lists_every_row_and_field() -> None:
    lines = reference.manual().splitlines()
    assert len(lines) == 2 + len(reference.ROWS)
    for row, line in zip(reference.ROWS, lines[2:], strict=True):
        assert row.operation.__name__ in line
        assert f"{row.cla:02X} {row.ins:02X} {row.p1:02X} {row.p2:02X}" in line
        assert ("MAC" in line) is row.secured
        assert f"| {'issued' if row.issued else 'factory'} |" in line
        assert all(f"{name} (" in line for name in row.layout)


def test_keys_are_not_shown() -> None:
    secret = bytes.fromhex("C1CDCBC7D9D5D3DFA1ADABA7B9B5B3BF")
    shown = repr([LoadKey(KeyType.MASTER, 0, 1, 0, secret), ReplaceMaster(secret)])
    shown += repr(ReplaceKey(KeyType.EXTERNAL, 4, 1, 2, secret))
    shown += repr(AuthenticateTransport(secret[:8], secret[8:]))
    assert "xcd" not in shown
    assert "cdcb" not in shown.lower()
