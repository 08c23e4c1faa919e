"""A plan becomes a script, and the script makes the same card."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from simulator import VirtualCard
from sscard.apdu import iso7816
from sscard.apdu.command import CommandAPDU
from sscard.apdu.response import ResponseAPDU
from sscard.apdu.ssc import external_authenticate
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel import ssc
from sscard.errors import NotVerified
from sscard.keys import DES8, TDES, KeyReference
from sscard.keys.stores import load_exchange, load_social_security
from sscard.perso import social_security
from sscard.perso.order import CardNumbers, CardOrder, prepare
from sscard.perso.plan import Plan, run
from sscard.perso.script import (
    CardData,
    Script,
    ScriptError,
    card_data,
    export,
    format_script,
    optional,
    parse_script,
    run_script,
    specimen,
)
from sscard.perso.script.card_data import Content, contents
from sscard.perso.script.export import _require_no_value, _require_same
from sscard.perso.script.recognise import Named
from sscard.perso.script.recorder import Recorder, record

Blank = Callable[[], VirtualCard]


def stations_randomness() -> Callable[[int], bytes]:
    return random.Random(12).randbytes


def cells(card: VirtualCard) -> bytes:
    return bytes(card.card.nvm.cells)


def by_plan(order: CardOrder, card: VirtualCard) -> bytes:
    run(social_security.personalize(order, stations_randomness()), card)
    return cells(card)


def by_script(script: Script, order: CardOrder, card: VirtualCard) -> bytes:
    run(run_script(script, card_data(order), stations_randomness()), card)
    return cells(card)


def another(order: CardOrder, values: Mapping[str, object], serial: int) -> CardOrder:
    numbers = CardNumbers(
        f"T{serial:08}", serial.to_bytes(4, "big"), "510100", order.numbers.issued_on
    )
    return prepare(
        order.profile,
        values,
        numbers,
        store=load_social_security(None),
        exchange=load_exchange(None),
        lot=order.lot.name,
    )


@pytest.fixture(scope="module")
def everything(order: CardOrder) -> CardOrder:
    """A card for nobody with every value there can be."""
    return another(order, specimen(order.profile), 1)


@pytest.fixture(scope="module")
def for_all(everything: CardOrder) -> Script:
    """The script for every card of the profile."""
    card = VirtualCard.blank(everything.profile.chip, random=random.Random(13).randbytes)
    made = export(everything, stations_randomness(), optional=optional(everything))
    return run(made, card)


def test_plan_to_text_to_card(order: CardOrder, blank: Blank) -> None:
    first, second, third = blank(), blank(), blank()
    text = format_script(run(export(order, stations_randomness()), first))
    assert by_script(parse_script(text), order, second) == cells(first)
    assert by_plan(order, third) == cells(first)


PEOPLE: list[Mapping[str, object]] = [
    {"id_number": "110101199003070038", "name": "诸葛验收"},
    {
        "id_number": "110101199003070038",
        "name": "诸葛验收",
        "phone": "13987654321",
        "photo": random.Random(1).randbytes(4096).hex(),
        "fingerprint": random.Random(2).randbytes(256).hex(),
        "degree": [{"degree_code": "403"}, {"degree_code": "203"}],
        "job_record": [{"job_start": "2012-07-01"}, {"job_start": "2013-07-01"}],
    },
]


@pytest.mark.parametrize("person", PEOPLE)
def test_one_script_for_every_card(
    for_all: Script, order: CardOrder, blank: Blank, person: Mapping[str, object]
) -> None:
    wanted = another(order, person, 7)
    assert by_script(for_all, wanted, blank()) == by_plan(wanted, blank())


def test_long_values_are_one_loop(order: CardOrder, blank: Blank) -> None:
    wanted, first = another(order, PEOPLE[1], 7), blank()
    text = format_script(run(export(wanted, stations_randomness()), first))
    assert by_script(parse_script(text), wanted, blank()) == cells(first)
    assert text.count("for each CHUNK") == 2
    other = another(order, {**PEOPLE[1], "photo": "AB" * 1000}, 7)
    assert by_script(parse_script(text), other, blank()) == by_plan(other, blank())


def test_another_card_gets_its_own_keys(for_all: Script, order: CardOrder, blank: Blank) -> None:
    person = PEOPLE[0]
    made = [by_script(for_all, another(order, person, serial), blank()) for serial in (1, 2)]
    assert made[0] != made[1]


def test_nothing_of_the_card_is_in_the_script(
    for_all: Script, order: CardOrder, everything: CardOrder, blank: Blank
) -> None:
    own = run(export(order, stations_randomness()), blank())
    for script, made in ((own, order), (for_all, everything)):
        text = format_script(script)
        keys = (*made.keys.values(), made.exchange, made.lot.transport)
        hidden = [key.reveal().hex().upper() for key in keys]
        hidden += [made.pin.encoded().hex(), made.historical.hex().upper()]
        hidden += [each.data.hex().upper() for each in contents(made) if len(each.data) > 6]
        hidden += [made.name, made.id_number]
        assert [each for each in hidden if each in text] == []
        card = card_data(made)
        assert not any(each in repr(card) + str(card) for each in hidden)


def test_a_script_that_would_hold_a_key_is_not_exported(order: CardOrder, blank: Blank) -> None:
    directory = order.profile.directory("SSSE")  # CREATE DIRECTORY begins with these bytes
    looks_alike = TDES((directory.fid.to_bytes(2, "big") + directory.df_name)[:16])
    keys = {**order.keys, KeyReference("IRK", 1): looks_alike}
    with pytest.raises(ScriptError, match=r"would hold card\.IRK\.v1"):
        run(export(replace(order, keys=keys), stations_randomness()), blank())


@pytest.mark.parametrize(
    "text",
    [
        "send 00 112233445566778899 expect 9000",
        "if card has A\nX := mac(card.B, 00, 1122334455667788)\nend",
        "for each X of 9 bytes in 00 at Y from 0\nreset expect 1122334455667788[0:4]\nend",
    ],
)
def test_values_are_found_wherever_they_stand(lines: Callable[..., Script], text: str) -> None:
    card = CardData({"KEY": TDES(bytes.fromhex("1122334455667788" * 2))})
    _require_no_value(lines(text).block, card)
    card = CardData({"KEY": DES8(bytes.fromhex("1122334455667788"))})
    with pytest.raises(ScriptError, match=r"card\.KEY"):
        _require_no_value(lines(text).block, card)


def test_every_value_of_the_card_is_used(order: CardOrder, blank: Blank) -> None:
    script = run(export(order, stations_randomness()), blank())
    values = dict(card_data(order).values)
    values["SURPLUS"] = values["PIN"]
    with pytest.raises(ScriptError, match="leave out SURPLUS"):
        next(run_script(script, replace(card_data(order), values=values), stations_randomness()))


def test_a_chip_of_another_lot_and_a_wrong_key(order: CardOrder, for_all: Script) -> None:
    wanted = another(order, PEOPLE[0], 3)
    other = replace(order.lot, blank_historical=bytes(13))
    with pytest.raises(NotVerified, match="answer to reset"):
        by_script(for_all, wanted, VirtualCard.blank(order.profile.chip, lot=other))
    other = replace(order.lot, transport=TDES(bytes(range(16))))
    with pytest.raises(StatusError, match=r"script line \d+"):
        by_script(for_all, wanted, VirtualCard.blank(order.profile.chip, lot=other))


def test_what_the_plan_raises_is_raised(order: CardOrder) -> None:
    other = replace(order.lot, blank_historical=bytes(13))
    with pytest.raises(NotVerified, match="lot TEST-GEN2"):
        run(export(order, stations_randomness()), VirtualCard.blank(order.profile.chip, lot=other))


def test_two_keys_alike_cannot_be_told_apart(order: CardOrder) -> None:
    keys = dict.fromkeys(order.keys, next(iter(order.keys.values())))
    with pytest.raises(ScriptError, match="two values of the card are the same"):
        next(export(replace(order, keys=keys), stations_randomness()))


def recorder(order: CardOrder, *written: Content) -> Recorder:
    named = Named(order.suite)
    card = card_data(order)
    named.add_card(card, card.names - {each.name for each in contents(order)})
    return Recorder(named, list(written), frozenset(), stations_randomness())


def updating(data: bytes) -> Callable[[object], Plan[None]]:
    def plan(_: object) -> Plan[None]:
        yield iso7816.update_record(1, data, sfi=5)

    return plan


def test_data_without_a_name_are_not_written_down(order: CardOrder) -> None:
    content = Content("SSSE.EF05.r1", "", b"abc")
    for data in (b"abd", b"abcd", b""):
        plan = record(updating(data), recorder(order, content))
        next(plan)
        with pytest.raises(ScriptError, match="do not name"):
            plan.send(ResponseAPDU())
    left = record(updating(b"abc"), recorder(order, content, content))
    next(left)
    with pytest.raises(ScriptError, match="left out"):
        left.send(ResponseAPDU())


def test_what_no_key_of_the_card_made_is_not_written_down(order: CardOrder) -> None:
    challenge, known = bytes(range(8)), order.keys[KeyReference("STK", 1)]
    unknown, command = TDES(bytes(range(16))), CommandAPDU(0x80, 0xD2, data=b"unknown")
    proof = ssc.authenticate(order.suite, unknown, challenge, challenge)
    for step, message in (
        (ssc.wrap(command, order.suite, known, challenge), "has no name"),
        (ssc.wrap(command, order.suite, unknown, challenge), "protected under a key"),
        (ssc.wrap(command, order.suite, known, bytes(8)), "protected under a key"),
        (external_authenticate(4, proof, challenge), "a key is shown"),
    ):
        notes = recorder(order)
        notes.note(iso7816.get_challenge(8), ResponseAPDU(challenge))
        with pytest.raises(ScriptError, match=message):
            notes.note(step, ResponseAPDU())


def test_a_command_with_a_mac_alone_and_a_proof_with_a_version(order: CardOrder) -> None:
    challenge, stk = bytes(range(8)), order.keys[KeyReference("STK", 1)]
    irk = order.keys[KeyReference("IRK", 2)]
    command = CommandAPDU(0x80, 0xD2, data=order.historical, ne=4)
    proof = ssc.authenticate(order.suite, irk, challenge, challenge)
    notes = recorder(order)
    for step in (
        ssc.wrap(command, order.suite, stk, challenge),
        external_authenticate(4, proof, challenge, version=2),
    ):
        notes.note(iso7816.get_challenge(8), ResponseAPDU(challenge))
        notes.note(step, ResponseAPDU(sw=StatusWord.AUTHENTICATION_FAILED))
    lines = format_script(Script("a", "b", "3des", tuple(notes.statements))).splitlines()
    sent = [line.split(" data ")[1] for line in lines if " data " in line]
    assert sent == [
        "card.HISTORICAL le 4 protected under card.STK.v1, CHALLENGE expect 6300",
        "authenticate(card.IRK.v2, CHALLENGE, CHALLENGE) CHALLENGE 02 expect 6300",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("send 00000001 expect 9000", "another command than the plan"),
        ("reset", "another command"),
        ("# nothing", "ends before the plan"),
        ("send 00DC012C data 00 expect 9000\nreset", "goes on where the plan ends"),
    ],
)
def test_a_script_that_differs_from_its_plan_is_not_exported(
    lines: Callable[..., Script], order: CardOrder, text: str, message: str
) -> None:
    content = Content("SSSE.EF05.r1", "", b"\0")
    notes = recorder(order, content)
    run(record(updating(b"\0"), notes), _Agreeing())
    with pytest.raises(ScriptError, match=message):
        _require_same(lines(text), CardData({}), notes)


class _Agreeing:
    def reset(self) -> bytes:
        return b""

    def transmit(self, command: bytes, /) -> bytes:
        return b"\x90\x00"
