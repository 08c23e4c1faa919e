"""Masters divided: out of their store when two custodians agree, into shares or components."""

from __future__ import annotations

from collections.abc import Sequence

from sscard.keys.ceremony import components, shares
from sscard.keys.ceremony.agreement import Agreement, Export, Proposal
from sscard.keys.ceremony.desk import Desk
from sscard.keys.ceremony.errors import CeremonyError
from sscard.keys.ceremony.kinds import Kind, kind_of
from sscard.keys.ceremony.label import Form, Label
from sscard.keys.ceremony.making import require_total, sheet_of
from sscard.keys.ceremony.sheets import Sheet
from sscard.keys.ceremony.sink import KeySource
from sscard.keys.ceremony.steps import Exported
from sscard.keys.operations import KeyReference
from sscard.keys.types import SecretKey


def propose(
    desk: Desk,
    source: KeySource,
    reference: KeyReference,
    form: Form,
    threshold: int,
    custodians: Sequence[str],
) -> Proposal:
    """What two custodians are asked to agree to.

    Raises CeremonyError for people or counts that cannot be, KeyStoreError when ``source`` has no
    such key.
    """
    minutes = desk.minutes
    require_total(len(custodians))
    minutes.require_custodians(custodians)
    if not 2 <= threshold <= len(custodians):
        raise CeremonyError(f"2 to {len(custodians)} shares recover a key, not {threshold}")
    if form is Form.COMPONENT and threshold != len(custodians):
        raise CeremonyError("all components of a set are needed")
    export = Export(
        key=reference.name,
        version=reference.version,
        kcv=source.kcv(reference.name, reference.version),
        form=form,
        threshold=threshold,
        custodians=tuple(custodians),
    )
    return Proposal(minutes.ceremony, desk.record.head, minutes.custodians, export)


def export(desk: Desk, source: KeySource, agreement: Agreement) -> tuple[Sheet, ...]:
    """A sheet for each custodian, of a key that ``source`` releases.

    It is in the record before the sheets are in anybody's hands.  Raises CeremonyError when the
    record has gone on since they agreed, KeyStoreError, OSError.
    """
    if agreement.proposal.previous != desk.record.head:
        raise CeremonyError("the record has gone on since the custodians agreed: ask them again")
    wanted = agreement.export
    key = source.release(agreement)
    kind = kind_of(wanted.key, key)
    if key.kcv != wanted.kcv:
        raise CeremonyError(f"key {wanted.key}: the store released another key than it named")
    if wanted.form is Form.COMPONENT:
        return _components(desk, agreement, key, kind)
    return _shares(desk, agreement, key, kind)


def _components(desk: Desk, agreement: Agreement, key: SecretKey, kind: Kind) -> tuple[Sheet, ...]:
    made = components.divide(key, kind, agreement.export.threshold, desk.random)
    number = _enter(desk, agreement, kind, tuple(each.kcv for each in made))
    part_set = desk.minutes.set_numbered(number)
    return tuple(sheet_of(desk, part_set, each) for each in made)


def _shares(desk: Desk, agreement: Agreement, key: SecretKey, kind: Kind) -> tuple[Sheet, ...]:
    wanted, total = agreement.export, len(agreement.export.custodians)
    labels = [
        Label(
            Form.SHARE,
            kind.word,
            desk.minutes.ceremony,
            desk.minutes.next_set(),
            number,
            wanted.threshold,
            total,
            wanted.kcv,
        )
        for number in range(1, total + 1)
    ]
    made = shares.split(key, labels)
    _enter(desk, agreement, kind, ())
    reference = KeyReference(wanted.key, wanted.version)
    return tuple(
        Sheet(
            reference,
            kind.word,
            Form.SHARE,
            each.label.number,
            wanted.threshold,
            total,
            custodian,
            each.label,
            each.value,
            wanted.kcv,
        )
        for custodian, each in zip(wanted.custodians, made, strict=True)
    )


def _enter(desk: Desk, agreement: Agreement, kind: Kind, part_kcvs: tuple[bytes, ...]) -> int:
    step = Exported(
        set_number=desk.minutes.next_set(),
        kind=kind.word,
        export=agreement.export,
        part_kcvs=part_kcvs,
        consents=agreement.consents,
    )
    desk.enter(step)
    return step.set_number
