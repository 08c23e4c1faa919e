"""Masters put together again: from all components, or from enough shares.

The record says first that the key was in hand, then the store takes it, then the record says so.
After an interruption the same step is repeated: a store takes the same key twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sscard.keys.ceremony import components, shares
from sscard.keys.ceremony.components import Component
from sscard.keys.ceremony.desk import Desk
from sscard.keys.ceremony.errors import CeremonyError, WrongParity
from sscard.keys.ceremony.kinds import kind_of
from sscard.keys.ceremony.label import Label
from sscard.keys.ceremony.minutes import PartSet
from sscard.keys.ceremony.shares import Share
from sscard.keys.ceremony.sink import KeySink
from sscard.keys.ceremony.steps import Combined, Recovered, Stored
from sscard.keys.operations import KeyReference
from sscard.keys.types import SecretKey


@dataclass(frozen=True, slots=True)
class Combination:
    """A key that was put together, and whether its parity bits had to be set."""

    key: SecretKey
    parity_set: bool


def put_together(name: str, parts: Sequence[Component], *, set_parity: bool = False) -> Combination:
    """The key of a whole set.  Raises what ``components.combine`` raises."""
    try:
        return Combination(components.combine(name, parts), parity_set=False)
    except WrongParity:
        if not set_parity:
            raise
    return Combination(components.combine(name, parts, set_parity=True), parity_set=True)


def enter_combined(
    desk: Desk,
    reference: KeyReference,
    combination: Combination,
    parts: Sequence[Component],
    made: PartSet | None,
    sink: KeySink | None,
) -> None:
    """Put a combined key into the record and into ``sink``, where there is one.

    ``made`` is the set of this ceremony; None for components of others.  Raises CeremonyError when
    it is not that set's key, KeyStoreError when the store refuses it, OSError.
    """
    key = combination.key
    require_place(sink, reference, type(key))
    require_room(sink, reference, key.kcv)
    desk.enter(
        Combined(
            key=reference.name,
            version=reference.version,
            kind=kind_of(reference.name, key).word,
            kcv=key.kcv,
            set_number=made.number if made else None,
            part_kcvs=tuple(each.kcv for each in sorted(parts, key=lambda each: each.number)),
            parity_set=combination.parity_set,
            to_store=sink is not None,
        )
    )
    _store(desk, reference, key, sink)


def recover(
    desk: Desk,
    reference: KeyReference,
    given: Sequence[Share],
    *,
    ceremony: str,
    sink: KeySink | None,
) -> SecretKey:
    """The key of ``given``, which goes into the record and into ``sink``, where there is one.

    Raises what ``shares.recover`` raises; CeremonyError when this ceremony made the set for another
    key, KeyStoreError, OSError.
    """
    key = shares.recover(given, ceremony=ceremony)
    require_place(sink, reference, type(key))
    require_room(sink, reference, key.kcv)
    desk.enter(
        Recovered(
            key=reference.name,
            version=reference.version,
            kind=given[0].label.kind,
            kcv=key.kcv,
            ceremony=ceremony,
            set_number=given[0].label.set_number,
            shares=tuple(each.label.number for each in given),
            to_store=sink is not None,
        )
    )
    _store(desk, reference, key, sink)
    return key


def require_ours(desk: Desk, reference: KeyReference, label: Label) -> None:
    """Raises CeremonyError, before a value is typed, when ``label`` is of another key's set."""
    minutes = desk.minutes
    if label.ceremony != minutes.ceremony:
        return
    made = minutes.set_numbered(label.set_number)
    if made.key != reference:
        raise CeremonyError(
            f"set {made.number:02} is of key {made.key.name} version {made.key.version}, "
            f"not of {reference.name} version {reference.version}"
        )


def require_place(sink: KeySink | None, reference: KeyReference, kind: type[SecretKey]) -> None:
    """Raises KeyStoreError for a key that the store would never take: it must not be pending."""
    if sink is not None:
        sink.require_place(reference.name, reference.version, kind)


def require_room(sink: KeySink | None, reference: KeyReference, kcv: bytes) -> None:
    """Raises CeremonyError when the store has another key of this name and version."""
    held = sink.held(reference.name, reference.version) if sink else None
    if held not in (None, kcv):
        raise CeremonyError(
            f"the store has another key {reference.name} version {reference.version}; "
            "a new key needs a new version"
        )


def _store(desk: Desk, reference: KeyReference, key: SecretKey, sink: KeySink | None) -> None:
    if sink is not None:
        sink.put(reference.name, reference.version, key)
        desk.enter(Stored(key=reference.name, version=reference.version, kcv=key.kcv))
