"""What host and card of SCP02 compute alike: cryptograms, chained MACs (pboc 1.4, 1.5 [H, V])."""

from __future__ import annotations

from enum import IntEnum

from sscard.apdu.command import CommandAPDU
from sscard.keys import des
from sscard.keys.cps import SessionKeys

SCP02 = 0x02
MAC_SIZE = 8
SECURE = 0x04


class SecurityLevel(IntEnum):
    """P1 of EXTERNAL AUTHENTICATE: what protects the commands after it."""

    NONE = 0x00
    C_MAC = 0x01
    C_MAC_C_ENC = 0x03


class Scp02Session:
    """The keys, the two challenges and the MAC chain of one session."""

    __slots__ = ("_card", "_host", "_previous", "keys")

    def __init__(
        self, keys: SessionKeys, host_challenge: bytes, sequence: bytes, card_challenge: bytes
    ) -> None:
        if len(host_challenge) != 8 or len(sequence) != 2 or len(card_challenge) != 6:
            raise ValueError("host challenge, sequence and card challenge have 8, 2 and 6 bytes")
        self.keys = keys
        self._host = host_challenge
        self._card = sequence + card_challenge
        self._previous = b""

    def card_cryptogram(self) -> bytes:
        """The card's proof, 8 bytes."""
        return des.cbc_mac(self.keys.enc, self._host + self._card)

    def host_cryptogram(self) -> bytes:
        """The host's proof, 8 bytes."""
        return des.cbc_mac(self.keys.enc, self._card + self._host)

    def mac(self, cla: int, command: CommandAPDU, data: bytes) -> bytes:
        """The MAC, 8 bytes, of a command with this CLA and plain data.

        A length above 255 is written in the 3 bytes of an extended Lc (pboc 1.6 [M]; assumed).
        """
        count = len(data) + MAC_SIZE
        length = bytes((count,)) if count <= 0xFF else count.to_bytes(3, "big")
        header = bytes((cla, command.ins, command.p1, command.p2)) + length
        # The previous MAC before the message is the enciphered ICV of GlobalPlatform's text.
        return des.retail_mac(self.keys.mac, self._previous + header + data)

    def advance(self, mac: bytes) -> None:
        """Chain the next MAC to this one."""
        self._previous = mac
