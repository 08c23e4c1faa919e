"""What is secret: key types, cipher suites, derivation, and the stores that hold the masters."""

from __future__ import annotations

from sscard.keys.cps import CardKeys, SessionKeys
from sscard.keys.hierarchy import Factors
from sscard.keys.store import BankStore, ChipLot, KeyReference, SocialSecurityStore
from sscard.keys.suite import SUITES, TDES_SUITE, Suite
from sscard.keys.types import DES8, HMAC256, TDES, Pin, SecretKey

__all__ = [
    "DES8",
    "HMAC256",
    "SUITES",
    "TDES",
    "TDES_SUITE",
    "BankStore",
    "CardKeys",
    "ChipLot",
    "Factors",
    "KeyReference",
    "Pin",
    "SecretKey",
    "SessionKeys",
    "SocialSecurityStore",
    "Suite",
]
