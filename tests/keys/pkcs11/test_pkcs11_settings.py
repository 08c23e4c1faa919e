"""The document that names a token: what is wrong in it is named, and it holds no secret."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from sscard.errors import KeyStoreError
from sscard.keys.stores.pkcs11 import settings
from sscard.keys.stores.pkcs11.mechanisms import TDES_MECHANISMS, Mechanisms
from sscard.keys.stores.pkcs11.pins import PinSource
from sscard.keys.stores.pkcs11.settings import read_settings, token_settings

SM4 = {
    "key-type": 0x80000102,
    "generate": 0x80000103,
    "ecb": 0x80000104,
    "cbc": 0x80000105,
    "derive": 0x80000106,
}


def example() -> dict[str, Any]:
    text = (settings.__doc__ or "").partition("\n\n")[2]
    return tomllib.loads(text)


def test_the_example_in_the_text() -> None:
    found = token_settings(example(), "etc/token.toml")
    assert found.kind == "social-security"
    assert found.label == "ssse-2026"
    assert found.pin == PinSource(variable="SSCARD_TOKEN_PIN")
    assert found.mechanisms is TDES_MECHANISMS
    assert not found.test


def test_a_file_of_settings(tmp_path: Path) -> None:
    path = tmp_path / "token.toml"
    with pytest.raises(KeyStoreError, match=r"token\.toml: No such file"):
        read_settings(path)
    path.write_bytes(b"kind = \xff")
    with pytest.raises(KeyStoreError, match=r"token\.toml: not valid TOML"):
        read_settings(path)
    path.write_text("kind =")
    with pytest.raises(KeyStoreError, match=r"token\.toml: not valid TOML"):
        read_settings(path)
    path.write_text((settings.__doc__ or "").partition("\n\n")[2])
    assert read_settings(path).label == "ssse-2026"


def test_files_stand_beside_the_document() -> None:
    document = example()
    del document["pkcs11"]["pin-variable"]
    document["pkcs11"]["pin-file"] = "pin"
    found = token_settings(document | {"test": True}, "etc/token.toml")
    assert found.pin == PinSource(file=Path("etc/pin"))
    assert found.test
    del document["pkcs11"]["pin-file"]
    assert token_settings(document, "t").pin.typed


def test_the_numbers_of_a_vendor() -> None:
    document = example() | {"algorithm": "sm4"}
    document["pkcs11"]["sm4"] = SM4
    found = token_settings(document, "t.toml").mechanisms
    assert found == Mechanisms("sm4", *SM4.values())
    assert found.named("ecb") == "CKM_SM4_ECB (0x80000104)"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"pkcs11": None}, "no table pkcs11"),
        ({"pkcs11": {"module": "m"}}, "needs token"),
        ({"pkcs11": {}}, "needs module and token"),
        ({"pkcs11": {"module": "m", "token": "t", "pin": "1234"}}, "no setting pin"),
        ({"pkcs11": {"module": 1, "token": "t"}}, "module: no text"),
        ({"pkcs11": {"module": "m", "token": ""}}, "token: no text"),
        ({"pkcs11": {"module": "m", "token": "社" * 11}}, "at most 32 bytes"),
        (
            {"pkcs11": {"module": "m", "token": "t", "pin-file": "f", "pin-variable": "v"}},
            "both pin-variable and pin-file",
        ),
        ({"algorithm": "des"}, "algorithm must be one of 3des, sm4"),
        ({"algorithm": "sm4"}, "token ssse-2026: CKM_SM4_ECB has no number in PKCS#11"),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, Any], words: str) -> None:
    with pytest.raises(KeyStoreError, match=f"t.toml: .*{words}"):
        token_settings(example() | change, "t.toml")


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        (None, "no table sm4"),
        ({}, "needs the numbers key-type, generate, ecb, cbc, derive"),
        ({**SM4, "mac": 1}, "needs the numbers"),
        ({**SM4, "ecb": "0x80000104"}, "ecb: no number"),
        ({**SM4, "ecb": True}, "ecb: no number"),
        ({**SM4, "derive": -1}, "derive: no number"),
        ({**SM4, "derive": 1 << 32}, "derive: no number of four bytes"),
    ],
)
def test_wrong_numbers_of_a_vendor(numbers: object, words: str) -> None:
    document = example() | {"algorithm": "sm4"}
    document["pkcs11"]["sm4"] = numbers
    with pytest.raises(KeyStoreError, match=words):
        token_settings(document, "t.toml")
