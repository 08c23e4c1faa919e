"""What keeps us out of a token is said clearly, and no try of a PIN is wasted."""

from __future__ import annotations

import copy
import getpass
import os
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sscard.errors import KeyStoreError
from sscard.keys import KeyReference
from sscard.keys.stores.pkcs11 import login, open_pkcs11
from sscard.keys.stores.pkcs11.login import LockedPin, WrongPin, log_in
from sscard.keys.stores.pkcs11.pins import PinSource, TokenPin, ask_on_terminal
from sscard.keys.stores.pkcs11.settings import token_settings

Document = Callable[..., dict[str, Any]]


def nobody(what: str) -> TokenPin:
    raise AssertionError("nobody is to be asked")


class Token:
    """A token whose counter is as we want it; SoftHSM's PIN never locks."""

    def __init__(self, *flags: str, after: str = "", refusal: str = "") -> None:
        self.label = "T"
        self.names, self.after, self.refusal = flags, after, refusal
        self.opened: list[object] = []
        self.slot = self

    @property
    def flags(self) -> Any:
        from pkcs11 import TokenFlag

        names = (*self.names, self.after) if self.opened and self.after else self.names
        flags = TokenFlag.USER_PIN_INITIALIZED
        for name in names:
            flags |= TokenFlag[name]
        return flags

    def get_token(self) -> Token:
        return self

    def get_mechanisms(self) -> set[int]:
        return {0x132, 0x133, 0x1102}

    def open(self, **how: object) -> Any:
        from pkcs11 import exceptions

        self.opened.append(how.get("user_pin"))
        if self.refusal:
            raise getattr(exceptions, self.refusal)
        return self


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Callable[[Token], Token]:
    def use(token: Token) -> Token:
        monkeypatch.setattr(login, "find_token", lambda module, label: token)
        return token

    return use


def test_a_module_that_is_not_there(document: Document) -> None:
    named = document("ssse", module="/nowhere/p11.so")
    with pytest.raises(KeyStoreError, match=r"module /nowhere/p11\.so: .*cannot open"):
        open_pkcs11(named, "t.toml", nobody)


def test_a_library_that_is_no_module(document: Document) -> None:
    import _ctypes

    path = str(_ctypes.__file__)
    with pytest.raises(KeyStoreError, match="C_GetFunctionList"):
        open_pkcs11(document("ssse", module=path), "t.toml", nobody)


def test_without_the_binding(document: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    with pytest.raises(KeyStoreError, match=r'pip install "sscard\[pkcs11\]"'):
        open_pkcs11(document("ssse"), "t.toml", nobody)


def test_a_token_that_is_not_there(ssse: Any, document: Document) -> None:
    with pytest.raises(KeyStoreError, match=r"no token other \(there are: .*ssse"):
        open_pkcs11(document("other"), "t.toml", nobody)


def test_two_tokens_of_one_label(
    new_token: Callable[..., Any], document: Document, softhsm: str, monkeypatch: Any
) -> None:
    new_token("twin")
    twin = login.find_token(softhsm, "twin")
    library = login.library(softhsm)
    monkeypatch.setattr(login, "library", lambda module: Two(library, twin))
    with pytest.raises(KeyStoreError, match="2 tokens are called twin"):
        open_pkcs11(document("twin"), "t.toml", nobody)


class Two:
    def __init__(self, library: Any, token: Any) -> None:
        self._tokens = [*library.get_tokens(), token]

    def get_tokens(self) -> list[Any]:
        return self._tokens


def test_a_wrong_pin_is_tried_once(
    new_token: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    named = new_token("guarded")
    monkeypatch.setenv("TOKEN_PIN", "999999")
    with pytest.raises(WrongPin, match="guarded: wrong PIN; the token does not say") as caught:
        open_pkcs11(named, "t.toml", nobody)
    assert "999999" not in str(caught.value)


@pytest.mark.parametrize(
    ("after", "words"),
    [
        ("USER_PIN_LOCKED", "it is locked now"),
        ("USER_PIN_FINAL_TRY", "one try is left"),
        ("USER_PIN_COUNT_LOW", "does not say"),
    ],
)
@pytest.mark.parametrize("refusal", ["PinIncorrect", "PinInvalid", "PinLenRange"])
def test_what_is_left_after_a_wrong_pin(
    fake: Callable[[Token], Token], document: Document, after: str, words: str, refusal: str
) -> None:
    token = fake(Token(after=after, refusal=refusal))
    with pytest.raises(WrongPin, match=f"token T: wrong PIN; .*{words}"):
        open_pkcs11(document("T"), "t.toml", nobody)
    assert token.opened == [os.environ["TOKEN_PIN"]]


def test_a_locked_pin_is_not_tried(fake: Callable[[Token], Token], document: Document) -> None:
    token = fake(Token("USER_PIN_LOCKED"))
    with pytest.raises(LockedPin, match="PIN is locked; the security officer"):
        open_pkcs11(document("T"), "t.toml", nobody)
    assert token.opened == []


def test_a_pin_that_locks_meanwhile(fake: Callable[[Token], Token], document: Document) -> None:
    fake(Token(refusal="PinLocked"))
    with pytest.raises(LockedPin, match="token T: its PIN is locked"):
        open_pkcs11(document("T"), "t.toml", nobody)


def test_a_stored_pin_does_not_spend_the_last_try(
    fake: Callable[[Token], Token], document: Document
) -> None:
    token = fake(Token("USER_PIN_FINAL_TRY"))
    with pytest.raises(LockedPin, match="one try is left"):
        open_pkcs11(document("T"), "t.toml", nobody)
    assert token.opened == []
    named = document("T")
    del named["pkcs11"]["pin-variable"]
    log_in(token_settings(named, "t.toml"), lambda what: TokenPin("1234"))
    assert token.opened == ["1234"]


def test_a_token_without_pin(softhsm: str, document: Document, monkeypatch: Any) -> None:
    empty = next(t for t in login.library(softhsm).get_tokens() if not t.label)
    monkeypatch.setattr(login, "find_token", lambda module, label: empty)
    with pytest.raises(KeyStoreError, match="it has no PIN yet"):
        open_pkcs11(document("T"), "t.toml", nobody)


def test_any_other_refusal_is_named(fake: Callable[[Token], Token], document: Document) -> None:
    fake(Token(refusal="DeviceRemoved"))
    with pytest.raises(KeyStoreError, match="token T: cannot log in: DeviceRemoved"):
        open_pkcs11(document("T"), "t.toml", nobody)


def test_a_token_may_be_opened_twice(ssse: Any, operations: Any) -> None:
    again = open_pkcs11(ssse, "again.toml", nobody)
    assert again.kcv("IRK", 1) == operations.kcv("IRK", 1)


def test_a_session_that_is_gone_is_a_clear_error(
    with_keys: Callable[..., Any], test_masters: Callable[[str], Any]
) -> None:
    named = with_keys("closed", test_masters("exchange-3des").keys)
    token = log_in(token_settings(named, "t.toml"), nobody)
    master = token.master(KeyReference("EK", 1))
    token.session.close()
    with pytest.raises(KeyStoreError, match=r"token closed: cannot derive .*0x1102\): \w+Invalid"):
        token.derived(master, bytes(16), encrypts=True)


def test_where_a_pin_comes_from(
    ssse: Any, document: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "pin"
    file.write_text(os.environ["TOKEN_PIN"] + "\n")
    named = document("ssse", **{"pin-file": "pin"})
    del named["pkcs11"]["pin-variable"]
    assert open_pkcs11(named, str(tmp_path / "t.toml"), nobody).kcv("IRK", 1)
    del named["pkcs11"]["pin-file"]
    asked: list[str] = []

    def ask(what: str) -> TokenPin:
        asked.append(what)
        return TokenPin(os.environ["TOKEN_PIN"])

    assert open_pkcs11(named, "t.toml", ask).kcv("IRK", 1)
    assert asked == ["PIN 口令 of token ssse"]


def test_pins_that_cannot_be_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_PIN", raising=False)
    with pytest.raises(KeyStoreError, match="PIN: the variable that the settings name is not set"):
        PinSource(variable="NO_PIN").read("PIN", nobody)
    with pytest.raises(KeyStoreError, match=r"PIN: .*absent: No such file"):
        PinSource(file=tmp_path / "absent").read("PIN", nobody)
    (tmp_path / "odd").write_bytes(b"\xff")
    with pytest.raises(KeyStoreError, match="not UTF-8"):
        PinSource(file=tmp_path / "odd").read("PIN", nobody)
    (tmp_path / "empty").write_bytes(b"\n")
    with pytest.raises(KeyStoreError, match="an empty PIN"):
        PinSource(file=tmp_path / "empty").read("PIN", nobody)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    with pytest.raises(KeyStoreError, match="PIN: there is no terminal"):
        PinSource().read("PIN", ask_on_terminal)


def test_a_typed_pin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(getpass, "getpass", lambda prompt: "1234")
    assert PinSource().read("PIN", ask_on_terminal) == TokenPin("1234")


def test_a_pin_shows_nothing() -> None:
    pin = TokenPin("918273645")
    assert repr(pin) == str(pin) == "<TokenPin>"
    for duplicate in (pickle.dumps, copy.copy):
        with pytest.raises(TypeError, match="not pickled or copied"):
            duplicate(pin)
