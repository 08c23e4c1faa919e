"""Every command in every state of rights and pairs, and the order of the checks."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from itertools import chain, combinations, product
from typing import Any

import pytest

from sscard.apdu import iso7816, pki
from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel import pki as channel
from sscard.cos.pki.signing import WAYS
from sscard.cos.pki.states import (
    MASTERS,
    PAIRS,
    WRITING,
    Act,
    MasterState,
    Pair,
    PairEvent,
    PairState,
    Proof,
    after,
    rights,
)
from sscard.cos.pki.table import ADF, DDF
from sscard.dialects.certificates import SIGNING
from sscard.dialects.certificates import WRITING as CHIP_WRITING
from tests.cos.pki.hosts import ADMIN, ANOTHER, BROUGHT, MASTER, SESSION, USER, Host, brought, made

SHOWN = [*chain.from_iterable(combinations((USER, ADMIN, "master"), n) for n in range(4))]
CARDS = ("blank", "half", "full")
Command = Callable[[Host], CommandAPDU]


def plain(command: CommandAPDU) -> Command:
    return lambda _: command


def at(fid: int, command: CommandAPDU) -> Command:
    def build(host: Host) -> CommandAPDU:
        host.ok(iso7816.select_fid(fid))
        return command

    return build


def admin_pin(host: Host) -> CommandAPDU:
    old = channel.pin_key(bytes.fromhex(ADMIN))
    return channel.change_admin_pin(old, bytes.fromhex("87654321"), host.challenge())


def new_master(host: Host) -> CommandAPDU:
    return channel.replace_master(MASTER, bytes(range(16)), host.challenge())


def external(host: Host) -> CommandAPDU:
    return pki.external_authenticate(channel.cryptogram(MASTER, host.challenge()))


#: What a card says: by hand, for cards without pairs, with a public half, with all of it.  First
#: what must have been shown, then the answer when it was not the card that refused.
Need = tuple[frozenset[str], int]
NOTHING, OWNER, OFFICE = frozenset[str](), frozenset({USER}), frozenset({ADMIN})
#: For what comes from outside, as the shipped chips have it.
WRITER = OWNER
REFUSED = (NOTHING, 0x6985)
COMMANDS: Mapping[str, tuple[Command, tuple[Need, Need, Need]]] = {
    "GENERATE KEY PAIR": (
        plain(pki.generate_key_pair()),
        ((OWNER, 0x9000), (OWNER, 0x9000), (OWNER | OFFICE, 0x9000)),
    ),
    "GENERATE KEY PAIR, encryption": (
        plain(pki.generate_key_pair(0x14, 0x15)),
        (REFUSED, REFUSED, REFUSED),
    ),
    "EXPORT, choose": (
        plain(pki.choose_public_key()),
        (REFUSED, REFUSED, (NOTHING, 0x9000)),
    ),
    "EXPORT, choose encryption": (
        plain(pki.choose_public_key(0x14, 0x15)),
        (REFUSED, (NOTHING, 0x9000), (NOTHING, 0x9000)),
    ),
    "EXPORT, nothing chosen": (plain(pki.export_public_key()), (REFUSED, REFUSED, REFUSED)),
    "DECRYPT of nonsense": (
        plain(pki.decrypt(bytes(112))),
        (REFUSED, REFUSED, (OWNER, 0x6A80)),
    ),
    "SIGN": (plain(pki.sign(bytes(32))), (REFUSED, REFUSED, (OWNER, 0x9000))),
    "SET SESSION KEY": (plain(pki.set_session_key(bytes(16))), ((WRITER, 0x9000),) * 3),
    "IMPORT, public": (
        plain(pki.import_public_key(bytes(ANOTHER.public))),
        ((WRITER, 0x9000),) * 3,
    ),
    "IMPORT, public signature": (
        plain(pki.import_public_key(bytes(ANOTHER.public), 0x12)),
        (REFUSED, REFUSED, REFUSED),
    ),
    "IMPORT, private without session key": (
        plain(brought(BROUGHT)),
        (REFUSED, (WRITER, 0x6985), (WRITER, 0x6985)),
    ),
    "HASH": (plain(pki.hash_message(b"x")), ((NOTHING, 0x9000),) * 3),
    "READ public": (at(0x12, iso7816.read_binary(66)), ((NOTHING, 0x9000),) * 3),
    "READ private": (at(0x13, iso7816.read_binary(32)), ((NOTHING, 0x6982),) * 3),
    "READ certificate": (at(0x18, iso7816.read_binary(9)), ((NOTHING, 0x9000),) * 3),
    "UPDATE certificate": (at(0x19, iso7816.update_binary(b"0")), ((WRITER, 0x9000),) * 3),
    "UPDATE public": (at(0x14, iso7816.update_binary(b"0")), ((NOTHING, 0x6982),) * 3),
    "CHANGE ADMIN PIN": (admin_pin, ((OFFICE, 0x9000),) * 3),
    "REPLACE MASTER": (new_master, ((frozenset({"master"}), 0x9000),) * 3),
    "EXTERNAL AUTHENTICATE": (external, ((NOTHING, 0x9000),) * 3),
    "VERIFY": (lambda host: host.proof(USER), ((NOTHING, 0x9000),) * 3),
    "VERIFY, tries": (plain(pki.tries_left(pki.ADMIN)), ((NOTHING, 0x63C6),) * 3),
    "GET CHALLENGE": (plain(pki.get_challenge()), ((NOTHING, 0x9000),) * 3),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_in_every_state(name: str, bench: Callable[..., Host]) -> None:
    build, needs = COMMANDS[name]
    for (card, (proofs, answer)), shown in product(zip(CARDS, needs, strict=True), SHOWN):
        host = bench(card, shown)
        command, before = build(host), host.state()
        expected = answer if proofs <= set(shown) else 0x6982
        assert host.sw(command) == expected, (card, shown)
        if expected != 0x9000:
            assert host.state() == before, (card, shown)


def test_every_command_of_the_tables_is_here(bench: Callable[..., Host]) -> None:
    host = bench("full", (USER, ADMIN, "master"))
    sent = {(each.cla, each.ins) for each in (build(host) for build, _ in COMMANDS.values())}
    assert sent == {*ADF, (0x80, pki.PkiINS.SIGN)}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_ddf_has_its_master_key_only(name: str, bench: Callable[..., Host]) -> None:
    host = bench("full", (USER, ADMIN))
    command = COMMANDS[name][0](host)
    host.enter(pki.DDF_NAME)
    known = (command.cla, command.ins) in DDF
    classes = {cla for cla, _ in DDF}
    refusal = 0x6D00 if command.cla in classes else 0x6E00
    assert (host.sw(command) == refusal) is not known


# The order of the checks: class, instruction, P1 and P2, lengths, data, object, right


#: P1, P2 and the length of data of each command, and whether it has an Le (None: as it likes).
LEGAL: dict[tuple[int, int], set[tuple[int, int, int, bool | None]]] = {
    (0x00, 0x84): {(0, 0, 0, True)},
    (0x00, 0x82): {(0, 0, 16, False)},
    (0x84, 0xD4): {(1, 0, 0x24, False)},
    (0x00, 0x20): {(1, 0x81, 16, False), (1, 0, 16, False), (1, 0x81, 0, False), (1, 0, 0, False)},
    (0x84, 0x5E): {(1, 0, 0x14, False)},
    (0x80, 0x40): {(0, 0, 8, False)},
    (0x80, 0xC9): {(0x82, 0, 8, False), (0x82, 0x80, 0, True)},
    (0x80, 0x4E): {(0, 1, 0x78, None), (0, 1, 0x76, None)},
    (0x80, 0x4A): {(2, 0x10, 0x12, False)},
    (0x80, 0xC2): {(0x40, 0, 0x46, False), (0xC0, 1, 0x26, False)},
    (0x80, 0x74): {(0, 0, 38, None)},
}


def test_the_forms_are_those_of_the_commands() -> None:
    free = {(0x80, 0xC4), (0x00, 0xB0), (0x00, 0xD6)}
    assert {*LEGAL, *free} == {(cla, int(ins)) for cla, ins in ADF} | {(0x80, 0x74)}


@pytest.mark.parametrize("key", LEGAL)
def test_p1_p2_and_lengths(key: tuple[int, int], bench: Callable[..., Host]) -> None:
    host, forms = bench("blank", ()), LEGAL[key]
    sizes = sorted({size + more for *_, size, _ in forms for more in (-1, 0, 1)} - {-1})
    numbers = sorted(
        {value + more for p1, p2, *_ in forms for value in (p1, p2) for more in (0, 1)}
    )
    for p1, p2 in {
        *product(numbers, numbers),
        *product(range(256), (0,)),
        *product((1,), range(256)),
    }:
        fitting = {(size, le) for each1, each2, size, le in forms if (each1, each2) == (p1, p2)}
        for size, ne in product(sizes, (0, 16)):
            sw = host.sw(CommandAPDU(*key, p1, p2, bytes(size), ne))
            right = any(size == lc and le in (None, ne > 0) for lc, le in fitting)
            if not fitting:
                assert sw == 0x6A86, (p1, p2, size, ne)
            else:
                assert (sw != 0x6700) is right, (p1, p2, size, ne)


def test_every_class_and_instruction(bench: Callable[..., Host]) -> None:
    host = bench("blank", ())
    known = {*ADF, (0x80, int(pki.PkiINS.SIGN)), (0x00, int(INS.SELECT))}
    classes = {cla for cla, _ in known}
    for cla, ins in product(range(256), range(256)):
        if (cla, ins) in known:
            continue
        sw = host.sw(CommandAPDU(cla, ins))
        channel_ = 0x6881 if cla & 3 and cla & ~3 in classes else 0x6E00
        assert sw == (0x6D00 if cla in classes else channel_), (cla, ins)


# The tables


@pytest.mark.parametrize(("pair", "state", "event"), list(product(Pair, PairState, PairEvent)))
def test_every_step_of_a_pair_is_in_the_table_or_is_6985(
    pair: Pair, state: PairState, event: PairEvent
) -> None:
    if (pair, state, event) in PAIRS:
        assert after(pair, state, event) is PAIRS[pair, state, event]
        return
    with pytest.raises(StatusError) as refusal:
        after(pair, state, event)
    assert refusal.value.sw == StatusWord.CONDITIONS_NOT_SATISFIED


def test_the_signature_key_never_comes_from_outside() -> None:
    events = {event for pair, _, event in PAIRS if pair is Pair.SIGNATURE}
    assert events == {PairEvent.GENERATE}
    assert set(PAIRS.values()) == {PairState.PUBLIC, PairState.COMPLETE}


def test_every_act_has_a_right_and_every_master_state_a_next() -> None:
    for writing in WRITING:
        assert set(rights(writing)) == set(Act)
        assert all(rights(writing).values())
    assert set(MASTERS) == set(MasterState)
    assert set(MASTERS.values()) == {MasterState.OWN}
    assert {proof for proofs in rights("user").values() for proof in proofs} == set(Proof)


@pytest.mark.parametrize("writing", CHIP_WRITING)
def test_what_lets_in_what_comes_from_outside_is_the_chip_s_setting(writing: str) -> None:
    """By hand again: what each of the settings is content with."""
    content = {"user": [USER], "admin": [ADMIN], "both": [USER, ADMIN]}[writing]
    host = made(writing=writing)
    for shown in (each for each in SHOWN if "master" not in each):
        host.card.reset()
        host.enter()
        host.show(*shown)
        right = set(shown) >= set(content)
        for command in (
            pki.set_session_key(SESSION.reveal()),
            pki.import_public_key(bytes(BROUGHT.public)),
            iso7816.update_binary(b"0", sfi=0x18),
        ):
            assert (host.sw(command) == 0x9000) is right, (shown, command)
            assert right or host.sw(command) == 0x6982


def test_settings_and_tables_have_the_same_names() -> None:
    assert set(CHIP_WRITING) == set(WRITING)
    assert set(SIGNING) <= set(WAYS)


def test_the_private_key_goes_out_by_no_command(bench: Callable[..., Host]) -> None:
    """Neither key, nor a PIN's key, nor a master key, in any answer of the whole product."""
    host = bench("full", (USER, ADMIN, "master"))
    memory = host.memory()
    secrets = [memory.files[fid].content for fid in (0x13, 0x15)]
    secrets += [each.key.reveal() for each in memory.pins.values()]
    secrets += [each.master.key.reveal() for each in memory.directories.values()]
    assert all(any(each) for each in secrets)
    for build, _ in COMMANDS.values():
        host = bench("full", (USER, ADMIN, "master"))
        answer = host.send(build(host)).data
        assert not [each for each in secrets if each in answer]


def test_two_cards_make_two_keys() -> None:
    points = set()
    for seed in (1, 2):
        host = made()
        host.card.card.certificates._standing.challenges._random = _source(seed)
        host.enter()
        host.show(USER)
        host.ok(pki.generate_key_pair())
        points.add(host.public().point)
    assert len(points) == 2


def _source(seed: int) -> Any:
    return random.Random(seed).randbytes


def test_the_session_key_is_never_stored(bench: Callable[..., Host]) -> None:
    host = bench("half", (USER,))
    host.ok(pki.set_session_key(SESSION.reveal()))
    host.ok(brought(BROUGHT))
    assert SESSION.reveal() not in bytes(host.card.card.nvm.cells)
