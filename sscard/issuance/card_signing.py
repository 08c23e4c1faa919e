"""New keys for one card, and who signs them: only what the profile puts on the card."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from sscard.errors import KeyStoreError, ProfileError
from sscard.issuance.card_keys import CardKeys
from sscard.keys.certificates import RSAIssuer
from sscard.perso.pse_options import RSA, SM
from sscard.perso.pse_settings import Bank
from sscard.perso.pse_signing import RSASigning, Signing, SM2Signing
from sscard.profiles import Profile

if TYPE_CHECKING:
    from sscard.keys.stores.certificates import CertificateStore

_SERIAL = 3
_Issuer = TypeVar("_Issuer")


def families(profile: Profile) -> tuple[bool, bool]:
    """Whether cards of this profile are signed with RSA, and with SM2."""
    bank = Bank(profile)
    return bank.written(RSA.certificates), bank.sm and bank.written(SM.certificates)


def new_signing(
    profile: Profile,
    issuers: CertificateStore | None,
    random: Callable[[int], bytes],
    keys: CardKeys | None = None,
) -> Signing | None:
    """Keys of one card, made now; None for a card that is not signed.

    Raises ProfileError when the profile wants signatures and there are no issuers, KeyStoreError
    when one of them is missing, or its RSA key is shorter than the cards' are to be.
    """
    rsa, sm2 = families(profile)
    if not rsa and not sm2:
        return None
    if issuers is None:
        raise ProfileError(f"profile {profile.name}: cards are signed, but there are no issuers")
    keys = keys or CardKeys()
    own = _rsa(profile, _issuer(issuers.rsa, "RSA", profile), keys) if rsa else None
    national = SM2Signing(_issuer(issuers.sm2, "SM2", profile), keys.sm2()) if sm2 else None
    return Signing(own, national, serial=random(_SERIAL))


def _rsa(profile: Profile, issuer: RSAIssuer, keys: CardKeys) -> RSASigning:
    bits, longest = Bank(profile).number("card_key_bits"), 8 * issuer.signer.public.size
    if bits > longest:
        raise KeyStoreError(
            f"card issuers: an RSA key of {longest} bits certifies none of {bits} "
            "(bank.card_key_bits)"
        )
    return RSASigning(issuer, keys.rsa(bits))


def _issuer(issuer: _Issuer | None, family: str, profile: Profile) -> _Issuer:
    if issuer is None:
        raise KeyStoreError(f"card issuers: profile {profile.name} needs one with an {family} key")
    return issuer
