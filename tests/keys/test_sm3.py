"""SM3 by whatever this Python has, against published numbers and two other libraries."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import gmssl_fast
import pytest
from gmssl import sm3 as gmssl_sm3
from hypothesis import given
from hypothesis import strategies as st

from sscard.keys import sm3

VECTORS = tomllib.loads((Path(__file__).parents[1] / "vectors/sm3.toml").read_text("utf-8"))


@pytest.mark.parametrize("row", VECTORS["vector"], ids=lambda row: row["name"])
@pytest.mark.parametrize("engine", [sm3.sm3, sm3.by_cryptography])
def test_published(row: dict[str, Any], engine: Any) -> None:
    assert engine(row["text"].encode()).hex().upper() == row["hash"]


@given(st.binary(max_size=200))
def test_all_libraries_agree(data: bytes) -> None:
    expected = sm3.sm3(data)
    assert len(expected) == sm3.SIZE
    assert sm3.by_cryptography(data) == expected
    assert gmssl_fast.sm3(data) == expected
    assert gmssl_sm3.sm3_hash(list(data)) == expected.hex()


@pytest.fixture
def _engine_chosen_anew() -> Any:
    sm3._engine.cache_clear()
    yield
    sm3._engine.cache_clear()


@pytest.mark.usefixtures("_engine_chosen_anew")
def test_python_without_sm3(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(data: bytes) -> bytes:
        raise ValueError("unsupported hash type sm3")

    monkeypatch.setattr(sm3, "by_hashlib", missing)
    assert sm3.sm3(b"abc").hex().upper() == VECTORS["vector"][0]["hash"]


@pytest.mark.usefixtures("_engine_chosen_anew")
def test_python_with_sm3(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sm3, "by_hashlib", lambda data: b"from hashlib")
    assert sm3.sm3(b"abc") == b"from hashlib"
