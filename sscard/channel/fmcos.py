"""Line protection of FMCOS and TimeCOS, host and card role (dialects 2.3 to 2.5 [S], [V]).

There is no session key: the key itself works, and the card's challenge is the initial value.  The
MAC covers CLA INS P1 P2, Lc of data and MAC together, and the data as it travels.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field, replace

from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.errors import MalformedData
from sscard.keys import des
from sscard.keys.suite import TDES_SUITE
from sscard.keys.tripledes import BLOCK
from sscard.keys.types import TDES, SecretKey

MAC_SIZE = 4
SECURE = 0x04
_CHALLENGES = (4, 8)


def padded(challenge: bytes) -> bytes:
    """A challenge as block: 4 bytes get 00 on the right, 8 stay; ValueError for another length."""
    if len(challenge) not in _CHALLENGES:
        raise ValueError("a challenge has 4 or 8 bytes")
    return challenge.ljust(BLOCK, b"\0")


def authentication_data(key: SecretKey, challenge: bytes) -> bytes:
    """What EXTERNAL AUTHENTICATE proves a key with: the enciphered challenge, 8 bytes."""
    return des.ecb_encrypt(key, padded(challenge))


def mac(key: SecretKey, message: bytes, initial: bytes = des.ZERO) -> bytes:
    """4 bytes: single-DES CBC-MAC, or a retail MAC where the key has 16 bytes; always padded."""
    compute = des.retail_mac if isinstance(key, TDES) else des.cbc_mac
    return compute(key, message, initial)[:MAC_SIZE]


@dataclass(frozen=True, slots=True)
class Line:
    """Protection of one command and its answer: a key, the last challenge, what is done.

    ``with_mac`` is bit 8 of a file's or key's type, ``enciphered`` bit 7.
    """

    key: SecretKey
    challenge: bytes = field(repr=False)
    enciphered: bool = False
    with_mac: bool = True

    def wrap(self, command: CommandAPDU) -> CommandAPDU:
        """The command as it travels; ValueError for more data than fits."""
        cla = command.cla | SECURE
        data = self._enciphered(command.data)
        return replace(command, cla=cla, data=data + self._mac(command, data))

    def unwrap(self, command: CommandAPDU) -> CommandAPDU:
        """The inverse of ``wrap``.

        Raises StatusError 6987 where there is no protection, 6988 where it is wrong.
        """
        if not command.cla & SECURE or len(command.data) < self._mac_size:
            raise StatusError(StatusWord.MAC_MISSING, "line protection")
        end = len(command.data) - self._mac_size
        data, received = command.data[:end], command.data[end:]
        if not hmac.compare_digest(received, self._mac(command, data)):
            raise StatusError(StatusWord.MAC_WRONG, "line protection")
        return replace(command, cla=command.cla & ~SECURE, data=self._deciphered(data))

    def wrap_answer(self, data: bytes) -> bytes:
        """What the card sends: the data, enciphered or not, and the MAC over it alone."""
        data = self._enciphered(data)
        return data + self._mac_over(data)

    def unwrap_answer(self, answer: bytes) -> bytes:
        """The inverse of ``wrap_answer``.  Raises MalformedData for a wrong MAC or cipher text."""
        end = len(answer) - self._mac_size
        data, received = answer[: max(end, 0)], answer[max(end, 0) :]
        if not hmac.compare_digest(received, self._mac_over(data)):
            raise MalformedData("the answer has no right MAC")
        return TDES_SUITE.decipher(self.key, data) if self.enciphered and data else data

    @property
    def _mac_size(self) -> int:
        return MAC_SIZE if self.with_mac else 0

    def _enciphered(self, data: bytes) -> bytes:
        return TDES_SUITE.encipher(self.key, data) if self.enciphered and data else data

    def _deciphered(self, data: bytes) -> bytes:
        if not self.enciphered or not data:
            return data
        try:
            return TDES_SUITE.decipher(self.key, data)
        except MalformedData:
            raise StatusError(StatusWord.MAC_WRONG, "line protection") from None

    def _mac(self, command: CommandAPDU, data: bytes) -> bytes:
        if len(data) + self._mac_size > 0xFF:
            raise ValueError("a protected command carries at most 255 bytes")
        size = len(data) + MAC_SIZE
        header = (command.cla | SECURE, command.ins, command.p1, command.p2, size)
        return self._mac_over(bytes(header) + data) if self.with_mac else b""

    def _mac_over(self, message: bytes) -> bytes:
        return mac(self.key, message, padded(self.challenge)) if self.with_mac else b""
