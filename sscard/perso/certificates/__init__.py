"""Keys and certificates of the third generation's certificate application (ssc-more 1.5).

``make_key`` asks the card for its signature key, a CA answers with certificates, ``write`` brings
them, ``audit`` looks from outside.  All three may be torn away anywhere and begun again.
"""

from __future__ import annotations

from sscard.perso.certificates.audit import Written, audit
from sscard.perso.certificates.blank_card import BlankCard
from sscard.perso.certificates.delivered import as_delivered
from sscard.perso.certificates.key import AnotherKeyMade, MadeKey, make_another_key, make_key
from sscard.perso.certificates.secrets_shown import SecretRefused, TriesKept
from sscard.perso.certificates.survey import AnotherKey
from sscard.perso.certificates.writing import write

__all__ = [
    "AnotherKey",
    "AnotherKeyMade",
    "BlankCard",
    "MadeKey",
    "SecretRefused",
    "TriesKept",
    "Written",
    "as_delivered",
    "audit",
    "make_another_key",
    "make_key",
    "write",
]
