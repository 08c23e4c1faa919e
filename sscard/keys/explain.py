"""How a card's key is derived, step by step: factors and check values, never a key (ssc 4 [S])."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, Protocol

from sscard.keys.hierarchy import Factors
from sscard.keys.key_entry import KeyEntry, Level
from sscard.keys.key_table import key_entry
from sscard.keys.roots import Roots
from sscard.keys.suite_protocol import Suite

CODE_SIZE = 16
_RID = bytes.fromhex("D156000005")
_SERIAL = slice(8, 12)

Reached = Literal["province", "city", "card"]

#: ssc 4 row 6 [S]; that an STK is the left half alone is inferred from its 8 bytes [I].
_OPERATIONS: Mapping[tuple[str, int], str] = MappingProxyType(
    {
        ("3des", 16): "3DES(f) ‖ 3DES(NOT f)",
        ("3des", 8): "3DES(f)",
        ("sm4", 16): "SM4(f ‖ NOT f)",
    }
)


class CheckValues(Protocol):
    """What a key store must be able to say: check values of derived keys, not the keys."""

    @property
    def suite(self) -> Suite:
        """The cipher suite whose keys these are."""
        ...

    @property
    def roots(self) -> Roots:
        """At which level the keys are held."""
        ...

    def kcv(
        self, name: str, version: int, factors: Sequence[bytes] = (), *, size: int = 16
    ) -> bytes:
        """Check value of the key that the factors lead to, of ``size`` bytes; none: the held."""
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """One diversification.  ``before`` and ``after`` are check values, 3 bytes each.

    ``in_psam``: whether the specification's PSAM does this step, since it holds the key before.
    """

    reached: Reached
    factor: bytes
    made: str
    operation: str
    before: bytes
    after: bytes
    in_psam: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """The way from the key that the store holds to one key of one card.

    ``held`` is its level, ``root_kcv`` its check value; steps above it are nowhere.
    """

    key: KeyEntry
    version: int
    suite: str
    city: str
    held: Level
    root_kcv: bytes
    steps: tuple[Step, ...]
    notes: tuple[str, ...]

    @property
    def kcv(self) -> bytes:
        """Check value of the key in the card."""
        return self.steps[-1].after


def explain(
    store: CheckValues, name: str, version: int, code: bytes, historical: bytes
) -> Explanation:
    """Every step to the key ``name`` of the card with this identification code (16 bytes).

    ``historical`` are the 13 historical bytes of its ATR.  ValueError for a code or bytes of
    another form; KeyStoreError for a key or version that does not exist or is not in the store.
    """
    key = key_entry(name)
    key.check_version(version)
    city = city_of(code)
    factors = Factors.of(city, historical)
    size, suite = key.size_in(store.suite.block), store.suite.name
    chain = (factors.province, factors.city, factors.card)
    held, depth = store.roots.of(name), store.roots.depth(name)
    values = [store.kcv(name, version)]
    values += [store.kcv(name, version, chain[:length]) for length in range(depth + 1, 3)]
    values.append(store.kcv(name, version, chain, size=size))
    steps = tuple(_steps(key, city, chain[depth:], values, (suite, size)))
    notes = tuple(_notes(key, held, code, historical))
    return Explanation(key, version, suite, city, held, values[0], steps, notes)


def city_of(code: bytes) -> str:
    """The city of a card identification code: its first three bytes, six digits (ssc 2.9 [S])."""
    if len(code) != CODE_SIZE or code[3:8] != _RID:
        raise ValueError("a card identification code has 16 bytes, D156000005 from the fourth on")
    return code[:3].hex()


def _steps(
    key: KeyEntry,
    city: str,
    factors: Sequence[bytes],
    values: Sequence[bytes],
    form: tuple[str, int],
) -> Iterator[Step]:
    suite, size = form
    levels = key.psam[0].levels if key.psam else None
    reached: tuple[Reached, ...] = ("province", "city", "card")
    reached = reached[-len(factors) :]
    for at, to in enumerate(reached):
        operation = _OPERATIONS[suite, size if to == "card" else 16]
        in_psam = at >= len(reached) - (levels or 0)
        made = _made(to, city)
        yield Step(to, factors[at], made, operation, values[at], values[at + 1], in_psam)


def _made(reached: Reached, city: str) -> str:
    if reached == "province":
        return f'"{city[:2]}" + "0000" + "sh": first two digits of city {city}'
    if reached == "card":
        return "T6 to TD: last 8 of the 13 historical bytes"
    if city.startswith("33"):
        return f'"{city[:4]}00" + "sx": city {city}, its last two digits 00 in Zhejiang'
    return f'"{city}" + "sx": the six digits of the city'


def _notes(key: KeyEntry, held: Level, code: bytes, historical: bytes) -> Iterator[str]:
    if code[_SERIAL] != historical[-4:]:
        yield (
            f"the serial in the code, {code[_SERIAL].hex().upper()}, is not that of the "
            f"historical bytes, {historical[-4:].hex().upper()}: are they of one card?"
        )
    if key.root is Level.LOCAL:
        yield "the issuing area makes the root of this key; other areas' stores do not have it"
    elif key.owner is Level.PROVINCE and held is Level.MINISTRY:
        yield "in the field each province makes its own root of this key; TEST stores derive it"
    if held is not Level.MINISTRY:
        yield f"this store holds the key at the level {held.zh} {held}: what is above is elsewhere"
    if key.root not in (Level.LOCAL, Level.MINISTRY) and key.psam:
        yield f"terminals hold this key at the level {key.root.zh} {key.root} (PSAM {key.psam[0]})"
    if key.note:
        yield key.note
