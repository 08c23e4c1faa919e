"""Supplements: the signed word of a profile's owner on facts that nobody else could know."""

from sscard.profiles.supplements.draft import draft, value_of
from sscard.profiles.supplements.files import issuer_key, load_supplement, signature_path
from sscard.profiles.supplements.supplement import CONFIRMED, Supplement, verified

__all__ = [
    "CONFIRMED",
    "Supplement",
    "draft",
    "issuer_key",
    "load_supplement",
    "signature_path",
    "value_of",
    "verified",
]
