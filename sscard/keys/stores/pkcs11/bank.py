"""The bank's masters in a token: KMC and issuer master keys (pboc 1.3, 1.4, 3 [H, V])."""

from __future__ import annotations

from sscard.errors import KeyStoreError
from sscard.keys import cps, emv
from sscard.keys.cps import SessionKeys
from sscard.keys.operations import KeyNotHeld, KeyReference
from sscard.keys.stores.pkcs11.token import KeyToken
from sscard.keys.types import SM4, TDES, NotCopied

PURPOSES = ("ac", "mac", "enc")
_KMC = KeyReference("KMC", 1)


class Pkcs11BankStore(NotCopied):
    """Masters may only derive, and a card's KENC, KMAC and KDEK never leave the token either.

    Session keys and debit keys come out: they are one card's.
    """

    def __init__(self, token: KeyToken, *, test: bool, scheme: str = "emv-cps-1.1") -> None:
        if scheme not in cps.SCHEMES:
            raise ValueError(f"no such scheme: {scheme} (there are {', '.join(cps.SCHEMES)})")
        self._token = token
        self._test = test
        self._scheme = scheme

    def __repr__(self) -> str:
        return f"<key store in token {self._token.label}>"

    @property
    def test(self) -> bool:
        """Whether these are TEST keys."""
        return self._test

    def session_keys(self, keydata: bytes, sequence: bytes) -> SessionKeys:
        """The channel keys for what INITIALIZE UPDATE answered: KEYDATA (10), sequence (2)."""
        if len(keydata) != cps.KEYDATA_SIZE or len(sequence) != cps.SEQUENCE_SIZE:
            raise ValueError("KEYDATA has 10 bytes, the sequence counter 2")
        unique = cps.SCHEMES[self._scheme](keydata)
        (enc,) = self._under(unique, cps.ENC, sequence, cps.SESSION_ENC)
        mac, rmac = self._under(unique, cps.MAC, sequence, cps.SESSION_MAC, cps.SESSION_RMAC)
        (dek,) = self._under(unique, cps.DEK, sequence, cps.SESSION_DEK)
        return SessionKeys(enc, mac, dek, rmac)

    def udk(self, purpose: str, pan: str, psn: str) -> TDES:
        """A card's debit key; ``purpose`` is ``ac``, ``mac`` or ``enc``."""
        if purpose not in PURPOSES:
            raise ValueError(f"no such purpose: {purpose} (there are {', '.join(PURPOSES)})")
        master = self._token.master(KeyReference(f"IMK-{purpose.upper()}", 1))
        return TDES(self._token.enciphered(master, emv.diversifier(pan, psn)))

    def sm4_udk(self, purpose: str, pan: str, psn: str) -> SM4:  # noqa: ARG002 the protocol's
        """Raises KeyStoreError: the masters in a bank's token are 3DES keys."""
        raise KeyNotHeld(f"{self!r}: no key SM4-IMK-{purpose.upper()} version 1")

    def translate(
        self,
        transport: KeyReference,
        data: bytes,  # noqa: ARG002 the protocol's signature
        keydata: bytes,  # noqa: ARG002
        sequence: bytes,  # noqa: ARG002
    ) -> bytes:
        """Raises KeyStoreError: PKCS #11 has no call that deciphers and enciphers in one.

        With two, the plain value would come out of the token in between.
        """
        raise KeyStoreError(f"{self!r}: cannot translate from key {transport.name}")

    def transport_mac(self, key: KeyReference, message: bytes) -> bytes:  # noqa: ARG002
        """Raises KeyStoreError: no transport keys are kept in a token."""
        raise KeyNotHeld(f"{self!r}: no key {key.name} version {key.version}")

    def kcv(self, name: str, version: int = 1) -> bytes:
        """Check value of a master key, 3 bytes."""
        return self._token.check_value(self._token.stored(KeyReference(name, version)))

    def _under(self, unique: bytes, use: int, sequence: bytes, *constants: int) -> list[TDES]:
        """Session keys under one of the card's static keys."""
        token, halves = self._token, cps.static_data(unique, use)
        with token.asked("derive session keys"):
            static = token.derived(token.master(_KMC), halves, encrypts=True)
            try:
                return [
                    TDES(token.cbc(static, cps.session_data(constant, sequence), bytes(8)))
                    for constant in constants
                ]
            finally:
                token.forget(static)
