"""What is secret: key types, cipher suites, derivation, and the stores that hold the masters."""

from __future__ import annotations

from sscard.keys.cps import CardKeys, SessionKeys
from sscard.keys.hierarchy import Factors
from sscard.keys.operations import KeyReference
from sscard.keys.store import BankStore, ChipLot, SocialSecurityStore
from sscard.keys.suite import SM4_SUITE, SUITES, TDES_SUITE, Suite, suite_of_algorithm
from sscard.keys.types import DES8, HMAC256, SM4, TDES, Pin, SecretKey

__all__ = [
    "DES8",
    "HMAC256",
    "SM4",
    "SM4_SUITE",
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
    "suite_of_algorithm",
]
