"""How a command is protected: one engine for MAC and encipherment (ssc 4 rows 3, 5, 7 and 8).

The social-security side derives a session key from the challenge; the certificate application has
the challenge in the initial value of the MAC and uses the key itself (ssc-more 1.3).  Everything
else is the same: the MAC covers CLA INS P1 P2, Lc of data and MAC together, and the data.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace

from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.errors import MalformedData
from sscard.keys.suite import Suite
from sscard.keys.types import NotCopied, SecretKey

MAC_SIZE = 4
SECURE = 0x04
_LONGEST = 0xFF - MAC_SIZE


def mac_text(bare: CommandAPDU) -> bytes:
    """What the MAC of a command covers, its CLA being the final one: header, Lc with MAC, data."""
    header = bytes((bare.cla, bare.ins, bare.p1, bare.p2, len(bare.data) + MAC_SIZE))
    return header + bare.data


@dataclass(frozen=True, slots=True)
class Protection(NotCopied):
    """``key`` enciphers and MACs; ``initial`` is the challenge in the MAC's initial value.

    Without it the initial value is zero: then the challenge is in the key.
    """

    suite: Suite
    key: SecretKey
    initial: bytes | None = None

    @classmethod
    def in_session(cls, suite: Suite, key: SecretKey, challenge: bytes) -> Protection:
        """Under the session key of this challenge (row 1)."""
        return cls(suite, suite.session_key(key, challenge))

    @classmethod
    def direct(cls, suite: Suite, key: SecretKey, challenge: bytes) -> Protection:
        """Under the key itself, the session step left out (row 8)."""
        return cls(suite, key, challenge)

    def seal(self, command: CommandAPDU) -> CommandAPDU:
        """The command with CLA bit 3 set and its MAC behind the data.

        ValueError for more than 251 bytes of data.
        """
        if len(command.data) > _LONGEST:
            raise ValueError(f"a protected command carries at most {_LONGEST} bytes")
        secure = replace(command, cla=command.cla | SECURE)
        return replace(secure, data=command.data + self._mac(secure))

    def seal_enciphered(self, command: CommandAPDU) -> CommandAPDU:
        """``seal`` with the data enciphered first, under the same key."""
        return self.seal(replace(command, data=self.suite.encipher(self.key, command.data)))

    def open(self, command: CommandAPDU) -> CommandAPDU:
        """The command without its MAC and with CLA bit 3 clear: the inverse of ``seal``.

        Raises StatusError 6987 where there is no MAC and 6988 where it is wrong (ssc 5.4 [S]).
        """
        if not command.cla & SECURE or len(command.data) < MAC_SIZE:
            raise StatusError(StatusWord.MAC_MISSING, "secure messaging")
        bare = replace(command, data=command.data[:-MAC_SIZE])
        if not hmac.compare_digest(command.data[-MAC_SIZE:], self._mac(bare)):
            raise StatusError(StatusWord.MAC_WRONG, "secure messaging")
        return replace(bare, cla=command.cla & ~SECURE)

    def open_enciphered(self, command: CommandAPDU) -> CommandAPDU:
        """The inverse of ``seal_enciphered``.

        Raises StatusError 6987, 6988, and 6A80 where the MAC is right but the cipher text is not.
        """
        opened = self.open(command)
        try:
            return replace(opened, data=self.suite.decipher(self.key, opened.data))
        except MalformedData:
            raise StatusError(StatusWord.WRONG_DATA, "secure messaging") from None

    def _mac(self, bare: CommandAPDU) -> bytes:
        message = mac_text(bare)
        if self.initial is None:
            return self.suite.mac(self.key, message)
        return self.suite.key_load_mac(self.key, message, self.initial)
