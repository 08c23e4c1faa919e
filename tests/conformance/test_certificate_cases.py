"""The cases of the certificate application over simulated cards, whole and blank."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta, timezone
from fnmatch import fnmatchcase
from functools import cache

import pytest

from sscard.apdu import pki
from sscard.conformance import Case, Result, Verdict, cases_for, run
from sscard.conformance.certificates import ADMIN_PIN, USER_PIN, CertificateMeans
from sscard.cos.pki.states import rights
from sscard.keys.x509 import parse, split
from sscard.profiles import load_profile
from sscard.pytest_plugin.cards import Cards
from tests.conformance.conftest import Desk, desk_of
from tests.conformance.stand_ins import Altered, Answer
from tests.conformance.test_cases_6001_3 import require_fine
from tests.conformance.watch import dirty

_CASES = ("ACSE_*", "CHECK_CERT.*", "*.certificates.*")
#: What writes, uses tries, or tries to.
_CHANGING = ("*.change*", "*.secret.*-PIN.*", "*.write-signature.*", "*.generate.*", "*.bring-*.a*")
_VERIFY = bytes.fromhex("002001")
_SELECT = '{ do = "select", directory = "ACSE" }'


@cache
def cases(suite: str = "full") -> tuple[Case, ...]:
    return cases_for(
        load_profile("gen3"),
        suite,
        ("sscard",),
        only=lambda label: any(fnmatchcase(label.id, each) for each in _CASES),
    )


def picked(*patterns: str) -> tuple[Case, ...]:
    return tuple(c for c in cases() if any(fnmatchcase(c.id, each) for each in patterns))


@pytest.fixture
def desk(cards: Cards) -> Desk:
    return desk_of(cards, "gen3")


@pytest.fixture
def blank(cards: Cards) -> Desk:
    return desk_of(cards, "gen3", blank=True)


def verdicts(results: tuple[Result, ...]) -> Counter[tuple[str, Verdict]]:
    return Counter((each.case.group, each.verdict) for each in results)


def test_the_card_model_is_right_in_all_cases(desk: Desk) -> None:
    results = desk.with_bench(destructive=True).run(cases())
    require_fine(results)
    assert [r.case.id for r in results if r.verdict is Verdict.NOT_APPLICABLE] == []
    assert len(results) > 220


def test_each_case_leaves_the_card_as_it_was(desk: Desk) -> None:
    """Not even the attempts change anything on a right card, but for another key pair."""
    assert dirty(desk.with_bench(destructive=True), picked(*_CHANGING)) == []


@pytest.mark.full
def test_each_case_of_all_leaves_the_card_as_it_was(desk: Desk) -> None:
    assert dirty(desk.with_bench(destructive=True), cases()) == []


def test_a_card_without_certificates_is_told_as_such(blank: Desk) -> None:
    """Its PINs and master keys are those of blank cards, and are tried; its keys are not there."""
    results = blank.with_bench(destructive=True).run(cases())
    require_fine(results)
    found = verdicts(results)
    assert found["CHECK_CERT", Verdict.PASSED] == 0
    assert found["ACSE_RECORD", Verdict.PASSED]
    assert found["ACSE_SAFETY", Verdict.PASSED] > 80
    reasons = {r.reason for r in results if r.case.group == "CHECK_CERT"}
    written = "卡上尚未写入证书 no certificates have been written to this card"
    assert reasons == {written}


def test_a_tester_who_has_nothing_shows_nothing(desk: Desk) -> None:
    """What is left asks for no secret; and a wrong one is never shown where none is known."""
    bare = desk.with_bench(certificates=CertificateMeans(), pin=None, keys=None)
    card = Altered(desk.card, lambda _: None)
    results = run(cases(), bare.bench, card, time.perf_counter, session=bare.session)
    require_fine(r for r in results if not r.case.destructive)
    assert verdicts(results)["CHECK_CERT", Verdict.PASSED] > 15
    assert card.count(_VERIFY, b"\x00\x82", b"\x84") == 0


def test_a_card_without_the_application_says_so_once(desk: Desk) -> None:
    card = Altered(desk.card, lambda raw: b"\x6a\x82" if pki.DDF_NAME in raw else None)
    results = run(cases(), desk.bench, card, time.perf_counter, session=desk.session)
    wrong = [each for each in results if each.verdict is Verdict.FAILED]
    assert [each.case.id for each in wrong] == ["ACSE_RECORD.select"]
    said = {r.reason for r in results if r.verdict is Verdict.NOT_APPLICABLE}
    assert "卡上没有证书应用 this card has no certificate application" in said
    assert sum(pki.DDF_NAME in each for each in card.commands) < 10


# --- counters and secrets


def one(desk: Desk, alter: Answer, *steps: str, needs: str = "") -> tuple[Result, Altered]:
    text = f"""
    [[case]]
    id = "one"
    title = ["一", "one"]
    group = "ACSE_SAFETY"
    clause = "ssc-more 1.3"
    mark = "S"
    needs = [{needs}]
    steps = [{_SELECT}, {", ".join(steps)}]
    """
    card = Altered(desk.card, alter)
    (case,) = desk.cases(text)
    (result,) = run([case], desk.bench, card, time.perf_counter, session=desk.session)
    return result, card


def secret(name: str, more: str = "") -> str:
    return f'{{ do = "secret", secret = "{name}"{more} }}'


def tries(desk: Desk) -> list[int]:
    memory = desk.card.card.certificates._standing.memory
    return [memory.pins[each].left for each in (pki.USER, pki.ADMIN)]


@pytest.mark.parametrize("name", [USER_PIN, ADMIN_PIN])
def test_a_wrong_pin_is_made_good(desk: Desk, name: str) -> None:
    result, _ = one(desk, lambda _: None, secret(name, ', proof = "wrong", sw = "63Cx"'))
    assert result.verdict is Verdict.PASSED
    assert result.unrestored == ()
    assert tries(desk) == [6, 6]


@pytest.mark.parametrize("said", ["63C1", "63C0", "6983", "6D00", "9000"])
def test_no_wrong_pin_without_two_tries(desk: Desk, said: str) -> None:
    """The tries are looked at first; where the card does not tell, nothing is tried."""
    answer = bytes.fromhex(said)
    result, card = one(
        desk,
        lambda raw: answer if raw.startswith(_VERIFY) and len(raw) < 6 else None,
        secret(USER_PIN, ', proof = "wrong", sw = "63Cx"'),
    )
    assert result.verdict is Verdict.NOT_RUN
    assert sum(len(each) > 6 for each in card.commands if each.startswith(_VERIFY)) <= 1
    assert tries(desk) == [6, 6]


def test_a_pin_that_was_refused_is_shown_once(desk: Desk) -> None:
    """The tester's user PIN is another one: each case that needs it says so without trying it."""
    wrong = replace(desk.bench.certificates, user_pin=bytes.fromhex("654321"))
    other = desk.with_bench(certificates=wrong)
    results = other.run([each for each in cases() if "user PIN" in each.needs])
    assert tries(other) == [5, 6]
    found = Counter(each.verdict for each in results)
    assert found[Verdict.FAILED] == 1
    assert found[Verdict.NOT_RUN] == len(results) - 1


@pytest.mark.parametrize("carried_out", [True, False])
@pytest.mark.parametrize(("name", "head"), [(ADMIN_PIN, "845E"), ("MKCERT", "84D4")])
def test_a_secret_set_without_an_answer_is_found_and_put_back(
    desk: Desk, name: str, head: str, carried_out: bool
) -> None:
    """The card was pulled a moment too early: before or behind what it did."""
    left = [bytes.fromhex(head)]

    def alter(raw: bytes) -> bytes | None:
        if left and raw.startswith(left[0]):
            left.clear()
            if carried_out:
                desk.card.transmit(raw)
            return b"\x90"  # no status word
        return None

    change = f'{{ do = "replace secret", secret = "{name}", new = "other", sw = "9000" }}'
    result, _ = one(desk, alter, secret(name), change)
    assert result.verdict is Verdict.BROKEN
    assert result.unrestored == ()
    right, _ = one(desk, lambda _: None, secret(name, ', sw = "9000"'))
    assert right.verdict is Verdict.PASSED
    assert tries(desk) == [6, 6]


def test_a_generation_of_keys_asks_for_destructive(desk: Desk) -> None:
    """On a card that has a key, nothing of it is even tried."""
    card = Altered(desk.card, lambda _: None)
    chosen = picked("*.generate.*", "*.bring-*", "firewall.*")
    results = run(chosen, desk.bench, card, time.perf_counter, session=desk.session)
    heads = bytes.fromhex("8040"), bytes.fromhex("80C2C0")
    assert [each for each in card.commands if each.startswith(heads)] == []
    assert {r.reason for r in results if r.verdict is Verdict.NOT_RUN} == {"destructive"}


@pytest.mark.parametrize(("writing", "right"), [("admin", "admin PIN"), ("both", "both PINs")])
def test_who_writes_is_the_profiles_word(desk: Desk, writing: str, right: str) -> None:
    """A chip and a profile with another right: what is granted and refused follows them."""
    desk.card.card.certificates._standing._rights = rights(writing)
    declared = desk.profile.certificates
    assert declared is not None
    files = tuple(
        each.model_copy(update={"update": right}) if each.holds == "certificate" else each
        for each in declared.files
    )
    changed = {"certificates": declared.model_copy(update={"files": files})}
    profile = desk.profile.model_copy(update=changed)
    patterns = ("ACSE_SAFETY.write-encryption.*", "ACSE_SAFETY.session-key.*")
    chosen = cases_for(
        profile,
        quirks=("sscard",),
        only=lambda label: any(fnmatchcase(label.id, each) for each in patterns),
    )
    results = desk.with_bench(profile=profile).run(chosen)
    require_fine(results)
    assert {each.verdict for each in results} == {Verdict.PASSED}


def test_a_card_certified_today_is_valid_today(desk: Desk) -> None:
    """Its certificates begin with the day, which in China is hours before noon anywhere."""
    file = desk.card.card.certificates._standing.memory.files[pki.SIGNATURE_CERTIFICATE]
    begin = parse(split(file.content)[0]).not_before.astimezone(timezone(timedelta(hours=8)))
    chosen = picked("CHECK_CERT.0018.today", "CHECK_CERT.0018.chain")
    for days, verdict in ((0, Verdict.PASSED), (-1, Verdict.FAILED)):
        day = begin.date() + timedelta(days=days)
        assert {r.verdict for r in desk.with_bench(today=day).run(chosen)} == {verdict}


def test_a_try_that_the_other_pin_has_lost_is_given_back(desk: Desk) -> None:
    """A faulty card counts a wrong user PIN as a wrong admin PIN, too."""
    wrong_admin = bytes(pki.verify(pki.ADMIN, bytes(16)))

    def alter(raw: bytes) -> bytes | None:
        if not (raw.startswith(bytes.fromhex("00200181")) and len(raw) > 6):
            return None
        answer = desk.card.transmit(raw)
        if answer[0] == 0x63:
            desk.card.transmit(bytes(pki.get_challenge()))
            desk.card.transmit(wrong_admin)
        return answer

    wrong = secret(USER_PIN, ', proof = "wrong", sw = "63Cx"')
    result, _ = one(desk, alter, wrong, needs='"written application"')
    assert result.verdict is Verdict.PASSED
    assert result.unrestored == ()
    assert tries(desk) == [6, 6]


def test_one_certificate_alone_is_not_checked(desk: Desk) -> None:
    """A card that was torn between both: what it has is not what a CA answered."""
    file = desk.card.card.certificates._standing.memory.files[pki.ENCRYPTION_CERTIFICATE]
    file.write(0, bytes(file.size))
    desk.card.card.nvm.commit()
    results = desk.run(picked("CHECK_CERT.*", "ACSE_RECORD.*"))
    require_fine(results)
    found = verdicts(results)
    assert found["CHECK_CERT", Verdict.PASSED] == 0
    assert found["ACSE_RECORD", Verdict.PASSED] == 12
