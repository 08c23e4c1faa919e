"""Real SoftHSM2 tokens of this test run alone, with the TEST masters in them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

import pytest

from sscard.keys.operations import KeyReference
from sscard.keys.stores import store_file
from sscard.keys.stores.passphrases import from_environment
from sscard.keys.stores.pkcs11 import Pkcs11BankStore, Pkcs11Operations, open_pkcs11
from sscard.keys.stores.pkcs11.initialize import initialize
from sscard.keys.stores.pkcs11.login import log_in, logged_in
from sscard.keys.stores.pkcs11.masters import bring_in
from sscard.keys.stores.pkcs11.opening import open_pkcs11_bank
from sscard.keys.stores.pkcs11.pins import TokenPin, ask_on_terminal
from sscard.keys.stores.pkcs11.settings import token_settings
from sscard.keys.stores.pkcs11.token import KeyToken
from sscard.keys.stores.store_file import StoreFile
from sscard.keys.types import TDES

PIN, SO_PIN = "271828", "31415926"
MODULES = (
    Path("/usr/lib/softhsm/libsofthsm2.so"),
    Path("/usr/lib64/softhsm/libsofthsm2.so"),
    Path("/usr/local/lib/softhsm/libsofthsm2.so"),
)
Document = Mapping[str, Any]
NewToken = Callable[..., Document]


@pytest.fixture(scope="session")
def binding(absent: Callable[[str], NoReturn]) -> None:
    """python-pkcs11 is an extra."""
    if find_spec("pkcs11") is None:
        absent("python-pkcs11")


@pytest.fixture(scope="session")
def softhsm(binding: None, absent: Callable[[str], NoReturn]) -> Iterator[str]:
    """The module, started with a folder of its own for tokens."""
    import pkcs11

    module = next((str(path) for path in MODULES if path.exists()), None)
    if module is None:
        absent("SoftHSM2")
    # SoftHSM writes every key through to the disk; a run with many keys is faster without one.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as folder, pytest.MonkeyPatch.context() as patch:
        settings = Path(folder) / "softhsm2.conf"
        settings.write_text(f"directories.tokendir = {folder}\nlog.level = ERROR\n")
        patch.setenv("SOFTHSM2_CONF", str(settings))
        patch.setenv("TOKEN_PIN", PIN)
        yield module
        pkcs11.unload(module)


@pytest.fixture(scope="session")
def test_masters() -> Callable[[str], StoreFile]:
    """What is in a packaged TEST store: of ``ssse-3des``, ``bank`` and so on."""

    def read(name: str) -> StoreFile:
        path = files("sscard.keys.stores") / f"test-{name}.toml"
        kind = {"ssse": "social-security"}.get(name.split("-")[0], name.split("-")[0])
        return store_file.checked(store_file.document(path, kind, from_environment), name)

    return read


@pytest.fixture(scope="session")
def document(softhsm: str) -> NewToken:
    """A document that names a token, and what else is wanted in its table."""

    def make(label: str, **others: object) -> Document:
        table = {"module": softhsm, "token": label, "pin-variable": "TOKEN_PIN", **others}
        return {"kind": "social-security", "pkcs11": table}

    return make


@pytest.fixture(scope="session")
def new_token(document: NewToken) -> NewToken:
    """Initializes an empty token of this label."""

    def make(label: str) -> Document:
        made = document(label)
        initialize(token_settings(made, "T"), TokenPin(SO_PIN), TokenPin(PIN))
        return made

    return make


@pytest.fixture(scope="session")
def open_token() -> Callable[[Document], KeyToken]:
    """Logs in, for looking at a token as anybody with its PIN can."""

    def log_in_to(named: Document) -> KeyToken:
        return log_in(token_settings(named, "T"), ask_on_terminal)

    return log_in_to


@pytest.fixture(scope="session")
def with_keys(new_token: NewToken) -> Callable[..., Document]:
    """A new token that holds these keys."""

    def make(label: str, keys: Mapping[KeyReference, Any], *, test: bool = True) -> Document:
        made = new_token(label)
        with logged_in(token_settings(made, "T"), ask_on_terminal) as token:
            assert bring_in(token, keys, test=test) == tuple(keys)
        return made

    return make


@pytest.fixture(scope="session")
def ssse(with_keys: Callable[..., Document], test_masters: Callable[[str], StoreFile]) -> Document:
    """A token with the TEST masters of the social security side."""
    return with_keys("ssse", test_masters("ssse-3des").keys)


@pytest.fixture(scope="session")
def operations(ssse: Document) -> Pkcs11Operations:
    return open_pkcs11(ssse, "ssse.toml")


@pytest.fixture(scope="session")
def bank(
    with_keys: Callable[..., Document], test_masters: Callable[[str], StoreFile]
) -> Pkcs11BankStore:
    """A token with the TEST bank's keys of 3DES; it has no others."""
    masters = test_masters("bank").keys
    keys = {each: key for each, key in masters.items() if isinstance(key, TDES)}
    return open_pkcs11_bank(with_keys("bank", keys), "bank.toml")
