"""PIN and keys: tries, challenges, versions, and what ends an authentication."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from Crypto.Cipher import DES, DES3

from sscard.apdu import iso7816, ssc
from sscard.cos.ssse import authentication
from sscard.dialects.operations import KeyType, LoadKey

if TYPE_CHECKING:
    from tests.conftest import Terminal
    from tests.cos.conftest import Maker

RIGHT, WRONG = "0020000003123456", "0020000003654321"
LEFT = "00200000"
TRIES = 6


def oracle(key: bytes, challenge: bytes, data: bytes) -> bytes:
    """ssc 4 rows 1 and 2 with another library."""
    session = DES3.new(key, DES3.MODE_ECB).encrypt(challenge.ljust(8, b"\0"))
    return DES.new(session, DES.MODE_ECB).encrypt(data)


@pytest.fixture
def ssse(terminal: Terminal) -> Terminal:
    terminal.select()
    return terminal


# --- PIN


def test_the_pin_counts_down_and_is_then_blocked_for_good(ssse: Terminal) -> None:
    for left in range(TRIES - 1, -1, -1):
        assert ssse.hex(WRONG) == f"63C{left}"
    assert ssse.hex(RIGHT) == ssse.hex(WRONG) == "6983"
    assert ssse.hex(LEFT) == "63C0"
    ssse.card.reset()
    ssse.select("DF01")
    assert ssse.hex(RIGHT) == "6983"
    assert ssse.hex("00B2012C00") == "6982"


def test_the_right_pin_gives_all_tries_back(ssse: Terminal) -> None:
    for _ in range(TRIES - 1):
        ssse.hex(WRONG)
    assert ssse.hex(LEFT) == "63C1"
    assert ssse.hex(RIGHT) == "9000"
    assert ssse.hex(LEFT) == f"63C{TRIES}"


def test_asking_costs_nothing_and_gives_nothing(ssse: Terminal) -> None:
    ssse.select("DF01")
    for _ in range(20):
        assert ssse.hex(LEFT) == f"63C{TRIES}"
    assert ssse.hex("00B2012C00") == "6982"


@pytest.mark.parametrize("near", ["00200000021234", "0020000004123456FF", "002000000312345F"])
def test_a_pin_is_all_its_digits(ssse: Terminal, near: str) -> None:
    # The card form of 123456 is 12 34 56 and fill: the fill may be sent or left out.
    assert ssse.hex(near) == ("9000" if near.endswith("FF") else "63C5")


def test_the_pin_stays_until_power_off(ssse: Terminal) -> None:
    assert ssse.hex(RIGHT) == "9000"
    for name in ("DF01", "DF02", "SSSE", "DF01"):
        ssse.select(name)
    assert ssse.hex("00B2012C00")[-4:] == "9000"
    ssse.card.reset()
    ssse.select("DF01")
    assert ssse.hex("00B2012C00") == "6982"


def test_without_a_pin_set_the_right_is_given(maker: Maker) -> None:
    maker.ground(LoadKey(KeyType.PIN, 0, 1, 3, b"\xff" * 8))
    answers = [maker.card.transmit(bytes.fromhex(each)).hex() for each in (LEFT, RIGHT, LEFT)]
    assert answers == ["9000", "63c2", "9000"]
    assert maker.card.card._social.security.pin


def test_no_pin_on_the_card(maker: Maker) -> None:
    maker.ground()
    assert maker.card.transmit(bytes.fromhex(RIGHT)).hex() == "6a88"


# --- power cut while a PIN is checked


def test_a_cut_while_comparing_costs_the_try(
    ssse: Terminal, power_loss: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who sees the comparison and pulls the card out before the answer has used a try."""

    def cut(*_: bytes) -> bool:
        raise power_loss

    for left in range(TRIES - 1, -1, -1):
        with monkeypatch.context() as patched:
            patched.setattr(authentication.hmac, "compare_digest", cut)
            with pytest.raises(power_loss):
                ssse.hex(RIGHT)
        ssse.card.reset()
        ssse.select()
        assert ssse.hex(LEFT) == f"63C{left}"
    assert ssse.hex(RIGHT) == "6983"


def test_a_cut_at_any_step_never_gives_another_comparison(
    clone: Callable[..., Terminal],
    torn_nvm: Any,
    power_loss: Any,
    outcome: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared = []
    real = authentication.hmac.compare_digest
    monkeypatch.setattr(
        authentication.hmac, "compare_digest", lambda *each: compared.append(1) or real(*each)
    )
    for cut_at in count(1):
        card, compared[:] = clone(torn_nvm), []
        cuts = 0
        while True:
            card.card.power_on()
            card.select()
            # A card that forgets the cut try would let this go on forever; one cut is enough.
            card.card.card.nvm.arm(cut_at if cuts < TRIES else 0, outcome)
            try:
                answer = card.hex(WRONG)
            except power_loss:
                cuts += 1
                continue
            if answer == "6983":
                break
        assert len(compared) <= TRIES, cut_at
        if not cuts:
            break
    assert cut_at == 5, "counting a try is one page: copy, index, page, index"


def test_wrong_and_right_look_alike_until_the_try_is_counted(
    clone: Callable[..., Terminal], torn_nvm: Any, power_loss: Any, outcomes: Any
) -> None:
    for cut_at in range(1, 5):
        cells = []
        for pin in (RIGHT, WRONG):
            card = clone(torn_nvm)
            card.select()
            card.card.card.nvm.arm(cut_at, outcomes.FIRST_HALF)
            with pytest.raises(power_loss):
                card.hex(pin)
            cells.append(bytes(card.card.card.nvm.cells))
        assert cells[0] == cells[1]


# --- keys


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


# --- what ends an authentication


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
