"""Commands of issuer scripts, and the MAC at their end."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.apdu import CommandAPDU, pboc_script
from sscard.errors import MalformedData

MAC = bytes.fromhex("D22D4CB9")
octets = st.integers(0, 255)


def sent(command: CommandAPDU) -> str:
    return bytes(pboc_script.with_mac(command, MAC)).hex().upper()


def test_commands_of_the_specification() -> None:
    # pboc 5
    assert sent(pboc_script.application_block()) == "841E000004D22D4CB9"
    assert sent(pboc_script.application_unblock()) == "8418000004D22D4CB9"
    assert sent(pboc_script.card_block()) == "8416000004D22D4CB9"
    assert sent(pboc_script.pin_unblock()) == "8424000004D22D4CB9"
    pin = bytes(range(16))
    expected = pin.hex().upper() + "D22D4CB9"
    assert sent(pboc_script.pin_change(pin)) == "8424000214" + expected
    assert sent(pboc_script.pin_change(pin, with_current=True)) == "8424000114" + expected
    record = bytes.fromhex("7003 9F0700".replace(" ", ""))
    assert (
        sent(pboc_script.update_record_secured(2, record, sfi=3)) == "04DC021C0970039F0700D22D4CB9"
    )


def test_put_data_and_what_its_mac_begins_with() -> None:
    # pboc 3.1: the script vector
    command = pboc_script.put_data(0x9F79, bytes.fromhex("000000010000"))
    assert pboc_script.header(command).hex().upper() == "04DA9F790A"
    assert sent(command) == "04DA9F790A000000010000D22D4CB9"
    assert sent(pboc_script.put_data(0x5A, b"")) == "04DA005A04D22D4CB9"


@given(octets, octets, octets, octets, st.binary(max_size=251), st.binary(min_size=4, max_size=4))
def test_macs_come_off_again(cla: int, ins: int, p1: int, p2: int, data: bytes, mac: bytes) -> None:
    command = CommandAPDU(cla, ins, p1, p2, data)
    received = CommandAPDU.parse(bytes(pboc_script.with_mac(command, mac)))
    assert pboc_script.split_mac(received) == (command, mac)
    assert pboc_script.header(command) == bytes(received)[:5]


@given(st.binary(min_size=4, max_size=40))
def test_any_command_has_a_mac_or_is_malformed(raw: bytes) -> None:
    with suppress(MalformedData):
        plain, mac = pboc_script.split_mac(CommandAPDU.parse(raw))
        assert pboc_script.header(plain) == raw[:5]
        assert plain.data + mac == raw[5 : 5 + raw[4]]


@pytest.mark.parametrize("data", [b"", bytes(3), bytes(256)])
def test_commands_without_a_mac(data: bytes) -> None:
    with pytest.raises(MalformedData, match="MAC of 4 bytes"):
        pboc_script.split_mac(CommandAPDU(0x84, 0x1E, data=data))


def test_caller_mistakes() -> None:
    with pytest.raises(ValueError, match="251 bytes"):
        pboc_script.header(CommandAPDU(4, 0xDA, data=bytes(252)))
    with pytest.raises(ValueError, match="4 bytes"):
        pboc_script.with_mac(pboc_script.card_block(), bytes(8))
    with pytest.raises(ValueError, match="16 bytes"):
        pboc_script.pin_change(bytes(8))
    for tag in (0, 0x10000):
        with pytest.raises(ValueError, match="tag"):
            pboc_script.put_data(tag, b"")
