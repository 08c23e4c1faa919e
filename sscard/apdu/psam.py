"""Builders for PSAMs, the terminals' secure modules (ssc 5.3 [S]); data of purchases: psam_data."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum, unique
from types import MappingProxyType

from sscard.apdu.command import CommandAPDU
from sscard.apdu.psam_data import InitSamForPurchase, SamPurchaseInitialized

#: The class of what prepares a computation, and that of what computes.
ENVIRONMENT_CLASS, COMPUTING_CLASS = 0xBF, 0x80
#: The application of each environment (ssc 1.1 [S]).
APPLICATION = bytes.fromhex("D15600000590")
#: Names of the environments by algorithm, ``sx1.sh.社会保障`` and so on (ssc 1.1 [S], sm4 [1]).
ENVIRONMENTS: Mapping[str, bytes] = MappingProxyType(
    {
        "3des": bytes.fromhex("7378312E73682EC9E7BBE1B1A3D5CF"),
        "ssf33": bytes.fromhex("7378322E73682EC9E7BBE1B1A3D5CF"),
        "sm4": bytes.fromhex("7378332E73682EC9E7BBE1B1A3D5CF"),
    }
)
FACTOR = 8
MAC2_SIZE = 4


@unique
class PsamINS(IntEnum):
    """Instruction bytes that only a PSAM has."""

    INIT_ENVIRONMENT = 0xEC
    DELIVERY_SESSION_KEY = 0xDE
    CIPHER_DATA = 0xFA
    INIT_SAM_FOR_PURCHASE = 0x70
    CREDIT_SAM_FOR_PURCHASE = 0x72
    #: CREATE KEY with P1 = 00, CHANGE KEY with P1 = 01.
    WRITE_KEY = 0xD4


@unique
class Cipher(IntEnum):
    """P1 of CIPHER DATA: which computation, and which part of it the data is."""

    ENCIPHER = 0x00
    LAST_MAC = 0x01
    ENCIPHER_MORE = 0x02
    NEXT_MAC = 0x03
    ONLY_MAC = 0x05
    FIRST_MAC = 0x07


def init_environment(first: int) -> CommandAPDU:
    """Choose the environment by the first byte of a user card's identification code."""
    return CommandAPDU(ENVIRONMENT_CLASS, PsamINS.INIT_ENVIRONMENT, data=bytes((first,)))


def delivery_session_key(
    usage: int, key_id: int, factors: tuple[bytes, ...], session_factor: bytes
) -> CommandAPDU:
    """Make a session key inside the PSAM; ``factors`` are those of the card, the city and so on.

    The session factor is one block of the algorithm, 8 or 16 bytes.
    """
    if any(len(each) != FACTOR for each in factors) or len(session_factor) not in (8, 16):
        raise ValueError("factors have 8 bytes, a session factor 8 or 16")
    data = b"".join(factors) + session_factor
    return CommandAPDU(ENVIRONMENT_CLASS, PsamINS.DELIVERY_SESSION_KEY, usage, key_id, data)


def cipher_data(part: Cipher, blocks: bytes) -> CommandAPDU:
    """Encipher whole blocks, or go on with a MAC whose first block is its initial value."""
    ne = {Cipher.NEXT_MAC: 0, Cipher.FIRST_MAC: 0}.get(part, 256)
    return CommandAPDU(COMPUTING_CLASS, PsamINS.CIPHER_DATA, part, 0x00, blocks, ne)


def init_sam_for_purchase(request: InitSamForPurchase) -> CommandAPDU:
    """Ask for MAC1 of a purchase; the PSAM answers ``SamPurchaseInitialized``."""
    ne = SamPurchaseInitialized.LAYOUT.size
    ins = PsamINS.INIT_SAM_FOR_PURCHASE
    return CommandAPDU(COMPUTING_CLASS, ins, 0x01, 0x00, bytes(request), ne)


def credit_sam_for_purchase(mac2: bytes) -> CommandAPDU:
    """Have the card's MAC2 checked."""
    if len(mac2) != MAC2_SIZE:
        raise ValueError("a MAC2 has 4 bytes")
    return CommandAPDU(COMPUTING_CLASS, PsamINS.CREDIT_SAM_FOR_PURCHASE, data=mac2)


def create_key(file: int, sealed: bytes) -> CommandAPDU:
    """A new key in a key file, given by its FID's low byte; ``sealed`` is cipher text and MAC."""
    return CommandAPDU(0x84, PsamINS.WRITE_KEY, 0x00, file, sealed)


def change_key(file: int, sealed: bytes) -> CommandAPDU:
    """Another value for a key that is there."""
    return CommandAPDU(0x84, PsamINS.WRITE_KEY, 0x01, file, sealed)
