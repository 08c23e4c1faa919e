"""Response APDUs: vectors, round trip, any bytes."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.apdu.response import ResponseAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.errors import MalformedData

VECTORS = tomllib.loads((Path(__file__).parents[1] / "vectors/apdu.toml").read_text("utf-8"))

status_words = st.integers(0x6000, 0x9FFF).map(StatusWord)


@pytest.mark.parametrize("vector", VECTORS["response"], ids=lambda each: each["source"])
def test_vectors(vector: dict[str, Any]) -> None:
    response = ResponseAPDU.parse(bytes.fromhex(vector["hex"]))
    assert response.data == bytes.fromhex(vector["data"])
    assert response.sw == vector["sw"]
    assert response.sw.tries_left == vector.get("tries_left")
    assert bytes(response).hex().upper() == vector["hex"]


@pytest.mark.parametrize("vector", VECTORS["no_response"], ids=lambda each: each["hex"])
def test_what_is_no_response(vector: dict[str, Any]) -> None:
    with pytest.raises(MalformedData):
        ResponseAPDU.parse(bytes.fromhex(vector["hex"]))


@given(st.binary(max_size=300), status_words)
def test_round_trip(data: bytes, sw: StatusWord) -> None:
    response = ResponseAPDU(data, sw)
    assert ResponseAPDU.parse(bytes(response)) == response


@given(st.binary(max_size=20))
def test_any_bytes_parse_or_are_malformed(raw: bytes) -> None:
    with suppress(MalformedData):
        assert bytes(ResponseAPDU.parse(raw)) == raw


def test_require_gives_the_data_or_says_what_we_were_doing() -> None:
    assert ResponseAPDU(b"data").require("read") == b"data"
    with pytest.raises(StatusError, match="read the name: FILE_NOT_FOUND") as caught:
        ResponseAPDU(b"", StatusWord.FILE_NOT_FOUND).require("read the name")
    assert caught.value.sw is StatusWord.FILE_NOT_FOUND


def test_the_data_is_not_shown() -> None:
    assert "Zhang" not in repr(ResponseAPDU(b"Zhang"))
    with pytest.raises(StatusError) as caught:
        ResponseAPDU(b"Zhang", StatusWord(0x6283)).require("read")
    assert "Zhang" not in repr(caught.value)
