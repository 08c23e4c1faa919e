"""STORE DATA in all its forms; after every refusal of pboc 1.7 the card can be completed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sscard.apdu import aid, cps
from sscard.apdu.command import CommandAPDU
from sscard.channel import SecurityLevel

LEVELS = list(SecurityLevel)
LONG = 700
TRIES = bytes.fromhex("9010020303")


def sent(bench: Any, host: Any, groupings: Any, packing: cps.Packing) -> set[int]:
    todo = [
        (
            cps.encode_dgi(
                each.identifier, host.encipher(each.value) if each.secret else each.value
            ),
            each.secret,
        )
        for each in groupings
    ]
    return {int(bench.send(host.wrap(c)).sw) for c in cps.store_data_commands(todo, packing)}


def stored(bench: Any) -> Mapping[int, bytes]:
    instance = bench.banking._instances[aid.DEBIT]
    return {each: instance.value(each) for each in instance._groupings if each < 0xFF00}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("dependent", [False, True])
@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("chunk", [60, 239, LONG])
def test_every_form_makes_the_same_card(
    make: Any, all_groupings: Any, chunk: int, several: bool, dependent: bool, level: SecurityLevel
) -> None:
    cards = []
    for packing in (cps.SINGLY, cps.Packing(chunk, several=several, dependent=dependent)):
        bench = make(antenna=True)
        host = bench.open(level=level)
        assert sent(bench, host, all_groupings().values(), packing) == {0x9000}
        cards.append(stored(bench))
    assert cards[0] == cards[1]


def test_an_extended_command_has_an_lc_of_three_bytes(make: Any, all_groupings: Any) -> None:
    """The bytes of ``00 hi lo``, written out; the MAC is over them, too."""
    bench = make(antenna=True)
    host = bench.open()
    record = bytes.fromhex("7081F89F4681F4") + bytes(0xF4)
    raw = cps.encode_dgi(0x0201, record) + cps.encode_dgi(0x0202, record)
    plain = bytes(cps.store_data(raw, 0))
    assert plain[:8].hex() == "80e200000001fc02", "508 bytes"
    wrapped = bytes(host.wrap(CommandAPDU.parse(plain)))
    assert wrapped[:7].hex() == "84e20000000204"
    assert bench.process(wrapped).hex() == "9000"
    assert stored(bench) == {0x0201: record, 0x0202: record}
    broken = bytes(host.wrap(cps.store_data(raw, 1)))
    assert bench.process(broken[:-1] + bytes((broken[-1] ^ 1,))).hex() == "6988"


def test_what_is_whole_is_kept_while_another_goes_on(bench: Any) -> None:
    """9000 is a promise: a grouping that came whole does not wait for the one behind it."""
    host = bench.open()
    record = cps.encode_dgi(0x0101, bytes.fromhex("7003500141"))
    raw = TRIES + record
    assert bench.send(host.wrap(cps.store_data(raw[:8], 0))).sw == 0x9000
    assert set(stored(bench)) == {0x9010}
    assert bench.send(host.wrap(cps.store_data(raw[8:], 1))).sw == 0x9000
    assert set(stored(bench)) == {0x9010, 0x0101}


def test_a_refused_piece_starts_its_grouping_anew(bench: Any) -> None:
    host = bench.open()
    record = cps.encode_dgi(0x0101, bytes.fromhex("7003500141"))
    assert bench.send(host.wrap(cps.store_data(record[:4], 0))).sw == 0x9000
    bad = record[4:] + bytes.fromhex("9010020903")
    assert bench.send(host.wrap(cps.store_data(bad, 1))).sw == 0x6A80
    assert not stored(bench)
    assert bench.send(host.wrap(cps.store_data(record, 1))).sw == 0x9000
    assert set(stored(bench)) == {0x0101}


def test_the_application_decides_what_is_enciphered(bench: Any) -> None:
    """P1 = 20: the PIN is deciphered, its counter and limit in the same command are not."""
    host = bench.open()
    block = bytes.fromhex("26123456FFFFFFFF")
    raw = cps.encode_dgi(0x8010, host.encipher(block)) + TRIES
    assert bench.send(host.wrap(cps.store_data(raw, 0, dependent=True))).sw == 0x9000
    assert stored(bench) == {0x8010: block, 0x9010: b"\3\3"}
    plain = cps.encode_dgi(0x8010, block)
    assert bench.send(host.wrap(cps.store_data(plain, 1, dependent=True))).sw == 0x6A80


def test_block_numbers_may_be_ignored(make: Any, grouping: Any) -> None:
    """CPS allows it; a setting of the chip (decision 29)."""
    bench = make()
    bench.banking.blocks_in_order = False
    host = bench.open()
    tries = grouping(0x9010, b"\3\3")
    assert [bench.store(host, tries, block) for block in (7, 7, 0)] == [0x9000] * 3


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.binary(min_size=1, max_size=240), min_size=1, max_size=4),
    st.integers(1, 700),
    st.booleans(),
)
def test_any_cut_brings_the_same_records(
    make: Any, values: list[bytes], chunk: int, several: bool
) -> None:
    bench = make()
    bench.open(level=SecurityLevel.NONE)
    records = [
        bytes((0x70, 0x81, len(value) + 3, 0x50, 0x81, len(value))) + value for value in values
    ]
    todo = [(cps.encode_dgi(0x0101 + at, each), False) for at, each in enumerate(records)]
    packing = cps.Packing(chunk, several=several)
    answers = {bench.send(each).sw for each in commands_without_end(todo, packing)}
    assert answers == {0x9000}
    assert list(stored(bench).values()) == records


def commands_without_end(todo: Any, packing: cps.Packing) -> Any:
    for each in cps.store_data_commands(todo, packing):
        yield CommandAPDU(each.cla, each.ins, each.p1 & 0x7F, each.p2, each.data)


# Every status word of pboc 1.7: how it comes about.

Failure = Callable[[Any, Any], int]


def command(raw: bytes, block: int = 0, **more: bool) -> Failure:
    return lambda bench, host: bench.send(host.wrap(cps.store_data(raw, block, **more))).sw


def torn(position: int) -> Failure:
    """A MAC with one bit wrong."""

    def fail(bench: Any, host: Any) -> int:
        raw = bytearray(bytes(host.wrap(cps.store_data(TRIES, 0))))
        raw[position] ^= 1
        return int.from_bytes(bench.process(bytes(raw)), "big")

    return fail


def unauthenticated(bench: Any, _host: Any) -> int:
    bench.select()
    return bench.send(cps.store_data(TRIES, 0)).sw


def wrong_proof(bench: Any, _host: Any) -> int:
    bench.select()
    raw = bytearray(bytes(bench.initialize().external_authenticate()))
    raw[5] ^= 1
    return int.from_bytes(bench.process(bytes(raw)), "big")


def wrong_keys(bench: Any, host: Any) -> int:
    keys, values = (
        next(each for each in bench.groupings[aid.DEBIT] if each.identifier == wanted)
        for wanted in (0x8000, 0x9000)
    )
    assert bench.store(host, keys, 0) == 0x9000
    raw = cps.encode_dgi(0x9000, values.value[::-1])
    return command(raw, 1)(bench, host)


def without_mac(bench: Any, _host: Any) -> int:
    return bench.send(cps.store_data(TRIES, 0)).sw


FAILURES: Mapping[str, tuple[int, Failure]] = MappingProxyType(
    {
        "unknown DGI": (0x6A88, command(bytes.fromhex("7F0101AA"))),
        "DGI without a public meaning": (0x6A88, command(bytes.fromhex("B0100100"))),
        "bad length of a DGI": (0x6A80, command(bytes.fromhex("901003030303"))),
        "record too long": (
            0x6A80,
            command(cps.encode_dgi(0x0101, b"\x70\x81\xfc\x50\x81\xf9" + bytes(249))),
        ),
        "check values of other keys": (0x6A80, wrong_keys),
        "no padding": (0x6A80, command(cps.encode_dgi(0x8205, bytes(48)), encrypted=True)),
        "not whole blocks": (0x6A80, command(cps.encode_dgi(0x8010, bytes(7)), encrypted=True)),
        "incomplete": (0x6A86, command(TRIES, last=True)),
        "DGI left open by the last block": (0x6A86, command(TRIES[:4], last=True)),
        "block out of order": (0x6A86, command(TRIES, 1)),
        "no secure channel": (0x6985, unauthenticated),
        "no memory": (0x6A84, command(bytes.fromhex("0101FFFFFF") + bytes(100))),
        "host cryptogram wrong": (0x6300, wrong_proof),
        "MAC wrong": (0x6988, torn(-1)),
        "data wrong": (0x6988, torn(6)),
        "MAC missing": (0x6987, without_mac),
    }
)


@pytest.mark.parametrize("name", FAILURES)
def test_after_every_failure_the_card_can_be_completed(bench: Any, name: str) -> None:
    sw, failure = FAILURES[name]
    assert failure(bench, bench.open()) == sw
    assert set(bench.personalize()) == {0x9000}
    bench.select()
    assert bench.send(cps.store_data(TRIES, 0)).sw == 0x6985, "nothing after issue"
    assert bench.hex("00b2010c00")[-4:] == "9000"


@pytest.mark.parametrize("name", ["unknown DGI", "bad length of a DGI", "incomplete", "no memory"])
def test_the_channel_lives_on_where_its_mac_was_right(bench: Any, name: str) -> None:
    host = bench.open()
    FAILURES[name][1](bench, host)
    todo = bench.groupings[aid.DEBIT]
    answers = [
        bench.store(host, each, at, last=at == len(todo) - 1) for at, each in enumerate(todo)
    ]
    assert set(answers) == {0x9000}
