"""Master keys from k of n shares (Shamir, in GF(2^128)).

The shares are those of the program ``ssss`` (``ssss-combine -x -D``), so that a key can be
recovered from paper without sscard.  Each 16 bytes of a longer key are shared on their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from Crypto.Protocol.SecretSharing import Shamir

from sscard.keys.ceremony.errors import CeremonyError, WrongEntry
from sscard.keys.ceremony.kinds import kind_named
from sscard.keys.ceremony.label import Form, Label
from sscard.keys.types import Secret, SecretKey

_BLOCK = 16


@dataclass(frozen=True, slots=True)
class Share:
    """One share, with the label that says what it is of."""

    label: Label
    value: Secret = field(repr=False)


def split(key: SecretKey, labels: Sequence[Label]) -> tuple[Share, ...]:
    """The shares of ``key``, one for each label of a set.

    What is handed out was recovered once before, from its first and from its last shares.
    ValueError for labels that are not a whole set for this key.
    """
    _require_set(key, labels)
    threshold, total = labels[0].threshold, labels[0].total
    values = [b""] * total
    raw = key.reveal()
    for at in range(0, len(raw), _BLOCK):
        block = Shamir.split(threshold, total, raw[at : at + _BLOCK], ssss=True)
        values = [value + part for value, (_, part) in zip(values, block, strict=True)]
    shares = tuple(Share(label, Secret(value)) for label, value in zip(labels, values, strict=True))
    for some in (shares[:threshold], shares[-threshold:]):
        if recover(some, ceremony=labels[0].ceremony) != key:
            raise CeremonyError("the shares made do not recover the key: nothing was written")
    return shares


def recover(shares: Sequence[Share], *, ceremony: str) -> SecretKey:
    """The key of shares made in ``ceremony``; as many as their labels ask for, or more.

    Raises WrongEntry, naming the share, for one of another ceremony or set, one that is there
    twice, and one too many that does not fit; CeremonyError when there are too few, or when they
    give another key.
    """
    labels = [share.label for share in shares]
    for at, label in enumerate(labels):
        admit(label, ceremony=ceremony, before=labels[:at])
    if not shares or len(shares) < labels[0].threshold:
        needed = labels[0].threshold if labels else 2
        raise CeremonyError(
            f"{needed} shares recover this key, there are {len(shares)}: "
            f"{needed - len(shares)} more are needed"
        )
    return _checked(shares, labels[0])


def admit(label: Label, *, ceremony: str, before: Sequence[Label] = ()) -> None:
    """Raises WrongEntry, naming the share, when it is not of ``ceremony`` or not of one set."""
    place = f"share {label.number}"
    if label.form is not Form.SHARE:
        raise WrongEntry(f"component {label.number} of ceremony {label.ceremony} is no share")
    if label.ceremony != ceremony:
        raise WrongEntry(f"{place}: it is of ceremony {label.ceremony}, not of {ceremony}")
    if not before:
        return
    first = before[0]
    if label.set_number != first.set_number:
        raise WrongEntry(
            f"{place}: it is of set {label.set_number:02} of ceremony {ceremony}, "
            f"not of set {first.set_number:02}"
        )
    if _common(label) != _common(first):
        raise WrongEntry(f"{place}: its label does not agree with that of share {first.number}")
    if label.number in (each.number for each in before):
        raise WrongEntry(f"{place}: it is there already; another one is needed")


def _common(label: Label) -> tuple[str, int, int, bytes]:
    return label.kind, label.threshold, label.total, label.kcv


def _checked(shares: Sequence[Share], of: Label) -> SecretKey:
    key = _joined(shares[: of.threshold], of)
    if key.kcv != of.kcv:
        raise CeremonyError(
            f"the shares give a key with check value {key.kcv.hex().upper()}, not "
            f"{of.kcv.hex().upper()}: one of them is damaged or not genuine"
        )
    for extra in shares[of.threshold :]:
        if _joined((*shares[: of.threshold - 1], extra), of) != key:
            raise WrongEntry(f"share {extra.label.number}: damaged; the others recover the key")
    return key


def _joined(shares: Sequence[Share], of: Label) -> SecretKey:
    kind = kind_named(of.kind)
    values = [(each.label.number, each.value.reveal()) for each in shares]
    for number, value in values:
        if len(value) != kind.size:
            raise WrongEntry(f"share {number}: {len(value)} bytes; there are {kind.size}")
    blocks = range(0, kind.size, _BLOCK)
    return kind.key(
        b"".join(
            Shamir.combine([(x, y[at : at + _BLOCK]) for x, y in values], ssss=True)
            for at in blocks
        )
    )


def _require_set(key: SecretKey, labels: Sequence[Label]) -> None:
    if [each.number for each in labels] != list(range(1, labels[0].total + 1)):
        raise ValueError("a set has one label for each share, in order")
    for at, each in enumerate(labels):
        admit(each, ceremony=labels[0].ceremony, before=labels[:at])
    if labels[0].kcv != key.kcv:
        raise ValueError("these are labels for another key")
