"""The keys with which the card signs, and the one under which PINs come (pboc 1.8, 4 [H])."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sscard.apdu.dgi import DGI
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.pse.grouping import PIN_KEY, PIN_PLAIN, RSA_KEY, RSA_PLAIN
from sscard.cos.pse.instance import Instance
from sscard.keys import sm2
from sscard.keys.certificates.dynamic import Signer
from sscard.keys.rsa import CrtParts, RSAPlainKey, RSAPrivateKey, RSASigner
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
        return _require(_rsa(instance))
    private, public = instance.value(DGI.SM2_PRIVATE), instance.value(DGI.SM2_PUBLIC)
    if private is None or public is None:
        raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED)
    return _Sm2Signer(SM2PrivateKey(private), SM2PublicKey(public), random)


def has_signer(instance: Instance, *, sm: bool) -> bool:
    """Whether the card can sign in this family."""
    if sm:
        return DGI.SM2_PRIVATE in instance
    return DGI.RSA_P in instance or DGI.RSA_MODULUS in instance


def pin_key(instance: Instance) -> RSASigner:
    """The key for enciphered PINs, else the one that signs.  Raises StatusError 6985."""
    return _require(_pin(instance) or _rsa(instance))


def require(instance: Instance) -> None:
    """Whether the parts of each key belong together, and it signs.  Raises StatusError 6A80."""
    try:
        for crt, plain in ((RSA_KEY, RSA_PLAIN), (PIN_KEY, PIN_PLAIN)):
            _require_one(_crt(instance, crt), _plain(instance, plain))
    except (ValueError, ArithmeticError):
        raise StatusError(StatusWord.WRONG_DATA) from None
    private = instance.value(DGI.SM2_PRIVATE)
    if private is not None and bytes(SM2PrivateKey(private).public) != instance.value(
        DGI.SM2_PUBLIC
    ):
        raise StatusError(StatusWord.WRONG_DATA)


def _require_one(crt: RSAPrivateKey | None, plain: RSAPlainKey | None) -> None:
    """A key that came in both forms is one key, and it works.  ValueError, ArithmeticError."""
    if crt is not None and plain is not None and crt.public != plain.public:
        raise ValueError("two keys for one purpose")
    if crt is not None:
        crt.power(bytes(crt.public.size - 1) + b"\2")


def _rsa(instance: Instance) -> RSASigner | None:
    return _crt(instance, RSA_KEY) or _plain(instance, RSA_PLAIN)


def _pin(instance: Instance) -> RSASigner | None:
    return _crt(instance, PIN_KEY) or _plain(instance, PIN_PLAIN)


def _crt(instance: Instance, groupings: tuple[DGI, ...]) -> RSAPrivateKey | None:
    values = [instance.value(each) for each in groupings]
    parts = [Secret(value) for value in values if value is not None]
    return RSAPrivateKey.from_crt(CrtParts(*parts)) if len(parts) == len(groupings) else None


def _plain(instance: Instance, groupings: tuple[DGI, DGI]) -> RSAPlainKey | None:
    private, modulus = (instance.value(each) for each in groupings)
    return None if private is None or modulus is None else RSAPlainKey(modulus, private)


def _require(key: RSASigner | None) -> RSASigner:
    if key is None:
        raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED)
    return key
