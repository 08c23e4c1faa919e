"""Messages between terminal and issuer, and the bit fields of terminals."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.apdu.authorization import IssuerAnswer, IssuerRequest, Script
from sscard.apdu.command import CommandAPDU
from sscard.apdu.terminal_capabilities import TerminalCapabilities
from sscard.apdu.terminal_tags import TERMINAL_OBJECTS, named
from sscard.apdu.usage_control import UsageControl
from sscard.errors import MalformedData

COMMANDS = st.builds(
    CommandAPDU, st.just(0x84), st.integers(0x10, 0xF0), data=st.binary(max_size=40)
)
SCRIPTS = st.builds(
    Script,
    st.lists(COMMANDS, max_size=3).map(tuple),
    st.booleans(),
    st.sampled_from([b"", b"\1\2\3\4"]),
)
ANSWERS = st.builds(
    IssuerAnswer,
    st.binary(min_size=2, max_size=2),
    st.none() | st.binary(min_size=8, max_size=8),
    st.lists(SCRIPTS, max_size=3).map(tuple),
)


@given(ANSWERS)
def test_round_trip(answer: IssuerAnswer) -> None:
    assert IssuerAnswer.parse(answer.response_code, answer.field_55()) == answer


@given(st.binary(min_size=2, max_size=2), st.binary(max_size=60))
def test_any_bytes_parse_or_are_malformed(code: bytes, raw: bytes) -> None:
    with suppress(MalformedData):
        IssuerAnswer.parse(code, raw)


def test_an_answer_by_hand() -> None:
    raw = bytes.fromhex("910A112233445566778830307212 9F180400000001 8609 8418000004 11223344")
    answer = IssuerAnswer.parse(b"00", raw)
    assert answer.approved
    assert answer.arpc == bytes.fromhex("1122334455667788")
    (script,) = answer.scripts
    assert script.final
    assert script.identifier == b"\0\0\0\1"
    assert bytes(script.commands[0]).hex() == "841800000411223344"


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("910A11223344556677883035", "not of this answer"),
        ("91083030303030303030", "not of this answer"),
        ("73020000", "no issuer script|no tag"),
        ("7203870100", "no issuer script"),
        ("72059F1802AABB", "no issuer script"),
        ("7204860284", "runs past|shorter"),
    ],
)
def test_what_is_no_answer(raw: str, why: str) -> None:
    with pytest.raises(MalformedData, match=why):
        IssuerAnswer.parse(b"00", bytes.fromhex(raw))


def test_lengths() -> None:
    with pytest.raises(ValueError, match="2 bytes"):
        IssuerAnswer(b"0")
    with pytest.raises(ValueError, match="8 bytes"):
        IssuerAnswer(b"00", b"\0")
    with pytest.raises(ValueError, match="4 bytes"):
        Script((), True, b"\0")
    with pytest.raises(MalformedData, match="2 bytes"):
        IssuerAnswer.parse(b"0", b"")


def test_field_55_of_a_request() -> None:
    request = IssuerRequest("6228000100001117", "01", {0x9F36: b"\0\1", 0x82: b"\x3c\0"})
    assert request.field_55().hex() == "9f3602000182023c00"
    assert "6228" not in repr(request)


def test_bits_of_terminals() -> None:
    everything = TerminalCapabilities.parse(bytes.fromhex("E0F8C8"))
    assert TerminalCapabilities.CDA in everything
    assert bytes(everything).hex() == "e0f8c8"
    assert UsageControl.parse(b"\xff\xc0").words()[0] == "domestic cash"
    assert sum(UsageControl) == 0xFFC0


def test_names_of_both_sides() -> None:
    assert named(0x9F02).en == "amount, authorized"
    assert named(0x5A).en == "primary account number"
    assert named(0xDF7F).en == "unnamed"
    assert not [tag for tag, each in TERMINAL_OBJECTS.items() if not (each.zh and each.en)]
