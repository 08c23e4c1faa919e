"""PSAM commands byte by byte, and their data there and back (ssc 5.3, 9.5)."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.apdu import psam
from sscard.apdu.psam_data import (
    ApplicationInformation,
    InitSamForPurchase,
    PublicInformation,
    PurchaseOfCard,
    SamPurchaseInitialized,
)
from sscard.errors import MalformedData

CARD, CITY = bytes.fromhex("8684510100000001"), b"371000sx"
PURCHASE = PurchaseOfCard(b"\1\2\3\4", 5, 6, 7, 8, 2, bytes.fromhex("20260131235959"), 1, 3)


def hexed(command: object) -> str:
    return bytes(command).hex().upper()  # type: ignore[call-overload, no-any-return]


def test_a_gen_2_reader_s_commands() -> None:
    """ssc 9.5 [1]: key 48,5D with two factors and the card's challenge."""
    command = psam.delivery_session_key(0x48, 0x5D, (CARD, CITY), bytes(range(8)))
    assert hexed(command) == "BFDE485D18" + CARD.hex() + "3337313030307378" + "0001020304050607"
    command = psam.cipher_data(psam.Cipher.ENCIPHER, bytes.fromhex("1122334455667788"))
    assert hexed(command) == "80FA000008112233445566778800"


def test_a_gen_3_reader_s_commands() -> None:
    command = psam.delivery_session_key(0x48, 0x12, (CARD, CITY), bytes(8).ljust(16, b"\0"))
    assert hexed(command)[:10] == "BFDE481220"
    command = psam.cipher_data(psam.Cipher.FIRST_MAC, bytes(16))
    assert hexed(command) == "80FA070010" + "00" * 16, "no answer is asked for"


def test_the_others() -> None:
    assert hexed(psam.init_environment(0x37)) == "BFEC00000137"
    assert hexed(psam.credit_sam_for_purchase(b"abcd")) == "807200000461626364"
    assert hexed(psam.create_key(0x11, bytes(36)))[:10] == "84D4001124"
    assert hexed(psam.change_key(0x13, bytes(28)))[:10] == "84D401131C"
    asked = hexed(psam.init_sam_for_purchase(InitSamForPurchase(PURCHASE, (CARD,))))
    assert asked == (
        "8070010024" + "01020304" + "0005" + "00000006" + "00000007" + "00000008" + "02"
        "20260131235959" + "01" + "03" + CARD.hex() + "08"
    )


@pytest.mark.parametrize(
    "build",
    [
        lambda: psam.delivery_session_key(7, 1, (bytes(7),), bytes(8)),
        lambda: psam.delivery_session_key(7, 1, (), bytes(9)),
        lambda: psam.credit_sam_for_purchase(bytes(3)),
        lambda: InitSamForPurchase(PURCHASE, ()),
        lambda: InitSamForPurchase(PURCHASE, (CARD,) * 4),
        lambda: InitSamForPurchase(PURCHASE, (bytes(7),)),
    ],
)
def test_what_cannot_be_said(build: object) -> None:
    with pytest.raises(ValueError, match=r"bytes"):
        build()  # type: ignore[operator]


def test_amounts_do_not_show() -> None:
    for shown in (PURCHASE, InitSamForPurchase(PURCHASE, (CARD,))):
        assert "6" not in repr(shown).replace("36", "").replace("28", "")


@given(st.integers(1, 3))
def test_there_and_back(count: int) -> None:
    request = InitSamForPurchase(PURCHASE, (CARD,) * count)
    assert InitSamForPurchase.parse(bytes(request)) == request


@given(st.binary(max_size=60))
def test_any_bytes_parse_or_are_malformed(raw: bytes) -> None:
    for kind in (
        InitSamForPurchase,
        PurchaseOfCard,
        SamPurchaseInitialized,
        PublicInformation,
        ApplicationInformation,
    ):
        with suppress(MalformedData):
            assert bytes(kind.parse(raw)) == raw


def test_names_of_the_environments() -> None:
    names = [name.decode("gbk") for name in psam.ENVIRONMENTS.values()]
    assert names == ["sx1.sh.社会保障", "sx2.sh.社会保障", "sx3.sh.社会保障"]
