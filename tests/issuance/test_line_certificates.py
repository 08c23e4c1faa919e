"""The line with certificates: one key a card whatever happens, and what is kept about it."""

from __future__ import annotations

import csv
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from errno import ENOSPC
from hashlib import sha256
from pathlib import Path

import pytest

from simulator import VirtualCard
from sscard.errors import (
    KeyStoreError,
    NotVerified,
    ProfileError,
    SscardError,
    TransportError,
)
from sscard.issuance.applicants import Applicant, read_applicants
from sscard.issuance.ca import AnswerAwaited, Authority, CertificateAuthority, RequestRefused
from sscard.issuance.ca.load import packaged_authority
from sscard.issuance.certificate_station import CertificateStation
from sscard.issuance.issue_folder import IssueFolder, open_folder
from sscard.issuance.ledger import Ledger, LedgerKeys
from sscard.issuance.line import CertificateSecretsDiffer, Job, Line, NoAuthority, WrongCard
from sscard.issuance.machines import CHINA, Machines, Timing
from sscard.issuance.report_data import CardResult, Outcome
from sscard.issuance.states import CardState
from sscard.issuance.stations import BankStation, SocialStation
from sscard.keys import SM4, SM4_SUITE, BankStore
from sscard.keys.stores import load_bank, load_exchange, load_social_security
from sscard.keys.stores.certificates import load_certificates
from sscard.keys.x509 import Certificate, parse
from sscard.perso.certificates.seen import look
from sscard.perso.findings import Finding, Proof
from sscard.perso.plan import run
from sscard.perso.pse import ChannelKeysDiffer
from sscard.profiles import load_profile
from tests.asked_authority import Asked
from tests.certified_card import authority as other_authority

GEN3 = load_profile("gen3")
STORE = load_social_security(None, SM4_SUITE)
LOT = STORE.lot("TEST-GEN3")
KEYS = LedgerKeys.of(STORE)
EXAMPLES = Path(__file__).parents[2] / "examples"


class NoBank(BankStation):
    """A bank station with the wrong keys: the card comes there and goes no further."""

    def run(self, *_: object) -> tuple[()]:
        raise ChannelKeysDiffer("bank keys differ")


@pytest.fixture(scope="module")
def people() -> tuple[Applicant, ...]:
    register = read_applicants(EXAMPLES / "applicants.csv", GEN3, today=date(2026, 1, 1))
    return register.applicants[:2]


@dataclass
class Office:
    """A directory in which one run follows another."""

    path: Path
    folder: IssueFolder
    ledger: Ledger

    def line(
        self,
        authority: Authority | None,
        *,
        master: SM4 | None = LOT.certificate_master,
        bank: type[BankStation] = BankStation,
        give_up: bool = False,
    ) -> Line:
        exchange = load_exchange(None, SM4_SUITE)
        lot = replace(LOT, certificate_master=master)
        store: BankStore = load_bank(None)
        return Line(
            social=SocialStation(GEN3, STORE, exchange, "TEST-GEN3", os.urandom),
            bank=bank(GEN3, store, exchange, os.urandom, load_certificates()),
            ledger=self.ledger,
            folder=self.folder,
            machines=Machines(lambda: VirtualCard.blank("gen3-80k"), VirtualCard.load),
            job=Job("B1", ("gen3", bytes(32)), give_up_waiting=give_up),
            now=lambda: datetime.now(CHINA),
            timing=Timing(time.perf_counter),
            certificates=authority and CertificateStation.of(GEN3, lot, authority, os.urandom),
        )

    def results(self, line: Line, people: tuple[Applicant, ...]) -> list[CardResult]:
        self.folder.reconcile(self.ledger)
        return list(line.issue(people))

    def stopped(self, line: Line, people: tuple[Applicant, ...]) -> tuple[CardResult, SscardError]:
        """The one result before the line stopped, and why it did."""
        results = line.issue(people)
        first = next(results)
        with pytest.raises(SscardError) as caught:
            next(results)
        return first, caught.value

    def listed(self) -> dict[str, dict[str, str]]:
        with (self.path / "certificates.csv").open(encoding="utf-8-sig", newline="") as file:
            return {line["card_number"]: line for line in csv.DictReader(file)}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    out = tmp_path / "out"
    with open_folder(out) as folder, Ledger.open(folder.ledger, KEYS) as ledger:
        yield Office(out, folder, ledger)


def on_card(path: Path) -> Certificate:
    """The signature certificate on a card image; it is of the key that the card has."""
    seen = run(look(GEN3.certificates), VirtualCard.load(path))
    found = parse(seen.certificate)
    assert found.public == seen.public
    return found


def only(found: list[CardResult]) -> CardResult:
    (result,) = found
    return result


def test_cards_wait_for_late_answers_and_others_go_on(
    office: Office, people: tuple[Applicant, ...]
) -> None:
    late = Asked(refusal=AnswerAwaited("no answer yet"))
    for _ in range(2):
        waiting = only(office.results(office.line(late), people[:1]))
        assert (waiting.outcome, waiting.detail) == (Outcome.WAITING, "no answer yet")
    here = Asked()
    line = office.line(here)
    results = office.results(line, people)
    assert [each.outcome for each in results] == [Outcome.ISSUED, Outcome.ISSUED]
    assert results[0].card_number == waiting.card_number
    assert late.requests == [here.requests[0]] * 2, "one key, one day, however often"
    assert {each.name for each in here.requests} == {each.name for each in people}
    read = line.proofs.by(*Proof)
    assert {"PKI/0018", "PKI/0018: chain to the root", "PKI/0013: private key"} <= set(read)
    lines = office.listed()
    for result in results:
        assert result.card_number is not None
        assert result.certificates is not None
        certificate = on_card(office.folder.image(result.card_number))
        listed = lines[result.card_number]
        assert listed["signature_sha256"] == sha256(certificate.der).hexdigest()
        assert listed["signature_serial"] == certificate.serial.hex().upper()
        assert result.certificates.signature.serial == certificate.serial
        assert result.certificates.signature.not_before == datetime.now(CHINA).date()
    text = (office.path / "certificates.csv").read_text("utf-8-sig")
    assert not [each for each in people if each.name in text or each.id_number in text]


def test_a_card_that_was_begun_with_certificates_is_not_finished_without(
    office: Office, people: tuple[Applicant, ...]
) -> None:
    late = Asked(refusal=AnswerAwaited("no answer yet"))
    office.results(office.line(late), people[:1])
    result = only(office.results(office.line(None), people[:1]))
    assert result.outcome is Outcome.WAITING
    assert "begun with certificates: use --certificates" in result.detail
    spoiled, issued = office.results(office.line(None, give_up=True), people[:1])
    assert (spoiled.outcome, issued.outcome) == (Outcome.SPOILED, Outcome.ISSUED)
    assert not (office.path / "certificates.csv").exists()


def test_a_card_that_was_begun_without_certificates_gets_them(
    office: Office, people: tuple[Applicant, ...]
) -> None:
    office.stopped(office.line(None, bank=NoBank), people[:1])
    result = only(office.results(office.line(Asked()), people[:1]))
    assert (result.outcome, bool(result.certificates)) == (Outcome.ISSUED, True)


def test_another_authority_does_not_touch_what_one_has_written(
    office: Office, people: tuple[Applicant, ...]
) -> None:
    ours = Asked()
    first, error = office.stopped(office.line(ours, bank=NoBank), people[:1])
    assert (first.outcome, type(error)) == (Outcome.WAITING, ChannelKeysDiffer)
    assert first.card_number is not None
    before = office.folder.pending_image(first.card_number).read_bytes()
    other = Asked(other_authority())
    result = only(office.results(office.line(other), people[:1]))
    assert (result.outcome, other.requests) == (Outcome.WAITING, [])
    assert "of another CA" in result.detail
    assert office.folder.pending_image(first.card_number).read_bytes() == before
    certificate = on_card(office.folder.pending_image(first.card_number))
    result = only(office.results(office.line(ours), people[:1]))
    assert result.outcome is Outcome.ISSUED
    assert on_card(office.folder.image(first.card_number)).der == certificate.der
    assert len(set(map(repr, ours.requests))) == 1


def test_half_a_certificate_is_nobodys(office: Office, people: tuple[Applicant, ...]) -> None:
    """A card that was torn goes on with whatever CA; the whole of another's is left to it."""
    station = office.line(Asked()).certificates
    assert station is not None
    office.results(office.line(waiting := Asked(refusal=AnswerAwaited("later"))), people[:1])
    (request,) = waiting.requests
    theirs = other_authority().answer(request).signature
    at = datetime(2027, 1, 1, tzinfo=CHINA)
    assert station.is_ours(packaged_authority().answer(request).signature, at)
    assert station.is_ours(theirs[:0x70].ljust(1020, b"\0"), at)
    assert not station.is_ours(theirs.ljust(1020, b"\0"), at)


def test_a_card_with_other_secrets_is_given_up_only_by_a_word(
    office: Office, people: tuple[Applicant, ...]
) -> None:
    office.stopped(office.line(None, bank=NoBank), people[:1])
    strange = SM4(bytes(range(16)))
    waiting, error = office.stopped(office.line(Asked(), master=strange), people[:1])
    assert (waiting.outcome, type(error)) == (Outcome.WAITING, CertificateSecretsDiffer)
    failed = only(office.results(office.line(Asked(), master=strange, give_up=True), people[:1]))
    assert (failed.outcome, failed.card_number) == (Outcome.FAILED, waiting.card_number)
    result = only(office.results(office.line(Asked()), people[:1]))
    assert (result.outcome, result.card_number != failed.card_number) == (Outcome.ISSUED, True)


def test_a_card_whose_certificates_are_found_wrong_is_not_issued(
    office: Office, people: tuple[Applicant, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Finding("PKI/0019: chain to the root", Proof.SIGNATURE, agrees=False)
    monkeypatch.setattr(CertificateStation, "audit", lambda *_: (found,))
    result = only(office.results(office.line(Asked()), people[:1]))
    assert (result.outcome, found.subject in result.detail) == (Outcome.FAILED, True)
    assert not (office.path / "certificates.csv").exists()


def test_a_card_that_is_pulled_out_waits_and_the_line_goes_on(
    office: Office, people: tuple[Applicant, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def pulled(*_: object) -> None:
        raise TransportError("no card")

    with monkeypatch.context() as patch:
        patch.setattr(CertificateStation, "write", pulled)
        results = office.results(office.line(Asked()), people)
        assert [each.outcome for each in results] == [Outcome.WAITING] * 2
        assert "no card" in results[0].detail
    result = only(office.results(office.line(Asked()), people[:1]))
    assert (result.outcome, result.card_number) == (Outcome.ISSUED, results[0].card_number)


def test_what_the_set_up_is_to_blame_for_stops_the_line_and_spends_no_card(
    office: Office, people: tuple[Applicant, ...]
) -> None:
    wrong = office.line(Asked(), master=SM4(bytes(range(16))))
    first, error = office.stopped(wrong, people)
    assert (first.outcome, type(error)) == (Outcome.WAITING, CertificateSecretsDiffer)
    assert "nothing was written" in str(error)
    gone = office.line(Asked(refusal=KeyStoreError("nobody answers")))
    result, error = office.stopped(gone, people)
    assert (result.outcome, type(error)) == (Outcome.WAITING, NoAuthority)
    assert "nobody answers" in result.detail
    assert result.card_number == first.card_number
    full = office.line(Asked(refusal=OSError(ENOSPC, "no space", "exchange/1.request")))
    result, error = office.stopped(full, people)
    assert (result.outcome, type(error)) == (Outcome.WAITING, NoAuthority)
    assert "exchange/1.request" in result.detail
    for refusal, said in (
        (RequestRefused("CN: 1 to 64 characters, not 65"), "CN: 1 to 64 characters"),
        (NotVerified("signature certificate: it is of another key"), "does not fit"),
    ):
        result = only(office.results(office.line(Asked(refusal=refusal)), people[:1]))
        assert (result.outcome, said in result.detail) == (Outcome.WAITING, True)
    assert office.ledger.counts()[CardState.SSSE_DONE] == 1


def test_what_the_profile_declares_is_what_an_answer_is_held_against(
    office: Office, people: tuple[Applicant, ...]
) -> None:
    """Other key usages are right where they are declared; what goes into no file, nobody tries."""
    assert GEN3.certificates is not None
    said = GEN3.certificates.certificate.model_copy(
        update={"signature_key_usage": b"\x80", "encryption_key_usage": b"\x20"}
    )
    other = GEN3.certificates.model_copy(update={"certificate": said})
    answers = Asked(CertificateAuthority(packaged_authority().secrets, other))
    small = tuple(
        each.model_copy(update={"size": 500}) if each.fid == 0x0018 else each
        for each in other.files
    )
    for application, outcome, detail in (
        (other.model_copy(update={"files": small}), Outcome.WAITING, "do not go into EF 0018"),
        (GEN3.certificates, Outcome.WAITING, "key usage is not C0"),
        (other, Outcome.ISSUED, ""),
    ):
        line = office.line(answers)
        assert line.certificates is not None
        line.certificates = replace(line.certificates, application=application)
        result = only(office.results(line, people[:1]))
        assert (result.outcome, detail in result.detail) == (outcome, True)
    assert len(set(answers.requests)) == 1


def test_a_card_keeps_its_day_over_midnight(office: Office, people: tuple[Applicant, ...]) -> None:
    late = Asked(refusal=AnswerAwaited("no answer yet"))
    here = Asked()
    for authority, moment in (
        (late, datetime(2026, 11, 22, 23, 59, 59, tzinfo=CHINA)),
        (here, datetime(2026, 11, 23, 0, 0, 1, tzinfo=CHINA)),
    ):
        line = office.line(authority)
        line.now = lambda moment=moment: moment  # type: ignore[misc]
        result = only(office.results(line, people[:1]))
    assert here.requests == late.requests
    assert here.requests[0].issued_on == date(2026, 11, 22)
    assert result.certificates is not None
    assert result.certificates.encryption.not_before == date(2026, 11, 22)


def test_a_name_that_was_corrected_meanwhile_goes_onto_no_begun_card(
    office: Office, people: tuple[Applicant, ...]
) -> None:
    """SSSE has the former one: nobody is asked to certify the other for this card."""
    office.results(office.line(Asked(refusal=AnswerAwaited("no answer yet"))), people[:1])
    values = {**people[0].values, "name": "诸葛正"}
    corrected = (replace(people[0], values=values),)
    asked = Asked()
    result, error = office.stopped(office.line(asked), corrected)
    assert (result.outcome, type(error), asked.requests) == (Outcome.FAILED, WrongCard, [])
    result = only(office.results(office.line(asked), corrected))
    assert result.card_number is not None
    certificate = on_card(office.folder.image(result.card_number))
    assert (result.outcome, certificate.named("CN")) == (Outcome.ISSUED, "诸葛正")


def test_an_answer_for_another_card_never_reaches_one(
    office: Office, people: tuple[Applicant, ...]
) -> None:
    late = Asked(refusal=AnswerAwaited("no answer yet"))
    office.results(office.line(late), people)
    mine, another = late.requests
    images = [office.folder.pending_image(each.card_number) for each in late.requests]
    before = [each.read_bytes() for each in images]
    for asked in (another, replace(another, card_number=mine.card_number)):
        result = only(office.results(office.line(Asked(of=asked)), people[:1]))
        assert (result.outcome, "does not fit" in result.detail) == (Outcome.WAITING, True)
    assert [each.read_bytes() for each in images] == before
    images[0].write_bytes(before[1])
    result, error = office.stopped(office.line(Asked()), people[:1])
    assert (result.outcome, type(error)) == (Outcome.FAILED, WrongCard)


def test_a_set_up_that_cannot_be_is_told_before_anything_is_begun(office: Office) -> None:
    with pytest.raises(ProfileError, match="gen2 declares no certificate application"):
        CertificateStation.of(load_profile("gen2"), LOT, Asked(), os.urandom)
    with pytest.raises(KeyStoreError, match="lot TEST-GEN3 has no certificate_master"):
        office.line(Asked(), master=None)

    @dataclass
    class Rootless(Asked):
        @property
        def root(self) -> Certificate:
            return other_authority().root

    with pytest.raises(NotVerified, match="certificate authority: "):
        next(office.line(Rootless()).issue(()))
    assert not list((office.path / "cards").iterdir())
