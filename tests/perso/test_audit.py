"""The audit of the social-security side: each damage is found, named, and nothing else is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from simulator import VirtualCard
from sscard.apdu import iso7816
from sscard.cos.nvm import JOURNAL_PAGES
from sscard.dialects.chip import PAGE
from sscard.dialects.operations import KeyType
from sscard.errors import NotVerified
from sscard.perso import audit
from sscard.perso.findings import Proof
from sscard.perso.order import CardOrder
from sscard.perso.plan import run
from sscard.profiles import Directory, File, Key, load_profile

if TYPE_CHECKING:
    from tests.conftest import Terminal
    from tests.perso.conftest import Audited, Station

Audit = Callable[..., "Audited"]
GEN2 = load_profile("gen2")
FILES = [
    (each, file) for each in GEN2.directories for file in each.files if file.structure != "internal"
]
KEYS = [
    (each, key, version)
    for each in GEN2.directories
    for key in each.keys
    for version in range(1, GEN2.versions(key) + 1)
    if key.type not in ("maintenance", "lock", "purchase", "transaction") and key.name != "BK"
]
OPEN = {
    "BK",
    "LKDF03",
    "LKDF04",
    "LKDF06",
    "DPK",
    "DTK",
    "MKMF",
    *(f"MK{each.name}" for each in GEN2.directories),
}


def write(card: VirtualCard, at: int, data: bytes) -> None:
    card.card.nvm.write(at, data)
    card.card.nvm.commit()


def spoil_key(card: VirtualCard, fid: int, type_: KeyType, kid: int, version: int = 1) -> None:
    """Another value of the same parity, so that no check but the proof can notice."""
    key = card.card._social.files.directories[fid].keys[type_, kid, version]
    value = card.card._social.files.key_value(key)
    write(card, key.at + 2, bytes((value[0] ^ 0x18,)) + value[1:])


def changed(prefix: str) -> Callable[[bytes, bytes], bytes]:
    """A wire on which one bit of the answers to some commands is another."""

    def answer(command: bytes, response: bytes) -> bytes:
        if not command.hex().upper().startswith(prefix) or len(response) == 2:
            return response
        return bytes((*response[:-3], response[-3] ^ 1)) + response[-2:]

    return answer


def test_a_good_card(audited: Audit) -> None:
    card = audited()
    findings = card.findings()
    assert all(finding.agrees for finding in findings)
    assert {each.subject for each in findings if each.proof is Proof.NOT_PROVEN} == OPEN
    subjects = Counter((each.subject, each.proof) for each in findings)
    assert set(subjects.values()) == {1}
    assert {f"{key.name} v{version}" for _, key, version in KEYS} <= {s for s, _ in subjects}
    assert {f"{each.name}/{file.fid:04X}" for each, file in FILES} <= {s for s, _ in subjects}
    assert len(card.sent) < 950, "the audit takes most of a card's time"


def test_the_card_is_as_it_was(audited: Audit) -> None:
    card = audited()
    before = bytes(card.card.card.nvm.cells)
    card.findings()
    journal = JOURNAL_PAGES * PAGE
    assert card.card.card.nvm.cells[journal:] == before[journal:]


def test_a_card_with_another_atr_is_shown_nothing(audited: Audit, order: CardOrder) -> None:
    card = audited(wanted=replace(order, historical=bytes(13)))
    assert card.wrong() == ["ATR"]
    assert card.sent == [b""]


@pytest.mark.parametrize("name", [each.name for each in GEN2.directories])
def test_another_fci(audited: Audit, order: CardOrder, name: str) -> None:
    select = bytes(iso7816.select(order.profile.directory(name).df_name)).hex().upper()
    assert audited(answer=changed(select)).wrong() == [f"FCI of {name}"]


@pytest.mark.parametrize("name", [each.name for each in GEN2.directories])
def test_no_key_is_tried_where_the_directory_is_missing(
    audited: Audit, order: CardOrder, name: str
) -> None:
    select = bytes(iso7816.select(order.profile.directory(name).df_name))
    card = audited(answer=lambda command, answer: b"\x6a\x82" if command == select else answer)
    assert set(card.wrong()) == ({"FCI of SSSE", "PIN"} if name == "SSSE" else {f"FCI of {name}"})
    behind = [after for each, after in pairwise(card.sent) if each == select]
    assert behind
    assert {command[:2] for command in behind} <= {b"\x00\xa4", b""}, "another place, or power"


@pytest.mark.parametrize(
    ("directory", "file"), FILES, ids=[f"{d.name}/{f.fid:04X}" for d, f in FILES]
)
@pytest.mark.parametrize("last", [False, True], ids=["first", "last"])
def test_another_content(audited: Audit, directory: Directory, file: File, last: bool) -> None:
    """The first value and the last byte of each file, for the audit itself writes records back."""
    card = audited()
    stored = card.card.card._social.files.directories[directory.fid].by_fid[file.fid]
    at, size = stored.places[-1 if last else 0]
    at += size - 1 if last or size < 3 else 0 if file.structure == "transparent" else 2
    old = card.card.card.nvm.image[at]
    write(card.card, at, bytes((old ^ 1,)))
    assert card.wrong() == [f"{directory.name}/{file.fid:04X}"]


@pytest.mark.parametrize(
    ("directory", "key", "version"), KEYS, ids=[f"{k.name} v{v}" for _, k, v in KEYS]
)
def test_another_key(audited: Audit, directory: Directory, key: Key, version: int) -> None:
    card = audited()
    type_ = KeyType[key.type.upper()]
    spoil_key(card.card, directory.fid, type_, key.kid, version)
    assert card.wrong() == [f"{key.name} v{version}"]


def test_a_key_of_which_no_version_is_right(audited: Audit) -> None:
    """What the key would have opened is not held against the card as well."""
    card = audited()
    for version in (1, 2, 3):
        spoil_key(card.card, 0xDF01, KeyType.EXTERNAL, 0x88, version)
    assert card.wrong() == [f"RK1DF01 v{version}" for version in (1, 2, 3)]


@pytest.mark.parametrize("directory", GEN2.directories, ids=lambda each: each.name)
def test_another_maintenance_key(audited: Audit, directory: Directory) -> None:
    (key,) = (key for key in directory.keys if key.type == "maintenance")
    card = audited()
    spoil_key(card.card, directory.fid, KeyType.MAINTENANCE, key.kid)
    assert card.wrong() == [key.name]


def test_another_pin(audited: Audit) -> None:
    card = audited()
    spoil_key(card.card, 0xDDF1, KeyType.PIN, 0)
    assert card.wrong() == ["PIN"]
    assert sum(command[1:2] == b"\x20" for command in card.sent) == 1


def test_a_hand_over_area_that_is_still_open(terminal: Terminal, audited: Audit) -> None:
    card = audited()
    card.card = terminal.card
    assert card.wrong() == ["hand-over area closed"]


def test_a_hand_over_area_that_was_not_cleared(audited: Audit) -> None:
    assert audited(answer=changed("00B09C")).wrong() == ["hand-over area closed"]


@pytest.mark.parametrize(
    ("command", "says", "wrong"),
    [
        ("00B2082C00", "F80100 9000", ["SSSE/EF05"]),
        ("00B0100001", "00 9000", ["SSSE/EF08"]),
        ("00A4000002EF07", "6A82", ["SSSE/EF07: FID"]),
        ("00A4000002DF03", "6A82", ["FCI of DF03"]),
        ("00A4000002001C", "6A82", ["hand-over area closed"]),
        ("00B0004001", "00 9000", ["hand-over area closed"]),
    ],
)
def test_files_end_and_have_the_fid_of_the_profile(
    audited: Audit, command: str, says: str, wrong: list[str]
) -> None:
    """One record or byte more than there should be; another FID with the same low five bits."""

    def answer(sent: bytes, answered: bytes) -> bytes:
        return bytes.fromhex(says) if sent.hex().upper() == command else answered

    card = audited(answer=answer)
    assert set(wrong) <= set(card.wrong())


def test_a_factory_that_is_still_open(station: Callable[..., Station], order: CardOrder) -> None:
    """A chip that says 9000 to END PRE-ISSUE and stays what it was."""
    made = station()
    transmit = made.card.transmit
    made.card.transmit = lambda c: b"\x90\x00" if c[:3] == b"\x80\xe0\x02" else transmit(c)
    made.personalize(order)
    findings = run(audit.audit(order, bytes, handed_over=False), made)
    assert [each.subject for each in findings if not each.agrees] == ["factory stage closed"]


def test_each_key_is_tried_once_in_a_session(audited: Audit) -> None:
    card = audited()
    card.findings()
    place, session = b"", 0
    tried: Counter[object] = Counter()
    verified: Counter[int] = Counter()
    for command in card.sent:
        if not command:
            session += 1
        elif command[1:3] == b"\xa4\x04":  # a directory, by name
            place = command
        elif command[1] == 0x82:
            version = command[21:22] or b"\x01"
            tried[session, place, command[3], version] += 1
        elif command[1] == 0x20:
            verified[session] += 1
    assert session == 2
    assert set(tried.values()) == {1}
    assert verified == {1: 1}


def test_nothing_is_shown_before_the_first_refusals(audited: Audit) -> None:
    """In the session without the PIN each directory is first asked without any key."""
    card = audited()
    card.findings()
    start = len(card.sent) - card.sent[::-1].index(b"")
    first = [command[1] for command in card.sent[start:]]
    until = first.index(0x84)
    assert Counter(first[:until])[0xDC] == 3
    assert Counter(first[:until])[0xD6] == 2


def test_require_names_what_is_wrong_and_no_value(audited: Audit, order: CardOrder) -> None:
    card = audited(wanted=replace(order, values={**order.values, "name": "王"}))
    with pytest.raises(NotVerified) as caught:
        audit.require(card.findings())
    assert str(caught.value) == "the card is not what its profile says: SSSE/EF06"
    audit.require(audited().findings())
