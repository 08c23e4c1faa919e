"""A card of the first generation learns the values of the second: at one tap, or at several."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from simulator import VirtualCard
from sscard.apdu import iso7816
from sscard.apdu.response import ResponseAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.apdu.t0 import exchange
from sscard.cos import NVM, Protocol
from sscard.cos.nvm import JOURNAL_PAGES
from sscard.dialects.chip import PAGE, Chip, TooLargeLe
from sscard.errors import MalformedData, NotVerified, ProfileError, TransportError
from sscard.keys import Pin
from sscard.keys.stores import load_exchange, load_social_security
from sscard.perso import migration, social_security
from sscard.perso.migration import ABSENT, NO_ROOM, CardIdentity, Migrated, Migration
from sscard.perso.order import CardOrder, prepare
from sscard.perso.plan import run
from sscard.profiles import FieldError, load_profile
from sscard.profiles.chips import load_chip
from sscard.profiles.migration import Redefinition, redefinitions

if TYPE_CHECKING:
    from tests.conftest import Torn
    from tests.perso.conftest import Station

GEN1, GEN2 = load_profile("gen1"), load_profile("gen2")
#: What the card says before, and the list afterwards.
OLD: Mapping[str, object] = {
    "employer_economic_type": "110",
    "contribution_base": 3500,
    "unemployment_monthly_amount": 600,
    "medical_institution_name_1": "成都市第一人民医院",
    "medical_balance": 12345,
}
NEW: Mapping[str, object] = {
    "identity_category": "24",
    "nationality": "DEU",
    "political_status": "13",
    "employment_registration_type": "10010",  # 4B has no room
    "employment_registration_division": "510100",
    "registration_certificate_division": "510105",
    "unemployment_division": "510100",
    "pension_division": "510100",
    "medical_type": "31001000",
    "medical_division": "510100",
    "health_record_number": "51010500100100001",
    "offline_permission": "0",
    "offline_count": "3",
}
REWRITTEN = (
    *("DF01/EF09 tag 32", "DF01/EF0A tag 37", "DF01/EF0A tag 38", "DF02/EF06 tag 4D"),
    *("DF02/EF09 tag 97", "DF03/EF05 tag 61", "DF03/EF07 tag 71", "DF04/EF05 tag 81"),
    *("DF04/EF05 tag 84", "DF04/EF05 tag 87", "DF04/EF06 tag 90", "DF04/EF06 tag 93"),
)
#: RECORD_UPDATE by tag, what each card says afterwards: tag, length, value, hex E.
RECORDS = {
    ("DF01", 0xEF09, 0x32): "32033234EE",
    ("DF01", 0xEF0A, 0x37): "3704444555EE",
    ("DF01", 0xEF0A, 0x38): "38043133EEEE",
    ("DF02", 0xEF06, 0x4D): "4D04510100EE",
    ("DF02", 0xEF09, 0x97): "9704510105EE",
    ("DF03", 0xEF05, 0x61): "6104510100EE",
    ("DF03", 0xEF07, 0x71): "7104510100EE",
    ("DF04", 0xEF05, 0x81): "813E3331303031303030" + 54 * "EE",
    ("DF04", 0xEF05, 0x84): "843E510100" + 59 * "EE",
    ("DF04", 0xEF05, 0x87): "873E3531303130353030313030313030303031" + 45 * "EE",
    ("DF04", 0xEF06, 0x90): "900430EEEEEE",
    ("DF04", 0xEF06, 0x93): "93043033EEEE",
}
PIN = Pin("123456")
STORE = load_social_security(None)


@dataclass
class Old:
    """A card of the first generation, and what it is to learn."""

    order: CardOrder
    chip: Chip
    cells: bytes
    values: Mapping[str, object]

    def card(
        self, nvm: Callable[[bytearray], NVM] = NVM, cells: bytes | None = None
    ) -> VirtualCard:
        """Another chip with the same memory."""
        memory = nvm(bytearray(cells or self.cells))
        return VirtualCard(memory, self.chip, random=random.Random(2).randbytes)

    def plan(self, connection: Any, **changed: object) -> Migration:
        identity = run(migration.identify(GEN1), connection)
        return migration.prepare(GEN1, GEN2, identity, {**self.values, **changed}, STORE)

    def tap(self, connection: Any, **changed: object) -> Migrated:
        return run(migration.migrate(self.plan(connection, **changed), PIN), connection)


@pytest.fixture(scope="module")
def old(order: CardOrder) -> Old:
    person = {"id_number": order.id_number, "name": order.name, "sex": "1", **OLD}
    made = prepare(
        GEN1, person, order.numbers, store=STORE, exchange=load_exchange(None), lot="TEST-GEN1"
    )
    seeded = random.Random(1).randbytes
    card = VirtualCard.blank(GEN1.chip, random=seeded)
    run(social_security.personalize(made, seeded), card)
    values = {"id_number": order.id_number, **NEW}
    return Old(made, load_chip(GEN1.chip), bytes(card.card.nvm.cells), values)


def held(card: VirtualCard) -> bytes:
    """What the memory holds outside the journal."""
    return bytes(card.card.nvm.image[JOURNAL_PAGES * PAGE :])


def subjects(items: tuple[Redefinition, ...]) -> tuple[str, ...]:
    return tuple(item.subject for item in items)


def transmitted(station: Station, ins: str) -> list[str]:
    return [command for command in station.sent if command.startswith(ins)]


@pytest.fixture
def reader(station: Callable[..., Station], old: Old) -> Station:
    return station(card=old.card())


def test_every_record_holds_the_new_value_and_the_padding(old: Old, reader: Station) -> None:
    done = old.tap(reader)
    assert subjects(done.rewritten) == REWRITTEN
    assert done.earlier == ()
    assert [(item.subject, why) for item, why in done.left] == [("DF02/EF06 tag 4B", NO_ROOM)]
    for (name, fid, tag), record in RECORDS.items():
        assert f"DC{tag:02X}{(fid & 31) << 3:02X}{len(record) // 2:02X}{record}" in "".join(
            transmitted(reader, "00DC")
        ), name
    assert len(transmitted(reader, "00DC")) == len(RECORDS)


def test_a_second_run_writes_nothing_and_shows_no_update_key(old: Old, reader: Station) -> None:
    old.tap(reader)
    after = held(reader.card)
    reader.sent.clear()
    done = old.tap(reader)
    assert (subjects(done.earlier), done.rewritten) == (REWRITTEN, ())
    assert held(reader.card) == after
    assert transmitted(reader, "00DC") == []
    kids = {command[6:8] for command in transmitted(reader, "0082")}
    assert kids == {"84", "85"}, "RK1DF03, RK1DF04 and RK2DF03: what reading asks for"


def test_each_key_and_the_pin_is_shown_once(old: Old, reader: Station) -> None:
    old.tap(reader)
    assert len([c for c in transmitted(reader, "0020") if c != "00200000"]) == 1
    place, shown = "", []
    for command in reader.sent:
        if command.startswith("00A404"):
            place = command
        if command.startswith("0082"):
            shown.append((place, command[6:8]))
    assert len(shown) == len(set(shown)) == 11


def test_a_later_value_replaces_an_earlier_new_one(old: Old, reader: Station) -> None:
    old.tap(reader)
    done = old.tap(reader, nationality="FRA")
    assert subjects(done.rewritten) == ("DF01/EF0A tag 37",)
    assert "00DC3750063704465241EE" in reader.sent


def test_the_version_on_the_card_stays(old: Old) -> None:
    card = old.card()
    old.tap(card)
    assert run(migration.identify(GEN1), card).version == "1.00"


def test_what_the_list_does_not_say_stays_as_it_is(old: Old) -> None:
    card = old.card()
    before = held(card)
    identity = run(migration.identify(GEN1), card)
    plan = migration.prepare(GEN1, GEN2, identity, {"id_number": identity.id_number}, STORE)
    assert run(migration.migrate(plan, PIN), card) == Migrated((), (), ())
    assert held(card) == before


def test_a_reader_that_goes_at_any_command_costs_nothing(
    old: Old, station: Callable[..., Station]
) -> None:
    whole = old.card()
    old.tap(whole)
    for cut in count():
        reader = station(card=old.card(), unplug_at=cut)
        try:
            old.tap(reader)
        except TransportError:
            reader = station(card=reader.card)
            done = old.tap(reader)
            assert len(done.rewritten + done.earlier) == len(REWRITTEN)
        else:
            break
        assert held(reader.card) == held(whole), f"cut at command {cut}"
    assert cut > 60


def test_power_that_fails_at_any_page_costs_nothing(
    old: Old, torn_nvm: Any, power_loss: type[Exception], outcome: Torn
) -> None:
    whole = old.card()
    plan = old.plan(whole)
    run(migration.migrate(plan, PIN), whole)
    for cut in count(1):
        card = old.card(torn_nvm)
        memory: Any = card.card.nvm
        memory.arm(cut, outcome, seed=cut)
        try:
            run(migration.migrate(plan, PIN), card)
        except power_loss:
            done = run(migration.migrate(plan, PIN), card)
            assert len(done.rewritten + done.earlier) == len(REWRITTEN)
        else:
            break
        assert held(card) == held(whole), f"cut at page {cut}"
    assert cut > 2 * len(REWRITTEN)


class OnT0:
    """The same card in a reader that speaks T=0."""

    def __init__(self, card: VirtualCard) -> None:
        self.card = card

    def reset(self) -> bytes:
        return self.card.power_on(Protocol.T0)

    def transmit(self, command: bytes) -> bytes:
        return exchange(self.card.transmit, command)


@pytest.mark.parametrize("le", TooLargeLe)
def test_the_protocol_does_not_matter(old: Old, le: TooLargeLe) -> None:
    """Nor what the card says to Le = 00, when the length of a record is not known."""
    whole = old.card()
    old.tap(whole)
    chip = replace(old.chip, le={**old.chip.le, "t0": le})
    tpdus = VirtualCard(NVM(bytearray(old.cells)), chip, random=random.Random(2).randbytes)
    assert subjects(old.tap(OnT0(tpdus)).rewritten) == REWRITTEN
    assert held(tpdus) == held(whole)


# Cards that are not meant, and cards that refuse


def test_another_person_s_card_is_not_touched(old: Old, reader: Station) -> None:
    with pytest.raises(NotVerified, match="not that of the person in the record") as error:
        old.plan(reader, id_number="110101199003070046")
    assert old.order.id_number not in str(error.value)
    assert transmitted(reader, "0020") == transmitted(reader, "0082") == []


def test_a_card_without_a_holder_is_nobody_s() -> None:
    nobody = CardIdentity(bytes(17), "510100", "1.00", "")
    with pytest.raises(NotVerified, match="not that of the person"):
        migration.prepare(GEN1, GEN2, nobody, {}, STORE)


@pytest.mark.parametrize(("version", "first"), [("", 1), ("1.01", 1), ("2.00", 0), ("3.00", 0)])
def test_only_the_first_generation_migrates(old: Old, version: str, first: int) -> None:
    identity = replace(run(migration.identify(GEN1), old.card()), version=version)
    values = {"id_number": identity.id_number}
    if first:
        assert migration.prepare(GEN1, GEN2, identity, values, STORE).items == ()
        return
    with pytest.raises(NotVerified, match=f"the card is of version {version}, not of the first"):
        migration.prepare(GEN1, GEN2, identity, values, STORE)


def test_a_card_of_the_second_generation_says_so(order: CardOrder, clone: Any) -> None:
    identity = run(migration.identify(GEN2), clone().card)
    with pytest.raises(NotVerified, match=r"version 2\.00"):
        migration.prepare(GEN1, GEN2, identity, {"id_number": order.id_number}, STORE)


def test_a_card_changed_on_the_way_is_noticed(old: Old) -> None:
    plan = replace(old.plan(old.card()), atr=bytes.fromhex("3B6D0000") + bytes(13))
    with pytest.raises(NotVerified, match="not the one that was prepared for"):
        run(migration.migrate(plan, PIN), old.card())


def test_a_wrong_value_is_refused_before_the_card_is_told_anything(
    old: Old, reader: Station
) -> None:
    with pytest.raises(FieldError, match="medical_division"):
        old.plan(reader, medical_division="not a division")
    assert transmitted(reader, "0082") == []


def test_a_short_answer_to_reset_has_no_factors(old: Old) -> None:
    identity = replace(run(migration.identify(GEN1), old.card()), atr=bytes.fromhex("3B0000"))
    with pytest.raises(MalformedData, match="historical bytes"):
        migration.prepare(GEN1, GEN2, identity, old.values, STORE)


def test_a_wrong_pin_ends_it_after_one_try(old: Old, reader: Station) -> None:
    plan = old.plan(reader)
    with pytest.raises(StatusError, match="PIN"):
        run(migration.migrate(plan, Pin("654321")), reader)
    assert len(transmitted(reader, "00200000")) == 2, "the state, and one try"
    assert transmitted(reader, "0082") == []


def test_the_last_try_of_the_pin_is_the_holder_s(old: Old, reader: Station) -> None:
    plan = old.plan(reader)
    run(selected(), reader)
    while ResponseAPDU.parse(reader.transmit(bytes(iso7816.verify(b"")))).sw.tries_left != 1:
        reader.transmit(bytes(iso7816.verify(Pin("654321").encoded())))
    reader.sent.clear()
    with pytest.raises(NotVerified, match="one try left"):
        run(migration.migrate(plan, PIN), reader)
    assert transmitted(reader, "0020") == ["00200000"]


def selected() -> Any:
    yield iso7816.select(GEN1.directory("SSSE").df_name)


def test_a_key_that_the_card_refuses_is_shown_once(old: Old, reader: Station) -> None:
    plan = old.plan(reader)
    (place, (key, _)), *_ = plan.keys.items()
    wrong = {**plan.keys, place: (key, plan.suite.key(bytes(range(16))))}
    with pytest.raises(StatusError, match="DF01/EF09 tag 32: UK2DF01"):
        run(migration.migrate(replace(plan, keys=wrong), PIN), reader)
    assert len(transmitted(reader, "0082")) == 1
    assert len(old.tap(reader).rewritten) == len(REWRITTEN)


def test_a_card_that_forgets_what_was_written_is_noticed(old: Old, reader: Station) -> None:
    reader.answer = lambda command, answer: (
        b"\x32\x03110\x90\x00" if command.startswith("00B232") else answer
    )
    with pytest.raises(NotVerified, match="DF01/EF09 tag 32: the card does not hold"):
        old.tap(reader)


def test_a_record_that_a_card_does_not_have_is_left(old: Old, reader: Station) -> None:
    reader.answer = lambda command, answer: (
        StatusWord.RECORD_NOT_FOUND.value.to_bytes(2, "big")
        if command.startswith("00B232")
        else answer
    )
    done = old.tap(reader)
    assert [(item.subject, why) for item, why in done.left] == [
        ("DF02/EF06 tag 4B", NO_ROOM),
        ("DF01/EF09 tag 32", ABSENT),
    ]
    assert len(done.rewritten) == len(REWRITTEN) - 1


def test_a_card_with_shorter_records_has_no_room(old: Old, reader: Station) -> None:
    reader.answer = lambda command, answer: (
        b"\x32\x0211\x90\x00" if command.startswith("00B232") else answer
    )
    assert (redefinition("DF01", 0x32), NO_ROOM) in old.tap(reader).left


def redefinition(directory: str, tag: int) -> Redefinition:
    (found,) = (
        each
        for each in redefinitions(GEN1, GEN2)
        if (each.directory.name, each.tag) == (directory, tag)
    )
    return found


def test_an_item_that_asks_for_a_mac_is_not_planned(old: Old) -> None:
    identity = run(migration.identify(GEN1), old.card())
    df01 = GEN1.directory("DF01")
    file = df01.file(0xEF09)
    secured = file.model_copy(update={"update": replace(file.update, secured=True)})
    changed = df01.model_copy(update={"files": (secured,)})
    profile = GEN1.model_copy(update={"directories": (GEN1.directory("SSSE"), changed)})
    with pytest.raises(ProfileError, match="DF01/EF09 tag 32: is updated with a MAC"):
        migration.prepare(profile, GEN2, identity, old.values, STORE)


def test_nothing_personal_shows(old: Old) -> None:
    plan = old.plan(old.card())
    identity = run(migration.identify(GEN1), old.card())
    for shown in (repr(plan.items), repr(identity), repr(plan)):
        for value in (old.order.id_number, old.order.name, *map(str, old.values.values())):
            if len(value) > 6:
                assert value not in shown
