"""Master keys from components: the key is the XOR of all, and none says anything of it.

**Parity.**  Components may have any parity.  The XOR of 3DES components must have odd parity, which
``refuse_weak`` asks of it; components made here see to that.  Those of others may not: two, each
with odd parity, give even parity.  Then ``set_parity`` sets the parity bits, which no cipher looks
at, so that the check value stays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import reduce
from itertools import combinations

from sscard.errors import KeyStoreError
from sscard.keys.ceremony.errors import CeremonyError, WrongEntry, WrongParity
from sscard.keys.ceremony.kinds import Kind
from sscard.keys.types import TDES, SecretKey
from sscard.keys.weak import refuse_weak

#: A source of randomness that fails so often in a row is none.
_TRIES = 16


@dataclass(frozen=True, slots=True)
class Component:
    """Component ``number`` of ``total``, counted from 1; the value has the form of a key."""

    number: int
    total: int
    value: SecretKey

    @property
    def kcv(self) -> bytes:
        """The check value of the component itself, 3 bytes."""
        return self.value.kcv


def typed_component(kind: Kind, number: int, total: int, value: bytes, kcv: bytes) -> Component:
    """A component as it was typed, against the check value that its sheet gives.

    Raises WrongEntry naming the component, when the value has another length or check value, or all
    its bytes are equal.
    """
    place = f"component {number}"
    if len(value) != kind.size:
        raise WrongEntry(f"{place}: {len(value)} bytes; a {kind.word} component has {kind.size}")
    found = kind.key(value)
    if found.kcv != kcv:
        raise WrongEntry(
            f"{place}: its check value is {found.kcv.hex().upper()}, not {kcv.hex().upper()}; "
            "a digit is wrong, or it is another component"
        )
    if _is_placeholder(value):
        raise WrongEntry(f"{place}: bytes that are all equal are a placeholder")
    return Component(number, total, found)


def make_component(
    kind: Kind, number: int, total: int, random: Callable[[int], bytes]
) -> Component:
    """One component made alone, before the others are known.

    Of a 3DES key the first has odd parity and the others even, so that the XOR has odd parity.
    """
    value = random(kind.size)
    if kind.type is TDES:
        value = _with_parity(value, odd=number == 1)
    return Component(number, total, kind.key(value))


def make_components(
    kind: Kind, total: int, random: Callable[[int], bytes]
) -> tuple[SecretKey, tuple[Component, ...]]:
    """A new key that is not weak, and its components.

    Raises CeremonyError when the source of randomness gives nothing but weak keys.
    """
    for _ in range(_TRIES):
        value = random(kind.size)
        key = kind.key(_with_parity(value, odd=True) if kind.type is TDES else value)
        with suppress(KeyStoreError):
            refuse_weak("new", key)
            return key, divide(key, kind, total, random)
    raise CeremonyError("the source of randomness gives only weak keys: it does not work")


def divide(
    key: SecretKey, kind: Kind, total: int, random: Callable[[int], bytes]
) -> tuple[Component, ...]:
    """Components of a key there is.  Raises CeremonyError as ``make_components`` does."""
    for _ in range(_TRIES):
        made = [make_component(kind, at, total, random) for at in range(1, total)]
        last = reduce(_xor, (each.value.reveal() for each in made), key.reveal())
        made.append(Component(total, total, kind.key(last)))
        if not any(_is_placeholder(each.value.reveal()) for each in made):
            with suppress(CeremonyError):
                _require_whole(made)
                return tuple(made)
    raise CeremonyError("the source of randomness gives equal components: it does not work")


def combine(name: str, components: Sequence[Component], *, set_parity: bool = False) -> SecretKey:
    """The key of a whole set of components.

    Raises CeremonyError, with the numbers, for components that are missing, doubled or equal;
    WrongParity; KeyStoreError, with the name, for a weak key.
    """
    _require_whole(components)
    value = reduce(_xor, (each.value.reveal() for each in components))
    make = type(components[0].value)
    if make is TDES and value != (odd := _with_parity(value, odd=True)):
        if not set_parity:
            raise WrongParity(
                f"key {name}: the XOR of the components has not odd parity in every byte; "
                "setting it changes neither what the key does nor its check value"
            )
        value = odd
    key = make(value)
    refuse_weak(name, key)
    return key


def _require_whole(components: Sequence[Component]) -> None:
    if not components:
        raise CeremonyError("no component is there")
    total = components[0].total
    numbers = sorted(each.number for each in components)
    if numbers != list(range(1, total + 1)):
        given = ", ".join(map(str, numbers))
        raise CeremonyError(f"components 1 to {total} are needed, each once; there are {given}")
    if len({(type(each.value), each.total) for each in components}) > 1:
        raise CeremonyError("the components are not of one set")
    for one, other in combinations(components, 2):
        if one.value == other.value:
            raise CeremonyError(
                f"components {one.number} and {other.number} are equal: they cancel each other"
            )


def _is_placeholder(value: bytes) -> bool:
    return len(set(value)) == 1


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(left ^ right for left, right in zip(one, other, strict=True))


def _with_parity(value: bytes, *, odd: bool) -> bytes:
    return bytes(byte ^ (byte.bit_count() % 2 != odd) for byte in value)
