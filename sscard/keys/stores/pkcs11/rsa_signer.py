"""An issuer's RSA key in a token: blocks go in, signatures come out (CKM_RSA_X_509)."""

from __future__ import annotations

from collections.abc import Mapping

from sscard.errors import KeyStoreError
from sscard.keys.rsa import RSAPublicKey
from sscard.keys.stores.pkcs11.binding import TokenKey
from sscard.keys.stores.pkcs11.login import log_in
from sscard.keys.stores.pkcs11.mechanisms import RSA_X_509, mechanism
from sscard.keys.stores.pkcs11.pins import AskPin, ask_on_terminal
from sscard.keys.stores.pkcs11.settings import token_settings
from sscard.keys.stores.pkcs11.token import KeyToken
from sscard.keys.types import NotCopied


class TokenSigner(NotCopied):
    """Raw RSA under a private key that the token gives to nobody."""

    def __init__(self, token: KeyToken, key: TokenKey, public: RSAPublicKey) -> None:
        self._token, self._key, self._public = token, key, public

    def __repr__(self) -> str:
        return f"<RSA key in token {self._token.label}>"

    @property
    def public(self) -> RSAPublicKey:
        """The key that undoes it."""
        return self._public

    def power(self, block: bytes, /) -> bytes:
        """``block`` to the private exponent.

        ValueError for a block that cannot be, KeyStoreError when the token refuses.
        """
        self._public.number(block)
        with self._token.asked("sign with CKM_RSA_X_509"):
            return bytes(self._key.sign(block, mechanism=mechanism(RSA_X_509)))


def open_rsa_signer(
    document: Mapping[str, object], path: str, label: str, ask: AskPin = ask_on_terminal
) -> tuple[TokenSigner, bool]:
    """The RSA key ``label`` in the token that the document at ``path`` names.

    With it comes whether the token has TEST keys.  Raises KeyStoreError when the key is not there,
    is there twice, could be taken out, or is of a size or exponent that issuers do not have.
    """
    token = log_in(token_settings(document, path), ask, needs=())
    if RSA_X_509 not in token.session.token.slot.get_mechanisms():
        raise KeyStoreError(f"token {token.label} has no mechanism CKM_RSA_X_509 ({RSA_X_509:#x})")
    key = token.private_key(label)
    return TokenSigner(token, key, _public(token, key, label)), token.marked_test


def _public(token: KeyToken, key: TokenKey, label: str) -> RSAPublicKey:
    from pkcs11 import Attribute

    with token.asked(f"look at key {label}"):
        modulus, exponent = key[Attribute.MODULUS], key[Attribute.PUBLIC_EXPONENT]
    try:
        return RSAPublicKey(bytes(modulus), int.from_bytes(exponent, "big"))
    except ValueError as wrong:
        raise KeyStoreError(f"token {token.label}: key {label}: {wrong}") from None
