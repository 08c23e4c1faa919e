"""An issuer whose RSA key never leaves its token: certificates and signatures of cards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from sscard.errors import KeyStoreError
from sscard.keys.certificates import ISSUER, RSAAuthority, Subject
from sscard.keys.rsa_generation import generate
from sscard.keys.stores import ca_keys
from sscard.keys.stores.ca_keys import CAKeys
from sscard.keys.stores.card_issuers import load_card_issuers
from sscard.keys.stores.pkcs11.login import logged_in
from sscard.keys.stores.pkcs11.pins import ask_on_terminal
from sscard.keys.stores.pkcs11.rsa_signer import TokenSigner, open_rsa_signer
from sscard.keys.stores.pkcs11.settings import token_settings

Document = Mapping[str, Any]


@pytest.fixture(scope="module")
def token(new_token: Callable[[str], Document]) -> Document:
    """A token with the issuer's key, one that could be taken out, and one that is there twice."""
    from pkcs11 import Attribute, KeyType

    made = new_token("issuer")
    with logged_in(token_settings(made, "T"), ask_on_terminal) as opened:
        for label, loose in (("issuer", False), ("loose", True), ("two", False), ("two", False)):
            opened.session.generate_keypair(  # type: ignore[attr-defined]
                KeyType.RSA,
                1024,
                store=True,
                label=label,
                private_template={Attribute.EXTRACTABLE: loose, Attribute.SENSITIVE: not loose},
            )
    return made


@pytest.fixture(scope="module")
def signer(token: Document) -> TokenSigner:
    opened, test = open_rsa_signer(token, "T", "issuer")
    assert not test
    return opened


def test_a_signature_is_undone_by_the_public_key(signer: TokenSigner) -> None:
    block = b"\x6a" + bytes(126) + b"\xbc"
    assert signer.public.power(signer.power(block)) == block
    assert signer.public.exponent == 65537
    with pytest.raises(ValueError, match="128 bytes"):
        signer.power(block[1:])
    assert repr(signer) == "<RSA key in token issuer>"


@pytest.mark.parametrize(
    ("label", "message"),
    [("nobody", "no RSA key nobody"), ("loose", "can be taken out"), ("two", "more than one")],
)
def test_a_key_that_is_none_of_an_issuer(token: Document, label: str, message: str) -> None:
    with pytest.raises(KeyStoreError, match=message):
        open_rsa_signer(token, "T", label)


def test_a_file_names_the_token(token: Document, signer: TokenSigner, tmp_path: Path) -> None:
    """Nothing in it is secret, so it may be plain and for production."""
    authority = generate(1408)
    subject = Subject(ISSUER, "622800", 2049, 12, b"001")
    issuer = RSAAuthority(0xA1, authority).issuer(subject, signer)
    table = token["pkcs11"]
    known = ca_keys.tables(CAKeys(False, {0xA1: authority.public}, {}), "ca.")
    path = tmp_path / "issuers.toml"
    path.write_text(
        f'kind = "card-issuers"\n[rsa]\nindex = 0xA1\nkey = "issuer"\n'
        f'certificate = "{issuer.tags[0x90].hex()}"\n'
        f"[pkcs11]\nmodule = '{table['module']}'\ntoken = \"{table['token']}\"\n"
        f'pin-variable = "{table["pin-variable"]}"\n{known}',
        "utf-8",
    )
    store = load_card_issuers(path)
    assert not store.test
    assert store.sm2 is None
    store.check("6228000000000011", date(2026, 11, 22))
    assert store.rsa is not None
    (signed,) = store.rsa.static(b"\xda\xc1", b"static").values()
    assert signer.public.power(signed)[1:5].hex() == "0301dac1"
