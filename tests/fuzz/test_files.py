"""The fuzz target of files without a fuzzer: its corpus, changed inputs, and what it must find."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sscard.errors import MalformedData
from sscard.keys.x509 import certificate
from sscard.keys.x509.certificate import Certificate

FILES = sorted((Path(__file__).parent / "files").iterdir())
Fuzzing = Callable[[str], ModuleType]
#: What is not read, and says why.
REFUSED = ("cut", "over-another", "none", "short", "wrong", "two-roots", "damaged")


@pytest.fixture(scope="session")
def one_file(fuzzing: Fuzzing) -> Callable[[bytes], int]:
    """The target itself."""
    target: Callable[[bytes], int] = fuzzing("fuzz_files").one_input
    return target


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_files(file: Path, one_file: Callable[[bytes], int]) -> None:
    refused = file.stem.endswith(REFUSED) and file.stem != "register-cut"
    assert one_file(file.read_bytes()) == (not refused)


def test_the_files_are_what_their_script_makes(fuzzing: Fuzzing) -> None:
    made = dict(fuzzing("file_inputs").files())
    assert {file.name: file.read_bytes() for file in FILES} == made, "run make_corpus.py"


@given(data=st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_file(data: bytes, one_file: Callable[[bytes], int]) -> None:
    one_file(data)


@given(data=st.sampled_from(FILES).map(Path.read_bytes), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=300, deadline=None)
def test_changed_files(data: bytes, seed: int, one_file: Callable[[bytes], int]) -> None:
    """A few bytes others, some away, some twice."""
    chance, changed = random.Random(seed), bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 5))):
        at = chance.randrange(1, len(changed)) if len(changed) > 1 else 0
        size = chance.choice((1, 1, 1, 4))
        middle = chance.choice((b"", chance.randbytes(size), bytes(changed[at : at + size]) * 2))
        changed[at : at + size] = middle
    one_file(bytes(changed) or b"\0")


# What it must find.


def test_a_message_with_a_name_is_found(fuzzing: Fuzzing, monkeypatch: pytest.MonkeyPatch) -> None:
    target, data = fuzzing("fuzz_files"), (Path(__file__).parent / "files" / "request.bin")
    for said in ("诸葛验收", "X00000019", 8 * "AB"):

        def leaks(*_: object, said: str = said) -> None:
            raise MalformedData(f"the holder is {said}")

        monkeypatch.setattr(target.CertificateRequest, "from_texts", leaks)
        with pytest.raises(AssertionError):
            target.one_input(data.read_bytes())


def test_another_exception_and_another_reading_are_found(
    fuzzing: Fuzzing, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, data = fuzzing("fuzz_files"), (Path(__file__).parent / "files" / "certificate.bin")
    parse = certificate.parse

    def crashes(_content: bytes) -> Certificate:
        raise IndexError

    with monkeypatch.context() as patch:
        patch.setattr(certificate, "parse", crashes)
        with pytest.raises(IndexError):
            target.one_input(data.read_bytes())
    monkeypatch.setattr(certificate, "parse", lambda content: parse(content[1:] or content))
    with pytest.raises(AssertionError):
        target.one_input(b"\0\0" + data.read_bytes()[1:])


def test_a_slow_reader_is_found(fuzzing: Fuzzing, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter((0.0, 2.0))
    monkeypatch.setattr(fuzzing("fuzz_files"), "process_time", lambda: next(seconds))
    with pytest.raises(AssertionError, match="more than"):
        fuzzing("fuzz_files").one_input(b"\0\0")
