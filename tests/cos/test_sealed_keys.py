"""Cards take keys that were sealed by the load forms alone, without the channel's code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from sscard.apdu import iso7816
from sscard.apdu.status import StatusWord
from sscard.dialects import reference
from sscard.dialects.operations import LoadKey
from sscard.keys import TDES_SUITE
from sscard.keys.load_forms import LoadLine

if TYPE_CHECKING:
    from tests.cos.conftest import Maker


def send(maker: Maker, operation: LoadKey, alter: int = 0) -> StatusWord:
    command = reference.build(operation)
    challenge = maker.send(iso7816.get_challenge(8)).require("challenge")
    line = LoadLine(TDES_SUITE, maker.lot.transport, challenge, direct=False)
    data = bytearray(line.seal(bytes(command)[:4], command.data))
    data[-1] ^= alter
    return maker.send(replace(command, data=bytes(data))).sw


@pytest.fixture
def inside(maker: Maker) -> Maker:
    maker.ground(end=False)
    return maker


def test_a_sealed_key_is_loaded(inside: Maker, external: Callable[[int], LoadKey]) -> None:
    assert send(inside, external(4)) == StatusWord.OK
    assert send(inside, external(4)) == 0x6A89  # it is there now


def test_an_altered_one_is_not(inside: Maker, external: Callable[[int], LoadKey]) -> None:
    assert send(inside, external(4), alter=1) == StatusWord.MAC_WRONG
    assert send(inside, external(4)) == StatusWord.OK
