"""What the card signs: DDA and CDA in both families, checked in plain Python (pboc 4)."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from gmssl import sm3 as gmssl_sm3

from sscard.keys import sm2
from sscard.keys.sm2_keys import SM2PublicKey

CDOL1 = "9F02069F03069F1A0295055F2A029A039F21039C019F37049F4E14"
CDOL2 = "8A029F02069F03069F1A0295055F2A029A039F21039C019F3704"
NUMBER = bytes.fromhex("01020304")


def recovered(signed: bytes, rsa: tuple[int, int], terminal: bytes) -> bytes:
    """The dynamic data of an RSA signature whose hash is right."""
    modulus, exponent = rsa
    size = (modulus.bit_length() + 7) // 8
    assert len(signed) == size
    block = pow(int.from_bytes(signed, "big"), exponent, modulus).to_bytes(size, "big")
    assert (block[:3].hex(), block[-1]) == ("6a0501", 0xBC)
    data, digest = block[1:-21], block[-21:-1]
    assert digest == hashlib.sha1(data + terminal).digest()
    assert set(block[4 + block[3] : -21]) <= {0xBB}
    return block[4 : 4 + block[3]]


def verified(signed: bytes, point: bytes, terminal: bytes) -> bytes:
    """What an SM2 signature is over, without the terminal's data."""
    head, signature = signed[:-64], signed[-64:]
    assert head[0] == 0x15
    assert sm2.verify(SM2PublicKey(point), head + terminal, signature)
    return head[1:]


def test_dda(rich: Any, rsa: tuple[int, int]) -> None:
    talk = rich.said()
    talk.start().require("GPO")
    answer = talk.send("00880000", NUMBER, le=True).require("INTERNAL AUTHENTICATE")
    assert answer[:2].hex() == "8060"
    assert recovered(answer[2:], rsa, NUMBER).hex() == "020042"
    assert talk.ac("80").cvr == "03a00002"


def test_dda_with_sm2(rich: Any, sm2_point: bytes) -> None:
    talk = rich.said(tDF69="01")
    talk.start().require("GPO")
    answer = talk.send("00880000", NUMBER, le=True).require("INTERNAL AUTHENTICATE")
    assert verified(answer[2:], sm2_point, NUMBER).hex() == "03020042"
    assert talk.ac("80").cvr == "03a00002"


@pytest.mark.parametrize("size", [1, 3, 5, 8])
def test_other_data_than_the_list_asks_for(rich: Any, size: int) -> None:
    talk = rich.said()
    talk.start().require("GPO")
    assert talk.send("00880000", bytes(size), le=True).sw == 0x6700


@pytest.mark.parametrize("sm", ["00", "01"])
@pytest.mark.parametrize("asked", ["50", "90", "10"])
@pytest.mark.parametrize("second", [False, True])
def test_cda(
    rich: Any, rsa: tuple[int, int], sm2_point: bytes, sm: str, asked: str, second: bool
) -> None:
    talk = rich.said(tDF69=sm)
    talk.start().require("GPO")
    if second:
        talk.ac("80")
        assert talk.answer() == 0x9000
        asked = "10" if asked == "10" else "50"
    answer = talk.generate(asked, CDOL2 if second else CDOL1).require("GENERATE AC")
    if asked == "10":
        assert answer[0] == 0x80, "what is declined is not signed"
        return
    assert answer[0] == 0x77
    head = answer.index(b"\x9f\x4b")
    length = 114 if sm == "01" else 96
    signed = answer[head + 3 : head + 3 + length]
    before, after = (
        answer[2:head] if answer[1] < 0x80 else answer[3:head],
        answer[head + 3 + length :],
    )
    assert before.hex() == f"9f2701{int(asked, 16) & 0xC0:02x}9f36020042"
    assert after[:2].hex() == "9f10"
    number = bytes.fromhex(talk.values[0x9F37])
    said = talk.heard + before + after
    if sm == "00":
        dynamic = recovered(signed, rsa, number)
        digest = hashlib.sha1(said).digest()
    else:
        dynamic = verified(signed, sm2_point, b"")[1:]
        assert dynamic[-4:] == number
        dynamic = dynamic[:-4]
        digest = bytes.fromhex(gmssl_sm3.sm3_hash(list(said)))
    assert dynamic[:3].hex() == "020042"
    assert dynamic[3] == int(asked, 16) & 0xC0
    assert dynamic[12:] == digest
    # The cryptogram in it is that of the transaction.
    issuer = after[3:]
    parts = [talk.values[t] for t in (0x9F02, 0x9F03, 0x9F1A, 0x95, 0x5F2A, 0x9A, 0x9C, 0x9F37)]
    message = bytes.fromhex("".join(parts) + "7d00" + "0042") + issuer[3:7]
    assert dynamic[4:12] == talk.oracle.mac(talk.oracle.session(0, b"\0\x42"), message)


@pytest.mark.parametrize("gone", [range(0x8201, 0x8206), (0x8501, 0x8502)])
def test_a_card_without_the_key(rich_bench: Any, all_groupings: Any, gone: Any) -> None:
    bench = rich_bench({key: each for key, each in all_groupings().items() if key not in gone})
    for sm in ("00", "01"):
        talk = bench.said(tDF69=sm)
        talk.start().require("GPO")
        refused = (sm == "01") == (0x8501 in gone)
        assert talk.send("00880000", NUMBER, le=True).sw == (0x6985 if refused else 0x9000)
        assert talk.generate("50").sw == (0x6985 if refused else 0x9000)


def test_sm_needs_all_that_belongs_to_it(rich_bench: Any, all_groupings: Any) -> None:
    """Without options for SM the transaction is one of 3DES."""
    bench = rich_bench({key: each for key, each in all_groupings().items() if key != 0x9105})
    talk = bench.said(tDF69="01")
    assert talk.start().data.hex() == "800e7d00080101001001010018010100"
    raw = talk.generate("80").require("GENERATE AC")
    assert raw[13 + 7] == 0x01
