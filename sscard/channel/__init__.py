"""Secure messaging: host and card role of each protocol."""

from __future__ import annotations

from sscard.channel.initialize_update import InitializeUpdateResponse
from sscard.channel.scp02 import Scp02Host
from sscard.channel.scp02_card import Scp02Card, Scp02Identity
from sscard.channel.scp02_session import SecurityLevel
from sscard.channel.ssc import (
    authenticate,
    unwrap,
    unwrap_enciphered,
    wrap,
    wrap_enciphered,
)

__all__ = [
    "InitializeUpdateResponse",
    "Scp02Card",
    "Scp02Host",
    "Scp02Identity",
    "SecurityLevel",
    "authenticate",
    "unwrap",
    "unwrap_enciphered",
    "wrap",
    "wrap_enciphered",
]
