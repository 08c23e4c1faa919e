"""Who signs cards: what is read from a file, and what is refused before a card is made."""

from __future__ import annotations

import os
import random
import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from sscard.errors import KeyStoreError
from sscard.keys.certificates import ISSUER, CertificateError, Subject
from sscard.keys.stores import new_certificates
from sscard.keys.stores.card_issuers import load_card_issuers
from sscard.keys.stores.certificates import load_certificates
from sscard.keys.stores.new_certificates import NewAuthorities, Plan
from sscard.keys.stores.passphrases import VARIABLES
from sscard.keys.stores.sealed_file import Passphrase, seal

DAY, ACCOUNT = date(2028, 6, 30), "6217001234567890"
WORDS = "of the issuers"
Write = Callable[[str], Path]


@pytest.fixture(scope="module")
def made() -> NewAuthorities:
    """An issuer whose RSA key is longer than fits its certificate."""
    subject = Subject(ISSUER, "621700", 2028, 6, b"\1\2\3")
    return new_certificates.make(Plan(subject, 0xA1, 0xA2, 1152, 1152), random.Random(1).randbytes)


@pytest.fixture(scope="module")
def other() -> NewAuthorities:
    subject = Subject(ISSUER, "621700", 2028, 6, b"\1\2\3")
    return new_certificates.make(Plan(subject, 0xA1, 0xA2, 1152, 1024), random.Random(2).randbytes)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_file(text: str) -> Path:
        path = tmp_path / "issuers.toml"
        path.write_text(text, "utf-8")
        return path

    return to_file


def test_what_testca_makes_signs_as_the_authority_s_own_store(
    made: NewAuthorities, write: Write
) -> None:
    store = load_card_issuers(write(made.issuers_text()))
    assert store.test
    assert store.rsa is not None
    assert store.sm2 is not None
    assert (dict(store.rsa.tags), dict(store.sm2.tags)) == (made.rsa.tags, made.sm2.tags)
    assert 0x92 in store.rsa.tags
    assert store.rsa.signer.public == made.rsa_issuer.public
    assert store.sm2.signer.public == made.sm2_issuer.public
    assert dict(store.rsa_authorities) == made.public.rsa
    assert dict(store.sm2_authorities) == made.public.sm2
    store.check(ACCOUNT, DAY)


def test_the_authorities_private_keys_are_not_in_it(made: NewAuthorities) -> None:
    text, store = made.issuers_text(), tomllib.loads(made.store_text())
    private = [store["rsa"]["ca"]["p"], store["rsa"]["ca"]["q"], store["sm2"]["ca"]["d"]]
    assert not [each for each in private if each in text]


@pytest.mark.parametrize(
    ("account", "day", "message"),
    [
        ("6228001234567890", DAY, "number is not that of the account"),
        (ACCOUNT, date(2028, 7, 1), "expiry was 06/2028"),
    ],
)
def test_an_issuer_that_terminals_would_not_trust(
    made: NewAuthorities, write: Write, account: str, day: date, message: str
) -> None:
    store = load_card_issuers(write(made.issuers_text()))
    with pytest.raises(CertificateError, match=message) as refused:
        store.check(account, day)
    assert account not in str(refused.value)


@pytest.mark.parametrize("family", ["rsa", "sm2"])
def test_a_certificate_for_another_key(
    made: NewAuthorities, other: NewAuthorities, write: Write, family: str
) -> None:
    """Its signature holds; but the card would be signed with a key that nobody certified."""
    secret = "p" if family == "rsa" else "d"
    ours, theirs = tomllib.loads(made.issuers_text()), tomllib.loads(other.issuers_text())
    text = made.issuers_text().replace(ours[family][secret], theirs[family][secret])
    with pytest.raises(CertificateError, match="issuer certificate: key is not the issuer's"):
        load_card_issuers(write(text)).check(ACCOUNT, DAY)


@pytest.mark.parametrize("family", ["rsa", "sm2"])
def test_a_certificate_of_another_authority(
    made: NewAuthorities, other: NewAuthorities, write: Write, family: str
) -> None:
    head, _, tail = made.issuers_text().partition(f"[[ca.{family}]]")
    end = tail.partition("\n[[")[1:]
    theirs = other.issuers_text().partition(f"[[ca.{family}]]")[2].partition("\n[[")[0]
    with pytest.raises(CertificateError, match="issuer certificate"):
        load_card_issuers(write(f"{head}[[ca.{family}]]{theirs}{''.join(end)}")).check(ACCOUNT, DAY)


def test_one_family_is_enough(made: NewAuthorities, write: Write) -> None:
    text = made.issuers_text()
    start, end = text.index("\n[sm2]"), text.index("\n[[ca.rsa]]")
    store = load_card_issuers(write(text[:start] + text[end:]))
    assert store.sm2 is None
    store.check(ACCOUNT, DAY)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('kind = "card-issuers"', 'kind = "certificates"', "no card-issuers key store"),
        ("test = true", "", "keys in plain text are accepted with test = true only"),
        ("[rsa]", "[RSA]\n[sm3]", "index A1"),
        ("certificate =", "certified =", "'certificate' is not there"),
        ("index = 0xA1", "index = 0x1A1", "from 0 to 255"),
        ("p = ", "p = 7 #", "p is no text"),
        ('p = "', 'p = "x', "p: not a hexadecimal string"),
        ("[[ca.rsa]]", "[[authority.rsa]]", ""),
        ("[[ca.rsa]]\nindex = 0xA1", "[[ca.rsa]]\nindex = 0xA3", "does not fit its check value"),
        ("[sm2]", "[sm2", "not valid TOML"),
    ],
)
def test_a_file_that_is_none(
    made: NewAuthorities, write: Write, old: str, new: str, message: str
) -> None:
    text = made.issuers_text()
    assert old in text
    path = write(text.replace(old, new, 1))
    if message in ("", "index A1"):  # what is left is a file of the other family
        store = load_card_issuers(path)
        assert store.rsa is None or not store.rsa_authorities
        return
    with pytest.raises(KeyStoreError, match=message) as refused:
        load_card_issuers(path)
    assert str(path) in str(refused.value)
    assert not [each for each in secrets_of(made) if each in str(refused.value)]


def secrets_of(made: NewAuthorities) -> list[str]:
    document: dict[str, Any] = tomllib.loads(made.issuers_text())
    return [document["rsa"]["p"], document["rsa"]["q"], document["sm2"]["d"]]


def test_neither_family(write: Write) -> None:
    path = write('kind = "card-issuers"\ntest = true\n[ca]\n')
    with pytest.raises(KeyStoreError, match=r"neither \[rsa\] nor \[sm2\]"):
        load_card_issuers(path)


def test_plain_keys_beside_a_token_are_plain_keys(made: NewAuthorities, write: Write) -> None:
    text = made.issuers_text().replace("test = true", "") + '\n[pkcs11]\nmodule = "m"\n'
    with pytest.raises(KeyStoreError, match="keys in plain text are accepted with test = true"):
        load_card_issuers(write(text))


def test_a_sealed_file_is_for_production(
    made: NewAuthorities, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = tomllib.loads(made.issuers_text())
    del document["test"]
    path = tmp_path / "issuers.store"
    path.write_bytes(seal(document, Passphrase(WORDS), os.urandom))
    monkeypatch.delenv(VARIABLES["card-issuers"], raising=False)
    with pytest.raises(KeyStoreError, match="set SSCARD_CARD_ISSUERS_PASSPHRASE"):
        load_card_issuers(path)
    monkeypatch.setenv(VARIABLES["card-issuers"], WORDS)
    store = load_card_issuers(path)
    assert not store.test
    store.check(ACCOUNT, DAY)
    assert not [each for each in secrets_of(made) if each.encode() in path.read_bytes()]


def test_the_packaged_issuers_are_certified_for_other_accounts() -> None:
    for digits in ("621", "62170012"):
        store = load_certificates(issuer=digits)
        store.check(f"{digits}001234567890"[:16], DAY)
        assert store.test
    with pytest.raises(CertificateError, match="number is not that"):
        load_certificates().check(ACCOUNT, DAY)


def test_nothing_of_the_keys_is_shown(made: NewAuthorities, write: Write) -> None:
    shown = repr(load_card_issuers(write(made.issuers_text())))
    assert not [each for each in secrets_of(made) if each.lower() in shown.lower()]
