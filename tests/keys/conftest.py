"""Stores of a province and of a city, whose keys other libraries derived from the TEST roots."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from importlib import resources
from typing import Any

import pytest
from Crypto.Cipher import DES3
from gmssl import sm4 as gmssl_sm4

from sscard.keys.stores import sealed_file

#: No key of cards: the ledger's.
NO_LEVEL = "ledger-id-hash"
Document = dict[str, Any]


def way(level: str, area: str) -> tuple[bytes, ...]:
    """Written out from ssc 4: what leads to the keys of a city, which is not in Zhejiang."""
    province, city = f"{area[:2]}0000sh".encode(), f"{area}sx".encode()
    return {"ministry": (), "province": (province,), "city": (province, city)}[level]


def below(suite: str, key: bytes, factor: bytes) -> bytes:
    data = factor + bytes(0xFF - byte for byte in factor)
    if suite == "3des":
        return bytes(DES3.new(key, DES3.MODE_ECB).encrypt(data))
    cipher = gmssl_sm4.CryptSM4()
    cipher.set_key(key, gmssl_sm4.SM4_ENCRYPT)
    return bytes(cipher.one_round(cipher.sk, list(data)))


def odd(key: bytes) -> bytes:
    """Parity bits set, which change nothing of a DES key; stores want them so."""
    return bytes(byte & 0xFE | (byte >> 1).bit_count() % 2 ^ 1 for byte in key)


def derived(suite: str, text: str, factors: tuple[bytes, ...]) -> str:
    key = bytes.fromhex(text)
    for factor in factors:
        key = below(suite, key, factor)
    return (odd(key) if suite == "3des" and factors else key).hex()


@pytest.fixture(scope="session", autouse=True)
def _sealed_at_the_smallest_cost() -> Iterator[None]:
    """Opening a store costs half a second for good reason, which tests have not."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealed_file, "COST", 1 << 15)
        yield


@pytest.fixture(scope="session")
def of_level() -> Callable[..., Document]:
    """A store's document: ``of_level("3des", "city", IRK="ministry")``, TEST keys of an area."""

    def make(suite: str, level: str, area: str = "510100", **exceptions: str) -> Document:
        path = resources.files("sscard.keys.stores") / f"test-ssse-{suite}.toml"
        document = tomllib.loads(path.read_text("utf-8"))
        at = dict.fromkeys(document["keys"], level) | exceptions
        document["keys"] = {
            name: [
                derived(suite, text, () if name == NO_LEVEL else way(at[name], area))
                for text in versions
            ]
            for name, versions in document["keys"].items()
        }
        levels = {"root_level": level, "area": area, "root_levels": exceptions}
        return {**document, **levels}

    return make
