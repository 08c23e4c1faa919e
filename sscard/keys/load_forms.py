"""Keys on their way into cards and PSAMs: records, enciphered and with a MAC (ssc 3.5, 4).

The forms are data fields of commands; whoever sends them puts the header before.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sscard.errors import MalformedData
from sscard.keys.suite_protocol import Suite
from sscard.keys.types import DES8, SM4, TDES, SecretKey

MAC_SIZE = 4
#: CLA INS P1 P2 of one vendor's WRITE KEY: a new key, and a new master key (ssc 3.5 [1]).
WRITE_KEY, WRITE_MASTER = bytes.fromhex("84D40000"), bytes.fromhex("84D40100")
#: CLA INS P1 of a PSAM's CREATE KEY and CHANGE KEY; P2 is the key file (ssc 5.3 [S]).
PSAM_CREATE, PSAM_CHANGE = bytes.fromhex("84D400"), bytes.fromhex("84D401")

#: Bytes before the value in a PSAM's key record; in its fourth is the algorithm.
PSAM_HEAD, PSAM_ALGORITHM = 8, 3
#: An algorithm that the specification names and never published: nobody can compute with it.
SSF33 = 0x02
#: A key of 8 bytes.
SINGLE_DES = 0x01

_VALUE, _CHANGE_HEAD = 16, 3
#: Algorithm byte of a PSAM's key record → type of key (ssc 5.3 [S], SM4 assumed).
_ALGORITHMS: Mapping[int, type[SecretKey]] = MappingProxyType(
    {0x00: TDES, SINGLE_DES: DES8, 0x03: SM4}
)


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
    """A key record of CREATE KEY: usage byte, id or version, 00, algorithm, 0000, 0000, value.

    The algorithm byte gives the length of the value (ssc 5.3 [S]); that of SM4 is assumed.
    """

    usage: int
    key_id: int
    key: SecretKey = field(repr=False)

    def build(self) -> bytes:
        """The record, 24 bytes (16 with a key of single DES); ValueError for a number over FF."""
        algorithm = next(code for code, each in _ALGORITHMS.items() if isinstance(self.key, each))
        head = bytes((self.usage, self.key_id, 0, algorithm))
        return head + bytes(PSAM_HEAD - len(head)) + self.key.reveal()

    @classmethod
    def parse(cls, raw: bytes, suite: Suite) -> PsamRecord:
        """The inverse of ``build``.  Raises MalformedData."""
        head, value = raw[:PSAM_HEAD], raw[PSAM_HEAD:]
        if len(head) != PSAM_HEAD or head[2] or any(head[4:]):
            raise MalformedData("a PSAM's key record is usage, id, 00, algorithm, 00000000, value")
        kind = _ALGORITHMS.get(head[3])
        key = _key(suite, value, kind.SIZE if kind else 0)
        if type(key) is not kind:
            raise MalformedData("a PSAM's key record has an algorithm of another suite")
        return cls(head[0], head[1], key)


@dataclass(frozen=True, slots=True)
class PsamChange:
    """What CHANGE KEY says: usage byte, id or version, 00, value (ssc 5.3 [S])."""

    usage: int
    key_id: int
    key: SecretKey = field(repr=False)

    def build(self) -> bytes:
        """The record, 19 bytes (11 with a key of single DES); ValueError for a number over FF."""
        return bytes((self.usage, self.key_id, 0)) + self.key.reveal()

    @classmethod
    def parse(cls, raw: bytes, suite: Suite) -> PsamChange:
        """The inverse of ``build``.  Raises MalformedData."""
        if len(raw) < _CHANGE_HEAD or raw[2]:
            raise MalformedData("a changed key of a PSAM is usage, id, 00, value")
        return cls(raw[0], raw[1], _key(suite, raw[_CHANGE_HEAD:], len(raw) - _CHANGE_HEAD))


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
