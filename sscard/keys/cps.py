"""Keys of the personalization channel: KMC → card keys → session keys (pboc 1.3, 1.4 [H, V])."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sscard.keys import des
from sscard.keys.types import TDES

KEYDATA_SIZE = 10
SEQUENCE_SIZE = 2


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
    blocks = (unique + bytes((half, use)) for use in (1, 2, 3) for half in (0xF0, 0x0F))
    keys = des.ecb_encrypt(kmc, b"".join(blocks))
    return CardKeys(TDES(keys[:16]), TDES(keys[16:32]), TDES(keys[32:]))


def session_keys(card: CardKeys, sequence: bytes) -> SessionKeys:
    """The keys of the session with this 2-byte sequence counter (pboc 1.4 [H, V])."""
    if len(sequence) != SEQUENCE_SIZE:
        raise ValueError("the sequence counter has 2 bytes")
    return SessionKeys(
        enc=_session(card.enc, 0x0182, sequence),
        mac=_session(card.mac, 0x0101, sequence),
        dek=_session(card.dek, 0x0181, sequence),
        rmac=_session(card.mac, 0x0102, sequence),
    )


def _session(key: TDES, constant: int, sequence: bytes) -> TDES:
    return TDES(des.cbc_encrypt(key, constant.to_bytes(2, "big") + sequence + bytes(12)))
