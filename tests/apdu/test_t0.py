"""T=0, the terminal's half: which TPDUs an APDU becomes, and what comes of the card's answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.apdu import cps, iso7816, medical, pboc, ssc
from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS
from sscard.apdu.medical import MedicalINS
from sscard.apdu.medical_data import Purse
from sscard.apdu.t0 import Direction, direction, exchange, tpdus
from sscard.errors import MalformedData

IN, OUT = Direction.IN, Direction.OUT

#: Case, APDU, then TPDUs and answers in turn; last, what the terminal's program gets.
TALKS = [
    ("1", "00200000", ["0020000000", "63C6"], "63C6"),
    ("1: Lc = 00 is read as Le", "0020000000", ["0020000000", "9000"], "9000"),
    ("1: not said twice", "80E00200", ["80E0020000", "6C08"], "6C08"),
    ("2", "00B2010402", ["00B2010402", "AABB9000"], "AABB9000"),
    ("2: 256", "00B0000000", ["00B0000000", "11" * 256 + "9000"], "11" * 256 + "9000"),
    (
        "2: wrong Le, once more",
        "00B2010010",
        ["00B2010010", "6C12", "00B2010012", "01" * 18 + "9000"],
        "01" * 18 + "9000",
    ),
    (
        "2: wrong Le, 256 is right",
        "00B0000001",
        ["00B0000001", "6C00", "00B0000000", "6281"],
        "6281",
    ),
    ("2: not a third time", "00B2010010", ["00B2010010", "6C12", "00B2010012", "6C11"], "6C11"),
    ("3", "00D6810002AABB", ["00D6810002AABB", "9000"], "9000"),
    ("3: refused", "00D6810002AABB", ["00D6810002AABB", "6982"], "6982"),
    (
        "3: with an answer",
        "00A4000002DDF1",
        ["00A4000002DDF1", "6102", "00C0000002", "6F009000"],
        "6F009000",
    ),
    (
        "4: Le is not sent",
        "00A4040001AA00",
        ["00A4040001AA", "6102", "00C0000002", "6F009000"],
        "6F009000",
    ),
    ("4: at once", "00A4040001AA00", ["00A4040001AA", "9000"], "9000"),
    (
        "4: in parts",
        "00A4040001AA00",
        ["00A4040001AA", "6100", "00C0000000", "01" * 256 + "6102", "00C0000002", "AABB9000"],
        "01" * 256 + "AABB9000",
    ),
    (
        "4: a wrong announcement",
        "00A4040001AA00",
        ["00A4040001AA", "6109", "00C0000009", "6C02", "00C0000002", "AABB9000"],
        "AABB9000",
    ),
    (
        "4: a much too long announcement",
        "00A4040001AA00",
        ["00A4040001AA", "6100", "00C0000000", "6C02", "00C0000002", "AABB9000"],
        "AABB9000",
    ),
    ("4: 6Cxx says nothing about data", "0088000001AA08", ["0088000001AA", "6C08"], "6C08"),
    (
        "4: lost before it was fetched",
        "0088000001AA08",
        ["0088000001AA", "6108", "00C0000008", "6985"],
        "6985",
    ),
]


@pytest.fixture
def scripted() -> Callable[[list[str]], Callable[[bytes], bytes]]:
    """Makes a card that hears the TPDUs of a list and says the answers between them."""

    def make(talk: list[str]) -> Callable[[bytes], bytes]:
        turns: Iterator[str] = iter(talk)

        def transmit(tpdu: bytes) -> bytes:
            assert tpdu.hex().upper() == next(turns)
            return bytes.fromhex(next(turns))

        return transmit

    return make


@pytest.mark.parametrize(
    ("apdu", "talk", "answer"), [t[1:] for t in TALKS], ids=[t[0] for t in TALKS]
)
def test_talks(
    scripted: Callable[[list[str]], Callable[[bytes], bytes]],
    apdu: str,
    talk: list[str],
    answer: str,
) -> None:
    turns = [*talk, "a further TPDU"]
    assert exchange(scripted(turns), bytes.fromhex(apdu)).hex().upper() == answer


@pytest.mark.parametrize(
    "command", [CommandAPDU(0, 0xD6, data=bytes(256)), CommandAPDU(0, 0xB0, ne=257)]
)
def test_extended_commands_are_refused_before_anything_is_sent(command: CommandAPDU) -> None:
    with pytest.raises(ValueError, match="ENVELOPE"):
        next(tpdus(command))


def test_an_extended_form_of_short_lengths_is_carried() -> None:
    assert exchange(lambda tpdu: tpdu + b"\x90\x00", bytes.fromhex("00B20104000012")) == (
        bytes.fromhex("00B20104129000")
    )


@pytest.mark.parametrize("answer", ["", "90", "FFFF", "AA0000"])
def test_an_answer_without_status_word(answer: str) -> None:
    with pytest.raises(MalformedData):
        exchange(lambda _: bytes.fromhex(answer), bytes.fromhex("00B2010402"))


@pytest.mark.parametrize("part", [b"", b"\0", bytes(256)])
def test_a_card_that_announces_without_end(part: bytes) -> None:
    with pytest.raises(MalformedData, match="without end"):
        exchange(lambda _: part + b"\x61\x00", bytes.fromhex("00A4040001AA"))


@given(st.binary(min_size=4, max_size=20), st.lists(st.binary(max_size=8), max_size=8))
def test_any_answers_end_and_only_reads_are_said_twice(raw: bytes, answers: list[bytes]) -> None:
    heard, turns = [], iter([*answers, b"\x90\x00"])

    def transmit(tpdu: bytes) -> bytes:
        heard.append(tpdu)
        return next(turns, b"\x90\x00")

    with suppress(MalformedData, ValueError):
        exchange(transmit, raw)
    repeated = [tpdu for tpdu in heard if tpdu[:4] == raw[:4] and raw[1] != INS.GET_RESPONSE]
    assert len(repeated) <= 1 or all(len(tpdu) == 5 for tpdu in repeated)
    assert len(repeated) <= 2


@pytest.mark.parametrize("ins", [*INS, *MedicalINS], ids=lambda each: each.name)
def test_every_instruction_that_has_a_name_has_a_direction(ins: int) -> None:
    assert direction(ins, 0x00) in (IN, OUT)


@pytest.mark.parametrize(
    ("ins", "p1", "way"),
    [
        (0x56, 0x00, IN),
        (0x56, 0x01, OUT),
        (0x56, 0x02, None),
        (0x26, 0x00, OUT),
        (0x28, 0x01, IN),
        (0xC0, 0x00, OUT),
        (0x20, 0x00, IN),
        (0xD4, 0x00, None),
        (0x00, 0x00, None),
    ],
)
def test_directions(ins: int, p1: int, way: Direction | None) -> None:
    assert direction(ins, p1) is way


BUILT = [
    iso7816.select(b"name"),
    iso7816.select_fid(0xEF05),
    iso7816.read_record(1),
    iso7816.read_record_tag(1),
    iso7816.update_record(1, b"x"),
    iso7816.append_record(b"x"),
    iso7816.read_binary(1),
    iso7816.update_binary(b"x"),
    iso7816.verify(b""),
    iso7816.verify(b"\x12\x34"),
    iso7816.get_challenge(8),
    iso7816.get_response(8),
    ssc.internal_authenticate(bytes(8), bytes(8)),
    ssc.external_authenticate(1, bytes(8), bytes(8)),
    ssc.change_pin(b"\x12\x34", b"\x12\x34"),
    ssc.unblock_pin(),
    ssc.reload_pin(b""),
    pboc.get_processing_options(),
    pboc.get_data(0x9F36),
    pboc.verify(bytes(8)),
    cps.initialize_update(bytes(8)),
    cps.store_data(b"x", 0),
    medical.get_balance(Purse.ACCOUNT),
    medical.get_starting_day(),
]


@pytest.mark.parametrize("command", BUILT, ids=lambda each: f"{each.ins:02X}")
def test_what_is_built_agrees_with_the_directions(command: CommandAPDU) -> None:
    asks_only = command.ne > 0 and not command.data
    assert direction(command.ins, command.p1) is (OUT if asks_only else IN)
