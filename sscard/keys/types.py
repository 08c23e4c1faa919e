"""What is secret: key and PIN types that cannot be shown, copied or compared by accident."""

from __future__ import annotations

import hmac
from abc import ABC, abstractmethod
from typing import ClassVar, NoReturn

from sscard.keys import kcv


class NotCopied:
    """Refuses pickle and copy: a secret has one place, and a file is never it."""

    __slots__ = ()

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{type(self).__name__} is not pickled or copied")


class Secret(NotCopied):
    """Bytes that never print.  Only ``reveal`` gives them: grep for it."""

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        self._value = bytes(value)

    def reveal(self) -> bytes:
        """The secret itself."""
        return self._value

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret) or type(other) is not type(self):
            return NotImplemented
        return hmac.compare_digest(self._value, other._value)

    __hash__ = None  # type: ignore[assignment]  # not a dict key, not in a set


class SecretKey(Secret, ABC):
    """A key of one algorithm.  In logs and ledgers it is its name and its ``kcv``."""

    __slots__ = ()

    #: Bytes in a key of this type.
    SIZE: ClassVar[int]

    def __init__(self, value: bytes) -> None:
        if len(value) != self.SIZE:
            raise ValueError(f"a {type(self).__name__} key has {self.SIZE} bytes, not {len(value)}")
        self._value = bytes(value)

    @property
    @abstractmethod
    def kcv(self) -> bytes:
        """Key check value, 3 bytes; the rule of each kind of key is in ``kcv.RULES``."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {8 * len(self._value)} bits>"


class DES8(SecretKey):
    """A single-DES key: STKs and every session key of the 3DES suite (ssc 4 rows 1 and 6 [S])."""

    __slots__ = ()
    SIZE = 8

    @property
    def kcv(self) -> bytes:
        """First 3 bytes of the enciphered zero block."""
        return kcv.of_des(self._value)


class TDES(SecretKey):
    """A two-key triple-DES key, 16 bytes."""

    __slots__ = ()
    SIZE = 16

    @property
    def kcv(self) -> bytes:
        """First 3 bytes of the enciphered zero block."""
        return kcv.of_des(self._value)

    def folded(self) -> DES8:
        """Left half XOR right half: how a DTK becomes a TAC key (ssc 5.2 [S])."""
        halves = zip(self._value[:8], self._value[8:], strict=True)
        return DES8(bytes(left ^ right for left, right in halves))


class SM4(SecretKey):
    """An SM4 key, 16 bytes (GB/T 32907)."""

    __slots__ = ()
    SIZE = 16

    @property
    def kcv(self) -> bytes:
        """First 3 bytes of the enciphered zero block (pboc 1.6 [V])."""
        return kcv.of_sm4(self._value)


class AES(SecretKey):
    """An AES key of 16, 24 or 32 bytes: it protects keys on their way, no card has one."""

    __slots__ = ()
    #: Bytes in the longest.
    SIZE = 32
    SIZES: ClassVar[tuple[int, ...]] = (16, 24, 32)

    def __init__(self, value: bytes) -> None:
        if len(value) not in self.SIZES:
            raise ValueError(f"an AES key has 16, 24 or 32 bytes, not {len(value)}")
        self._value = bytes(value)

    @property
    def kcv(self) -> bytes:
        """First 3 bytes of the CMAC of a block of zeros (ANSI X9.24-1:2017)."""
        return kcv.of_aes(self._value)


class HMAC256(SecretKey):
    """A key for HMAC-SHA-256, 32 bytes."""

    __slots__ = ()
    SIZE = 32

    @property
    def kcv(self) -> bytes:
        """First 3 bytes of the HMAC of nothing (our own rule: there is no block to encipher)."""
        return kcv.of_hmac(self._value)

    def digest(self, message: bytes) -> bytes:
        """HMAC-SHA-256 of ``message``, 32 bytes."""
        return hmac.digest(self._value, message, "sha256")


class Pin(Secret):
    """A PIN of 4 to 16 digits.  Raises ValueError for anything else, without repeating it.

    16 is what a social security card's VERIFY has room for (ssc 3.2 [S]); a bank's has up to 12.
    """

    __slots__ = ()
    SHORTEST, LONGEST, LONGEST_OF_BANK = 4, 16, 12

    def __init__(self, digits: str) -> None:
        size = self.SHORTEST <= len(digits) <= self.LONGEST
        if not size or not (digits.isascii() and digits.isdigit()):
            raise ValueError(f"a PIN has {self.SHORTEST} to {self.LONGEST} decimal digits")
        super().__init__(digits.encode("ascii"))

    def encoded(self) -> bytes:
        """The social security form: packed digits, low nibble F when odd (ssc 3.2 [S])."""
        digits = self._value.decode("ascii")
        return bytes.fromhex(digits + "F" * (len(digits) % 2))

    def block(self) -> bytes:
        """The financial form: control 2, length, digits, F to 8 bytes (pboc 1.8 DGI 8010 [H]).

        ValueError for more than 12 digits.
        """
        digits = self._value.decode("ascii")
        if len(digits) > self.LONGEST_OF_BANK:
            raise ValueError(f"a bank's PIN has up to {self.LONGEST_OF_BANK} digits")
        return bytes.fromhex(f"2{len(digits):X}{digits}".ljust(16, "F"))
