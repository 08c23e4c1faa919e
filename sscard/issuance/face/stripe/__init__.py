"""Magnetic stripe (磁条): tracks 1 to 3 from the bank's data, and the encoder's file of them."""

from __future__ import annotations

from sscard.issuance.face.stripe.from_bank import bank_stripe
from sscard.issuance.face.stripe.listing import (
    StripeLine,
    purge_stripes,
    require_writable,
    write_stripes,
)
from sscard.issuance.face.stripe.rules import StripeRules, load_stripe_rules
from sscard.issuance.face.stripe.track1 import Track1
from sscard.issuance.face.stripe.track2 import Track2
from sscard.issuance.face.stripe.track3 import Track3
from sscard.issuance.face.stripe.tracks import StripeAccount, Tracks, given_tracks, tracks

__all__ = [
    "StripeAccount",
    "StripeLine",
    "StripeRules",
    "Track1",
    "Track2",
    "Track3",
    "Tracks",
    "bank_stripe",
    "given_tracks",
    "load_stripe_rules",
    "purge_stripes",
    "require_writable",
    "tracks",
    "write_stripes",
]
