"""A right card agrees; of a card with one thing wrong that thing differs, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import Protocol
from sscard.apdu import iso7816
from sscard.conformance.validation import Verdict, validate
from sscard.conformance.validation.expected import CertificatesExpected
from sscard.dialects.rights import AccessRule, Condition
from sscard.errors import NotVerified, SscardError
from sscard.keys import KeyReference
from sscard.perso import data
from sscard.perso.findings import Proof
from sscard.perso.plan import run
from sscard.perso.pse import Dgi, Instance
from sscard.profiles import File

if TYPE_CHECKING:
    from simulator import VirtualCard
    from sscard.perso.order import CardOrder, WantedCard
    from tests.conformance.validation.conftest import Bench

    MakeBench = Callable[..., Bench]
    MakeCard = Callable[..., VirtualCard]
    Answer = Callable[[bytes, bytes], bytes]

DEBIT = "debit application: "
#: Wrong proofs that a card counts: EXTERNAL AUTHENTICATE and VERIFY.
COUNTED = (0x82, 0x20)
UPDATES = (0xDC, 0xD6, 0xE2)


@pytest.mark.parametrize("name", ["gen1", "gen2", "gen3"])
def test_a_right_card_agrees(bench: MakeBench, name: str) -> None:
    judged = bench(name).judged()
    assert [each.subject for each in judged if each.verdict is Verdict.DIFFERS] == []
    subjects = [each.subject for each in judged]
    assert len(subjects) == len(set(subjects)), "every fact once"
    assert all(each.why.zh for each in judged if each.verdict is Verdict.NOT_PROVEN)
    profile = bench(name).made.profile
    proven = {each.subject for each in judged if each.proof is Proof.AUTHENTICATION}
    for directory in profile.directories:
        for key in directory.keys:
            if key.name.startswith(("UK", "RK", "IRK", "PUK", "DLK", "DSK")):
                names = {f"{key.name} v{n}" for n in range(1, profile.versions(key) + 1)}
                assert names <= proven
    maced = {each.subject for each in judged if each.proof is Proof.MACED_COMMAND}
    assert maced >= {"STK", "STKDF01", "STKDF02", "STKDF03", "STKDF04"}


@pytest.mark.parametrize("name", ["gen1", "gen3"])
def test_nothing_on_the_card_is_another(bench: MakeBench, name: str) -> None:
    """But the counters of transactions; every tried right is a right one, so none is counted."""
    here = bench(name)
    here.judged()
    refused = [
        command.hex()
        for command in here.sent
        if command[1] in COUNTED and len(command) > 5 and command[4]
    ]
    assert len(refused) == len(set(refused)), "each proof once"
    assert here.wrong() == set(), "and again, so nothing was used up"


def test_each_key_is_shown_once(bench: MakeBench) -> None:
    here = bench()
    here.judged()
    shown: list[tuple[bytes, int, int]] = []
    selected = b""
    for command in here.sent:
        if command[1:3] == b"\xa4\x04":
            selected = command[5:]
        elif command[1] == 0x82:
            shown.append((selected, command[3], command[-1]))
    assert sorted(shown) == sorted(set(shown))
    assert len(shown) > 100


def update(bench: Bench, directory: str, fid: int, number: int, content: bytes) -> VirtualCard:
    """Write a record with the card's own key."""
    order = bench.made.order
    place = order.profile.directory(directory)
    file = next(each for each in place.files if each.fid == fid)
    writes = data.file_writes(place, file, ((number, content),))
    run(data.write(order, (data.DirectoryWrites(place, (writes,)),)), bench.card)
    bench.card.reset()
    return bench.card


@pytest.mark.parametrize(
    ("directory", "fid", "number", "content", "subject"),
    [
        ("SSSE", 0xEF06, 2, b"\x09\x1e" + "诸葛验牧".encode("gbk").ljust(30, b"\0"), "name"),
        ("SSSE", 0xEF05, 6, bytes.fromhex("060420360130"), "expiry_date"),
        ("SSSE", 0xEF05, 7, b"\x07\x09X00000027", "card_number"),
        ("SSSE", 0xEF06, 7, bytes.fromhex("0d0419900308"), "birth_date"),
        ("DF01", 0xEF06, 3, b"\x28\x0f13987654322".ljust(17, b"\0"), "phone"),
        ("DF04", 0xEF05, 1, b"\x81\x0811000000", "medical_type"),
    ],
)
def test_one_element_is_wrong(
    bench: MakeBench, directory: str, fid: int, number: int, content: bytes, subject: str
) -> None:
    here = bench()
    update(here, directory, fid, number, content)
    assert here.wrong() == {f"{directory}/{fid:04X}/{subject}"}


@pytest.mark.parametrize("last", ["00000000", "FFFFFFFF"])
def test_another_authentication_code(bench: MakeBench, last: str) -> None:
    here = bench()
    code = here.made.order.card_id_code[:12] + bytes.fromhex(last)
    update(here, "SSSE", 0xEF05, 1, b"\x01\x10" + code)
    number = "SSSE/EF05/card_identification_code"
    assert here.wrong() == {number, "authentication code"}
    here.record["card_identification_code"] = code.hex()
    assert here.wrong() == {"authentication code"}, "a record that was made from the card"


def swapped(name: str, first: int, second: int) -> Callable[[CardOrder], CardOrder]:
    def change(order: CardOrder) -> CardOrder:
        one, two = KeyReference(name, first), KeyReference(name, second)
        keys = {**order.keys, one: order.keys[two], two: order.keys[one]}
        return replace(order, keys=keys)

    return change


def other(name: str, version: int = 1) -> Callable[[CardOrder], CardOrder]:
    """A key of the same size that is another."""

    def change(order: CardOrder) -> CardOrder:
        key = KeyReference(name, version)
        value = bytes(each ^ 0x06 for each in order.keys[key].reveal())
        return replace(order, keys={**order.keys, key: order.suite.key(value)})

    return change


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (swapped("UK1DF02", 1, 3), {"UK1DF02 v1", "UK1DF02 v3"}),
        (other("RK1DF07", 2), {"RK1DF07 v2"}),
        (other("IRK", 3), {"IRK v3"}),
        (other("PUK"), {"PUK v1"}),
        (other("STKDF03"), {"STKDF03"}),
        (other("DLK", 2), {"DLK v2"}),
    ],
)
def test_one_key_is_another(
    bench: MakeBench, make_card: MakeCard, change: Any, wrong: set[str]
) -> None:
    assert bench(card=make_card(order=change)).wrong() == wrong


def test_the_hand_over_area_is_open(bench: MakeBench, make_card: MakeCard) -> None:
    assert bench(card=make_card(closed=False)).wrong() == {"hand-over area closed"}


def dgi(title: str, identifier: int, old: bytes, new: bytes) -> Any:
    """A grouping in which some bytes are others."""

    def change(instances: tuple[Instance, ...]) -> tuple[Instance, ...]:
        return tuple(
            replace(each, dgis=tuple(map(edited, each.dgis))) if each.title == title else each
            for each in instances
        )

    def edited(each: Dgi) -> Dgi:
        if each.identifier != identifier:
            return each
        assert old in each.value
        return replace(each, value=each.value.replace(old, new, 1))

    return change


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (
            dgi("PSE", 0x0101, b"\x87\x01\x01", b"\x87\x01\x02"),
            {"PSE: record 0101/87"},
        ),
        (
            dgi("PSE", 0x9102, b"\x88\x01\x01", b"\x88\x01\x02"),
            None,
        ),
        (
            dgi("debit application", 0x0101, "诸葛".encode("gbk"), "诸曷".encode("gbk")),
            {f"{DEBIT}record 0101/5F20"},
        ),
        (
            dgi("debit application", 0x0301, b"\x5f\x24\x03\x36\x12", b"\x5f\x24\x03\x36\x11"),
            {f"{DEBIT}record 0301/5F24", f"{DEBIT}certificates"},
        ),
        (
            dgi("debit application", 0x0205, b"\x9f\x46", b"\x9f\x47"),
            {f"{DEBIT}certificates"},
        ),
    ],
)
def test_one_grouping_is_another(
    bench: MakeBench, make_card: MakeCard, change: Any, wrong: set[str] | None
) -> None:
    found = bench(card=make_card(instances=change)).wrong()
    assert found == wrong if wrong is not None else any("FCI/88" in each for each in found)


def test_the_certificate_of_another_card(bench: MakeBench, make_card: MakeCard) -> None:
    """Right in itself, by the right issuer, and over this card's key: but for another account."""
    made = bench().made
    account = replace(made.account, number="6228000100002222")
    foreign = {each.identifier: each for each in made.instances(account)[-1].dgis}

    def change(instances: tuple[Instance, ...]) -> tuple[Instance, ...]:
        *directories, debit = instances
        dgis = tuple(
            foreign[each.identifier] if 0x0202 <= each.identifier <= 0x0206 else each
            for each in debit.dgis
        )
        return (*directories, replace(debit, dgis=dgis))

    assert bench(card=make_card(instances=change)).wrong() == {f"{DEBIT}certificates"}


def test_the_banks_key_is_another(bench: MakeBench, make_card: MakeCard) -> None:
    """The keys of another account, with their check values."""
    made = bench().made
    foreign = made.instances(replace(made.account, number="6228000100002222"))[-1]

    def change(instances: tuple[Instance, ...]) -> tuple[Instance, ...]:
        *directories, debit = instances
        dgis = tuple(
            foreign.grouping(each.identifier) or each
            if each.identifier in (0x8000, 0x9000)
            else each
            for each in debit.dgis
        )
        return (*directories, replace(debit, dgis=dgis))

    card = make_card(instances=change)
    assert bench(card=card).wrong() == {f"{DEBIT}UDK-AC"}
    assert bench(card=card, bank=False).wrong() == set(), "nobody looked"


def on_the_wire(asked: bytes, change: Callable[[bytes], bytes]) -> Answer:
    def answer(command: bytes, answered: bytes) -> bytes:
        return change(answered) if command.startswith(asked) else answered

    return answer


def test_an_entry_of_dir_has_another_label(bench: MakeBench) -> None:
    answer = on_the_wire(
        bytes(iso7816.read_record(2, sfi=0x1E))[:4],
        lambda said: said.replace("就业".encode("gbk"), "就叶".encode("gbk")),
    )
    assert bench(answer=answer).wrong() == {"SSSE/001E/dir_df02"}


def test_the_fci_says_another_algorithm(bench: MakeBench) -> None:
    answer = on_the_wire(b"\x00\xa4", lambda said: said.replace(b"\x86\x01\x01", b"\x86\x01\x03"))
    assert bench(answer=answer).wrong() == {"FCI of SSSE/9F0C"}


def test_a_file_that_nothing_guards(bench: MakeBench) -> None:
    """DF01/EF07 gives its record also to somebody who has shown nothing."""
    seen: list[bytes] = []

    def answer(command: bytes, answered: bytes) -> bytes:
        if command[1:2] == b"\x20" and len(command) > 5:
            seen.append(command)
        closed = command[1:4] == b"\xb2\x01\x3c" and answered == b"\x69\x82"
        return b"\x29\x01\x31\x90\x00" if closed and not seen else answered

    wrong = bench(answer=answer).wrong()
    assert {each for each in wrong if each.startswith("DF01")} == {"DF01/EF07: right to read"}


def test_the_pin_was_changed(bench: MakeBench) -> None:
    """One try is used, and it is given back to nobody: the next validation has one less."""
    here = bench()
    select = iso7816.select(here.made.profile.directory("SSSE").df_name)
    here.card.reset()
    here.card.transmit(bytes(select))
    here.card.transmit(bytes.fromhex("805E010007123456FF654321"))
    assert here.wrong() == {"PIN"}
    assert [each[4] for each in here.sent if each[1] == 0x20 and each[4:]] == [3, 8]


def test_a_pin_with_one_try_left_is_not_tried(bench: MakeBench) -> None:
    here = bench()
    here.card.reset()
    here.card.transmit(bytes(iso7816.select(here.made.profile.directory("SSSE").df_name)))
    left = 9
    while left > 1:
        answer = here.card.transmit(bytes.fromhex("0020000003654321"))
        left = answer[1] & 0x0F
    judged = {each.subject: each for each in here.judged()}
    assert judged["PIN"].verdict is Verdict.NOT_PROVEN
    assert "one try left" in judged["PIN"].why.en
    assert not [each for each in here.sent if each[:2] == b"\0\x20" and each[4:5] == b"\3"]


def test_a_card_of_other_keys_is_shown_none(bench: MakeBench) -> None:
    """Its own proof is not of these keys: nothing that would be counted is shown to it."""

    def answer(command: bytes, answered: bytes) -> bytes:
        if command:
            return answered
        return answered[:-4] + bytes((answered[-4] ^ 1,)) + answered[-3:]

    here = bench("gen1", answer=answer)
    judged = here.judged()
    wrong = {each.subject for each in judged if each.verdict is Verdict.DIFFERS}
    assert wrong >= {"ATR/TA–TD", "IRK v1", "IRK v2", "IRK v3"}
    assert not [each for each in here.sent if each[1] == 0x82]
    left = {each.subject: each for each in judged if each.verdict is Verdict.NOT_PROVEN}
    assert "no other key was shown" in left["UK1DF01 v1"].why.en


def test_a_card_by_antenna_is_refused(bench: MakeBench) -> None:
    here = bench("gen3")
    here.card.power_on(Protocol.CONTACTLESS)
    with pytest.raises(NotVerified, match="needs its contacts"):
        here.expected()


def opened_by(card: WantedCard, directory: str, fid: int, kid: int) -> WantedCard:
    """The card whose profile says that this key alone opens a file for reading."""

    def file(each: File) -> File:
        rule = AccessRule(Condition.KEY, kid)
        return each.model_copy(update={"read": rule}) if each.fid == fid else each

    directories = tuple(
        each.model_copy(update={"files": tuple(map(file, each.files))})
        if each.name == directory
        else each
        for each in card.profile.directories
    )
    profile = card.profile.model_copy(update={"directories": directories})
    return replace(card, profile=profile)


@pytest.mark.parametrize(
    ("wrong", "shown"),
    [((), [1, 2, 3, 1]), ((1,), [2, 3, 2]), ((1, 2, 3), [])],
)
def test_a_file_that_a_key_of_the_parent_opens(
    bench: MakeBench, wrong: tuple[int, ...], shown: list[int]
) -> None:
    """RKSSSE is shown again below SSSE, in a version that was right; never one that was not."""
    here = bench()
    expected = here.expected()
    expected = replace(expected, card=opened_by(expected.card, "DF01", 0xEF07, 0x0A))
    seen: list[bytes] = []
    refused: list[bytes] = []
    selected = [b""]
    below = here.made.profile.directory("DF01").df_name

    def answer(command: bytes, answered: bytes) -> bytes:
        """The card's rule as the profile now says it, and perhaps versions that are wrong."""
        if command[1:3] == b"\xa4\x04":
            selected[0] = command[5:-1]
        if command[1:2] == b"\x82" and command[3] == 0x0A:
            if command[-1] in wrong:
                refused.append(command)
                return b"\x63\xc9"
            seen.append(command)
        asked = selected[0].startswith(below) and command[1:4] == b"\xb2\x01\x3c"
        return b"\x69\x82" if asked and len(seen) <= 3 - len(wrong) else answered

    here.answer = answer
    judged = run(validate(expected, Random(1).randbytes), here)
    differs = {each.subject for each in judged if each.verdict is Verdict.DIFFERS}
    assert differs == {f"RKSSSE v{each}" for each in wrong}
    assert [each[-1] for each in seen] == shown
    assert [each[-1] for each in refused] == [*wrong], "a wrong version is shown once"
    left = {each.subject for each in judged if each.why.en.startswith("nothing that was shown")}
    assert ("DF01/EF07" in left) is (not shown)


def test_without_keys_pin_and_bank(bench: MakeBench) -> None:
    """What anybody can read is compared, the rest is left open, and nothing is shown."""
    none = CertificatesExpected()
    here = bench("gen3", keys=False, pin=False, bank=False, trusted=none)
    judged = here.judged()
    assert not [each.subject for each in judged if each.verdict is Verdict.DIFFERS]
    assert not [each for each in here.sent if each[1] in (0x82, 0x88) and each[0] == 0]
    assert not [each for each in here.sent if each[1] == 0x20 and each[4:]]
    assert not [each for each in here.sent if each[1] in UPDATES]
    agrees = {each.subject for each in judged if each.verdict is Verdict.AGREES}
    assert "SSSE/EF05/card_number" in agrees
    assert f"{DEBIT}record 0301/5A" in agrees
    whys = {each.why.en for each in judged if each.verdict is Verdict.NOT_PROVEN}
    assert {"no key store was given", "no PIN was shown", "no bank key store was given"} <= whys


def test_what_the_record_leaves_open(bench: MakeBench) -> None:
    here = bench(record={"phone": None, "degree.1.school": None})
    judged = {each.subject: each for each in here.judged()}
    assert judged["DF01/EF06/phone"].verdict is Verdict.NOT_PROVEN
    assert judged["DF01/EF15/degree.1"].verdict is Verdict.NOT_PROVEN
    assert not [each for each in judged.values() if each.verdict is Verdict.DIFFERS]


def test_a_record_without_an_account(bench: MakeBench) -> None:
    expected = replace(bench().expected(), instances=())
    judged = run(validate(expected, Random(1).randbytes), bench())
    assert [each.why.en for each in judged if each.part == "PSE"] == [
        "the record has no bank account"
    ]


def test_values_do_not_print(bench: MakeBench) -> None:
    here = bench()
    told = repr(here.judged()) + repr(here.expected())
    for secret in ("诸葛验收", "110101199003070038", "13987654321", "6228000100001117"):
        assert secret not in told


def spoilt(answer: bytes, how: int, at: int) -> bytes:
    """An answer as a broken card, or another one, might give it."""
    match how:
        case 0:
            return answer[:at]
        case 1:
            return bytes.fromhex(("6A82", "6982", "9000", "6F00", "63C1", "6D00")[at % 6])
        case 2 if len(answer) > 2:
            place = at % (len(answer) - 2)
            return answer[:place] + bytes((answer[place] ^ 1 << at % 8,)) + answer[place + 1 :]
        case 3:
            return bytes(at % 300) + b"\x90\x00"
        case _:
            return answer


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([1, 5, 40]), st.sampled_from(["gen1", "gen3"]))
def test_whatever_a_card_answers(bench: MakeBench, seed: int, often: int, name: str) -> None:
    """It is judged, or told to be no such card; the more is broken, the more differs."""
    here, random = bench(name), Random(seed)
    expected = here.expected()
    here.answer = lambda _, answer: (
        spoilt(answer, random.randrange(4), random.randrange(20))
        if random.randrange(often * 10) == 0
        else answer
    )
    with suppress(SscardError):
        judged = run(validate(expected, random.randbytes), here)
        assert {each.verdict for each in judged} <= set(Verdict)
