"""Keys on their way into cards and PSAMs: records, enciphered and with a MAC (ssc 3.5, 4).

The forms are data fields of commands; whoever sends them puts the header before.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

from sscard.errors import MalformedData
from sscard.keys.suite_protocol import Suite
from sscard.keys.types import SecretKey

MAC_SIZE = 4
#: CLA INS P1 P2 of one vendor's WRITE KEY: a new key, and a new master key (ssc 3.5 [1]).
WRITE_KEY, WRITE_MASTER = bytes.fromhex("84D40000"), bytes.fromhex("84D40100")
#: CLA INS P1 of a PSAM's CREATE KEY and CHANGE KEY; P2 of the first is the key file (ssc 5.3 [S]).
PSAM_CREATE, PSAM_CHANGE = bytes.fromhex("84D400"), bytes.fromhex("84D401")

_VALUE = 16


@dataclass(frozen=True, slots=True)
class CardRecord:
    """A key record as one vendor's card stores it, 24 bytes (ssc 3.5 [1]).

    ``file`` is the EF or attribute byte, ``limit`` the error counter, ``algorithm`` 00 for 3DES and
    01 for DES, ``level`` the security level.  Values shorter than 16 bytes are filled up with FF.
    """

    type: int
    kid: int
    version: int
    file: int
    limit: int
    algorithm: int
    level: int
    key: SecretKey = field(repr=False)

    def build(self) -> bytes:
        """The record; ValueError for a number that is no byte."""
        value = self.key.reveal()
        numbers = (self.type, self.kid, self.version, self.file, self.limit, self.algorithm)
        return bytes((*numbers, self.level, len(value))) + value.ljust(_VALUE, b"\xff")

    @classmethod
    def parse(cls, raw: bytes, suite: Suite) -> CardRecord:
        """The inverse of ``build``.  Raises MalformedData."""
        if len(raw) != 8 + _VALUE:
            raise MalformedData("a key record has 24 bytes")
        type_, kid, version, file, limit, algorithm, level, size = raw[:8]
        value = raw[8:]
        if set(value[size:]) - {0xFF}:
            raise MalformedData("a key record is not filled up with FF")
        key = _key(suite, value[:size], size)
        return cls(type_, kid, version, file, limit, algorithm, level, key)


@dataclass(frozen=True, slots=True)
class PsamRecord:
    """A key record of a PSAM, 20 bytes: usage byte and id as in ``PsamUse``; layout assumed."""

    usage: int
    key_id: int
    version: int
    algorithm: int
    key: SecretKey = field(repr=False)

    def build(self) -> bytes:
        """The record; ValueError for a number that is no byte."""
        head = bytes((self.usage, self.key_id, self.version, self.algorithm))
        return head + self.key.reveal()

    @classmethod
    def parse(cls, raw: bytes, suite: Suite) -> PsamRecord:
        """The inverse of ``build``.  Raises MalformedData."""
        if len(raw) != 4 + _VALUE:
            raise MalformedData("a key record of a PSAM has 20 bytes")
        usage, key_id, version, algorithm = raw[:4]
        return cls(usage, key_id, version, algorithm, _key(suite, raw[4:], _VALUE))


@dataclass(frozen=True, slots=True)
class LoadLine:
    """Protection of one load command, host and card role.

    ``direct`` is the way of PSAMs and of vendors' cards: the key itself works and the challenge is
    in the initial value of the MAC (rows 5 and 7 of ssc 4 [S], row 8 [1]).  Otherwise a session key
    works, as in secure messaging (rows 1, 5 and 3 [S]).
    """

    suite: Suite
    key: SecretKey = field(repr=False)
    challenge: bytes = field(repr=False)
    direct: bool

    def seal(self, header: bytes, record: bytes) -> bytes:
        """Data field for ``record``: cipher text, then MAC over CLA INS P1 P2 Lc and the text."""
        cipher = self.suite.encipher(self._working, record)
        return cipher + self._mac(header, cipher)

    def open(self, header: bytes, data: bytes) -> bytes:
        """The inverse of ``seal``.  Raises MalformedData for a wrong MAC, length or cipher text."""
        cipher, mac = data[:-MAC_SIZE], data[-MAC_SIZE:]
        if not cipher or not hmac.compare_digest(mac, self._mac(header, cipher)):
            raise MalformedData("the load command has no right MAC")
        return self.suite.decipher(self._working, cipher)

    @property
    def _working(self) -> SecretKey:
        return self.key if self.direct else self.suite.session_key(self.key, self.challenge)

    def _mac(self, header: bytes, cipher: bytes) -> bytes:
        if len(header) != 4 or len(cipher) > 0xFF - MAC_SIZE:
            raise ValueError("a load command has a header of 4 bytes and at most 255 of data")
        message = header + bytes((len(cipher) + MAC_SIZE,)) + cipher
        if self.direct:
            return self.suite.key_load_mac(self.key, message, self.challenge)
        return self.suite.mac(self._working, message)


def _key(suite: Suite, value: bytes, size: int) -> SecretKey:
    try:
        if len(value) == size:
            return suite.key(value)
    except ValueError:
        pass
    raise MalformedData("a key record holds a key of another length")
