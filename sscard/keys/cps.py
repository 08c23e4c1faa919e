"""Keys of the personalization channel: KMC → card keys → session keys (pboc 1.3, 1.4 [H, V])."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sscard.keys import des
from sscard.keys.types import TDES

KEYDATA_SIZE = 10
SEQUENCE_SIZE = 2
#: What KENC, KMAC and KDEK are for, in the blocks they are derived from (pboc 1.3 [H, V]).
ENC, MAC, DEK = 1, 2, 3
#: What each session key is for, in the block it is derived from (pboc 1.4 [H, V]).
SESSION_ENC, SESSION_MAC, SESSION_DEK, SESSION_RMAC = 0x0182, 0x0101, 0x0181, 0x0102


@dataclass(frozen=True, slots=True)
class CardKeys:
    """The static keys of one application instance: KENC, KMAC, KDEK."""

    enc: TDES
    mac: TDES
    dek: TDES


@dataclass(frozen=True, slots=True)
class SessionKeys:
    """The keys of one session: SKUENC, SKUMAC, SKUDEK and the response MAC key."""

    enc: TDES
    mac: TDES
    dek: TDES
    rmac: TDES


#: How KEYDATA becomes the 6-byte diversifier; configuration names a scheme by these words.
SCHEMES: Mapping[str, Callable[[bytes], bytes]] = MappingProxyType(
    {
        "emv-cps-1.1": lambda keydata: keydata[4:10],
        "visa2": lambda keydata: keydata[0:2] + keydata[4:8],
    }
)


def card_keys(kmc: TDES, keydata: bytes, scheme: str = "emv-cps-1.1") -> CardKeys:
    """The three static keys from the master key and KEYDATA (10 bytes).

    ValueError for another length or a scheme that is not in ``SCHEMES`` (pboc 1.3 [H, V]).
    """
    if len(keydata) != KEYDATA_SIZE:
        raise ValueError("KEYDATA has 10 bytes")
    if scheme not in SCHEMES:
        raise ValueError(f"no such scheme: {scheme} (there are {', '.join(SCHEMES)})")
    unique = SCHEMES[scheme](keydata)
    keys = des.ecb_encrypt(kmc, b"".join(static_data(unique, use) for use in (ENC, MAC, DEK)))
    return CardKeys(TDES(keys[:16]), TDES(keys[16:32]), TDES(keys[32:]))


def session_keys(card: CardKeys, sequence: bytes) -> SessionKeys:
    """The keys of the session with this 2-byte sequence counter (pboc 1.4 [H, V])."""
    if len(sequence) != SEQUENCE_SIZE:
        raise ValueError("the sequence counter has 2 bytes")
    return SessionKeys(
        enc=_session(card.enc, SESSION_ENC, sequence),
        mac=_session(card.mac, SESSION_MAC, sequence),
        dek=_session(card.dek, SESSION_DEK, sequence),
        rmac=_session(card.mac, SESSION_RMAC, sequence),
    )


def static_data(unique: bytes, use: int) -> bytes:
    """What a static key is the encipherment of, from the 6-byte diversifier: 16 bytes."""
    return b"".join(unique + bytes((half, use)) for half in (0xF0, 0x0F))


def session_data(constant: int, sequence: bytes) -> bytes:
    """What a session key is the encipherment of, in CBC with IV 0: 16 bytes."""
    return constant.to_bytes(2, "big") + sequence + bytes(12)


def _session(key: TDES, constant: int, sequence: bytes) -> TDES:
    return TDES(des.cbc_encrypt(key, session_data(constant, sequence)))
