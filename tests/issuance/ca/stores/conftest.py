"""Requests of invented people, a folder, and a CA in a sealed store."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from sscard.issuance.ca.certificate_authority import AuthoritySecrets, CertificateAuthority
from sscard.issuance.ca.folder import Folder, new_folder, open_folder
from sscard.issuance.ca.load import declared, packaged_authority
from sscard.issuance.ca.store import create_store, new_secrets
from sscard.issuance.ca.trusted import Trusted
from sscard.keys.sm2_keys import generate
from sscard.keys.stores import sealed_file
from sscard.keys.stores.sealed_file import Passphrase
from sscard.keys.x509 import CertificateAnswer, CertificateRequest

WORDS = "a passphrase of tests"
CARD = "510100D15600000500BF7C7A48FB4966"
#: Invented; every value can be searched for in what must not show it.
NAME, NUMBER = "诸葛验收", "X00000019"


@pytest.fixture(scope="module", autouse=True)
def cheap() -> Iterator[None]:
    """A scrypt that takes no time: half a second each, else."""
    before = sealed_file.COST, sealed_file._SMALLEST_COST
    sealed_file.COST = sealed_file._SMALLEST_COST = 1 << 4
    yield
    sealed_file.COST, sealed_file._SMALLEST_COST = before


@pytest.fixture(scope="session")
def passphrase() -> Passphrase:
    return Passphrase(WORDS)


@pytest.fixture(scope="session")
def ask(passphrase: Passphrase) -> Callable[[str, str], Passphrase]:
    return lambda kind, path: passphrase


@pytest.fixture(scope="session")
def words() -> str:
    return WORDS


class Kept:
    """A CA whose answers are made once, as they are the same whoever asks: 25 ms each, else."""

    def __init__(self, authority: CertificateAuthority) -> None:
        self._authority = authority
        self._answer = cache(authority.answer)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._authority, name)

    def answer(self, request: CertificateRequest, /) -> CertificateAnswer:
        return self._answer(request)


@pytest.fixture(scope="session")
def test_ca() -> Any:
    return Kept(packaged_authority())


@pytest.fixture(scope="session")
def make_request() -> Callable[..., CertificateRequest]:
    """``make_request(seed, **changes)``: the same seed, the same key."""
    made = cache(lambda seed: generate(random.Random(seed).randbytes).public)

    def make(seed: int = 1, **changes: Any) -> CertificateRequest:
        public = made(seed)
        values = {
            "card_id": CARD,
            "name": NAME,
            "city": "510100",
            "card_number": NUMBER,
            "public": public,
            "issued_on": date(2026, 5, 1),
        }
        return CertificateRequest(**(values | changes))

    return make


@pytest.fixture(scope="session")
def first(make_request: Callable[..., CertificateRequest]) -> CertificateRequest:
    return make_request()


@pytest.fixture(scope="session")
def new_ca() -> AuthoritySecrets:
    """A CA that is nobody's TEST one."""
    name = (("C", "CN"), ("CN", "root of the tests"))
    return new_secrets(name, date(2026, 1, 1), declared(), random.Random(7).randbytes)


@pytest.fixture
def store(tmp_path: Path, new_ca: AuthoritySecrets, passphrase: Passphrase) -> Path:
    path = tmp_path / "office.ca"
    create_store(path, new_ca, passphrase, random.Random(8).randbytes)
    return path


@pytest.fixture
def folder(tmp_path: Path, test_ca: CertificateAuthority, passphrase: Passphrase) -> Folder:
    """A folder of the TEST CA."""
    trusted = Trusted(test_ca.root, test_ca.issuers)
    randomness = random.Random(9).randbytes
    return new_folder(tmp_path / "exchange", passphrase, trusted, randomness, test=True)


@pytest.fixture
def reopened(folder: Folder, ask: Any) -> Folder:
    """The same folder at the other party."""
    return open_folder(folder.path, ask, random.Random(10).randbytes)
