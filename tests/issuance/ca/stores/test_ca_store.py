"""The CA's store and its public certificates."""

from __future__ import annotations

import base64
import os
import random
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sscard.errors import KeyStoreError
from sscard.issuance.ca.certificate_authority import AuthoritySecrets, CertificateAuthority
from sscard.issuance.ca.load import load_authority, load_issuing, register_path
from sscard.issuance.ca.register import AnotherKey
from sscard.issuance.ca.store import create_store, document, pem_path, secrets_of
from sscard.issuance.ca.trusted import read_trusted
from sscard.keys.stores.sealed_file import Passphrase, WrongPassphrase
from sscard.keys.x509 import CertificateRequest

AT = datetime(2026, 6, 1, tzinfo=UTC)


def test_a_store_answers(
    store: Path,
    new_ca: AuthoritySecrets,
    ask: Any,
    first: CertificateRequest,
    make_request: Callable[..., CertificateRequest],
) -> None:
    authority = load_authority(store, ask)
    assert (authority.test, authority.root, authority.issuers) == (
        False,
        new_ca.root,
        (new_ca.issuing,),
    )
    found = authority.answer(first)
    trusted = read_trusted(pem_path(store))
    found.require_for(first, root=trusted.root, issuers=trusted.issuers, at=AT)
    assert load_authority(store, ask).answer(first).texts() == found.texts()
    with pytest.raises(AnotherKey):
        load_authority(store, ask).answer(make_request(2))
    assert register_path(store).exists()
    assert load_issuing(store, ask).answer(make_request(2), again=True)


def test_what_lies_on_the_disk(store: Path, new_ca: AuthoritySecrets, words: str) -> None:
    for path in store.parent.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600 or path.suffix == ".lock"
    raw = store.read_bytes()
    for secret in (new_ca.key.reveal(), new_ca.secret.reveal()):
        forms = (secret, secret.hex().encode(), base64.b64encode(secret), words.encode())
        assert not any(each.lower() in raw.lower() for each in forms)
    public = pem_path(store).read_text()
    assert public.count("BEGIN CERTIFICATE") == 2
    assert "BEGIN PRIVATE" not in public
    assert new_ca.secret.reveal().hex() not in repr((new_ca, load_authority()))


def test_nothing_is_replaced(store: Path, new_ca: AuthoritySecrets, passphrase: Any) -> None:
    before = store.read_bytes()
    with pytest.raises(KeyStoreError, match=r"office\.ca: is there already"):
        create_store(store, new_ca, passphrase, os.urandom)
    other = store.with_name("other.ca")
    pem_path(other).write_text("mine")
    with pytest.raises(KeyStoreError, match=r"other\.pem: is there already"):
        create_store(other, new_ca, passphrase, os.urandom)
    with pytest.raises(KeyStoreError, match="at least 12"):
        create_store(store.with_name("third.ca"), new_ca, Passphrase("short"), os.urandom)
    assert store.read_bytes() == before
    assert not other.exists()
    assert pem_path(other).read_text() == "mine"


def test_a_store_that_is_called_as_its_certificates(
    tmp_path: Path, new_ca: AuthoritySecrets, passphrase: Any
) -> None:
    with pytest.raises(KeyStoreError, match=r"office\.pem: the public certificates"):
        create_store(tmp_path / "office.pem", new_ca, passphrase, os.urandom)
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_passphrase_and_a_damaged_store(store: Path, ask: Any) -> None:
    with pytest.raises(WrongPassphrase, match=r"office\.ca"):
        load_authority(store, lambda kind, path: Passphrase("something else"))
    store.write_bytes(store.read_bytes()[:-20])
    with pytest.raises(KeyStoreError, match=r"office\.ca: the key store is damaged"):
        load_authority(store, ask)
    with pytest.raises(KeyStoreError, match="No such file"):
        load_authority(store.with_name("none"), ask)


@pytest.mark.parametrize("entry", ["root", "issuing", "key", "secret"])
@pytest.mark.parametrize("value", [None, 1, "", "xyz", "00" * 32])
def test_a_document_that_is_none(new_ca: AuthoritySecrets, entry: str, value: object) -> None:
    found = {**document(new_ca), entry: value}
    with pytest.raises(KeyStoreError, match=r"^here: CA: ") as caught:
        secrets_of(found, "here")
    assert new_ca.secret.reveal().hex() not in str(caught.value)


def test_a_key_of_another_ca(new_ca: AuthoritySecrets, test_ca: CertificateAuthority) -> None:
    mixed = {**document(new_ca), "key": document(test_ca.secrets)["key"]}
    with pytest.raises(KeyStoreError, match="the key is not that of the issuing"):
        secrets_of(mixed, "here")


def test_keys_in_the_clear_are_for_tests(tmp_path: Path, new_ca: AuthoritySecrets) -> None:
    path = tmp_path / "plain.toml"
    texts = (f'{name} = "{value}"\n' for name, value in document(new_ca).items() if name != "test")
    path.write_text("".join(texts))
    with pytest.raises(KeyStoreError, match="plain text are accepted with test = true only"):
        load_authority(path)


def test_a_ca_that_answers_others_is_a_store(tmp_path: Path) -> None:
    with pytest.raises(KeyStoreError, match="is a folder"):
        load_issuing(tmp_path)
    path = tmp_path / "station.toml"
    path.write_text('kind = "ca"\n[service]\n')
    with pytest.raises(KeyStoreError, match="says where a CA is"):
        load_issuing(path)


def test_certificates_to_trust(tmp_path: Path, test_ca: CertificateAuthority, new_ca: Any) -> None:
    path = tmp_path / "ca.pem"

    def refused(text: str) -> str:
        path.write_text(text)
        with pytest.raises(KeyStoreError, match=r"ca\.pem: ") as caught:
            read_trusted(path)
        return str(caught.value).partition(": ")[2]

    def pem(*certificates: Any) -> str:
        return "".join(
            "-----BEGIN CERTIFICATE-----\n"
            + base64.encodebytes(each.der).decode()
            + "-----END CERTIFICATE-----\n"
            for each in certificates
        )

    issuing = test_ca.issuers[0]
    path.write_text("some words\n" + pem(issuing, test_ca.root))
    assert read_trusted(path).issuers == (issuing,)
    assert refused("") == "no certificates in PEM"
    assert refused("x" * (1 << 17)) == "no certificates in PEM"
    assert refused(pem(issuing)) == "has 0 root certificates, not one"
    assert refused(pem(test_ca.root, new_ca.root)) == "has 2 root certificates, not one"
    assert "certificate of its issuer" in refused(pem(test_ca.root, new_ca.issuing))
    assert refused(pem(test_ca.root).replace("MII", "MIII"))
    assert "base64" in refused(pem(test_ca.root).replace("MII", "MI"))


def test_the_same_secret_and_another_one(new_ca: AuthoritySecrets, first: Any) -> None:
    from datetime import date

    from sscard.issuance.ca.load import declared
    from sscard.issuance.ca.store import new_secrets

    name = (("C", "CN"), ("CN", "root of the tests"))
    again = new_secrets(name, date(2026, 1, 1), declared(), random.Random(7).randbytes)
    other = new_secrets(name, date(2026, 1, 1), declared(), random.Random(70).randbytes)
    texts = [
        CertificateAuthority(each, declared()).answer(first).texts()
        for each in (new_ca, again, other)
    ]
    assert texts[0] == texts[1]
    assert all(texts[0][each] != texts[2][each] for each in texts[0])
