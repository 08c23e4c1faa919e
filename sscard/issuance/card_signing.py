"""New keys for one card, and who signs them: only what the profile puts on the card."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sscard.errors import ProfileError
from sscard.keys import rsa_generation, sm2_keys
from sscard.perso.pse_options import RSA, SM
from sscard.perso.pse_settings import Bank
from sscard.perso.pse_signing import RSASigning, Signing, SM2Signing
from sscard.profiles import Profile

if TYPE_CHECKING:
    from sscard.keys.stores.certificates import CertificateStore

#: Bits of a card's modulus: its signature fits into the answer of qPBOC (pboc 1.8, DGI 0601 [L]).
CARD_KEY_BITS = 1024
_SERIAL = 3


def families(profile: Profile) -> tuple[bool, bool]:
    """Whether cards of this profile are signed with RSA, and with SM2."""
    bank = Bank(profile)
    return bank.written(RSA.certificates), bank.sm and bank.written(SM.certificates)


def new_signing(
    profile: Profile, issuers: CertificateStore | None, random: Callable[[int], bytes]
) -> Signing | None:
    """Keys of one card, made now; None for a card that is not signed.

    Raises ProfileError when the profile wants signatures and there are no issuers.
    """
    rsa, sm2 = families(profile)
    if not rsa and not sm2:
        return None
    if issuers is None:
        raise ProfileError(f"profile {profile.name}: cards are signed, but there are no issuers")
    own = RSASigning(issuers.rsa, rsa_generation.generate(CARD_KEY_BITS)) if rsa else None
    national = SM2Signing(issuers.sm2, sm2_keys.generate(random)) if sm2 else None
    return Signing(own, national, serial=random(_SERIAL))
