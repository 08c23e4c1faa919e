"""Builders for the debit application."""

from __future__ import annotations

import pytest

from sscard.apdu import pboc
from sscard.apdu.cryptogram import Cryptogram


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


def test_select() -> None:
    name = bytes.fromhex("A0000003330101")
    assert bytes(pboc.select(name)).hex().upper() == "00A4040007A000000333010100"
    again = pboc.select(name, following=True)
    assert bytes(again).hex().upper() == "00A4040207A000000333010100"
    for wrong in (bytes(4), bytes(17)):
        with pytest.raises(ValueError, match="5 to 16"):
            pboc.select(wrong)


def test_verify_enciphered() -> None:
    assert bytes(pboc.verify_enciphered(bytes(128)))[:5].hex() == "0020008880"
    with pytest.raises(ValueError, match="as long as the key"):
        pboc.verify_enciphered(b"")


def test_generate_ac() -> None:
    first = {kind: pboc.generate_ac(kind, b"\1\2") for kind in Cryptogram}
    assert {kind.name: bytes(each).hex() for kind, each in first.items()} == {
        "AAC": "80ae000002010200",
        "TC": "80ae400002010200",
        "ARQC": "80ae800002010200",
    }
    signed = pboc.generate_ac(Cryptogram.ARQC, b"", cda=True)
    assert bytes(signed).hex() == "80ae900000"


def test_authentication() -> None:
    unpredictable = bytes.fromhex("11223344")
    assert bytes(pboc.internal_authenticate(unpredictable)).hex() == "00880000041122334400"
    arpc = bytes.fromhex("08290098FF869156")
    answer = pboc.external_authenticate(arpc, b"00")
    assert bytes(answer).hex().upper() == "008200000A08290098FF8691563030"
    for wrong in ((arpc[:7], b"00"), (arpc, b"0")):
        with pytest.raises(ValueError, match="code of 2"):
            pboc.external_authenticate(*wrong)
