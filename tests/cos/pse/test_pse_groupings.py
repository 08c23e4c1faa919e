"""Every data grouping missing, doubled, damaged, out of order (pboc 1.6 to 1.8)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from sscard.apdu import aid, cps
from sscard.apdu.status import StatusWord
from sscard.channel import SecurityLevel

OK, INCOMPLETE, BAD, UNKNOWN = 0x9000, 0x6A86, 0x6A80, 0x6A88
RSA = range(0x8201, 0x8206)
#: Those without which the application is issued all the same.
OPTIONAL = {0x9103, 0x9105, 0x9200, 0x9201, 0x9203, 0x9204, 0x9207, 0x9208, 0x0D01, 0x0E01}
SM = {0x8400, 0x8501, 0x8502, 0x9105, 0x9201, 0x9204, 0x9208, 0x9400}
CONTACTLESS = {0x9103, 0x9207, 0x9208}


@pytest.fixture
def groupings(all_groupings: Callable[..., dict[int, Any]]) -> dict[int, Any]:
    return all_groupings()


IDENTIFIERS = (
    *(0x9102, 0x9103, 0x9104, 0x9105, 0x9203, 0x9204, 0x9207, 0x9208, 0x0101, 0x0201, 0x0301),
    *(0x0D01, 0x0E01, 0x9200, 0x9201, 0x9000, 0x9400, 0x9010, 0x8000, 0x8400, 0x8010),
    *(*RSA, 0x8501, 0x8502),
)


def test_the_list_is_whole(groupings: dict[int, Any]) -> None:
    assert set(IDENTIFIERS) == set(groupings)


@pytest.fixture
def blank(make: Any) -> Any:
    return make(antenna=True)


@pytest.mark.parametrize("identifier", IDENTIFIERS)
def test_missing(blank: Any, groupings: dict[int, Any], identifier: int) -> None:
    rest = [each for key, each in groupings.items() if key != identifier]
    *before, last = blank.personalize(groupings=rest)
    assert set(before) == {OK}
    if identifier in OPTIONAL:
        assert last == OK
        return
    assert last == INCOMPLETE
    # What came before the last command is kept: with that one, the missing one completes the card.
    assert set(blank.personalize(groupings=[groupings[identifier], rest[-1]])) == {OK}


@pytest.mark.parametrize("identifier", IDENTIFIERS)
def test_doubled(blank: Any, groupings: dict[int, Any], identifier: int) -> None:
    twice = [groupings[identifier], *groupings.values()]
    assert set(blank.personalize(groupings=twice)) == {OK}


@pytest.mark.parametrize("identifier", IDENTIFIERS)
def test_damaged(blank: Any, groupings: dict[int, Any], grouping: Any, identifier: int) -> None:
    """Cut by a byte, or by a block where it is enciphered: refused, and the right one is taken."""
    right = groupings[identifier]
    cut = grouping(identifier, right.value[: -8 if right.secret else -1], right.secret)
    host = blank.open()
    assert blank.store(host, cut, 0) == BAD
    todo = list(groupings.values())
    answers = [
        blank.store(host, each, at, last=at == len(todo) - 1) for at, each in enumerate(todo)
    ]
    assert set(answers) == {OK}


def test_in_any_order(blank: Any, groupings: dict[int, Any]) -> None:
    assert set(blank.personalize(groupings=[*reversed(groupings.values())])) == {OK}


@pytest.mark.parametrize("identifier", IDENTIFIERS)
def test_out_of_order(blank: Any, groupings: dict[int, Any], identifier: int) -> None:
    first = [groupings[identifier]]
    first += [each for key, each in groupings.items() if key != identifier]
    assert set(blank.personalize(groupings=first)) == {OK}


@pytest.mark.parametrize("identifier", IDENTIFIERS)
def test_a_chip_without_an_antenna(bench: Any, groupings: dict[int, Any], identifier: int) -> None:
    """It is of PBOC 2.0: neither SM nor qPBOC."""
    host = bench.open()
    expected = UNKNOWN if identifier in SM | CONTACTLESS else OK
    assert bench.store(host, groupings[identifier], 0) == expected


@pytest.mark.parametrize(
    "identifier",
    [
        0x8001,
        0x8420,
        0x8105,
        0x8401,
        0x9420,
        0x9206,
        0xA006,
        0x1501,
        0x0B01,
        0x7FFF,
        0xFF01,
        0xFF0B,
    ],
)
def test_unknown(blank: Any, groupings: dict[int, Any], grouping: Any, identifier: int) -> None:
    host = blank.open()
    assert blank.store(host, grouping(identifier, bytes(8)), 0) == UNKNOWN
    todo = list(groupings.values())
    assert {blank.store(host, each, at) for at, each in enumerate(todo)} == {OK}


@pytest.mark.parametrize(("keys", "values"), [(0x8000, 0x9000), (0x8400, 0x9400)])
def test_check_values(
    blank: Any, groupings: dict[int, Any], grouping: Any, keys: int, values: int
) -> None:
    wrong = bytes((groupings[values].value[0] ^ 1,)) + groupings[values].value[1:]
    host = blank.open()
    assert blank.store(host, groupings[keys], 0) == OK
    assert blank.store(host, grouping(values, wrong), 1) == BAD


@pytest.mark.parametrize(("keys", "values"), [(0x8000, 0x9000), (0x8400, 0x9400)])
def test_check_values_before_their_keys(
    blank: Any, groupings: dict[int, Any], grouping: Any, keys: int, values: int
) -> None:
    """Then there is nothing to compare; at the last block there is."""
    wrong = bytes((groupings[values].value[0] ^ 1,)) + groupings[values].value[1:]
    others = [each for key, each in groupings.items() if key not in (keys, values)]
    *_, last = blank.personalize(groupings=[grouping(values, wrong), groupings[keys], *others])
    assert last == BAD
    assert set(blank.personalize(groupings=[groupings[values], others[-1]])) == {OK}


@pytest.mark.parametrize("identifier", [*RSA, 0x8501, 0x8502])
def test_padding(blank: Any, groupings: dict[int, Any], grouping: Any, identifier: int) -> None:
    """80 is always there; a value of whole blocks gets a block of its own."""
    value = groupings[identifier].value
    plain = value.rstrip(b"\0")[:-1]
    host = blank.open()
    without = plain + bytes(-len(plain) % 8)
    assert blank.store(host, grouping(identifier, without, secret=True), 0) == BAD
    assert blank.store(host, grouping(identifier, value + bytes(8), secret=True), 0) == BAD
    assert blank.store(host, grouping(identifier, value, secret=True), 0) == OK


@pytest.mark.parametrize("identifier", [*RSA, 0x8501])
def test_keys_that_do_not_fit_together(
    blank: Any, groupings: dict[int, Any], grouping: Any, identifier: int
) -> None:
    value = groupings[identifier].value
    wrong = value[:20] + bytes((value[20] ^ 0x10,)) + value[21:]
    other = {**groupings, identifier: grouping(identifier, wrong, secret=True)}
    *before, last = blank.personalize(groupings=other.values())
    assert (set(before), last) == ({OK}, BAD)
    dropped = [*groupings.values()][-1]
    assert set(blank.personalize(groupings=[groupings[identifier], dropped])) == {OK}


@pytest.mark.parametrize(
    ("identifier", "value"),
    [
        (0x0D01, "9f5802 0001"),  # a length of its own
        (0x0D01, "9f7906 00000000000a"),  # no digits
        (0x0D01, "9f79"),
        (0x0D01, "9f4f02 9f36"),
        (0x0D01, "9f4f00"),
        (0x0D01, "df4f01 9f"),
        (0x0E01, "df7e01 9f"),
        (0x0E01, "df7f00"),
        (0x9102, "a506 bf0c03 9f4d02"),
        (0x0E01, "9f3601 00"),
        (0x9104, "8202 7d00"),
        (0x9104, "8201 7d 9404 08010100"),
        (0x9104, "8202 7d00 9404 08020100"),
        (0x9200, "06010103000000010a01"),
        (0x9200, "0701010300000001 0a"),
        (0x9010, "0403"),
        (0x9010, "0310"),
        (0x9010, "0000"),
        (0x9102, "6f02a500"),
        (0x0301, "7100"),
        (0x0301, "7000"),
    ],
)
def test_forms(blank: Any, grouping: Any, identifier: int, value: str) -> None:
    host = blank.open()
    assert blank.store(host, grouping(identifier, bytes.fromhex(value)), 0) == BAD


def test_numbers_that_are_no_primes(blank: Any, groupings: dict[int, Any], grouping: Any) -> None:
    """Everything fits together, and yet no signature comes out."""
    number = int.from_bytes(groupings[0x8205].value[:48], "big")
    exponent = 65537
    p, q = number + 2, int.from_bytes(groupings[0x8204].value[:48], "big")
    while math.gcd(exponent, p - 1) != 1 or pow(2, p - 1, p) == 1:
        p += 2
    parts = (p, q, pow(exponent, -1, p - 1), pow(exponent, -1, q - 1), pow(q, -1, p))
    for dgi, part in zip(range(0x8205, 0x8200, -1), parts, strict=True):
        value = part.to_bytes(48, "big") + b"\x80" + bytes(7)
        groupings[dgi] = grouping(dgi, value, secret=True)
    assert blank.personalize(groupings=groupings.values())[-1] == BAD


@pytest.mark.parametrize("pin", ["141234", "2312", "24123f", "2d12"])
def test_pin_blocks(blank: Any, grouping: Any, pin: str) -> None:
    host = blank.open()
    value = bytes.fromhex(pin).ljust(8, b"\xff")
    assert blank.store(host, grouping(0x8010, value, secret=True), 0) == BAD


@pytest.mark.parametrize("level", SecurityLevel)
@pytest.mark.parametrize("size", [1, 3, 7, 64, 200])
def test_several_in_a_command_and_one_in_several(
    blank: Any, groupings: dict[int, Any], level: SecurityLevel, size: int
) -> None:
    """All clear groupings as one stream, cut anywhere; the secret ones as another."""
    host = blank.open(level=level)
    clear = [each for each in groupings.values() if not each.secret]
    secret = [each for each in groupings.values() if each.secret]
    parts = []
    for group in (secret, clear):
        stream = b"".join(
            cps.encode_dgi(
                each.identifier, host.encipher(each.value) if each.secret else each.value
            )
            for each in group
        )
        parts += [(stream[at : at + size], group is secret) for at in range(0, len(stream), size)]
    for block, (part, encrypted) in enumerate(parts):
        last = block == len(parts) - 1
        command = cps.store_data(part, block, last=last, encrypted=encrypted)
        assert blank.send(host.wrap(command)).sw == OK
    blank.reset()
    assert b"\x9f\x38" in blank.select().data


def test_lengths_of_one_and_of_three_bytes(blank: Any, groupings: dict[int, Any]) -> None:
    host = blank.open(level=SecurityLevel.NONE)
    value = groupings[0x9104].value
    for block, length in enumerate((bytes((len(value),)), b"\xff\0" + bytes((len(value),)))):
        command = cps.store_data(b"\x91\x04" + length + value, block)
        assert blank.send(host.wrap(command)).sw == OK


def test_a_record_too_long(blank: Any, grouping: Any) -> None:
    host = blank.open(level=SecurityLevel.NONE)
    raw = cps.encode_dgi(0x0401, b"\x70\x82\x01\x00\x9f\x63\x81\xfc" + bytes(252))
    answers = [
        blank.send(host.wrap(cps.store_data(raw[at : at + 200], block))).sw
        for block, at in enumerate(range(0, len(raw), 200))
    ]
    assert answers == [OK, BAD]


def test_a_full_memory(make: Any, groupings: dict[int, Any]) -> None:
    small = make(antenna=True, size=1024)
    answers = small.personalize(groupings=groupings.values())
    assert StatusWord.NOT_ENOUGH_SPACE in answers
    assert answers[-1] == INCOMPLETE


def test_the_record_of_a_long_signature_needs_no_grouping(
    blank: Any, groupings: dict[int, Any], grouping: Any
) -> None:
    options = grouping(0x9207, bytes.fromhex("82027c00 9408 08010100 30010100"))
    assert set(blank.personalize(groupings={**groupings, 0x9207: options}.values())) == {OK}


def test_counters_begin_where_they_are_told(rich: Any) -> None:
    assert (rich.get("9f36"), rich.get("9f13")) == ("0041", "0041")


def test_the_directory_takes_only_its_own(blank: Any, groupings: dict[int, Any]) -> None:
    for name in (aid.PSE, aid.PPSE):
        host = blank.open(name)
        assert blank.store(host, groupings[0x9104], 0) == UNKNOWN
        assert blank.store(host, groupings[0x8000], 0) == UNKNOWN
