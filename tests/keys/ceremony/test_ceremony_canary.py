"""No value, passphrase or signing key in anything a ceremony prints, logs, records or names."""

from __future__ import annotations

import copy
import dataclasses
import logging
import pickle
import pprint
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sscard.errors import KeyStoreError
from sscard.keys import TDES, KeyReference
from sscard.keys.ceremony import (
    KINDS,
    Desk,
    Form,
    Label,
    PersonalPassphrase,
    WrongEntry,
    exporting,
    joining,
    making,
)
from sscard.keys.ceremony.components import Component, combine, typed_component
from sscard.keys.ceremony.groups import read_line, written
from sscard.keys.ceremony.joining import Combination
from sscard.keys.ceremony.shares import Share, recover
from sscard.keys.ceremony.sheets import Sheet, write_sheets
from sscard.keys.ceremony.sink import TypedKey
from sscard.keys.types import Secret

#: Odd parity, and no two bytes alike: any piece of it can be searched for.
CANARY = bytes.fromhex("C1CDCBC7D9D5D3DFA1ADABA7B9B5B3BF")
OTHER = bytes.fromhex("4A5B6C7D8E9FA0B11324354657687980")
PASSPHRASE = "korrektes Pferd Batterie"
KEY = KeyReference("UK1DF01", 1)
KIND = KINDS["3des"]
LABEL = Label(Form.SHARE, "3des", "7F3A9C21", 1, 2, 3, 5, TDES(CANARY).kcv)


def forms(value: bytes) -> set[str]:
    """How four bytes of a secret could look in a text."""
    found = set()
    for at in range(len(value) - 3):
        piece = value[at : at + 4]
        found |= {piece.hex(), repr(piece)[2:-1], str(list(piece))[1:-1], str(tuple(piece))[1:-1]}
        found.add(f"{piece[:2].hex()} {piece[2:].hex()}")
    return found


def assert_silent(text: str) -> None:
    for secret in (CANARY, OTHER):
        leaked = [form for form in forms(secret) if form.lower() in text.lower()]
        assert not leaked, text
    assert not any(word in text for word in PASSPHRASE.split())


def holders(desk: Desk) -> list[object]:
    secret, key = Secret(CANARY), TDES(CANARY)
    return [
        Component(1, 2, key),
        Combination(key, parity_set=False),
        Share(LABEL, secret),
        Sheet(KEY, "3des", Form.SHARE, 2, 3, 5, "李四", LABEL, secret, key.kcv),
        TypedKey("K", 1, key),
        PersonalPassphrase(PASSPHRASE),
        written(secret, LABEL.context)[0],
        desk,
        desk.officer,
    ]


def test_the_canary_would_be_seen() -> None:
    for text in (repr(CANARY), CANARY.hex(), str(list(OTHER)), "C1CD CBC7", PASSPHRASE):
        with pytest.raises(AssertionError):
            assert_silent(text)


def test_nothing_printed_or_logged_shows_it(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    for holder in holders(desk):
        logging.getLogger("sscard").warning("%s %r", holder, holder)
        for show in (repr, str, format, pprint.pformat, ascii):
            assert_silent(show(holder))
    assert_silent(caplog.text)


def test_nothing_is_pickled_or_copied_deeply(desk: Desk) -> None:
    for holder in holders(desk):
        with pytest.raises(TypeError):
            pickle.dumps(holder)
        with pytest.raises(TypeError):
            copy.deepcopy(holder)


def test_every_type_that_holds_a_secret_is_in_here(desk: Desk) -> None:
    """Dataclasses of the ceremony whose fields are secrets, found by what they declare."""
    import importlib
    import pkgutil

    import sscard.keys.ceremony as package

    seen = {type(holder) for holder in holders(desk)}
    secrets = ("Secret", "SecretKey", "Signer", "groups")
    for info in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        for each in vars(importlib.import_module(info.name)).values():
            if dataclasses.is_dataclass(each) and each.__module__ == info.name:
                fields = dataclasses.fields(each)
                held = [f for f in fields if f.name in secrets or str(f.type) in secrets]
                assert not held or each in seen, each


FAILURES: dict[str, Callable[[], object]] = {
    "wrong check value": lambda: typed_component(KIND, 2, 3, CANARY, bytes(3)),
    "wrong length": lambda: typed_component(KIND, 2, 3, CANARY + b"\0", bytes(3)),
    "no hexadecimal line": lambda: read_line(CANARY.hex()[:15] + "G", 1, None, "it"),
    "short line": lambda: read_line(CANARY.hex()[:15], 1, None, "it"),
    "wrong check digits": lambda: read_line(CANARY.hex()[:20], 1, "it", "it"),
    "no label": lambda: Label.parse(CANARY.hex()),
    "equal components": lambda: combine("K", [Component(n, 2, TDES(OTHER)) for n in (1, 2)]),
    "equal halves": lambda: combine(
        "K", [Component(1, 2, TDES(OTHER)), Component(2, 2, TDES(xor(CANARY[:8] * 2)))]
    ),
    "parity": lambda: combine(
        "K", [Component(1, 2, TDES(OTHER)), Component(2, 2, TDES(xor(bytes(8) + CANARY[:8])))]
    ),
    "too few shares": lambda: recover([Share(LABEL, Secret(CANARY))], ceremony="7F3A9C21"),
    "another ceremony": lambda: recover([Share(LABEL, Secret(CANARY))], ceremony="00000000"),
    "short passphrase": lambda: PersonalPassphrase(PASSPHRASE[:11]),
}


def xor(value: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(OTHER, value, strict=True))


@pytest.mark.parametrize("fail", FAILURES.values(), ids=FAILURES.keys())
def test_no_exception_shows_it(fail: Callable[[], object]) -> None:
    with pytest.raises(KeyStoreError) as caught:
        fail()
    assert_silent("".join(traceback.format_exception(caught.value)))


def test_a_wrong_passphrase_is_not_repeated(desk: Desk) -> None:
    with pytest.raises(WrongEntry) as caught:
        desk.minutes.officer.sign_in(PersonalPassphrase(PASSPHRASE))
    assert_silent("".join(traceback.format_exception(caught.value)))


def test_record_and_file_names_hold_check_values_only(
    desk: Desk, store: Any, tmp_path: Path, passphrases: dict[str, PersonalPassphrase]
) -> None:
    """A whole ceremony whose key and first component are the canaries."""
    # Even parity, as every component but the first: the first gives the canary its own.
    gifts = iter([CANARY, xor(CANARY)])
    rigged = dataclasses.replace(desk, random=lambda size: next(gifts, CANARY)[:size])
    sheets = making.generate(rigged, KEY, KIND, ("李四", "王五"))
    write_sheets(tmp_path / "made", desk.heading(), sheets)
    parts = [Component(s.number, 2, TDES(s.value.reveal())) for s in sheets if s.value]
    combination = joining.put_together("K", parts)
    assert combination.key == TDES(CANARY)
    made = desk.minutes.components_of(KEY)
    joining.enter_combined(desk, KEY, combination, parts, made, store)
    proposal = exporting.propose(desk, store, KEY, Form.SHARE, 2, ("李四", "王五"))
    first = proposal.consent("李四", passphrases["李四"])
    second = proposal.consent("王五", passphrases["王五"], [first])
    shared = exporting.export(desk, store, proposal.agreed([first, second]))
    write_sheets(tmp_path / "shared", desk.heading(), shared)
    record = desk.record.path.read_text("utf-8")
    assert TDES(CANARY).kcv.hex().upper() in record
    secret = [s.value.reveal() for s in (*sheets, *shared) if s.value]
    for value in (CANARY, *secret):
        assert not [form for form in forms(value) if form.lower() in record.lower()]
    assert "correct horse" not in record
    assert_silent(" ".join(str(path) for path in tmp_path.rglob("*")))
