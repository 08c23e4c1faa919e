"""Keys on their way: key blocks under a protection key (ANSI X9.143, TR-31:2018).

Version B is protected by triple DES, version D by AES: cipher text, MAC and header belong
together, so that no key can be given another use.  A and C, which do not bind so, are refused.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sscard.errors import KeyStoreError
from sscard.keys import tr31_header
from sscard.keys.tr31_binding import Binding, ProtectionKey
from sscard.keys.tr31_header import ALGORITHMS, Header
from sscard.keys.types import AES, DES8, HMAC256, SM4, TDES, SecretKey

#: Key lengths are hidden behind the longest of the algorithm.
_LONGEST: Mapping[str, int] = MappingProxyType({"D": 24, "T": 24, "A": 32, "H": 32, "4": 16})
#: By algorithm and length in bits.
_TYPES: Mapping[tuple[str, int], type[SecretKey]] = MappingProxyType(
    {
        (ALGORITHMS[kind], 8 * size): kind
        for kind, sizes in (
            (DES8, (8,)),
            (TDES, (16,)),
            (SM4, (16,)),
            (HMAC256, (32,)),
            (AES, AES.SIZES),
        )
        for size in sizes
    }
)


@dataclass(frozen=True, slots=True)
class Received:
    """What was in a key block.  Whether the key is weak, the store that takes it in checks."""

    header: Header
    key: SecretKey = field(repr=False)


def wrap(
    protection: ProtectionKey,
    header: Header,
    key: SecretKey,
    random: Callable[[int], bytes],
    *,
    hide_length: bool = True,
) -> str:
    """The key block.  ``random`` gives as many bytes as it is asked for; they fill the key up.

    ValueError for a header of another algorithm, and for a key stronger than its protection.
    """
    if header.algorithm != ALGORITHMS.get(type(key)):
        raise ValueError(f"the header is not that of a key {key!r}")
    if not _protects(protection, key):
        raise ValueError(f"{protection!r} is too weak to protect {key!r}")
    binding = Binding(protection)
    clear = _filled(key, header.algorithm if hide_length else None, binding.block, random)
    characters = 2 * (len(clear) + binding.block)
    text = header.build(binding.version_id, binding.block, characters)
    mac = binding.mac(text.encode("ascii") + clear)
    return text + (binding.encipher(mac, clear) + mac).hex().upper()


def unwrap(protection: ProtectionKey, block: str) -> Received:
    """The key in a key block.  Raises KeyStoreError: damaged, altered, or under another key."""
    version_id, header, text = tr31_header.parse(block)
    binding = Binding(protection)
    if version_id != binding.version_id:
        raise KeyStoreError(f"key block: version {version_id} is not protected by {protection!r}")
    cipher, mac = _parts(block[len(text) :], binding.block)
    clear = binding.decipher(mac, cipher)
    if not hmac.compare_digest(mac, binding.mac(text.encode("ascii") + clear)):
        raise KeyStoreError("key block: altered, or protected under another key")
    return Received(header, _key(header.algorithm, clear))


def _protects(protection: ProtectionKey, key: SecretKey) -> bool:
    value = len(key.reveal())
    if isinstance(protection, TDES):
        return isinstance(key, DES8 | TDES)
    return isinstance(key, DES8 | TDES) or value <= len(protection.reveal())


def _filled(
    key: SecretKey, hidden: str | None, block: int, random: Callable[[int], bytes]
) -> bytes:
    """Length in bits, key, random bytes to whole blocks."""
    value = key.reveal()
    shown = max(len(value), _LONGEST[hidden] if hidden else 0)
    size = -(-(2 + shown) // block) * block
    return (8 * len(value)).to_bytes(2, "big") + value + random(size - 2 - len(value))


def _parts(body: str, block: int) -> tuple[bytes, bytes]:
    try:
        raw = bytes.fromhex(body)
    except ValueError:
        raise KeyStoreError("key block: its body is not hexadecimal") from None
    if body != raw.hex().upper() or len(raw) < 2 * block or len(raw) % block:
        raise KeyStoreError("key block: its body is not whole blocks in capital hexadecimal")
    return raw[:-block], raw[-block:]


def _key(algorithm: str, clear: bytes) -> SecretKey:
    bits = int.from_bytes(clear[:2], "big")
    kind, value = _TYPES.get((algorithm, bits)), clear[2 : 2 + bits // 8]
    if kind is None or len(value) < bits // 8:
        raise KeyStoreError(f"key block: no key of {bits} bits with algorithm {algorithm} is used")
    return kind(value)
