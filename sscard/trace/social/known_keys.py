"""The keys of a trace's card, as far as its reader has them, and what is said about proofs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from sscard.keys.suite import Suite
from sscard.keys.types import SecretKey

UNDER_TRANSPORT = "传输密钥 transport key"
NO_CHALLENGE = "未核对：记录中无随机数 not checked: no challenge in the trace"
_VERSIONS = (1, 2, 3)  # key groups that the specification has (ssc 3.3 [S])


@dataclass(frozen=True, slots=True)
class CertificateKeys:
    """``pins``: the keys of the initial PINs by P2 of VERIFY; ``master`` that of blank cards."""

    pins: Mapping[int, SecretKey] = field(repr=False)
    master: SecretKey | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Keys:
    """``of`` gives the key of a name and version for the card with that ATR, None if there is none.

    ``transport`` is that of the card's lot, ``certificates`` what blank cards have in their
    certificate application.
    """

    suite: Suite
    of: Callable[[str, int, bytes], SecretKey | None] = field(repr=False)
    transport: SecretKey | None = field(default=None, repr=False)
    certificates: CertificateKeys | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """A key that may be the one, with what it is called."""

    name: str
    key: SecretKey = field(repr=False)


def versions(keys: Keys, name: str, said: bytes, answer: bytes) -> list[Known]:
    """The keys of this name for the card with this ATR: of the version that was said, else all."""
    wanted = said if len(said) == 1 else _VERSIONS
    found = [(number, keys.of(name, number, answer)) for number in wanted]
    return [Known(f"{name} {version(number)}", key) for number, key in found if key is not None]


def version(number: int) -> str:
    """In both languages."""
    return f"版本 version {number}"


def verdict(known: Iterable[Known], name: str, fits: Callable[[SecretKey], bool]) -> str:
    """Which of the known keys fits; ``name`` is that of the key it should be."""
    tried = list(known)
    for each in tried:
        if fits(each.key):
            return f"正确 right: {each.name}"
    if not tried:
        return f"未核对：没有密钥 not checked: no key {name}"
    return f"不正确 WRONG under {', '.join(each.name for each in tried)}"
