"""What a card holds, what differs between two, and a card as a document."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator import VirtualCard
from simulator.card_document import document, load_document, parse
from simulator.contents import contents, numbered
from simulator.difference import How, differences
from simulator.image import Image
from sscard.apdu import iso7816
from sscard.cos import NVM
from sscard.cos.pki.memory import Memory
from sscard.errors import MalformedData
from sscard.issuance.stations import account_of_test_bank
from sscard.keys.stores import load_bank
from sscard.perso import pse
from sscard.perso.plan import run
from sscard.profiles import Profile
from tests.certified_card import CARD_NUMBER, HOLDER, blank_card, certified_card

if TYPE_CHECKING:
    from tests.conftest import Terminal

Clone = Callable[..., "Terminal"]


@pytest.fixture(scope="module")
def finished(clone: Clone, profile: Profile) -> VirtualCard:
    """A card that has left both stations."""
    today = date(2026, 1, 31)
    account = account_of_test_bank(profile, "6228000000000011", today)
    instances = pse.prepare(profile, account, "诸葛验收", load_bank(), effective=today)
    card = clone().card
    run(pse.personalize(instances, load_bank(), random=bytes), card)
    return card


def image_of(card: VirtualCard) -> Image:
    return Image(card.chip.name, bytes(card.card.nvm.cells), tuple(card.card.nvm.wear))


def told(first: VirtualCard, second: VirtualCard) -> dict[str, Any]:
    return {
        each.place: (each.how, {f.name: (f.first, f.second) for f in each.facts}, each.values)
        for each in differences(first, second)
    }


def test_a_card_and_its_copy_do_not_differ(finished: VirtualCard) -> None:
    copy = VirtualCard(NVM(bytearray(finished.card.nvm.cells)), finished.chip)
    assert differences(finished, copy) == ()
    copy.power_on()
    assert differences(finished, copy) == ()


def test_every_object_has_a_place_of_its_own(finished: VirtualCard) -> None:
    found = contents(finished)
    assert len(numbered(found)) == len(found) > 100
    assert not [each.place for each in found if each.region.part == "journal"]


def test_a_wrong_pin_is_one_try_and_nothing_else(clone: Clone) -> None:
    before, after = clone(), clone()
    after.select()
    after.verify("654321")
    ((place, change),) = told(before.card, after.card).items()
    assert place.startswith("ssse DDF1 kid 00 key pin")
    assert change == (How.CHANGED, {"tries left": ("6 of 6", "5 of 6")}, ())


def test_bytes_in_a_record_are_counted_and_not_shown(clone: Clone) -> None:
    before, changed = clone(), clone()
    nvm = changed.card.card.nvm
    (entry,) = [e for e in contents(changed.card) if e.place.startswith("ssse DDF1 EF05")]
    record = dict(entry.values)["record 7"]
    at = nvm.cells.find(record, entry.region.at)
    nvm.cells[at + len(record) - 1] ^= 0xFF
    nvm.cells[at + len(record) - 2] ^= 0xFF
    ((place, change),) = told(before.card, changed.card).items()
    assert place == "ssse DDF1 EF05 file"
    assert change == (How.CHANGED, {}, (f"record 7: 2 of {len(record)} bytes",))


def test_of_a_key_only_that_it_differs(clone: Clone) -> None:
    before, after = clone(), clone()
    (entry,) = [
        e for e in contents(after.card) if e.place == "ssse DDF1 kid 06 key external, version 1"
    ]
    after.card.card.nvm.cells[entry.region.at + entry.region.size - 1] ^= 0x02
    ((place, change),) = told(before.card, after.card).items()
    assert (place, change) == (entry.place, (How.CHANGED, {}, ("differs",)))


def test_the_bank_station_in_a_difference(clone: Clone, finished: VirtualCard) -> None:
    found = told(clone().card, finished)
    state = found["pse A000000333010101 application"][1]["state"]
    assert state == ("INSTALLED", "PERSONALIZED")
    added = [place for place, change in found.items() if change[0] is How.ONLY_SECOND]
    assert len(added) > 10
    assert all("DGI" in place for place in added)
    back = told(finished, clone().card)
    assert [place for place, change in back.items() if change[0] is How.ONLY_FIRST] == added


def test_tries_of_the_offline_pin_are_a_fact(finished: VirtualCard) -> None:
    (entry,) = [each for each in contents(finished) if each.region.identifier == "DGI 9010"]
    assert set(entry.facts) == {"tries left"}
    assert entry.values == ()


def test_a_blank_card_and_a_finished_one(finished: VirtualCard) -> None:
    found = told(VirtualCard.blank(finished.chip), finished)
    assert found["system"][1]["state"] == ("BLANK", "ISSUED")
    assert {change[0] for change in found.values()} == {How.CHANGED, How.ONLY_SECOND}


def test_nothing_secret_or_personal_in_contents_differences_and_masked_documents(
    clone: Clone, finished: VirtualCard
) -> None:
    blank = VirtualCard.blank(finished.chip)
    shown = repr([contents(finished), differences(blank, finished)])
    shown += json.dumps(document(finished), ensure_ascii=False)
    terminal = clone()
    secrets = [key.reveal() for key in terminal.order.keys.values()]
    secrets += [terminal.order.lot.transport.reveal(), "诸葛验收".encode("gbk"), b"13987654321"]
    secrets += [b"110101199003070038", bytes.fromhex("6228000000000011")]
    for secret in secrets:
        for form in (secret.hex(), secret.hex().upper(), repr(secret)[2:-1]):
            assert form not in shown
    for text in ("诸葛验收", "13987654321", "110101199003070038", "6228000000000011"):
        assert text not in shown


def test_a_whole_document_is_the_image_byte_for_byte(finished: VirtualCard, tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    path.write_text(json.dumps(document(finished, reveal=True)), encoding="utf-8")
    image = load_document(path)
    assert image == image_of(finished)
    assert bytes(image) == bytes(image_of(finished))


def test_a_masked_document_says_that_it_is(finished: VirtualCard) -> None:
    masked = document(finished)
    assert {region["content"] for region in masked["regions"]} == {None}
    with pytest.raises(MalformedData, match="masked: keys, PINs and contents are not in it"):
        parse(json.dumps(masked))
    masked["masked"] = False
    with pytest.raises(MalformedData, match="masked"):
        parse(json.dumps(masked))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "other"}, "format: "),
        ({"version": 2}, "version: "),
        ({"more": 1}, "more: Extra inputs"),
        ({"wear": [0]}, "wear of 1 pages"),
        ({"wear": [-1]}, r"wear\.0: "),
        ({"chip": None}, "chip: "),
    ],
)
def test_what_is_no_document_of_a_card(
    finished: VirtualCard, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(MalformedData, match=message):
        parse(json.dumps({**document(finished, reveal=True), **change}))


def test_regions_that_are_missing_or_have_another_size(finished: VirtualCard) -> None:
    whole = document(finished, reveal=True)
    regions = whole["regions"]
    short = [{**regions[0], "content": regions[0]["content"][2:]}, *regions[1:]]
    for wrong in (regions[1:], regions[:3] + regions[4:], short, regions[::-1]):
        with pytest.raises(MalformedData, match="region at offset"):
            parse(json.dumps({**whole, "regions": wrong}))
    with pytest.raises(MalformedData, match="bytes of memory"):
        parse(json.dumps({**whole, "regions": regions[:-1]}))
    odd = [{**regions[0], "content": regions[0]["content"] + "0"}, *regions[1:]]
    with pytest.raises(MalformedData, match=r"regions\.0\.content") as caught:
        parse(json.dumps({**whole, "regions": odd}))
    assert regions[0]["content"][:20] not in str(caught.value)


def test_a_memory_that_no_card_has_written(finished: VirtualCard, tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    for chip, content, message in (
        ("gen2-32k", "FF" * 32768, "none that a card has written"),
        ("gen9", "FF" * 32768, "unknown chip"),
        ("gen3-80k", "FF" * 32768, "not of a gen3-80k chip"),
    ):
        region = {"part": "", "kind": "", "offset": 0, "size": 32768, "content": content}
        card = {**document(finished), "masked": False, "chip": chip, "regions": [region]}
        path.write_text(json.dumps(card), encoding="utf-8")
        with pytest.raises(MalformedData, match=rf"card\.json: .*{message}"):
            load_document(path)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(MalformedData, match="cannot be read"):
        load_document(tmp_path / "none.json")
    (tmp_path / "x.json").write_bytes(b"\xff")
    with pytest.raises(MalformedData, match="not UTF-8"):
        load_document(tmp_path / "x.json")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@settings(max_examples=100)
@given(st.text(max_size=30) | _JSON.map(json.dumps))
def test_any_text_is_a_card_or_malformed(text: str) -> None:
    with suppress(MalformedData):
        parse(text)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1856, 32767), st.binary(min_size=1, max_size=40))
def test_any_memory_is_a_card_or_malformed(
    finished: VirtualCard, tmp_path: Path, at: int, other: bytes
) -> None:
    cells = bytearray(finished.card.nvm.cells)
    cells[at : at + len(other)] = other[: len(cells) - at]
    region = {
        "part": "",
        "kind": "",
        "offset": 0,
        "size": len(cells),
        "content": cells.hex().upper(),
    }
    card = {**document(finished), "masked": False, "regions": [region]}
    path = tmp_path / "card.json"
    path.write_text(json.dumps(card), encoding="utf-8")
    with suppress(MalformedData):
        load_document(path)


def test_the_terminal_is_not_needed(clone: Clone) -> None:
    """Neither reading contents nor comparing changes the card or its wear."""
    card = clone().card
    card.transmit(bytes(iso7816.get_challenge(8)))
    before = image_of(card)
    contents(card)
    differences(card, clone().card)
    document(card, reveal=True)
    assert image_of(card) == before


def test_what_certificates_change() -> None:
    """States, tries and serial numbers; of keys, PINs and holders nothing."""
    certified = certified_card()
    after = certified.card
    assert isinstance(after, VirtualCard)
    changed = told(blank_card(), after)
    assert changed["pki directory DF01 application and its master key"][1] == {
        "master key": ("transport", "own")
    }
    assert changed["pki 0012 signature public key"][1] == {"pair": ("empty", "complete")}
    facts = changed["pki 0019 encryption certificate"][1]
    assert facts["certificate"] == ("none", f"{len(certified.answer.encryption)} bytes")
    assert facts["serial"][1].startswith("20")
    assert facts["key"] == ("", "that in 0014")
    assert changed["pki PIN 00 admin PIN"] == (How.CHANGED, {}, ("differs",))
    assert "pki PIN 81 user PIN" not in changed


def test_of_a_private_key_nothing_is_said() -> None:
    card = certified_card().card
    said = {each.region.identifier: dict(each.facts) for each in contents(card)}
    assert (said["0013"], said["0015"]) == ({}, {})
    assert said["0012"] == {"pair": "complete"}


def test_a_masked_document_has_nothing_of_the_certificate_applications_secrets() -> None:
    certified = certified_card()
    card, answer = certified.card, certified.answer
    assert isinstance(card, VirtualCard)
    text = json.dumps(document(card), ensure_ascii=False)
    assert '"way to sign"' in text
    memory = Memory(card.card.certificates.partition)  # type: ignore[union-attr]
    private = [memory.files[fid].content for fid in (0x13, 0x15)]
    assert all(any(each) for each in private)
    secrets = [
        *private,
        answer.master.reveal(),
        answer.signature,
        bytes(answer.admin_pin.encoded()),
    ]
    secrets += [each.key.reveal() for each in memory.pins.values()]
    assert not [each for each in secrets if each.hex().upper() in text]
    assert HOLDER not in text
    assert CARD_NUMBER not in text
    assert parse(json.dumps(document(card, reveal=True))).cells == bytes(card.card.nvm.cells)


def test_a_certificate_that_is_none_or_of_another_key_is_said_to_be_so() -> None:
    card = certified_card().card
    assert isinstance(card, VirtualCard)
    memory = Memory(card.card.certificates.partition)  # type: ignore[union-attr]
    memory.files[0x12].write(2, memory.files[0x14].content[2:])
    memory.files[0x19].write(0, b"\x30\x82\x02")
    memory.files[0x19].write(300, bytes(720))
    memory.nvm.commit()
    facts = {each.region.identifier: each.facts for each in contents(card)}
    assert facts["0018"]["key"] == "NOT that in 0012"
    assert facts["0019"]["certificate"].startswith("not readable: certificate: ")
