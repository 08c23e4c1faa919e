"""The keys with which the card signs, and the one under which PINs come (pboc 1.8, 4 [H])."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sscard.apdu.dgi import DGI
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.pse.grouping import PIN_KEY, RSA_KEY
from sscard.cos.pse.instance import Instance
from sscard.keys import sm2
from sscard.keys.certificates.dynamic import Signer
from sscard.keys.rsa import CrtParts, RSAPrivateKey
from sscard.keys.sm2_keys import SM2PrivateKey, SM2PublicKey
from sscard.keys.types import NotCopied, Secret


@dataclass(frozen=True, slots=True)
class _Sm2Signer(NotCopied):
    """The card was given its public key, too: computing it would take as long as the signature."""

    key: SM2PrivateKey
    public: SM2PublicKey
    random: Callable[[int], bytes]

    def sign(self, message: bytes, /) -> bytes:
        """r ‖ s."""
        return self.key.sign_digest(sm2.digest(self.public, message), self.random)


def signer(instance: Instance, random: Callable[[int], bytes], *, sm: bool) -> Signer:
    """The key of this family.  Raises StatusError 6985 when the card has none."""
    if not sm:
        return _require(_rsa(instance, RSA_KEY))
    private, public = instance.value(DGI.SM2_PRIVATE), instance.value(DGI.SM2_PUBLIC)
    if private is None or public is None:
        raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED)
    return _Sm2Signer(SM2PrivateKey(private), SM2PublicKey(public), random)


def has_signer(instance: Instance, *, sm: bool) -> bool:
    """Whether the card can sign in this family."""
    return (DGI.SM2_PRIVATE if sm else DGI.RSA_P) in instance


def pin_key(instance: Instance) -> RSAPrivateKey:
    """The key for enciphered PINs, else the one that signs.  Raises StatusError 6985."""
    return _require(_rsa(instance, PIN_KEY) or _rsa(instance, RSA_KEY))


def require(instance: Instance) -> None:
    """Whether the parts of each key belong together, and it signs.  Raises StatusError 6A80."""
    try:
        for key in (_rsa(instance, RSA_KEY), _rsa(instance, PIN_KEY)):
            if key is not None:
                key.power(bytes(key.public.size - 1) + b"\2")
    except (ValueError, ArithmeticError):
        raise StatusError(StatusWord.WRONG_DATA) from None
    private = instance.value(DGI.SM2_PRIVATE)
    if private is not None and bytes(SM2PrivateKey(private).public) != instance.value(
        DGI.SM2_PUBLIC
    ):
        raise StatusError(StatusWord.WRONG_DATA)


def _rsa(instance: Instance, groupings: tuple[DGI, ...]) -> RSAPrivateKey | None:
    values = [instance.value(each) for each in groupings]
    parts = [Secret(value) for value in values if value is not None]
    return RSAPrivateKey.from_crt(CrtParts(*parts)) if len(parts) == len(groupings) else None


def _require(key: RSAPrivateKey | None) -> RSAPrivateKey:
    if key is None:
        raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED)
    return key
