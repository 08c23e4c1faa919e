"""Key blocks against published ones, another implementation, and everything that can be altered."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

import psec
import pytest
from Crypto.Cipher import AES as ORACLE_AES
from Crypto.Cipher import DES3
from Crypto.Hash import CMAC
from hypothesis import given
from hypothesis import strategies as st

from sscard.errors import KeyStoreError
from sscard.keys import DES8, HMAC256, SM4, TDES, SecretKey
from sscard.keys.tr31 import unwrap, wrap
from sscard.keys.tr31_binding import Binding
from sscard.keys.tr31_header import Header, header_for, parse
from sscard.keys.types import AES

DOCUMENT = tomllib.loads((Path(__file__).parents[1] / "vectors/key-blocks.toml").read_text("utf-8"))
KINDS: dict[str, type[SecretKey]] = {"T": TDES, "A": AES}
TDES_KEY = TDES(bytes.fromhex("3F419E1CB7079442AA37474C2EFBF8B8"))
AES_KEY = AES(bytes(range(16)))
PROTECTION: dict[str, Any] = {
    "3des": TDES(bytes.fromhex("DD7515F2BFC17F85CE48F3CA25CB21F6")),
    "aes-128": AES(bytes(range(16))),
    "aes-192": AES(bytes(range(24))),
    "aes-256": AES(bytes(range(32))),
}
KEYS = [
    DES8(b"12345678"),
    TDES_KEY,
    SM4(bytes(range(16))),
    AES(bytes(range(50, 66))),
    AES(bytes(range(50, 74))),
    AES(bytes(range(50, 82))),
    HMAC256(bytes(range(32))),
]


def rows() -> list[Any]:
    assert DOCUMENT["source"]
    return [pytest.param(row, id=row["name"]) for row in DOCUMENT["block"]]


def zeros(size: int) -> bytes:
    return bytes(size)


def row_of(row: dict[str, Any]) -> tuple[Any, SecretKey, Header]:
    kind = TDES if row["block"].startswith("B") else AES
    blocks = tuple((identifier, text) for identifier, text in row.get("optional", ()))
    key = KINDS[row["attributes"][1]](bytes.fromhex(row["key"]))
    return kind(bytes.fromhex(row["protection"])), key, Header(*row["attributes"], blocks=blocks)


@pytest.mark.parametrize("row", rows())
def test_published_blocks_open(row: dict[str, Any]) -> None:
    protection, key, header = row_of(row)
    received = unwrap(protection, row["block"])
    assert (received.key, received.header) == (key, header)


@pytest.mark.parametrize("row", [row for row in rows() if "random" in row.values[0]])
def test_published_blocks_are_made(row: dict[str, Any]) -> None:
    protection, key, header = row_of(row)
    filling = bytes.fromhex(row["random"])
    asked: list[int] = []

    def random(size: int) -> bytes:
        asked.append(size)
        return filling

    assert wrap(protection, header, key, random, hide_length=row["hide_length"]) == row["block"]
    assert asked == [len(filling)]


def fits(protection: SecretKey, key: SecretKey) -> bool:
    if isinstance(key, DES8 | TDES):
        return True
    return isinstance(protection, AES) and len(key.reveal()) <= len(protection.reveal())


@pytest.mark.parametrize("key", KEYS, ids=repr)
@pytest.mark.parametrize("protection", PROTECTION.values(), ids=PROTECTION.keys())
@pytest.mark.parametrize("hide_length", [True, False])
def test_what_goes_in_comes_out(protection: Any, key: SecretKey, hide_length: bool) -> None:
    header = header_for("UK1DF01", 2, key)
    if not fits(protection, key):
        with pytest.raises(ValueError, match="too weak to protect"):
            wrap(protection, header, key, zeros)
        return
    received = unwrap(protection, wrap(protection, header, key, zeros, hide_length=hide_length))
    assert (received.key, received.header) == (key, header)
    assert received.header.label == "UK1DF01"


def test_hidden_lengths_are_alike() -> None:
    protection = PROTECTION["aes-256"]
    blocks = {len(wrap(protection, Header("D0", "A", "B"), key, zeros)) for key in KEYS[3:6]}
    assert len(blocks) == 1


# -- other implementations -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["aes-128", "aes-192", "aes-256"])
@pytest.mark.parametrize("optional", [(), (("LB", "UK1DF01"),), (("LB", "x" * 300), ("KS", ""))])
def test_psec_opens_ours_and_we_open_its(name: str, optional: tuple[tuple[str, str], ...]) -> None:
    protection = PROTECTION[name]
    header = Header("E6", "A", "X", "03", "S", optional)
    theirs, value = psec.tr31.unwrap(protection.reveal(), wrap(protection, header, AES_KEY, zeros))
    assert AES(value) == AES_KEY
    assert (theirs.key_usage, theirs.version_num, tuple(theirs.blocks.items())) == (
        "E6",
        "03",
        optional,
    )
    received = unwrap(protection, psec.tr31.wrap(protection.reveal(), theirs, AES_KEY.reveal()))
    assert (received.key, received.header) == (AES_KEY, header)


@pytest.mark.parametrize("name", PROTECTION)
def test_written_out_with_pycryptodome(name: str) -> None:
    """TR-31:2018 5.3.2: derived keys, MAC over header and clear key data, CBC with IV = MAC."""
    protection = PROTECTION[name].reveal()
    triple = name == "3des"
    cipher, block = (DES3, 8) if triple else (ORACLE_AES, 16)

    def cmac(key: bytes, message: bytes) -> bytes:
        return CMAC.new(key, message, ciphermod=cipher).digest()

    algorithm = 0 if triple else len(protection) // 8
    form = algorithm.to_bytes(2, "big") + (8 * len(protection)).to_bytes(2, "big")
    derived = {
        use: b"".join(
            cmac(protection, bytes((at, 0, use, 0)) + form)
            for at in range(1, -(-len(protection) // block) + 1)
        )[: len(protection)]
        for use in (0, 1)
    }
    clear = bytes.fromhex("0080") + TDES_KEY.reveal()
    clear += bytes(-len(clear) % block)
    characters = 16 + 2 * (len(clear) + block)
    text = f"{'B' if triple else 'D'}{characters:04d}E6TX00E0000"
    mac = cmac(derived[1], text.encode() + clear)
    data = cipher.new(derived[0], cipher.MODE_CBC, iv=mac).encrypt(clear)  # type: ignore[attr-defined]
    made = wrap(PROTECTION[name], Header("E6", "T", "X"), TDES_KEY, zeros, hide_length=False)
    assert made == text + (data + mac).hex().upper()


# -- what is refused -------------------------------------------------------------------------------

BLOCK = DOCUMENT["block"][0]["block"]
BLOCK_B = DOCUMENT["block"][4]["block"]


@pytest.mark.parametrize("index", [0, 4])
def test_every_altered_character_is_noticed(index: int) -> None:
    row = DOCUMENT["block"][index]
    protection, *_ = row_of(row)
    for at, old in enumerate(row["block"]):
        for new in {"0", "1", "E", "F", "~"} - {old}:
            altered = row["block"][:at] + new + row["block"][at + 1 :]
            with pytest.raises(KeyStoreError, match=r"^key block: "):
                unwrap(protection, altered)


@pytest.mark.parametrize("end", range(0, len(BLOCK_B), 3))
def test_every_cut_block_is_noticed(end: int) -> None:
    protection, *_ = row_of(DOCUMENT["block"][4])
    with pytest.raises(KeyStoreError, match=r"^key block: "):
        unwrap(protection, BLOCK_B[:end])


@pytest.mark.parametrize(
    ("protection", "block", "why"),
    [
        (PROTECTION["aes-256"], BLOCK, "altered, or protected under another key"),
        (PROTECTION["3des"], BLOCK, "version D is not protected by <TDES 128 bits>"),
        (PROTECTION["aes-128"], BLOCK_B, "version B is not protected by <AES 128 bits>"),
        (PROTECTION["3des"], "A" + BLOCK_B[1:], "no key block of version B or D"),
        (PROTECTION["3des"], BLOCK_B + "00", "106 characters, where its header says 104"),
        (PROTECTION["3des"], BLOCK_B.lower(), "no key block"),
        (PROTECTION["3des"], BLOCK_B[:40] + BLOCK_B[40:].lower(), "capital hexadecimal"),
        (PROTECTION["3des"], BLOCK_B[:12] + "99" + BLOCK_B[14:], "optional block"),
        (PROTECTION["3des"], "", "no key block"),
    ],
)
def test_refusals_say_why(protection: Any, block: str, why: str) -> None:
    with pytest.raises(KeyStoreError, match=why) as caught:
        unwrap(protection, block)
    assert caught.value.__cause__ is None


def test_a_key_that_is_not_used_here() -> None:
    protection = PROTECTION["aes-256"]
    for algorithm, value in (("T", bytes(24)), ("R", bytes(32)), ("H", bytes(16))):
        block = psec.tr31.wrap(protection.reveal(), f"D0000E6{algorithm}X00E0000", value)
        with pytest.raises(KeyStoreError, match=f"algorithm {algorithm}"):
            unwrap(protection, block)


@pytest.mark.parametrize(("bits", "size"), [(128, 8), (129, 24), (0, 0), (64, 16)])
def test_a_length_that_is_not_the_keys(bits: int, size: int) -> None:
    """A right MAC over wrong key data: whoever made it has the protection key and a mistake."""
    binding = Binding(PROTECTION["3des"])
    clear = bits.to_bytes(2, "big") + bytes(size) + bytes(6)
    text = Header("E6", "T", "X").build("B", 8, 2 * len(clear) + 16)
    mac = binding.mac(text.encode() + clear)
    block = text + (binding.encipher(mac, clear) + mac).hex().upper()
    with pytest.raises(KeyStoreError, match=f"no key of {bits} bits"):
        unwrap(PROTECTION["3des"], block)


@pytest.mark.parametrize(
    "header",
    [
        Header("e6", "T", "X"),
        Header("E6", "T", "XX"),
        Header("E6", "T", "X", "1"),
        Header("E6", "T", "X", blocks=(("L", "x"),)),
        Header("E6", "T", "X", blocks=(("LB", "密钥"),)),
        Header("E6", "A", "X"),
    ],
)
def test_headers_that_cannot_be(header: Header) -> None:
    with pytest.raises(ValueError):
        wrap(PROTECTION["3des"], header, TDES_KEY, zeros)


@given(st.text(st.characters(max_codepoint=0x7F), max_size=120))
def test_any_text_parses_or_is_damaged(text: str) -> None:
    with suppress(KeyStoreError):
        parse(text)


@given(st.binary(max_size=40), st.integers(0, 3), st.sampled_from(["B", "D"]))
def test_any_body_opens_or_is_damaged(body: bytes, count: int, version: str) -> None:
    content = "LB08ABCD" * count + body.hex().upper()
    text = f"{version}{16 + len(content):04d}E6TX00E{count:02d}00{content}"
    with suppress(KeyStoreError):
        unwrap(PROTECTION["3des"], text)
    with suppress(KeyStoreError):
        unwrap(PROTECTION["aes-256"], text)


names = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=280)


@given(st.lists(st.tuples(st.sampled_from(["LB", "KS", "10"]), names), max_size=4))
def test_headers_round_trip(blocks: list[tuple[str, str]]) -> None:
    header = Header("E6", "T", "X", blocks=tuple(blocks))
    for block in (8, 16):
        text = header.build("B", block, 64)
        assert not len(text) % block
        assert parse(text + "0" * 64) == ("B", header, text)


# -- what our keys are called ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "key", "text"),
    [
        ("UK1DF01", TDES_KEY, "B0104E6TX02E0200LB0BUK1DF01PB050"),
        ("KMC", TDES_KEY, "E5TX02E"),
        ("IMK-AC", TDES_KEY, "E0TX02E"),
        ("IMK-MAC", SM4(bytes(16)), "E24X02E"),
        ("IMK-ENC", TDES_KEY, "E1TX02E"),
        ("ledger-id-hash", HMAC256(bytes(32)), "M7HC02E"),
    ],
)
def test_headers_of_our_keys(name: str, key: SecretKey, text: str) -> None:
    assert text in header_for(name, 2, key).build("B", 8, 72)
    assert ("HM", "21") in header_for("ledger-id-hash", 1, HMAC256(bytes(32))).blocks
