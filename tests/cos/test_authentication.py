"""Keys: challenges, versions, counters, and what ends an authentication."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from Crypto.Cipher import DES, DES3

from sscard.apdu import iso7816, ssc

if TYPE_CHECKING:
    from tests.conftest import Terminal


def oracle(key: bytes, challenge: bytes, data: bytes) -> bytes:
    """ssc 4 rows 1 and 2 with another library."""
    session = DES3.new(key, DES3.MODE_ECB).encrypt(challenge.ljust(8, b"\0"))
    return DES.new(session, DES.MODE_ECB).encrypt(data)


@pytest.fixture
def ssse(terminal: Terminal) -> Terminal:
    terminal.select()
    return terminal


@pytest.mark.parametrize("size", [4, 8])
@pytest.mark.parametrize("version", [1, 2, 3])
def test_external_authentication_against_another_library(
    ssse: Terminal, size: int, version: int
) -> None:
    challenge, data = ssse.challenge(size), b"original"
    proof = oracle(ssse.key("RKSSSE", version), challenge, data)
    command = ssc.external_authenticate(0x0A, proof, data, version=version)
    assert ssse.hex(bytes(command).hex()) == "9000"
    assert ssse.hex("00B0880001")[-4:] == "9000"


@pytest.mark.parametrize("version", [None, 1, 2, 3])
def test_internal_authentication_against_another_library(
    ssse: Terminal, version: int | None
) -> None:
    factor, data = b"factor 8", b"original"
    answer = ssse.ok(ssc.internal_authenticate(factor, data, version=version))
    assert answer == oracle(ssse.key("IRK", version or 1), factor, data)


def test_without_a_version_byte_it_is_version_1(ssse: Terminal) -> None:
    assert ssse.show("UKSSSE") == 0x9000
    challenge = ssse.challenge()
    proof = oracle(ssse.key("UKSSSE", 2), challenge, challenge)
    assert ssse.status(ssc.external_authenticate(4, proof, challenge)) == 0x63CF


@pytest.mark.parametrize("version", ["00", "04", "FF"])
def test_versions_that_were_not_loaded(ssse: Terminal, version: str) -> None:
    ssse.challenge()
    assert ssse.hex(f"0082000411{'00' * 16}{version}") == "6A88"
    assert ssse.hex(f"0088000011{'00' * 16}{version}") == "6A88"


def test_a_key_that_is_not_there(ssse: Terminal) -> None:
    ssse.challenge()
    assert ssse.hex(f"0082007710{'00' * 16}") == "6A88"
    assert ssse.hex(f"0082000210{'00' * 16}") == "6A88", "the STK authenticates nobody"


def test_a_challenge_serves_once(ssse: Terminal) -> None:
    challenge = ssse.challenge()
    proof = oracle(ssse.key("UKSSSE"), challenge, challenge)
    command = ssc.external_authenticate(0x04, proof, challenge)
    assert [ssse.status(command) for _ in range(2)] == [0x9000, 0x6984]


def test_a_wrong_proof_uses_the_challenge_up(ssse: Terminal) -> None:
    challenge = ssse.challenge()
    proof = oracle(ssse.key("UKSSSE"), challenge, challenge)
    assert ssse.status(ssc.external_authenticate(4, proof[::-1], challenge)) == 0x63CF
    assert ssse.status(ssc.external_authenticate(4, proof, challenge)) == 0x6984


def test_the_most_recent_challenge_counts(ssse: Terminal) -> None:
    first, second = ssse.challenge(), ssse.challenge(4)
    key = ssse.key("UKSSSE")
    proof = oracle(key, first, first)
    assert ssse.status(ssc.external_authenticate(4, proof, first)) == 0x63CF
    first, second = ssse.challenge(), ssse.challenge()
    # Field programs send the earlier challenge as original data (ssc 4 [T]).
    assert ssse.status(ssc.external_authenticate(4, oracle(key, second, first), first)) == 0x9000


def test_a_challenge_is_forgotten_at_power_off_and_not_by_other_commands(ssse: Terminal) -> None:
    challenge = ssse.challenge()
    command = ssc.external_authenticate(
        4, oracle(ssse.key("UKSSSE"), challenge, challenge), challenge
    )
    ssse.ok(iso7816.read_record(1, sfi=5))
    ssse.ok(ssc.internal_authenticate(challenge, challenge))
    assert ssse.status(command) == 0x9000
    ssse.challenge()
    ssse.card.reset()
    ssse.select()
    assert ssse.status(command) == 0x6984


def test_a_key_without_a_counter_is_never_blocked(ssse: Terminal) -> None:
    assert [ssse.show("UKSSSE", wrong=True) for _ in range(20)] == [0x63CF] * 20
    assert ssse.show("UKSSSE") == 0x9000


def test_a_key_with_a_counter(ssse: Terminal) -> None:
    def tries(*wrong: bool) -> list[int]:
        return [ssse.show("PUK", wrong=each) for each in wrong]

    assert tries(True, True, False) == [0x63C2, 0x63C1, 0x9000]
    assert tries(True, True, True, False) == [0x63C2, 0x63C1, 0x63C0, 0x6983]
    ssse.card.reset()
    ssse.select()
    assert tries(False) == [0x6983]


def writable(ssse: Terminal) -> bool:
    return ssse.hex("00DC022C03020133") == "9000"


def test_authentications_accumulate_until_a_directory_is_selected(ssse: Terminal) -> None:
    ssse.show("RKSSSE")
    ssse.show("UKSSSE", version=3)
    ssse.hex("00A4020002EF05")
    assert writable(ssse)
    assert ssse.hex("00B0880001") == "009000"
    ssse.select()
    assert not writable(ssse)
    assert ssse.hex("00B0880001") == "6982"


@pytest.mark.parametrize(
    "away",
    [
        "00A4000002DDF1",
        "00A4000002DF01",
        "00A40000023F00",
        "00A404000E315041592E5359532E4444463031",
    ],
    ids=["the same directory", "an ADF", "MF", "PSE"],
)
def test_a_selected_directory_ends_them(ssse: Terminal, away: str) -> None:
    ssse.show("UKSSSE")
    assert writable(ssse)
    assert ssse.hex(away)[-4:] == "9000"
    ssse.select()
    assert not writable(ssse)


def test_power_off_ends_them(ssse: Terminal) -> None:
    ssse.show("UKSSSE")
    ssse.card.reset()
    ssse.hex("00A4000002DDF1")
    assert not writable(ssse)


def test_a_failure_does_not_end_them(ssse: Terminal) -> None:
    ssse.show("UKSSSE")
    ssse.show("UKSSSE", wrong=True)
    assert writable(ssse)
