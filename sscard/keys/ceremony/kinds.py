"""The kinds of master key a ceremony makes, by the words of the command line and of sheets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sscard.keys.ceremony.errors import CeremonyError
from sscard.keys.types import AES, HMAC256, SM4, TDES, SecretKey


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of key; ``size`` in bytes.  Single DES and AES-192 are no masters here."""

    word: str
    type: type[SecretKey]
    size: int

    def key(self, value: bytes) -> SecretKey:
        """The key with this value.  ValueError for another length."""
        if len(value) != self.size:
            raise ValueError(f"a {self.word} key has {self.size} bytes, not {len(value)}")
        return self.type(value)


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        kind.word: kind
        for kind in (
            Kind("3des", TDES, 16),
            Kind("sm4", SM4, 16),
            Kind("aes128", AES, 16),
            Kind("aes256", AES, 32),
            Kind("hmac256", HMAC256, 32),
        )
    }
)


def kind_named(word: str) -> Kind:
    """The kind of this word.  Raises CeremonyError naming those there are."""
    try:
        return KINDS[word]
    except KeyError:
        raise CeremonyError(f"kinds of key are {', '.join(KINDS)}") from None


def kind_of(name: str, key: SecretKey) -> Kind:
    """The kind ``key`` is of.  Raises CeremonyError, with ``name``, for one that is no master."""
    for kind in KINDS.values():
        if type(key) is kind.type and len(key.reveal()) == kind.size:
            return kind
    raise CeremonyError(f"key {name}: {key!r} is not shared out; there are {', '.join(KINDS)}")
