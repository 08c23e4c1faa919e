"""The fuzz target without a fuzzer: it runs its corpus, and it finds what it is there to find."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from itertools import count
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import VirtualCard
from sscard.apdu import aid
from sscard.apdu.dgi import DGI
from sscard.cos import Card, CardState
from sscard.cos.pse import data_objects

CORPUS = sorted((Path(__file__).parent / "corpus").iterdir())
Fuzzing = Callable[[str], ModuleType]
OneInput = Callable[[bytes], int]


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.stem)
def test_corpus(file: Path, one_input: OneInput) -> None:
    assert one_input(file.read_bytes())


def test_the_corpus_is_what_its_script_makes(fuzzing: Fuzzing) -> None:
    inputs = fuzzing("make_corpus").inputs()
    assert {file.name: file.read_bytes() for file in CORPUS} == inputs, "run make_corpus.py"


def test_the_corpus_gets_through(fuzzing: Fuzzing, monkeypatch: pytest.MonkeyPatch) -> None:
    """Most of what stations and terminals say is accepted, else it would test little."""
    answers: list[bytes] = []
    transmit = VirtualCard.transmit

    def listening(card: VirtualCard, command: bytes) -> bytes:
        answers.append(transmit(card, command))
        return answers[-1]

    monkeypatch.setattr(VirtualCard, "transmit", listening)
    for name, data in fuzzing("make_corpus").inputs().items():
        if "near-valid" not in name:
            fuzzing("fuzz_card").one_input(data)
    accepted = [answer for answer in answers if answer.endswith(b"\x90\x00")]
    assert len(accepted) > 0.75 * len(answers) > 500
    assert {answer[-2:].hex() for answer in answers} >= {"6a80", "6a83", "6982", "6983", "6985"}


def test_an_input_does_the_same_each_time(fuzzing: Fuzzing) -> None:
    card_at = fuzzing("starting_cards").card_at
    for start in fuzzing("starting_cards").Start:
        first = card_at(start).transmit(bytes.fromhex("0084000008"))
        assert card_at(start).transmit(bytes.fromhex("0084000008")) == first


@given(data=st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_input(data: bytes, one_input: OneInput) -> None:
    one_input(data)


@given(
    data=st.sampled_from(CORPUS).map(Path.read_bytes),
    seed=st.integers(0, 2**32 - 1),
    changed=st.binary(max_size=40),
)
@settings(max_examples=200, deadline=None)
def test_mutated_inputs_stay_inputs(
    fuzzing: Fuzzing, data: bytes, seed: int, changed: bytes
) -> None:
    mutated = fuzzing("mutator").mutated(data, 4096, seed, lambda raw, size: changed[:size])
    assert len(mutated) <= 4096
    start, steps = fuzzing("fuzz_card").decode(mutated)
    again = fuzzing("fuzz_card").encode(start, steps)
    assert fuzzing("fuzz_card").one_input(again) == fuzzing("fuzz_card").one_input(mutated)


# What it must find: each of these cards has one fault.


def crash(card: Card, raw: bytes) -> bytes:
    raise KeyError(raw)


def no_status_word(card: Card, raw: bytes) -> bytes:
    return b"\x00"


def no_legal_status_word(card: Card, raw: bytes) -> bytes:
    return b"\xa0\x00"


def show_a_key(card: Card, raw: bytes) -> bytes:
    files = card._social.files
    (key, *_) = (key for each in files.directories.values() for key in each.keys.values())
    return b"\0" + files.key_value(key)[:8] + b"\x90\x00"


def show_the_pin_of_the_bank(card: Card, raw: bytes) -> bytes:
    instances = card.banking._instances.values()
    return b"".join(each.value(DGI.PIN_BLOCK) or b"" for each in instances) + b"\x90\x00"


def show_the_key_of_a_certificate_pin(card: Card, raw: bytes) -> bytes:
    assert card.certificates is not None
    pins = card.certificates._standing.memory.pins
    return pins[0x81].key.reveal() + b"\x90\x00"


def leave_it_uncommitted(card: Card, raw: bytes) -> bytes:
    card.nvm.write(len(card.nvm.image) - 1, b"\1")
    return b"\x6f\x00"


def grow(card: Card, raw: bytes) -> bytes:
    card.nvm.cells.extend(bytes(64))
    return b"\x6f\x00"


def count_too_far(card: Card, raw: bytes) -> bytes:
    card.nvm.write(card.system._base + 2, b"\xff")
    card.nvm.commit()
    return b"\x6f\x00"


def get_younger(card: Card, raw: bytes) -> bytes:
    card.nvm.write(card.system._base, bytes((CardState.BLANK,)))
    card.nvm.commit()
    return b"\x6f\x00"


def answer_the_factory(card: Card, raw: bytes) -> bytes:
    return b"\x90\x00"


def counted(fuzzing: Fuzzing, start: IntEnum) -> VirtualCard:
    """A card that has been in a shop: its counter can go back."""
    card: VirtualCard = fuzzing("starting_cards").card_at(start)
    card.card.banking._instances[aid.DEBIT].begin_at(b"\0\5")
    card.card.nvm.commit()
    return card


def give_money(card: Card, raw: bytes) -> bytes:
    instance = card.banking._instances[aid.DEBIT]
    data_objects.write(instance, data_objects.BALANCE, bytes.fromhex("000000000100"))
    card.nvm.commit()
    return b"\x6f\x00"


def count_backwards(card: Card, raw: bytes) -> bytes:
    card.banking._instances[aid.DEBIT].begin_at(b"\0\0")
    card.nvm.commit()
    return b"\x6f\x00"


FAULTS = [
    crash,
    no_status_word,
    no_legal_status_word,
    show_a_key,
    show_the_pin_of_the_bank,
    show_the_key_of_a_certificate_pin,
    leave_it_uncommitted,
    grow,
    count_too_far,
    get_younger,
    answer_the_factory,
    give_money,
    count_backwards,
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_fault_is_found(
    fuzzing: Fuzzing, fault: Callable[[Card, bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    target, start = fuzzing("fuzz_card"), fuzzing("starting_cards").Start.SM4_FINISHED
    data = target.encode(start, [(target.Op.COMMAND, bytes.fromhex("80E00200"))])
    assert target.one_input(data) == 1
    monkeypatch.setattr(fuzzing("fuzz_card"), "card_at", lambda start: counted(fuzzing, start))
    monkeypatch.setattr(Card, "process", fault)
    with pytest.raises((AssertionError, KeyError)):
        target.one_input(data)


def test_a_slow_command_is_found(fuzzing: Fuzzing, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = count(step=2)
    monkeypatch.setattr(fuzzing("fuzz_host"), "process_time", lambda: next(seconds))
    with pytest.raises(AssertionError, match="for one command"):
        fuzzing("fuzz_card").one_input(b"\0\0\1\0")


def test_what_the_terminal_says_is_no_secret(
    fuzzing: Fuzzing, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, start = fuzzing("fuzz_card"), fuzzing("starting_cards").Start.FINISHED
    said = fuzzing("starting_cards").PIN
    monkeypatch.setattr(Card, "process", lambda card, raw: said + b"\x90\x00")
    assert target.one_input(target.encode(start, [(target.Op.COMMAND, b"\0\x20" + said)])) == 1
    with pytest.raises(AssertionError, match="secret"):
        target.one_input(target.encode(start, [(target.Op.COMMAND, b"\0\x20")]))
