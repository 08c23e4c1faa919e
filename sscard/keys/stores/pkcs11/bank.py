"""A bank's keys in a token: KMC, issuer master keys, transport keys (pboc 1.3 to 1.6, 3 [H, V])."""

from __future__ import annotations

from sscard.errors import KeyStoreError
from sscard.keys import cps, des, emv
from sscard.keys.cps import SessionKeys
from sscard.keys.names import SM4_NAMES
from sscard.keys.operations import KeyReference
from sscard.keys.store import MAC_KEYS, TRANSPORT_KEYS, require_among
from sscard.keys.stores.pkcs11.levels import left_half
from sscard.keys.stores.pkcs11.mechanisms import NAMES
from sscard.keys.stores.pkcs11.token import KeyToken
from sscard.keys.tripledes import BLOCK
from sscard.keys.types import SM4, TDES, NotCopied

PURPOSES = ("ac", "mac", "enc")
_KMC = KeyReference("KMC", 1)


class Pkcs11BankStore(NotCopied):
    """Masters may only derive, and a card's KENC, KMAC and KDEK never leave the token either.

    Session keys and debit keys come out: they are one card's.  What comes under a transport key is
    translated inside.  ``sm4`` is the same token for keys of SM4, where it has that.
    """

    def __init__(
        self,
        token: KeyToken,
        *,
        test: bool,
        scheme: str = "emv-cps-1.1",
        sm4: KeyToken | None = None,
    ) -> None:
        if scheme not in cps.SCHEMES:
            raise ValueError(f"no such scheme: {scheme} (there are {', '.join(cps.SCHEMES)})")
        self._token = token
        self._test = test
        self._scheme = scheme
        self._sm4 = sm4

    def __repr__(self) -> str:
        return f"<key store in token {self._token.label}>"

    @property
    def test(self) -> bool:
        """Whether these are TEST keys."""
        return self._test

    def session_keys(self, keydata: bytes, sequence: bytes) -> SessionKeys:
        """The channel keys for what INITIALIZE UPDATE answered: KEYDATA (10), sequence (2)."""
        _require_sizes(keydata, sequence)
        unique = cps.SCHEMES[self._scheme](keydata)
        (enc,) = self._under(unique, cps.ENC, sequence, cps.SESSION_ENC)
        mac, rmac = self._under(unique, cps.MAC, sequence, cps.SESSION_MAC, cps.SESSION_RMAC)
        (dek,) = self._under(unique, cps.DEK, sequence, cps.SESSION_DEK)
        return SessionKeys(enc, mac, dek, rmac)

    def udk(self, purpose: str, pan: str, psn: str) -> TDES:
        """A card's debit key; ``purpose`` is ``ac``, ``mac`` or ``enc``."""
        master = self._token.master(KeyReference(f"IMK-{_checked(purpose).upper()}", 1))
        return TDES(self._token.enciphered(master, emv.diversifier(pan, psn)))

    def sm4_udk(self, purpose: str, pan: str, psn: str) -> SM4:
        """A card's debit key of SM4 transactions.

        Raises KeyStoreError, naming what the settings lack, for a token that has no SM4.
        """
        name = f"{SM4_NAMES}IMK-{_checked(purpose).upper()}"
        if self._sm4 is None:
            raise KeyStoreError(
                f"{self!r}: key {name}: {NAMES['sm4']['derive']} has no number in PKCS#11; give "
                "the vendor's in [pkcs11.sm4]"
            )
        master = self._sm4.master(KeyReference(name, 1))
        return SM4(self._sm4.enciphered(master, emv.diversifier(pan, psn)))

    def translate(
        self, transport: KeyReference, data: bytes, keydata: bytes, sequence: bytes
    ) -> bytes:
        """``data`` under a transport key, enciphered anew under the DEK of a card's session.

        The plain value is an object in the token for a moment.  Raises KeyStoreError naming the
        mechanism for a token that does not unwrap and wrap with it, as SoftHSM2 does not.
        """
        require_among(TRANSPORT_KEYS, transport, "carry data")
        if len(data) % BLOCK or not data:
            raise KeyStoreError(f"key {transport.name}: data are whole blocks of {BLOCK} bytes")
        _require_sizes(keydata, sequence)
        token, unique = self._token, cps.SCHEMES[self._scheme](keydata)
        static_data = cps.static_data(unique, cps.DEK)
        session_data = cps.session_data(cps.SESSION_DEK, sequence)
        with token.asked("translate"):
            source = token.of_data(transport, "UNWRAP")
            static = token.derived(token.master(_KMC), static_data, encrypts=False)
            with (
                token.briefly(static),
                token.briefly(token.wrapping(static, session_data, bytes(BLOCK))) as dek,
            ):
                return token.translated(source, dek, data)

    def transport_mac(self, key: KeyReference, message: bytes) -> bytes:
        """The retail MAC of ``message``, 8 bytes, with the key and its left half in the token."""
        require_among(MAC_KEYS, key, "make MACs")
        token, padded = self._token, des.pad80(message)
        with token.asked("make a MAC"):
            whole = token.of_data(key, "ENCRYPT")
            half = token.of_data(left_half(key), "ENCRYPT")
            before, last = padded[:-BLOCK], padded[-BLOCK:]
            chain = token.cbc(half, before, bytes(BLOCK))[-BLOCK:] if before else bytes(BLOCK)
            return token.cbc(whole, last, chain)

    def kcv(self, name: str, version: int = 1) -> bytes:
        """Check value of a master key, 3 bytes."""
        token = self._sm4 if self._sm4 is not None and name.startswith(SM4_NAMES) else self._token
        return token.check_value(token.stored(KeyReference(name, version)))

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


def _checked(purpose: str) -> str:
    if purpose not in PURPOSES:
        raise ValueError(f"no such purpose: {purpose} (there are {', '.join(PURPOSES)})")
    return purpose


def _require_sizes(keydata: bytes, sequence: bytes) -> None:
    if len(keydata) != cps.KEYDATA_SIZE or len(sequence) != cps.SEQUENCE_SIZE:
        raise ValueError("KEYDATA has 10 bytes, the sequence counter 2")
