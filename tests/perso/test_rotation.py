"""Roll-over of a card's keys: at one tap, or at several with a cut or a lost reader between."""

from __future__ import annotations

import pickle
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import cycle
from typing import TYPE_CHECKING, Any

import pytest

from simulator import VirtualCard
from sscard.apdu import iso7816, ssc
from sscard.apdu.response import ResponseAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel import authenticate, wrap_enciphered
from sscard.cos import NVM
from sscard.cos.nvm import JOURNAL_PAGES
from sscard.dialects import reference
from sscard.dialects.chip import PAGE, Chip
from sscard.dialects.operations import KeyType, LoadKey, ReplaceKey, ReplaceMaster
from sscard.errors import KeyStoreError, NotVerified, ProfileError, TransportError
from sscard.keys import Factors, SocialSecurityStore, Suite
from sscard.keys.stores import load_exchange, load_social_security
from sscard.perso import rotation, social_security
from sscard.perso.order import CardOrder, prepare
from sscard.perso.plan import run
from sscard.perso.rotation import Replacement, Rotated, Rotation
from sscard.profiles import Profile
from sscard.profiles.chips import load_chip

if TYPE_CHECKING:
    from tests.conftest import Torn
    from tests.perso.conftest import Station

CITY = "510100"
REPLACE = bytes.fromhex("84D40200")


@dataclass
class Old:
    """A card that was issued with version 1 of its keys, and what brings it to version 2."""

    order: CardOrder
    store: SocialSecurityStore
    chip: Chip
    cells: bytes
    plan: Rotation

    def card(
        self, nvm: Callable[[bytearray], NVM] = NVM, cells: bytes | None = None
    ) -> VirtualCard:
        """Another chip with the same memory."""
        memory = nvm(bytearray(cells or self.cells))
        return VirtualCard(memory, self.chip, random=random.Random(2).randbytes)

    def tap(self, connection: Any) -> Rotated:
        return run(rotation.rotate(self.plan, random.Random(3).randbytes), connection)

    def subjects(self) -> tuple[str, ...]:
        return tuple(key.subject for each in self.plan.directories for key in each.keys)


def with_versions(profile: Profile, count: int) -> Profile:
    versions = profile.setting("key_versions").model_copy(update={"value": count})
    return profile.model_copy(update={"settings": {**profile.settings, "key_versions": versions}})


def make(like: CardOrder, count: int = 1) -> Old:
    suite, profile = like.suite, with_versions(like.profile, count)
    store = load_social_security(None, suite)
    order = prepare(
        profile,
        {"id_number": like.id_number, "name": like.name},
        like.numbers,
        store=store,
        exchange=load_exchange(None, suite),
        lot=like.lot.name,
    )
    seeded = random.Random(1).randbytes
    card = VirtualCard.blank(profile.chip, random=seeded, lot=order.lot)
    run(social_security.personalize(order, seeded), card)
    plan = planned(order, store, count, count + 1)
    return Old(order, store, load_chip(profile.chip), bytes(card.card.nvm.cells), plan)


def planned(order: CardOrder, store: SocialSecurityStore, old: int, new: int) -> Rotation:
    return rotation.prepare(
        order.profile, CITY, order.historical, store, from_version=old, to_version=new
    )


@pytest.fixture(scope="module")
def of_3des(order: CardOrder) -> Old:
    return make(order)


@pytest.fixture(scope="module")
def of_sm4(sm4_order: CardOrder) -> Old:
    return make(sm4_order)


@pytest.fixture(params=["of_3des", "of_sm4"])
def old(request: pytest.FixtureRequest) -> Old:
    """A card of either cipher with version 1 of its keys."""
    made: Old = request.getfixturevalue(request.param)
    return made


def held(card: VirtualCard) -> bytes:
    """What the memory holds outside the journal."""
    return bytes(card.card.nvm.image[JOURNAL_PAGES * PAGE :])


def whole(old: Old) -> bytes:
    """What it holds after one tap without a cut."""
    card = old.card()
    old.tap(card)
    return held(card)


def send(card: VirtualCard, command: Any) -> ResponseAPDU:
    return ResponseAPDU.parse(card.transmit(bytes(command)))


def versions(card: VirtualCard) -> set[tuple[int, KeyType, int, int]]:
    return {
        (fid, *key)
        for fid, directory in card.card._social.files.directories.items()
        for key in directory.keys
    }


# One tap.


def test_every_key_that_has_versions_is_replaced(old: Old) -> None:
    card = old.card()
    done = old.tap(card)
    expected = [
        f"{directory.name}/{key.name}"
        for directory in old.order.profile.directories
        for key in directory.keys
        if key.versions > 1
    ]
    assert done == Rotated(tuple(expected), ())
    assert len(expected) == 49
    before = versions_of(old)
    assert {key[:3] for key in versions(card)} == {key[:3] for key in before}
    assert sum(version == 2 for *_, version in versions(card)) == 49


def versions_of(old: Old) -> set[tuple[int, KeyType, int, int]]:
    card = old.card()
    card.power_on()
    return versions(card)


def test_it_holds_what_a_card_with_new_keys_would(old: Old) -> None:
    """Every key of version 2 as the store derives it, by the card's own reading."""
    card = old.card()
    old.tap(card)
    card.power_on()
    files = card.card._social.files
    factors = Factors.of(CITY, old.order.historical)
    for directory in old.order.profile.directories:
        for key in directory.keys:
            version = 2 if key.versions > 1 else 1
            stored = files.directories[directory.fid].keys[
                KeyType[key.type.upper()], key.kid, version
            ]
            wanted = old.store.card_key(key.name, version, factors, size=stored.size)
            assert files.key_value(stored) == wanted.reveal(), key.name


def test_old_keys_are_refused_and_new_ones_accepted(old: Old) -> None:
    card = old.card()
    old.tap(card)
    card.power_on()
    for each in old.plan.directories:
        send(card, iso7816.select(each.df_name)).require("select")
        for key in each.keys:
            if key.operation.type is KeyType.EXTERNAL:
                assert shown(card, old.order.suite, key, 1) == StatusWord.KEY_NOT_FOUND
                assert shown(card, old.order.suite, key, 2) == StatusWord.OK
            elif key.operation.type is KeyType.INTERNAL:
                old_one = ssc.internal_authenticate(bytes(8), bytes(8))
                assert send(card, old_one).sw == StatusWord.KEY_NOT_FOUND


def shown(card: VirtualCard, suite: Suite, key: Replacement, version: int) -> StatusWord:
    challenge = send(card, iso7816.get_challenge(8)).require("challenge")
    proof = authenticate(suite, key.secret, challenge, challenge)
    kid = key.operation.kid
    return send(card, ssc.external_authenticate(kid, proof, challenge, version=version)).sw


def test_a_second_run_changes_nothing(old: Old) -> None:
    card = old.card()
    old.tap(card)
    before = held(card)
    assert old.tap(card) == Rotated((), old.subjects())
    assert held(card) == before


def test_from_version_two_to_three(old: Old) -> None:
    card = old.card()
    old.tap(card)
    further = replace(old, plan=planned(old.order, old.store, 2, 3))
    assert further.tap(card) == Rotated(old.subjects(), ())
    with pytest.raises(NotVerified, match="SSSE/IRK: the card has neither version 1 nor version 2"):
        old.tap(card)


def test_the_last_of_two_versions_goes_and_the_first_stays(order: CardOrder) -> None:
    old = make(order, 2)
    card = old.card()
    assert old.tap(card) == Rotated(old.subjects(), ())
    assert {version for *_, version in versions(card)} == {1, 3}


def test_each_new_key_is_proven_once(old: Old, station: Callable[..., Station]) -> None:
    reader = station(card=old.card())
    old.tap(reader)
    proofs = [command for command in reader.sent if command[:4] in ("0082", "0088")]
    provable = (KeyType.EXTERNAL, KeyType.INTERNAL)
    kinds = [key.operation.type for each in old.plan.directories for key in each.keys]
    assert len(proofs) == sum(kind in provable for kind in kinds) == 46


# What is refused.


def test_a_wrong_master_key_stops_at_the_first_command(old: Old, station: Any) -> None:
    wrong = old.order.suite.key(bytes(range(16)))
    directories = tuple(replace(each, master=wrong) for each in old.plan.directories)
    reader = station(card=old.card())
    reader.card.power_on()
    before = held(reader.card)
    with pytest.raises(StatusError, match="SSSE/IRK: replace the key") as refused:
        replace(old, plan=replace(old.plan, directories=directories)).tap(reader)
    assert refused.value.sw == StatusWord.MAC_WRONG
    assert sum(command.startswith(REPLACE.hex().upper()) for command in reader.sent) == 1
    assert held(reader.card) == before
    assert old.tap(reader).replaced == old.subjects()


def test_another_card_is_told_nothing(old: Old, station: Any) -> None:
    other = rotation.prepare(
        old.order.profile,
        CITY,
        old.order.historical[:-1] + b"\0",
        old.store,
        from_version=1,
        to_version=2,
    )
    reader = station(card=old.card())
    with pytest.raises(NotVerified, match="not the one"):
        replace(old, plan=other).tap(reader)
    assert reader.sent == ["power up"]


def test_a_new_key_that_is_another_is_found_by_its_proof(old: Old) -> None:
    """Who replaced it before had another store: one attempt, and nothing more is written."""
    for at, message in ((0, "SSSE/IRK: prove the new key"), (1, "SSSE/UKSSSE: prove the new key")):
        card = old.card()
        card.power_on()
        directory = old.plan.directories[0]
        send(card, iso7816.select(directory.df_name))
        operation = replace(directory.keys[at].operation, value=bytes(range(16)))
        challenge = send(card, iso7816.get_challenge(8)).data
        command = reference.build(operation)
        suite = old.order.suite
        send(card, wrap_enciphered(command, suite, directory.master, challenge)).require("say")
        with pytest.raises((NotVerified, StatusError), match=message):
            old.tap(card)


@pytest.mark.parametrize(("given", "wanted"), [(0, 2), (1, 1), (2, 1), (1, 4)])
def test_versions_that_no_key_goes_to(of_3des: Old, given: int, wanted: int) -> None:
    with pytest.raises(ProfileError, match="gen2"):
        planned(of_3des.order, of_3des.store, given, wanted)


def test_what_a_card_has_from_the_beginning_is_not_rolled_over(order: CardOrder) -> None:
    with pytest.raises(ProfileError, match="SSSE/IRK: a card has version 2 from the beginning"):
        planned(order, load_social_security(None), 1, 2)


def test_a_store_of_another_cipher(of_3des: Old, of_sm4: Old) -> None:
    with pytest.raises(KeyStoreError, match="for sm4, profile gen2 for 3des"):
        planned(of_3des.order, of_sm4.store, 1, 2)


def test_nothing_shows_keys(old: Old) -> None:
    shown = repr((old.plan, old.plan.directories))
    for each in old.plan.directories:
        for secret in (each.master, *(key.secret for key in each.keys)):
            assert secret.reveal().hex() not in shown.lower()
            assert repr(secret.reveal())[2:-1] not in shown


# Several taps.


def lost(old: Old, station: Any, at: int, wanted: bytes) -> None:
    """Unplugged at this step, or the process killed there: the next tap goes on."""
    reader = station(card=old.card(), unplug_at=at)
    with pytest.raises(TransportError):
        old.tap(reader)
    done = old.tap(station(card=reader.card))
    before = sum(command.startswith(REPLACE.hex().upper()) for command in reader.sent)
    assert done == Rotated(old.subjects()[before:], old.subjects()[:before])
    assert held(reader.card) == wanted


def test_a_reader_lost_at_every_step(old: Old, station: Callable[..., Station]) -> None:
    reader = station(card=old.card())
    old.tap(reader)
    wanted = held(reader.card)
    for at in range(len(reader.sent)):
        lost(old, station, at, wanted)


def pages(old: Old) -> int:
    """How many pages a whole tap programs."""
    card = old.card()
    card.power_on()
    before = card.card.nvm.programmed
    old.tap(card)
    return card.card.nvm.programmed - before


def cut(old: Old, torn_nvm: Any, power_loss: Any, step: int, outcome: Torn, wanted: bytes) -> int:
    """The supply fails at this page, and the next tap goes on; how many keys it found new."""
    card = old.card(torn_nvm)
    card.power_on()
    card.card.nvm.arm(step, outcome, seed=step)
    with pytest.raises(power_loss):
        old.tap(card)
    done = old.tap(card)
    assert done.earlier + done.replaced == old.subjects()
    card.power_on()
    assert held(card) == wanted
    return len(done.earlier)


def sweep(
    old: Old, torn_nvm: Any, power_loss: Any, outcomes: Callable[[int], Iterable[Torn]]
) -> None:
    wanted, last = whole(old), pages(old)
    assert last > 150
    found = {
        cut(old, torn_nvm, power_loss, step, outcome, wanted)
        for step in range(1, last + 1)
        for outcome in outcomes(step)
    }
    assert found == set(range(50)), "cuts before, between and after all of them"


def test_power_cut_at_every_page(old: Old, torn_nvm: Any, power_loss: Any, outcomes: Any) -> None:
    """With one outcome after the other."""
    turn = cycle(outcomes)
    sweep(old, torn_nvm, power_loss, lambda _: [next(turn)])


@pytest.mark.full
def test_power_cut_at_every_page_in_every_way(
    old: Old, torn_nvm: Any, power_loss: Any, outcomes: Any
) -> None:
    sweep(old, torn_nvm, power_loss, lambda _: outcomes)


def test_power_cut_again_and_again(old: Old, torn_nvm: Any, power_loss: Any, outcomes: Any) -> None:
    """Every tap is cut some pages after its recovery, until one gets through."""
    card, turn = old.card(torn_nvm), cycle(outcomes)
    card.power_on()
    for taps in range(1, 200):
        card.card.nvm.arm(23, next(turn), seed=taps)
        try:
            done = old.tap(card)
        except power_loss:
            continue
        break
    assert taps > 10
    assert done.earlier + done.replaced == old.subjects()
    card.power_on()
    assert held(card) == whole(old)


def test_the_cuts_are_in_replacements(old: Old, torn_nvm: Any) -> None:
    """No other command of the plan programs a page: no key here counts failures."""
    card, programmed = old.card(torn_nvm), []

    class Reader:
        def reset(self) -> bytes:
            return card.reset()

        def transmit(self, command: bytes) -> bytes:
            before = card.card.nvm.programmed
            answer = card.transmit(command)
            if card.card.nvm.programmed > before:
                programmed.append(command[:4])
            return answer

    card.power_on()
    old.tap(Reader())
    assert programmed == [REPLACE] * 49


def test_no_key_on_its_way_is_pickled() -> None:
    value = bytes(range(16))
    for operation in (
        LoadKey(KeyType.EXTERNAL, 0x83, 1, 0, value),
        ReplaceKey(KeyType.EXTERNAL, 0x83, 1, 2, value),
        ReplaceMaster(value),
    ):
        with pytest.raises(TypeError, match="not pickled or copied"):
            pickle.dumps(operation)
