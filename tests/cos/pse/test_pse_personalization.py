"""STORE DATA and the channel, card side (pboc 1.2 to 1.7)."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from sscard.apdu import aid, cps
from sscard.apdu.status import StatusWord
from sscard.channel import SecurityLevel

OK, MAC_WRONG = StatusWord.OK, StatusWord.MAC_WRONG
REFUSED, BAD_DATA = StatusWord.CONDITIONS_NOT_SATISFIED, StatusWord.WRONG_DATA
INCOMPLETE = OUT_OF_ORDER = StatusWord.WRONG_P1P2
UNKNOWN, FULL = StatusWord.KEY_NOT_FOUND, StatusWord.NOT_ENOUGH_SPACE
NAMES = [aid.PSE, aid.DEBIT]
SESSION = tomllib.loads(
    (Path(__file__).parents[2] / "vectors/cps-session.toml").read_text("utf-8")
)["complete"]


def without(groupings: Any, *identifiers: int) -> list[Any]:
    return [each for each in groupings if each.identifier not in identifiers]


def test_the_session_of_the_vectors(make: Any) -> None:
    """The card's answers, from raw bytes that were computed elsewhere."""
    bench = make(challenge=bytes.fromhex(SESSION["card_challenge"]))
    bench.select()
    response = SESSION["response"].lower()
    # KEYDATA and keys are those of the vector; only its key information byte 01 02 is fixed here.
    assert bench.hex(f"8050000008{SESSION['host_challenge']}00") == response + "9000"
    assert bench.hex(SESSION["external_authenticate"][1]["command"]) == "9000"
    sent = [bench.hex(each["command"]) for each in SESSION["store_data"]]
    assert sent == ["9000", "9000", "6a86"], "the third is marked last, and most is missing"


@pytest.mark.parametrize("level", SecurityLevel)
@pytest.mark.parametrize("name", NAMES)
def test_personalization(bench: Any, name: bytes, level: SecurityLevel) -> None:
    before = bench.select(name).data
    assert set(bench.personalize(name, level=level)) == {OK}
    fci = next(each.value for each in bench.groupings[name] if each.identifier == 0x9102)
    after = bench.select(name).data
    assert before == bytes((0x6F, len(name) + 2, 0x84, len(name))) + name
    assert after[2:] == before[2:] + fci
    bench.reset()
    assert bench.select(name).data == after


def test_groupings_come_in_any_order(bench: Any) -> None:
    assert set(bench.personalize(groupings=reversed(bench.groupings[aid.DEBIT]))) == {OK}


@pytest.mark.parametrize(
    ("name", "missing"),
    [(aid.PSE, 0x0101), (aid.PSE, 0x9102)]
    + [
        (aid.DEBIT, each)
        for each in (0x9102, 0x9104, 0x8000, 0x9000, 0x8010, 0x9010, 0x0101, 0x0201, 0x0301)
    ],
)
def test_incomplete(bench: Any, name: bytes, missing: int) -> None:
    *before, last = bench.personalize(name, without(bench.groupings[name], missing))
    assert (set(before) or {OK}, last) == ({OK}, INCOMPLETE)
    # What came before the last command is kept: the missing grouping alone completes it.
    (left,) = [each for each in bench.groupings[name] if each.identifier == missing]
    *_, dropped = without(bench.groupings[name], missing)
    assert set(bench.personalize(name, [left, dropped])) == {OK}


def test_a_card_is_issued_once(issued: Any) -> None:
    for name in NAMES:
        issued.select(name)
        assert issued.send(cps.initialize_update(bytes(8))).sw == REFUSED
        assert issued.hex("80e2000005 9010020303") == "6985"


def test_after_the_last_block_the_channel_is_closed(bench: Any) -> None:
    host = bench.open()
    for block, each in enumerate(bench.groupings[aid.DEBIT]):
        assert bench.store(host, each, block, last=block == 8) == OK
    assert bench.store(host, bench.groupings[aid.DEBIT][0], 9) == REFUSED


def test_no_channel(bench: Any) -> None:
    bench.select()
    assert bench.hex("80e2000005 9010020303") == "6985"
    assert bench.hex("84e200000d 9010020303 0000000000000000") == "6985"
    bench.initialize()
    assert bench.hex("80e2000005 9010020303") == "6985"


def test_select_ends_the_channel(bench: Any) -> None:
    host = bench.open()
    bench.select()
    assert bench.store(host, bench.groupings[aid.DEBIT][0], 0) == REFUSED


def test_nothing_selected(bench: Any) -> None:
    assert bench.hex("8050000008 0102030405060708 00") == "6985"
    assert bench.select(b"2PAY.SYS.DDF01").sw == StatusWord.FILE_NOT_FOUND


def test_wrong_host_cryptogram(bench: Any) -> None:
    bench.select()
    right = bytes(bench.initialize().external_authenticate())
    wrong = right[:5] + bytes((right[5] ^ 1,)) + right[6:]
    assert bench.process(wrong).hex() == "6300"
    assert bench.process(right).hex() == "6985", "one attempt per INITIALIZE UPDATE"
    bench.open()


def test_wrong_mac_of_the_proof(bench: Any) -> None:
    bench.select()
    raw = bytes(bench.initialize().external_authenticate())
    assert bench.process(raw[:-1] + bytes((raw[-1] ^ 1,))).hex() == "6988"


def test_wrong_mac_of_a_block_ends_the_channel(bench: Any) -> None:
    host = bench.open()
    raw = bytes(host.wrap(cps.store_data(bytes.fromhex("9010020303"), 0)))
    assert bench.process(raw[:-1] + bytes((raw[-1] ^ 1,))).hex() == "6988"
    assert bench.process(raw).hex() == "6985"


def test_missing_mac(bench: Any) -> None:
    bench.open()
    assert bench.hex("80e2000005 9010020303") == "6987"


def test_a_replayed_block_is_refused(bench: Any) -> None:
    host = bench.open()
    raw = bytes(host.wrap(cps.store_data(bytes.fromhex("9010020303"), 0)))
    assert bench.process(raw).hex() == "9000"
    assert bench.process(raw).hex() == "6a86"


def test_blocks_come_in_order(bench: Any, grouping: Any) -> None:
    tries = grouping(0x9010, b"\x03\x03")
    host = bench.open(level=SecurityLevel.NONE)
    assert bench.store(host, tries, 1) == OUT_OF_ORDER
    assert bench.store(host, tries, 0) == OK
    assert bench.store(host, grouping(0x9103, b"\x01"), 1) == UNKNOWN
    assert bench.store(host, tries, 2) == OUT_OF_ORDER, "a refused block keeps its number"
    assert bench.store(host, tries, 1) == OK


def test_block_numbers_wrap(bench: Any, grouping: Any) -> None:
    host = bench.open(level=SecurityLevel.NONE)
    tries = grouping(0x9010, b"\x03\x03")
    assert {bench.store(host, tries, block & 0xFF) for block in range(300)} == {OK}


def test_check_values_of_other_keys(bench: Any, grouping: Any) -> None:
    keys, values = (
        each for each in bench.groupings[aid.DEBIT] if each.identifier in (0x8000, 0x9000)
    )
    wrong = grouping(0x9000, values.value[:-1] + bytes((values.value[-1] ^ 1,)))
    host = bench.open()
    assert bench.store(host, keys, 0) == OK
    assert bench.store(host, wrong, 1) == BAD_DATA
    assert bench.store(host, values, 1) == OK, "the channel lives on"


def test_check_values_that_come_before_other_keys(bench: Any, grouping: Any) -> None:
    wrong = grouping(0x9000, bytes(9))
    others = without(bench.groupings[aid.DEBIT], 0x9000)
    *_, last = bench.personalize(groupings=[wrong, *others])
    assert last == BAD_DATA


@pytest.mark.parametrize(
    ("name", "identifier"),
    [(aid.PSE, 0x8000), (aid.PSE, 0x9104), (aid.PSE, 0x0102)]
    + [(aid.DEBIT, each) for each in (0x0100, 0x0B01, 0x0001, 0x9103, 0x8001, 0x9400, 0x7FFF)],
)
def test_unknown_groupings(bench: Any, grouping: Any, name: bytes, identifier: int) -> None:
    assert bench.store(bench.open(name), grouping(identifier, b"\x70\x01\x00"), 0) == UNKNOWN


@pytest.mark.parametrize(
    ("identifier", "value"),
    [
        (0x0101, ""),
        (0x0101, "7000"),  # an empty record
        (0x0101, "7103 5F3400"),  # another template
        (0x0101, "7003 5F3400 00"),  # something behind it
        (0x0101, "7004 5F3400"),  # cut
        (0x0101, "7003 5F3405"),  # inner object runs past the end
        (0x9102, "6F03 A50100"),
        (0x9102, "A506 9F38039F7A"),
        (0x9102, "A506 9F38 03 9F7A01 00"),
        (0x9102, "A505 9F38 02 9F7A"),  # a PDOL without its length
        (0x9104, "82025C00"),
        (0x9104, "8201 5C 9404 08010100"),
        (0x9104, "82025C00 9403 080101"),
        (0x9104, "82025C00 9404 08020100"),  # last before first
        (0x9104, "82025C00 9404 09010100"),
        (0x9104, "82025C00 9404 08010102"),
        (0x8000, 47 * "00"),
        (0x8000, 32 * "00"),
        (0x9000, 8 * "00"),
        (0x8010, "2612 3456 FFFF FF"),
        (0x8010, "2412 34FF FFFF FF00"),
        (0x8010, "241A 34FF FFFF FFFF"),
        (0x8010, "2312 3FFF FFFF FFFF"),
        (0x8010, "1412 34FF FFFF FFFF"),
        (0x8010, ""),
        (0x9010, "03"),
        (0x9010, "0403"),
        (0x9010, "0000"),
        (0x9010, "9F17020303"),
    ],
)
def test_wrong_forms(bench: Any, grouping: Any, identifier: int, value: str) -> None:
    host = bench.open()
    assert bench.store(host, grouping(identifier, bytes.fromhex(value)), 0) == BAD_DATA
    free = bench.partition.free
    assert bench.store(host, grouping(0x9010, b"\x03\x03"), 0) == OK
    assert free - bench.partition.free == 3 + 5 + 2, "nothing was kept of the refused one"


@pytest.mark.parametrize(("size", "sw"), [(254, OK), (255, BAD_DATA)])
def test_the_longest_record(bench: Any, size: int, sw: StatusWord) -> None:
    record = bytes((0x70, 0x81, size - 3, 0x56, 0x81, size - 6)) + bytes(size - 6)
    host = bench.open()
    commands = cps.store_data_commands([(cps.encode_dgi(0x0A01, record), False)])
    sent = [bench.send(host.wrap(cps.store_data(each.data, each.p2))).sw for each in commands]
    assert sent == [OK, sw]


def test_enciphered_values_are_whole_blocks(bench: Any) -> None:
    host = bench.open()
    command = cps.store_data(cps.encode_dgi(0x8010, bytes(7)), 0, encrypted=True)
    assert bench.send(host.wrap(command)).sw == BAD_DATA


def test_a_secret_under_another_key_is_noticed(bench: Any) -> None:
    host = bench.open()
    command = cps.store_data(cps.encode_dgi(0x8010, bytes(8)), 0, encrypted=True)
    assert bench.send(host.wrap(command)).sw == BAD_DATA, "no PIN block comes out"


def test_a_doubled_grouping_overwrites(bench: Any, grouping: Any) -> None:
    bench.open()
    values = [bytes.fromhex(f"70{size:02x}50{size - 2:02x}") + bytes(size - 2) for size in (9, 20)]
    longer = grouping(0x0101, values[1])
    shorter = grouping(0x0101, values[0])
    host = bench.open()
    sizes = []
    for block, each in enumerate((shorter, longer, shorter, longer)):
        assert bench.store(host, each, block) == OK
        sizes.append(bench.partition.free)
    assert sizes[1] < sizes[0], "a larger one needs a new place"
    assert sizes[1:] == [sizes[1]] * 3, "one that is not larger goes where the last is"
    rest = without(bench.groupings[aid.DEBIT], 0x0101)
    assert set(bench.personalize(groupings=rest)) == {OK}
    assert bench.hex("00b2010c00") == values[1].hex() + "9000"


def test_several_groupings_in_a_command(bench: Any) -> None:
    host = bench.open(aid.PSE)
    raw = b"".join(cps.encode_dgi(each.identifier, each.value) for each in bench.groupings[aid.PSE])
    assert bench.send(host.wrap(cps.store_data(raw, 0, last=True))).sw == OK


def test_one_bad_grouping_takes_the_others_of_its_command_back(bench: Any) -> None:
    host = bench.open()
    good, bad = cps.encode_dgi(0x0101, b"\x70\x02\x50\x00"), cps.encode_dgi(0x9010, b"\x09\x03")
    free = bench.partition.free
    assert bench.send(host.wrap(cps.store_data(good + bad, 0))).sw == BAD_DATA
    assert bench.partition.free == free
    assert bench.send(host.wrap(cps.store_data(good, 0))).sw == OK, "the channel lives on"
    assert bench.partition.free == free - 3 - 5 - 4


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 100])
def test_a_grouping_goes_on_in_the_next_command(bench: Any, chunk: int) -> None:
    host = bench.open(aid.PSE)
    todo = [
        (cps.encode_dgi(each.identifier, each.value), False) for each in bench.groupings[aid.PSE]
    ]
    commands = cps.store_data_commands(todo, cps.Packing(chunk))
    assert {bench.send(host.wrap(each)).sw for each in commands} == {OK}
    assert bench.hex("00b2010c00").endswith("9000")


def test_an_enciphered_grouping_goes_on_enciphered(bench: Any) -> None:
    (keys,) = [each for each in bench.groupings[aid.DEBIT] if each.identifier == 0x8000]
    host = bench.open()
    raw = cps.encode_dgi(0x8000, host.encipher(keys.value))
    first, second = (cps.store_data(raw[at : at + 40], at // 40, encrypted=True) for at in (0, 40))
    assert bench.send(host.wrap(first)).sw == OK
    assert bench.send(cps.store_data(second.data, 1)).sw == INCOMPLETE, "not in plain"
    assert bench.send(host.wrap(second)).sw == OK


def test_the_last_command_leaves_no_grouping_open(bench: Any) -> None:
    host = bench.open(aid.PSE)
    first, second = bench.groupings[aid.PSE]
    assert bench.store(host, first, 0) == OK
    raw = cps.encode_dgi(second.identifier, second.value)
    assert bench.send(host.wrap(cps.store_data(raw[:-1], 1, last=True))).sw == INCOMPLETE


def test_memory_full(make: Any, grouping: Any) -> None:
    bench = make(size=240)
    big = grouping(0x0101, b"\x70\x64\x56\x62" + bytes(98))
    host = bench.open()
    assert bench.store(host, big, 0) == FULL
    small = grouping(0x9010, b"\x03\x03")
    assert bench.store(host, small, 0) == OK, "the channel lives on"
    host = bench.open(aid.PSE)
    assert bench.store(host, grouping(0x9102, bytes.fromhex("A503880101")), 0) == OK


def test_a_grouping_larger_than_the_memory_is_not_collected(bench: Any) -> None:
    host = bench.open()
    command = cps.store_data(bytes.fromhex("0101FFFFFF") + bytes(100), 0)
    assert bench.send(host.wrap(command)).sw == FULL
    assert bench.store(host, bench.groupings[aid.DEBIT][0], 0) == OK


def test_each_session_has_its_own_sequence(bench: Any) -> None:
    seen = []
    for _ in range(3):
        bench.open()
        bench.reset()
        bench.select()
        seen.append(bench.send(cps.initialize_update(bytes(8))).data[12:14].hex())
    assert seen == ["0002", "0003", "0004"]
    bench.select(aid.PSE)
    assert bench.send(cps.initialize_update(bytes(8))).data[12:14].hex() == "0001"


def test_the_last_sequence_number_is_the_end(bench: Any) -> None:
    bench.nvm.write(next(bench.partition.objects()).at + 1, b"\xff\xff")
    bench.nvm.commit()
    bench.select(aid.PSE)
    assert bench.send(bench.initialize().external_authenticate()).sw == REFUSED


def test_the_channel_challenge_serves_nobody_else(bench: Any) -> None:
    bench.open()
    with pytest.raises(Exception, match="NO_CHALLENGE"):
        bench.challenges.take()
