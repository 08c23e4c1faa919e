"""Keys of many cards in a few cipher calls, the same as one by one (ssc 4 row 6 [S]).

The factors of a chunk of cards are joined once; every key then costs one ECB call over them.  A
key becomes an object when it is asked for: making objects takes longer than making keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby, islice
from typing import TypeAlias

from sscard.keys.hierarchy import Factors
from sscard.keys.joined import JoinedFactors, KeyColumn
from sscard.keys.operations import NO_SIZES, KeyReference
from sscard.keys.suite_protocol import Diversifier
from sscard.keys.types import NotCopied, SecretKey

#: Cards in one cipher call: 4 KiB of keys.
CHUNK = 256

#: The kept cipher of one master key at city level: name and version, province and city factor.
CityDiversifier: TypeAlias = Callable[[str, int, bytes, bytes], Diversifier]


class CardKeys(NotCopied, Mapping[KeyReference, SecretKey]):
    """All derived keys of one card; each is made when it is looked up."""

    __slots__ = ("_at", "_columns")

    def __init__(self, columns: Mapping[KeyReference, KeyColumn], at: int) -> None:
        self._columns = columns
        self._at = at

    def __getitem__(self, reference: KeyReference) -> SecretKey:
        return self._columns[reference][self._at]

    def __iter__(self) -> Iterator[KeyReference]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def __repr__(self) -> str:
        return f"<{len(self)} keys of one card>"


def derive_many(
    diversifier: CityDiversifier,
    references: Iterable[KeyReference],
    cards: Iterable[Factors],
    *,
    sizes: Mapping[str, int] = NO_SIZES,
) -> Iterator[CardKeys]:
    """The keys of every card, in the order of ``cards``, which may be endless.

    Neighbours of the same city share cipher calls.  ``sizes`` gives key name → bytes where it is
    not 16.  Raises what ``diversifier`` raises, and ValueError as the one-by-one path does.
    """
    wanted = tuple(references)
    for (province, city), same in groupby(cards, lambda card: (card.province, card.city)):
        made = {each: diversifier(each.name, each.version, province, city) for each in wanted}
        while chunk := tuple(islice(same, CHUNK)):
            joined = JoinedFactors(card.card for card in chunk)
            columns = {
                each: made[each].many(joined, size=sizes.get(each.name, 16)) for each in wanted
            }
            yield from (CardKeys(columns, at) for at in range(len(chunk)))
