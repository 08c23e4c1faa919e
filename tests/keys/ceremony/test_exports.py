"""The two-person rule, and what leaves a store under it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import pytest

from sscard.errors import KeyStoreError
from sscard.keys import SM4, TDES, KeyReference
from sscard.keys.ceremony import (
    Agreement,
    CeremonyError,
    Desk,
    Form,
    PersonalPassphrase,
    Proposal,
    RecordDamaged,
    WrongEntry,
    exporting,
    joining,
    read,
)
from sscard.keys.ceremony.agreement import Consent
from sscard.keys.ceremony.components import Component, combine
from sscard.keys.ceremony.shares import Share
from sscard.keys.ceremony.sink import TypedKey
from sscard.keys.ceremony.steps import Exported, Mended
from sscard.keys.types import Secret

REFERENCE = KeyReference("UK1DF01", 2)
KEY = TDES(bytes.fromhex("C1CDCBC7D9D5D3DFA1ADABA7B9B5B3BF"))
HOLDERS = ("李四", "王五", "赵六", "Sun Qi")
Passphrases = Mapping[str, PersonalPassphrase]


@pytest.fixture
def source(store: Any) -> Any:
    store.put(*REFERENCE, KEY)
    return store


@pytest.fixture
def proposal(desk: Desk, source: Any) -> Proposal:
    return exporting.propose(desk, source, REFERENCE, Form.SHARE, 3, HOLDERS)


def consents(proposal: Proposal, passphrases: Passphrases, *names: str) -> tuple[Consent, ...]:
    given: list[Consent] = []
    for name in names:
        given.append(proposal.consent(name, passphrases[name], given))
    return tuple(given)


def shares_of(sheets: Sequence[Any]) -> list[Share]:
    return [Share(each.label, each.value) for each in sheets]


def test_two_agree_and_any_three_recover(
    desk: Desk, source: Any, proposal: Proposal, passphrases: Passphrases
) -> None:
    agreement = proposal.agreed(consents(proposal, passphrases, "王五", "Sun Qi"))
    sheets = exporting.export(desk, source, agreement)
    assert [each.custodian for each in sheets] == list(HOLDERS)
    assert source.released == [agreement]
    for chosen in combinations(shares_of(sheets), 3):
        found = joining.recover(
            desk, REFERENCE, chosen, ceremony=desk.minutes.ceremony, sink=source
        )
        assert found == KEY
    entries = [each.step.what for each in read(desk.record.path).entries]
    assert entries == ["opened", "exported", *["recovered", "stored"] * 4]


def test_components_can_be_exported_too(desk: Desk, source: Any, passphrases: Passphrases) -> None:
    proposal = exporting.propose(desk, source, REFERENCE, Form.COMPONENT, 2, HOLDERS[:2])
    agreement = proposal.agreed(consents(proposal, passphrases, "李四", "赵六"))
    sheets = exporting.export(desk, source, agreement)
    parts = [Component(each.number, each.total, TDES(each.value.reveal())) for each in sheets]  # type: ignore[union-attr]
    assert combine("K", parts) == KEY
    made = desk.minutes.components_of(REFERENCE)
    assert made is not None
    assert made.kcv == KEY.kcv
    assert [sheet.label and sheet.label.kcv for sheet in sheets] == [part.kcv for part in parts]


@pytest.mark.parametrize("names", [(), ("李四",), ("李四", "王五", "赵六")])
def test_not_two_are_no_agreement(
    proposal: Proposal, passphrases: Passphrases, names: tuple[str, ...]
) -> None:
    with pytest.raises(CeremonyError, match="2 different custodians must agree"):
        proposal.agreed(consents(proposal, passphrases, *names))


def test_one_person_twice_is_refused(proposal: Proposal, passphrases: Passphrases) -> None:
    first = consents(proposal, passphrases, "李四")
    with pytest.raises(WrongEntry, match=r"李四 has agreed already: .* another person"):
        proposal.consent("李四", passphrases["李四"], first)
    with pytest.raises(CeremonyError, match="2 different custodians"):
        Agreement(proposal, first * 2)


def test_one_person_under_two_names_is_refused(
    proposal: Proposal, passphrases: Passphrases
) -> None:
    """Somebody signs with the own passphrase, and once more in the name of another."""
    first = consents(proposal, passphrases, "李四")
    with pytest.raises(WrongEntry, match="王五: wrong passphrase"):
        proposal.consent("王五", passphrases["李四"], first)
    forged = first[0].model_copy(update={"custodian": "王五"})
    with pytest.raises(CeremonyError, match="王五 did not sign"):
        proposal.agreed((*first, forged))


@pytest.mark.parametrize("name", ["张主任", "nobody"])
def test_only_custodians_agree(proposal: Proposal, passphrases: Passphrases, name: str) -> None:
    with pytest.raises(WrongEntry, match="no custodian of ceremony"):
        proposal.consent(name, passphrases["李四"])


def test_consents_are_for_one_export_at_one_place(
    desk: Desk, source: Any, proposal: Proposal, passphrases: Passphrases
) -> None:
    given = consents(proposal, passphrases, "李四", "王五")
    other = exporting.propose(desk, source, REFERENCE, Form.SHARE, 2, HOLDERS)
    with pytest.raises(CeremonyError, match="李四 did not sign for this export"):
        other.agreed(given)
    agreement = proposal.agreed(given)
    exporting.export(desk, source, agreement)
    with pytest.raises(CeremonyError, match="ask them again"):
        exporting.export(desk, source, agreement)
    assert len(source.released) == 1


def test_consents_do_not_serve_twice(
    desk: Desk, source: Any, proposal: Proposal, passphrases: Passphrases
) -> None:
    """The officer enters the same export again, with the signatures of the first."""
    given = consents(proposal, passphrases, "李四", "王五")
    exporting.export(desk, source, proposal.agreed(given))
    step = Exported(set_number=2, kind="3des", export=proposal.export, part_kcvs=(), consents=given)
    with pytest.raises(CeremonyError, match="李四 did not sign for this export"):
        desk.enter(step)


def test_the_store_is_not_asked_when_the_record_has_gone_on(
    desk: Desk, source: Any, proposal: Proposal, passphrases: Passphrases
) -> None:
    agreement = proposal.agreed(consents(proposal, passphrases, "李四", "王五"))
    desk.enter(Mended(bytes_cut=1))
    with pytest.raises(CeremonyError, match="ask them again"):
        exporting.export(desk, source, agreement)
    assert source.released == []


def test_an_officer_cannot_write_an_export_without_consents(
    desk: Desk, proposal: Proposal, passphrases: Passphrases
) -> None:
    """The officer has the key that signs the record, and still cannot make up an agreement."""
    first = consents(proposal, passphrases, "李四")
    for given in (first, first * 2):
        step = Exported(
            set_number=1,
            kind="3des",
            export=proposal.export,
            part_kcvs=(),
            consents=given,
        )
        with pytest.raises(CeremonyError, match="2 different custodians"):
            desk.enter(step)
        forged = desk.record._chain.next(step, desk.officer, desk.now())
        whole = desk.record.path.read_bytes()
        desk.record.path.write_bytes(whole + forged.line + b"\n")
        with pytest.raises(RecordDamaged, match="line 2: 2 different custodians"):
            read(desk.record.path)
        desk.record.path.write_bytes(whole)


@pytest.mark.parametrize(
    ("form", "threshold", "names", "why"),
    [
        (Form.SHARE, 1, HOLDERS, "2 to 4 shares"),
        (Form.SHARE, 5, HOLDERS, "2 to 4 shares"),
        (Form.COMPONENT, 2, HOLDERS, "all components"),
        (Form.SHARE, 2, HOLDERS[:1], "2 to 16"),
        (Form.SHARE, 2, ("李四", "李四"), "a name is there twice"),
        (Form.SHARE, 2, ("李四", "张主任"), "张主任 is no custodian"),
    ],
)
def test_exports_that_cannot_be(
    desk: Desk, source: Any, form: Form, threshold: int, names: Sequence[str], why: str
) -> None:
    with pytest.raises(CeremonyError, match=why):
        exporting.propose(desk, source, REFERENCE, form, threshold, names)


def test_a_store_that_gives_another_key_is_noticed(
    desk: Desk, source: Any, proposal: Proposal, passphrases: Passphrases
) -> None:
    source.keys[REFERENCE] = SM4(bytes(range(16)))
    agreement = proposal.agreed(consents(proposal, passphrases, "李四", "王五"))
    with pytest.raises(CeremonyError, match="another key than it named"):
        exporting.export(desk, source, agreement)
    assert len(read(desk.record.path).entries) == 1


def test_shares_of_another_key_are_refused_by_their_label(
    desk: Desk, source: Any, proposal: Proposal, passphrases: Passphrases
) -> None:
    agreement = proposal.agreed(consents(proposal, passphrases, "李四", "王五"))
    sheets = exporting.export(desk, source, agreement)
    label = sheets[0].label
    assert label is not None
    joining.require_ours(desk, REFERENCE, label)
    with pytest.raises(CeremonyError, match="set 01 is of key UK1DF01 version 2, not of IRK"):
        joining.require_ours(desk, KeyReference("IRK", 1), label)
    with pytest.raises(CeremonyError, match="set 01 is not of this key"):
        joining.recover(
            desk,
            KeyReference("IRK", 1),
            shares_of(sheets)[:3],
            ceremony=desk.minutes.ceremony,
            sink=source,
        )
    assert KeyReference("IRK", 1) not in source.keys


def test_shares_can_be_recovered_in_another_ceremony(
    desk: Desk, source: Any, proposal: Proposal, passphrases: Passphrases, opened: Any
) -> None:
    agreement = proposal.agreed(consents(proposal, passphrases, "李四", "王五"))
    given = shares_of(exporting.export(desk, source, agreement))[:3]
    later = opened("later", seed=7)
    first = desk.minutes.ceremony
    assert later.minutes.ceremony != first
    with pytest.raises(WrongEntry, match=f"share 1: it is of ceremony {first}, not of"):
        joining.recover(later, REFERENCE, given, ceremony=later.minutes.ceremony, sink=None)
    label = given[0].label
    joining.require_ours(later, REFERENCE, label)
    assert joining.recover(later, REFERENCE, given, ceremony=first, sink=None) == KEY
    assert json.loads(later.record.path.read_bytes().splitlines()[1])["step"]["ceremony"] == first


def test_a_typed_key_is_released_under_its_own_name_only(
    desk: Desk, passphrases: Passphrases
) -> None:
    source = TypedKey(REFERENCE.name, REFERENCE.version, KEY)
    assert source.kcv(*REFERENCE) == KEY.kcv
    with pytest.raises(KeyStoreError, match="no key IRK version 1"):
        exporting.propose(desk, source, KeyReference("IRK", 1), Form.SHARE, 2, HOLDERS)
    proposal = exporting.propose(desk, source, REFERENCE, Form.SHARE, 2, HOLDERS)
    agreement = proposal.agreed(consents(proposal, passphrases, "李四", "王五"))
    assert source.release(agreement) == KEY


def test_a_damaged_share_is_not_stored(
    desk: Desk, source: Any, proposal: Proposal, passphrases: Passphrases
) -> None:
    agreement = proposal.agreed(consents(proposal, passphrases, "李四", "王五"))
    given = shares_of(exporting.export(desk, source, agreement))[:3]
    given[1] = Share(given[1].label, Secret(bytes(16)))
    before = desk.record.count
    with pytest.raises(CeremonyError, match="damaged"):
        joining.recover(desk, REFERENCE, given, ceremony=desk.minutes.ceremony, sink=source)
    assert desk.record.count == before


@pytest.mark.parametrize("text", ["", "short", "eleven char"])
def test_a_short_passphrase_is_refused(text: str) -> None:
    with pytest.raises(WrongEntry, match="at least 12 characters"):
        PersonalPassphrase(text)
