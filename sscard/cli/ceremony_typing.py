"""Typed components, shares and consents, each asked for until it is right."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

from sscard.cli.ceremony_talk import ask, ask_hidden, passphrase, say, until_right
from sscard.keys import kcv as check_values
from sscard.keys.ceremony import joining, shares
from sscard.keys.ceremony.agreement import NEEDED, Agreement, Consent, Proposal
from sscard.keys.ceremony.components import Component, typed_component
from sscard.keys.ceremony.desk import Desk
from sscard.keys.ceremony.errors import CeremonyError, WrongEntry, WrongParity
from sscard.keys.ceremony.groups import line_count, read_line
from sscard.keys.ceremony.kinds import Kind, kind_named
from sscard.keys.ceremony.label import Label
from sscard.keys.ceremony.minutes import PartSet
from sscard.keys.ceremony.shares import Share
from sscard.keys.operations import KeyReference
from sscard.keys.types import Secret


def our_components(ceremony: str, made: PartSet) -> tuple[Component, ...]:
    """All components of a set of this ceremony.  Raises CeremonyError when some were not made."""
    if not made.complete:
        missing = sorted(set(range(1, made.total + 1)) - set(made.parts))
        raise CeremonyError(
            f"set {made.number:02}: components {', '.join(map(str, missing))} were not made yet"
        )
    return tuple(
        until_right(partial(_our_component, label, made.parts[label.number].custodian))
        for label in (made.label(ceremony, number) for number in range(1, made.total + 1))
    )


def their_components(kind: Kind, total: int) -> tuple[Component, ...]:
    """Components of others, whose sheets have a check value and no check digits."""
    return tuple(
        until_right(partial(_their_component, kind, number, total))
        for number in range(1, total + 1)
    )


def check_value(question: str) -> bytes | None:
    """A typed check value; None for an empty answer.  Raises WrongEntry."""
    text = ask(question).strip()
    if not re.fullmatch(f"([0-9A-Fa-f]{{{2 * check_values.SIZE}}})?", text):
        raise WrongEntry(f"a check value has {2 * check_values.SIZE} hexadecimal digits")
    return bytes.fromhex(text) or None


def together(name: str, parts: Sequence[Component]) -> joining.Combination:
    """The key of all components; asks before the parity bits of a 3DES key are set.

    Raises CeremonyError, and KeyStoreError for a weak key.
    """
    try:
        return joining.put_together(name, parts)
    except WrongParity as wrong:
        say(str(wrong), color="yellow")
        if ask("设为奇校验 set odd parity? (y/N)").strip().lower() != "y":
            raise
    return joining.put_together(name, parts, set_parity=True)


def require_kcv(found: bytes) -> None:
    """Ask for the key's check value where others made it.  Raises CeremonyError for another."""
    question = "密钥校验值 KCV of the key (Enter if unknown)"
    expected = until_right(partial(check_value, question))
    if expected not in (None, found):
        raise CeremonyError(
            f"the key's check value is {found.hex().upper()}, not {expected.hex().upper()}: "
            "a component is of another key"
        )


def enough_shares(desk: Desk, reference: KeyReference, ceremony: str) -> tuple[Share, ...]:
    """As many shares of one set as its labels ask for."""
    given: list[Share] = []
    while not given or len(given) < given[0].label.threshold:
        labels = [share.label for share in given]
        say(f"第 {len(given) + 1} 份 share {len(given) + 1}{_of(labels)}")
        label = until_right(partial(_label, ceremony, labels))
        joining.require_ours(desk, reference, label)
        size = kind_named(label.kind).size
        value = _value(f"share {label.number}", size, label.context)
        given.append(Share(label, Secret(value)))
    return tuple(given)


def two_consents(proposal: Proposal) -> Agreement:
    """The agreement of two custodians to an export."""
    export = proposal.export
    say(
        f"导出密钥 export of key {export.key} version {export.version}, "
        f"KCV {export.kcv.hex().upper()}: {len(export.custodians)} "
        f"{export.form.word}s for {', '.join(export.custodians)}; {export.threshold} recover it"
    )
    consents: list[Consent] = []
    while len(consents) < NEEDED:
        consents.append(until_right(partial(_consent, proposal, tuple(consents))))
    return proposal.agreed(consents)


def _consent(proposal: Proposal, before: tuple[Consent, ...]) -> Consent:
    name = ask(f"同意的保管人 custodian who agrees, {len(before) + 1} of {NEEDED}").strip()
    proposal.require_other(name, before)
    return proposal.consent(name, passphrase(name), before)


def _our_component(label: Label, custodian: str) -> Component:
    say(f"分量 component {label.number} / {label.total} · 保管人 custodian {custodian}")
    kind = kind_named(label.kind)
    value = _value(f"component {label.number}", kind.size, label.context)
    return typed_component(kind, label.number, label.total, value, label.kcv)


def _their_component(kind: Kind, number: int, total: int) -> Component:
    say(f"分量 component {number} / {total}")
    kcv = until_right(partial(check_value, "校验值 its check value (KCV)"))
    if kcv is None:
        raise WrongEntry(f"component {number}: a component without check value is not taken")
    value = _value(f"component {number}", kind.size, None)
    return typed_component(kind, number, total, value, kcv)


def _label(ceremony: str, before: list[Label]) -> Label:
    label = Label.parse(ask("标签 label"))
    shares.admit(label, ceremony=ceremony, before=before)
    return label


def _of(labels: list[Label]) -> str:
    return f" / {labels[0].threshold}" if labels else ""


def _value(what: str, size: int, context: str | None) -> bytes:
    lines = line_count(size)
    return b"".join(
        until_right(partial(_read_line, what, number, lines, context))
        for number in range(1, lines + 1)
    )


def _read_line(what: str, number: int, lines: int, context: str | None) -> bytes:
    return read_line(ask_hidden(f"{what}, 行 line {number} / {lines}"), number, context, what)
