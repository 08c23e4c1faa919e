"""Builders for the debit application."""

from __future__ import annotations

import pytest

from sscard.apdu import pboc


def test_get_processing_options() -> None:
    assert bytes(pboc.get_processing_options()).hex().upper() == "80A8000002830000"
    # pboc 6.3, a contact card of CCB
    command = pboc.get_processing_options(bytes.fromhex("000000000001010156"))
    assert bytes(command).hex().upper() == "80A800000B830900000000000101015600"
    assert len(pboc.get_processing_options(bytes(252)).data) == 255
    with pytest.raises(ValueError, match="252"):
        pboc.get_processing_options(bytes(253))


def test_get_data() -> None:
    assert bytes(pboc.get_data(0x9F79)).hex().upper() == "80CA9F7900"  # pboc 6.3
    assert bytes(pboc.get_data(0x5A)).hex().upper() == "80CA005A00"
    for tag in (0, 0x10000):
        with pytest.raises(ValueError, match="tag"):
            pboc.get_data(tag)


def test_verify() -> None:
    block = bytes.fromhex("241234FFFFFFFFFF")
    assert bytes(pboc.verify(block)).hex().upper() == "0020008008241234FFFFFFFFFF"
    with pytest.raises(ValueError, match="8 bytes"):
        pboc.verify(block[:-1])
