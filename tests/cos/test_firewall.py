"""Applications hold no reference to each other; what one was shown counts nothing in another."""

from __future__ import annotations

import random
from collections.abc import Iterator
from enum import Enum
from itertools import pairwise
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from simulator import VirtualCard
from sscard.apdu import aid, iso7816, pki
from sscard.channel import pki as channel
from sscard.cos.nvm import NVM
from sscard.profiles.chips import load_chip

if TYPE_CHECKING:
    from tests.conftest import Terminal

#: What the architecture lets them share: the chip's memory cells and the source of random bytes.
SHARED = (NVM, random.Random)
PSE = iso7816.select(aid.PSE)


def parts(thing: Any) -> Iterator[Any]:
    """Everything a thing holds: items, attributes, slots, what a function carries with it."""
    if isinstance(thing, (type, ModuleType)):
        return
    if isinstance(thing, dict):
        yield from thing.keys()
        yield from thing.values()
    elif isinstance(thing, (list, tuple, set, frozenset)):
        yield from thing
    elif callable(thing):
        yield getattr(thing, "__self__", None)
        yield from (cell.cell_contents for cell in getattr(thing, "__closure__", None) or ())
    else:
        yield from vars(thing).values() if hasattr(thing, "__dict__") else ()
        slots = (name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ()))
        yield from (getattr(thing, name) for name in slots if hasattr(thing, name))


def reachable(start: Any) -> dict[int, Any]:
    """Every object that can be reached from ``start``, itself included, but not through SHARED."""
    found, waiting = {id(start): start}, [start]
    while waiting:
        for part in parts(waiting.pop()):
            shared = isinstance(getattr(part, "__self__", part), SHARED)
            if id(part) not in found and not shared:
                found[id(part)] = part
                waiting.append(part)
    return found


def mutable(found: dict[int, Any]) -> set[int]:
    """What could carry something across; constants may be in both."""
    return {
        key
        for key, thing in found.items()
        if isinstance(thing, (dict, list, set, bytearray))
        or (hasattr(thing, "__dict__") and not isinstance(thing, (Enum, type, ModuleType)))
    }


@pytest.fixture
def used(terminal: Terminal) -> Terminal:
    """A card on which every application was selected and something was shown."""
    terminal.ok(PSE)
    terminal.hex("00A40000023F00")
    terminal.show("EK")
    terminal.select("DF01")
    terminal.verify()
    terminal.show("UK1DF01")
    terminal.hex("00A4020002EF05")
    return terminal


@pytest.fixture
def third(terminal: Terminal, sm4_order: Any, sm4_issued_cells: bytes) -> Terminal:
    """The same on a card of the third generation, which has a certificate application, too."""
    chip = load_chip("gen3-80k")
    memory = NVM(bytearray(sm4_issued_cells))
    made = type(terminal)(VirtualCard(memory, chip, random=random.Random(3).randbytes), sm4_order)
    made.ok(PSE)
    made.select("DF01")
    made.verify()
    made.show("UK1DF01")
    made.ok(iso7816.select(pki.ADF_NAME))
    made.ok(iso7816.select_fid(0x18))
    user = channel.pin_key(bytes.fromhex("123456"))
    made.ok(pki.verify(pki.USER, channel.cryptogram(user, made.ok(pki.get_challenge()))))
    made.ok(pki.generate_key_pair())
    made.ok(pki.choose_public_key())
    return made


@pytest.mark.parametrize("one", ["_main", "_social", "banking"])
@pytest.mark.parametrize("other", ["_main", "_social", "banking"])
def test_no_application_reaches_another(used: Terminal, one: str, other: str) -> None:
    card = used.card.card
    found, target = reachable(getattr(card, one)), getattr(card, other)
    assert len(found) > 10, "the walk goes somewhere"
    assert (id(target) in found) is (one == other)
    assert id(card) not in found
    if one != other:
        ours, theirs = mutable(found), mutable(reachable(target))
        assert not [found[key] for key in ours & theirs]


@pytest.mark.parametrize("other", ["_main", "_social", "banking"])
def test_the_certificate_application_reaches_no_other(third: Terminal, other: str) -> None:
    card = third.card.card
    ours, theirs = reachable(card.certificates), reachable(getattr(card, other))
    assert len(ours) > 10, "the walk goes somewhere"
    assert id(card) not in ours
    assert id(getattr(card, other)) not in ours
    assert id(card.certificates) not in theirs
    assert not [ours[key] for key in mutable(ours) & mutable(theirs)]


def test_what_the_certificate_application_was_shown_counts_there_alone(third: Terminal) -> None:
    third.select("DF01")
    assert third.hex("00B2012C00")[-4:] == "9000", "the PIN of SSSE"
    third.card.reset()
    third.ok(iso7816.select(pki.ADF_NAME))
    user = channel.pin_key(bytes.fromhex("123456"))
    third.ok(pki.verify(pki.USER, channel.cryptogram(user, third.ok(pki.get_challenge()))))
    third.select("DF01")
    assert third.hex("00B2012C00")[-4:] == "6982"
    challenge = third.challenge(8)
    third.ok(iso7816.select(pki.ADF_NAME))
    assert third.send(pki.verify(pki.USER, channel.cryptogram(user, challenge))).sw == 0x6984


@pytest.mark.parametrize("kind", ["used", "third"])
def test_each_has_memory_of_its_own(kind: str, request: pytest.FixtureRequest) -> None:
    card = request.getfixturevalue(kind).card.card
    parts = [card._main.files.partition, card._social.files.partition, card.banking._partition]
    if card.certificates is not None:
        parts.append(card.certificates.partition)
    ranges = sorted((part.base, part.base + part.size) for part in parts)
    assert all(end <= start for (_, end), (start, _) in pairwise(ranges))
    assert not [each for pair in ranges for each in pair if each % 64], "no page is shared"


def test_only_selected_applications_answer(terminal: Terminal) -> None:
    terminal.select()
    assert terminal.hex("8050000008000000000000000000") == "6D00"
    terminal.ok(PSE)
    assert terminal.hex("0020000003123456") == "6D00"
    assert terminal.hex("0082000410" + "00" * 16)[:2] == "6D"
    assert terminal.hex("80E00200") == "6D00"


def test_keys_shown_in_ssse_are_gone_after_a_visit_to_pse(terminal: Terminal) -> None:
    terminal.select()
    assert terminal.show("UKSSSE") == 0x9000
    terminal.ok(PSE)
    assert terminal.hex("00DC022C03020133") == "6D00"
    terminal.select()
    assert terminal.hex("00DC022C03020133") == "6982"


def test_the_pin_of_ssse_is_not_the_bank_s(used: Terminal) -> None:
    used.ok(PSE)
    assert used.card.card._social.security.pin
    assert not hasattr(used.card.card.banking._selected, "security")
    used.select("DF01")
    assert used.hex("00B2012C00")[-4:] == "9000", "until power-off (decision 5)"


def test_a_challenge_of_the_channel_opens_nothing_in_ssse(terminal: Terminal) -> None:
    terminal.ok(PSE)
    assert terminal.hex("80500000080102030405060708")[-4:] == "9000"
    terminal.select()
    assert terminal.hex("0082000410" + "00" * 16) == "6984"
