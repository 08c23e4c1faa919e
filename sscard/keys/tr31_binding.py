"""How a key block binds header and key: derived keys, CBC, CMAC (ANSI X9.143, versions B and D)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.modes import CBC

from sscard.keys import aes_engine, tripledes
from sscard.keys.types import AES, TDES, NotCopied

ProtectionKey = TDES | AES


@dataclass(frozen=True, slots=True)
class _Engine:
    block: int
    cbc: Callable[[bytes, bytes], Cipher[CBC]]
    cmac: Callable[[bytes, bytes], bytes]


_ENGINES: Mapping[str, _Engine] = MappingProxyType(
    {
        "B": _Engine(tripledes.BLOCK, tripledes.cbc, tripledes.cmac),
        "D": _Engine(aes_engine.BLOCK, aes_engine.cbc, aes_engine.cmac),
    }
)
#: Algorithm and length in bits of the derived keys, by the size of the protection key.
_DERIVED: Mapping[tuple[str, int], bytes] = MappingProxyType(
    {
        ("B", 16): bytes.fromhex("00000080"),
        ("D", 16): bytes.fromhex("00020080"),
        ("D", 24): bytes.fromhex("000300C0"),
        ("D", 32): bytes.fromhex("00040100"),
    }
)
_ENCIPHER, _AUTHENTICATE = b"\0\0", b"\0\1"


class Binding(NotCopied):
    """What one protection key does; its two derived keys never leave."""

    __slots__ = ("_authenticate", "_encipher", "_engine", "version_id")

    def __init__(self, protection: ProtectionKey) -> None:
        self.version_id = "B" if isinstance(protection, TDES) else "D"
        self._engine = _ENGINES[self.version_id]
        self._encipher = self._derived(protection.reveal(), _ENCIPHER)
        self._authenticate = self._derived(protection.reveal(), _AUTHENTICATE)

    @property
    def block(self) -> int:
        """Bytes in a block of the cipher, and in the MAC."""
        return self._engine.block

    def mac(self, message: bytes) -> bytes:
        """The MAC over header and clear key data; it is the initial value of the cipher, too."""
        return self._engine.cmac(self._authenticate, message)

    def encipher(self, mac: bytes, clear: bytes) -> bytes:
        """The key data as it travels."""
        return self._engine.cbc(self._encipher, mac).encryptor().update(clear)

    def decipher(self, mac: bytes, cipher: bytes) -> bytes:
        """The inverse of ``encipher``."""
        return self._engine.cbc(self._encipher, mac).decryptor().update(cipher)

    def _derived(self, key: bytes, use: bytes) -> bytes:
        """As many CMACs as make a key of the same length, each over a counter and the use."""
        form = _DERIVED[self.version_id, len(key)]
        counters = range(1, 1 - (-len(key) // self._engine.block))
        parts = (self._engine.cmac(key, bytes((at,)) + use + b"\0" + form) for at in counters)
        return b"".join(parts)[: len(key)]
